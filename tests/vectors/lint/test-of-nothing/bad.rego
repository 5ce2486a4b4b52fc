#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "no" if input.as_of_ns > 5
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
#--- gates/deploy/y_test.rego
package gates.deploy.y_test #--> test-of-nothing

tset_y if count(data.gates.deploy.x.deny) == 1
#--- gates/deploy/z_test.rego
package gates.deploy.z_test #--> test-of-nothing

test_z if 1 + 1 == 2
