#--- triggers/t.rego
# METADATA
# title: Title
# custom:
#   id: t
#   severity: high
package triggers.t

trigger contains "x"

deny contains "x" #--> head-wrong-family
#--- lib/a.rego
package lib.a

warn contains "x" #--> head-wrong-family
