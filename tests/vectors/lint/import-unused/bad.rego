#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

import data.lib.a
import data.lib.b as other #--> import-unused

# other.f in a comment
deny contains "other.f(1)" if a.f(1)
#--- lib/a.rego
# Ones.
package lib.a

# Whether x is one.
f(x) if x == 1
#--- lib/b.rego
# Ones too.
package lib.b

f(x) if x == 1
#--- gates/deploy/x_test.rego
package gates.deploy.x_test

import data.gates.deploy.x
import input.evidence #--> import-unused

test_x if count(x.deny) == 1
