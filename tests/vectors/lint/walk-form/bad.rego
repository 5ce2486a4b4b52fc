#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if {
	[path, value] := walk(input.subject) #--> walk-form
	value == path[0]
}

leaves := [v | [_, v] = walk(input)] #--> walk-form

warn contains "y" if count(leaves) > 1
