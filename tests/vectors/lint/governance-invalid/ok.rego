#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
#--- baselines/data.yaml
anything: [1, 2]
#--- governance/data.yaml
schema: our-own/v7
matrix: none
