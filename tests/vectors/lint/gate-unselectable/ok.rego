#--- gates/de-ploy_2/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates["de-ploy_2"].x

deny contains "no" if input.as_of_ns > 5
#--- t_test.rego
package t_test

test_x if count(data.gates["de-ploy_2"].x.deny) == 1
