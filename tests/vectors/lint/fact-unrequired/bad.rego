#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: ci, kind: json, facts: [/status, /jobs/0]}, {evidence: tests, kind: junit-xml}]
package gates.deploy.x

deny contains "no" if input.evidence.ci.facts.status != "green"

deny contains "no" if input.evidence.ci.facts.job.failed > 0 #--> fact-unrequired

deny contains "no" if input.evidence["ci"].facts.stauts == "red" #--> fact-unrequired
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
