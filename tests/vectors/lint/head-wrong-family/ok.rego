#--- triggers/t.rego
# METADATA
# title: Title
# custom:
#   id: t
#   severity: high
package triggers.t

trigger contains "x"

reading contains "z"

not_applicable contains "y" if input.as_of_ns < 1
