#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "no" if late(input.as_of_ns)

late(x) if x > limit

default limit := 5

limit := input.params.limit

early(x) if x < limit #--> rule-unused

only_for_tests := 7 #--> rule-unused
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == data.gates.deploy.x.only_for_tests
