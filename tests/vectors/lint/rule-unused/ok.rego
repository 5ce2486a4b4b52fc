#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "no" if late(input.as_of_ns)

late(x) if x > 5

read_elsewhere := 7

_private := 8
#--- gates/deploy/y.rego
# METADATA
# title: Title
# custom:
#   id: deploy.y
#   severity: high
package gates.deploy.y

import data.gates.deploy.x.read_elsewhere

warn contains "no" if read_elsewhere > 7
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1

test_y if count(data.gates.deploy.y.warn) == 0
