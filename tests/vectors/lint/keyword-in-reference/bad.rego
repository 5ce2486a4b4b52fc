#--- policy/p.rego
package main

deny contains "x" if {
	if.x == 1 #--> keyword-in-reference
}

foo.in := 1 #--> keyword-in-reference

bar := foo
#--- q.rego
package main.default #--> keyword-in-reference

x := 1
