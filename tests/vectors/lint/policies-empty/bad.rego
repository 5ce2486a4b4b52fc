#--- lib/a.rego
package lib.a

f(x) := x
