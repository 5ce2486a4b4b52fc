#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1

# METADATA
# title: limit
limit := 1
