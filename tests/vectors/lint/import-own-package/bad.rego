#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

import data.gates #--> import-own-package
import data.gates.deploy.x #--> import-own-package

deny contains "x" if x.limit > gates.deploy.x.limit

limit := 1
