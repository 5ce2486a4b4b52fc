a = 1 b = 2
sh "$a$b"
@Library('x')
pipeline { agent any }
parallel(one: { sh "${x}"
  sh 'y' })
final x = 3
if (a) b; else c
"x"; $y.z
foo bar baz 1, 2
