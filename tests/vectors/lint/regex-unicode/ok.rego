#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if regex.match(`^v[0-9]+\.[0-9]$`, input.as_of)

deny contains `\d` if regex.replace(`\d`, "[0-9]", "") == ""
