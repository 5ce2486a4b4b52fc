#--- policy/p.rego
package main

deny[msg] { #--> rego-v0
	msg := "x"
}

is_service { #--> rego-v0
	input.kind == "Service"
}

warn[msg] { #--> rego-v0
	is_service
	msg := "y"
}
#--- policy/p_test.rego
package main

test_x { #--> rego-v0
	is_service
}
