#--- gates/deploy/x.rego
# METADATA
# title: x
# title: y #--> metadata-invalid
package gates.deploy.x #--> metadata-missing

deny contains "x" if input.as_of_ns > 1

# METADATA #--> metadata-invalid
# scope: package
limit := 1

uses := limit
