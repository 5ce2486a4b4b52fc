#--- gates/deploy/a.rego
# METADATA
# title: Title
# custom:
#   id: gate.a
#   severity: high
package gates.deploy.a

deny contains "x"
#--- gates/deploy/load_test.rego
# METADATA
# title: Title
# custom:
#   id: gate.load
#   severity: high
package gates.deploy.load_test

deny contains "x" if input.slow #--> head-in-test

warn_slow contains "x" if input.slow #--> head-in-test
#--- pod_test.rego
package main

violation contains "x" #--> head-in-test
