#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if input.evidence.change.facts.ok == false

deny contains "y" if {
	not approved
	input.evidence.change.facts.risk == "high"
}

approved if input.evidence.change.facts.ok == true

deny contains "not input.evidence.change.x" if { not approved; input.evidence.change.facts.n > 1 }
