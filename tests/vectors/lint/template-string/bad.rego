#--- policy/p.rego
package main

deny contains msg if {
	msg := $"no {input.kind}" #--> template-string
}

deny contains $`a` #--> template-string
