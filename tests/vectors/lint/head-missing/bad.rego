#--- gates/deploy/x.rego
# METADATA #--> head-missing
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

limit := 1

allow if limit > 1
#--- triggers/t.rego
# METADATA #--> head-missing
# title: Title
# custom:
#   id: t
#   severity: high
package triggers.t

reading contains "x" if input.as_of_ns > 1
#--- policy/z.rego
package main

deny contains "x" if input.as_of_ns > 1
