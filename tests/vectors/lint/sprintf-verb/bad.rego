#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains sprintf("%t is %d", [true, 1]) #--> sprintf-verb

deny contains msg if {
	msg := sprintf("100% of %s", ["x"]) #--> sprintf-verb
}
