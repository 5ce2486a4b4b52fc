#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if time.now_ns() > 1 #--> builtin-clock
#--- policy/p.rego
package main

deny contains "x" if time.now_ns() > 1 #--> builtin-clock
