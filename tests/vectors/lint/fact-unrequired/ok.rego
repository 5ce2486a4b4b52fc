#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: ci, kind: json, facts: [/status, /jobs/0]}, {evidence: tests, kind: junit-xml}]
package gates.deploy.x

deny contains "no" if input.evidence.ci.facts.status.code > 5

deny contains "no" if count(input.evidence.ci.facts.jobs) == 0

deny contains "no" if input.evidence.tests.facts.failed > 0

deny contains "no" if input.evidence.ci.status != "ok"
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
