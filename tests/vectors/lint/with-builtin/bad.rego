#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if late with time.now_ns as 1 #--> with-builtin

late if input.as_of_ns > 1
