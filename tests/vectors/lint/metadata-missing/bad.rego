#--- gates/deploy/x.rego
# Not METADATA
package gates.deploy.x #--> metadata-missing

deny contains "x" if input.as_of_ns > 1
