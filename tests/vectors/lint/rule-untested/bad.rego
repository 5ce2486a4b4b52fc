#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x #--> rule-untested

deny contains "no" if input.as_of_ns > 5
#--- gates/deploy/y.rego
# METADATA
# title: Title
# custom:
#   id: deploy.y
#   severity: high
package gates.deploy.y

deny contains "no" if input.as_of_ns > 5
#--- gates/deploy/y_test.rego
package gates.deploy.y_test

# data.gates.deploy.x.deny in a comment
test_y if count(data.gates.deploy.y.deny) == 1
