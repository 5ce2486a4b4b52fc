#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if regex.match(`^.{1,2000}$`, input.as_of) #--> regex-repetition
