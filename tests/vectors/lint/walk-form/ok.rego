#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if {
	walk(input.subject, [path, value])
	value == path[0]
}
