#--- gates/deploy/x.rego
# METADATA #--> metadata-incomplete
# description: no title
# custom:
#   severity: low
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
