#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

default deny := [] #--> head-not-a-set

deny := ["x"] if input.as_of_ns > 1 #--> head-not-a-set

warn if input.as_of_ns > 1 #--> head-not-a-set

violation[msg] if { #--> head-not-a-set
	msg := "x"
}

deny_x(a) := a #--> head-not-a-set

inconclusive.foo contains "x" #--> head-not-a-set
#--- policy/p.rego
package main

violation := ["x"] #--> head-not-a-set

deny if input.x #--> head-not-a-set
