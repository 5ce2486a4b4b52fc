#--- policy/p.rego
package main

deny contains "trace(x)" if {
	trace := input.trace
	count(trace) > 1
}
