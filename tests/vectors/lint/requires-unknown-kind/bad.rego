#--- gates/deploy/x.rego
# METADATA #--> requires-unknown-kind
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: prometheus}]
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
