#--- gates/deploy/y.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x #--> package-path

deny contains "x" if input.as_of_ns > 1
#--- extra/lib/windows.rego
package lib.windows #--> package-path

f(x) := x
