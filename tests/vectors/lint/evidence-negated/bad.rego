#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if not input.evidence.change.facts.ok #--> evidence-negated

deny contains "y" if {
	not startswith(input.evidence.change.facts.id, "CHG") #--> evidence-negated
}
