#--- gates/deploy/x.rego
# METADATA #--> metadata-value
# title: T
# custom:
#   id: deploy.x
#   severity: urgent
#   requires: [{evidence: change, maximum_age: 1h}]
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
#--- triggers/t.rego
# METADATA #--> metadata-value
# title: T
# custom:
#   id: t
#   severity: low
#   class: gauged
package triggers.t

trigger contains "x" if input.as_of_ns > 1
