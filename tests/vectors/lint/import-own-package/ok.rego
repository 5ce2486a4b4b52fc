#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

import data.gates.deploy.y.limit

deny contains "x" if limit > 1
#--- gates/deploy/y.rego
# METADATA
# title: Title
# custom:
#   id: deploy.y
#   severity: high
package gates.deploy.y

deny contains "x" if input.as_of_ns > 1

limit := 1
