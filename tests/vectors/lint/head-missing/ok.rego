#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny_late contains "x" if limit > 1

limit := 1
#--- policy/helpers.rego
package helpers

limit := 1
