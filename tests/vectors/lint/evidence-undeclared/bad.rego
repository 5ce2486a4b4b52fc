#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if input.evidence.approval.facts.ok == false #--> evidence-undeclared

deny contains "y" if input.evidence["slo.errors"].facts.n > 1 #--> evidence-undeclared

deny contains "z" if input["evidence"].slo.facts.n > 1 #--> evidence-undeclared
