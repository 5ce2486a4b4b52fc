#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: ci, kind: json, facts: [/status, /jobs/0]}, {evidence: tests, kind: junit-xml}, {evidence: load, kind: json-map, map: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, facts: [/failed]}]
package gates.deploy.x

deny contains "no" if input.evidence.ci.facts.status != "green"

deny contains "no" if input.evidence.ci.facts.job.failed > 0 #--> fact-unrequired

deny contains "no" if input.evidence["ci"].facts.stauts == "red" #--> fact-unrequired

deny contains "no" if input.evidence.load.facts.failde > 0 #--> fact-unrequired

deny contains "no" if input.evidence.load.facts.failed > 0
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
