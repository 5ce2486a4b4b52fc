#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
