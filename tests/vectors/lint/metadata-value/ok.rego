#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
#   requires: [{evidence: change, kind: change-record}, {evidence: slo.latency}]
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
#--- triggers/t.rego
# METADATA
# title: T
# custom:
#   id: t
#   severity: low
#   condition: P95 exceeds 120 ms
#   class: measured+declared
#   matrix: sla
package triggers.t

trigger contains "x" if input.as_of_ns > 1
