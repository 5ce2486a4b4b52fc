#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if regex.match(`^v\d+$`, input.as_of) #--> regex-unicode

deny contains "y" if regex.replace(input.as_of, "\\s", "") == "" #--> regex-unicode
