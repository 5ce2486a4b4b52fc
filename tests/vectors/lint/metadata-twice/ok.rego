#--- policy/p.rego
# METADATA
# title: One
package main

deny contains "x" if input.as_of_ns > 1
#--- policy/q.rego
package main

deny contains "x" if input.as_of_ns > 1
