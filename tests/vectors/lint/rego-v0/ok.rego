#--- policy/p.rego
package main

deny contains msg if {
	every x in input.xs { x.y }
	msg := "{ deny[msg] { } }" # deny[msg] { }
}
