#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

# http.send(x)
deny contains "http.send(x)" if {
	trace := input.subject
	count(trace) > 1
	input.http.send == 1
}
