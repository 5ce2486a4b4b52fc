#--- policy/p.rego
package main

deny contains "x" if input.n in {18446744073709551615, -9223372036854775808, 1e30, "18446744073709551616"}
