#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if input.evidence.change.facts.ok == false

deny contains "y" if input.evidence["slo.latency"].facts.n > 1

# input.evidence.other
deny contains "input.evidence.other" if data.input.evidence.other
#--- lib/a.rego
package lib.a

f(id) := input.evidence[id]
#--- policy/p.rego
package main

deny contains "x" if input.evidence.photo == "missing"
