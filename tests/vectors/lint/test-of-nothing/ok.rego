#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "no" if input.as_of_ns > 5
#--- lib/fixture_test.rego
package lib.fixture_test

of(n) := {"as_of_ns": n}
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

import data.lib.fixture_test as fixture

test_x if count(data.gates.deploy.x.deny) == 1 with input as fixture.of(6)
