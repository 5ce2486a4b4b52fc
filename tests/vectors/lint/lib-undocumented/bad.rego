#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

import data.lib.a

deny contains "no" if a.late(1)
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
#--- lib/a.rego
package lib.a #--> lib-undocumented

# Said below is not said above.
late(x) if early(x) == false

early(x) := x < 5
