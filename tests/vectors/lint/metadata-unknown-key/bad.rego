#--- gates/deploy/x.rego
# METADATA #--> metadata-unknown-key
# title: T
# descripton: misspelt
# custom:
#   id: deploy.x
#   severity: low
#   effective_onn: 2026-12-01
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
