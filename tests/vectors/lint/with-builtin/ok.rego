#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if late with input.as_of_ns as 1 with data.limit as 2

late if input.as_of_ns > 1
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if data.gates.deploy.x.deny with time.now_ns as 1
