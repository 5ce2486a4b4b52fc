#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains sprintf("%v is %d of %.2f, 100%%", ["x", 1, 2.5])

warn contains "%t"
