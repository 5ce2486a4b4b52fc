#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

import rego.v1
import data.lib.a as other

deny contains "no" if other.f(1)
#--- lib/a.rego
# Ones.
package lib.a

# Whether x is one.
f(x) if x == 1
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

test_x if count(data.gates.deploy.x.deny) == 1
