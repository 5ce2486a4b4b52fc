#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains msg if {
	msg := "x"
	denied := [x | some x in input.subject]
	count(denied) > 0
}

# deny := []
violation contains `deny := []`
