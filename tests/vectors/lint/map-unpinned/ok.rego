#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: load, kind: json-map, map: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, facts: [/failed]}, {evidence: ci, kind: json, facts: [/status]}]
package gates.deploy.x

deny contains "no" if input.evidence.load.facts.failed > 0

deny contains "no" if input.evidence.ci.facts.status != "ok"
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
