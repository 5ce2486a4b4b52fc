// Each kind of value.
null_value   = null
yes          = true
no           = false
not          = !true
double_not   = !!true
integer      = 42
zeros        = 007
negative     = -7
spaced       = - /* still literal */ 7
plus         = 1 + 2
minus_name   = -var.x
double_minus = --7
float        = 3.25
small        = 1.5e-3
thousand     = 1e3
exact        = 2.50e1
odd          = 1.e2
largest      = 9007199254740992
smallest     = -9007199254740992
grouped      = (5)
list         = [1, "two", [3, [4]], { five = 5 }, null, -6, x]
lines = [
  1, # a comment
  2, // another
  /* and one more */ 3,
]
empty_list   = []
empty_object = {}
object = {
  plain    = 1
  colon    : 2
  "quoted" = 3, comma = 4
  with-dash  = 5
  3        = "number"
  1e3      = "thousand"
  1.50     = "float"
  true     = "truth"
  null     = "nothing"
  a.b.c    = "dotted"
  a . b    = "spaced"
  x[0]     = "indexed"
  y["k"].z = "keyed"
  y[""]    = "keyed by nothing"
  y["${1}"] = "wrapped"
  y[1]["a${b}"] = "looked up"
  y[null] = "by null"
  z[i]     = "looked up"
  (name)   = "computed"
  (1 + 2)  = "summed"
  "${name}" = "interpolated"
  "a${name}b" = "within"
  "$${name}!" = "escaped"
  "%{if a}b%{else}c%{endif}" = "directive"
  f(x)     = "called"
  [1]      = "listed"
  -5       = "signed"
  q ? r : s = "chosen"
  ""       = "empty"
}
index        = var.list[0]
legacy       = var.list.0.name
key          = var.map["k"]["l"]
computed     = var.map[var.key].x
splat        = a[*].b[0].c.*.d
late         = [a
  .b
  [0]]
parenthesised = (a ||
  b && c
  ? d
  : e)
compared     = a >= b == (c <= d) != (e < f)
calls        = max(1, 2, f(), g(h...), )
literal_index = [1, 2, 3][0]
object_attribute = { a = 1 }.a
string_index = "abc"[0]
for_list     = [for i, v in var.l : "${i}=${v}" if v != null]
for_object   = { for v in var.l : v => v }
big_source   = f(123456789012345678901234567890, { a = 1, a = 2 })
