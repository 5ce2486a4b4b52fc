#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "time.now_ns()" if input.as_of_ns > time.parse_rfc3339_ns("2026-01-01T00:00:00Z")
