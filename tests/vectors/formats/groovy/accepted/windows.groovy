node {
  sh "a$b" /* over
 two */ echo 'x'
  foo \
   1
  "é".bar('é'); y
}