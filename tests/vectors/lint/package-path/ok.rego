#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
#--- lib/windows.rego
package lib.windows

f(x) := x
#--- anywhere.rego
package main

deny contains "x"
#--- gates/deploy/no-open.rego
# METADATA
# title: Title
# custom:
#   id: deploy.no-open
#   severity: high
package gates.deploy["no-open"]

deny contains "x" if input.as_of_ns > 1
