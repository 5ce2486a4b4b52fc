#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "no" if input.as_of_ns > 5

block contains "no" if input.as_of_ns > 6 #--> head-lookalike

denied contains "no" if input.as_of_ns > 7 #--> head-lookalike
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
