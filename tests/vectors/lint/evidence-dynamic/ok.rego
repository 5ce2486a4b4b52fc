#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if {
	some i
	input.evidence.change.facts.approvals[i].decision == "rejected"
}
