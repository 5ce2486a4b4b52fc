yes = true, no = false
integer = 42
negative = -42
largest = 9007199254740991
hexadecimal = 0x1F
upper = 0XfF
minus_hexadecimal = -0x10
octal = 0644
zero = 0
float = 3.25
exponent = 1e3
fraction = -1.5e-3
point = 2.
point_exponent = 2.e2
empty = ""
escapes = "tab\t quote\" back\\slash \n\r\a\b\f\v \x41 \101 \u00e9 \U0001F600"
dollar = "$5 $$ 100% {not} }"
escaped_no_more = "$${x} \\${y}"
accents = "café e\u0301"
interpolation = "a ${b("c \" ${d} {e}")} \"f\" ${
  g
} h"
list = [1, "two", true, 2.5, [3, [4]], {five = 5}, {six {seven = 7}}, <<EOF
eight
EOF
, ]
no_elements = []
no_items = {}
objects = [{}, {a = 1, b = {c = 2}}]
name-with.dots_1 = 1
"quoted name" = 2
"${name}" = 3
one_line { a = 1 b = 2, c = 3 } other = {}
object = { a = { b = { c = {} } } }
labels "a" b "c d" { e = 1 }
labels "a" b "f" { g = 2 }
labels "h" {}
block { a = 1 }
block { a = 2 }
block = { a = 3 }
Other = 1
OTHER_NAME = 2
