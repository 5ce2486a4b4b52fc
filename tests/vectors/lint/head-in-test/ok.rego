#--- gates/deploy/a.rego
# METADATA
# title: Title
# custom:
#   id: gate.a
#   severity: high
package gates.deploy.a

deny contains "x"
#--- gates/deploy/a_test.rego
package gates.deploy.a_test

import data.gates.deploy.a

test_denies if "x" in a.deny

expected contains "x"

deny_at(ns) := a.deny with input.as_of_ns as ns
