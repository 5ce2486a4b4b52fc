#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

import data.lib.a

deny contains "no" if a.late(a.limit)
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
#--- lib/a.rego
# Whether things are late.
package lib.a

late(x) if early(x) == false

early(x) := x < 5

# METADATA
# title: The last moment
limit := 5
#--- lib/unread.rego
package lib.unread

f(x) := x
