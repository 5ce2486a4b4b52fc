#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1

dney contains "x" if input.as_of_ns > 1 #--> head-misspelt

wran contains "x" #--> head-misspelt

inconclusve contains "x" #--> head-misspelt

violatons contains "x" #--> head-misspelt

denyy if input.as_of_ns > 1 #--> head-misspelt

dney_root contains "x" #--> head-misspelt
#--- rollback/r.rego
# METADATA
# title: Title
# custom:
#   id: r
#   severity: high
package rollback.r

rolback contains "x" #--> head-misspelt

hold contains "y"

readin contains "z" #--> head-misspelt
