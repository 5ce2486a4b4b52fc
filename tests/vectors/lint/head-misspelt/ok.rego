#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains v if some v in violations

violations contains "x"

limit := 1

ready contains "x" if limit > 1

den(x) := x

warnings contains "unused, far from a head"
#--- rollback/r.rego
# METADATA
# title: Title
# custom:
#   id: r
#   severity: high
package rollback.r

hold contains "y" if held

held if input.as_of_ns > 1

bold := true
