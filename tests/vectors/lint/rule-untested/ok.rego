#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "no" if input.as_of_ns > 5
#--- tests/all_test.rego
package all_test

import data.gates.deploy.x

test_x if count(x.deny) == 1
#--- conftest/main.rego
package main

deny contains "no" if input.kind == "Service"
