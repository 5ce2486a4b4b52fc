#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

import input.evidence #--> evidence-dynamic

deny contains id if {
	some id in ["change"]
	input.evidence[id].status == "stale" #--> evidence-dynamic
	count(input.evidence) > 1 #--> evidence-dynamic
}
