#--- policy/p.rego
package main

deny contains "x" if trace("y") #--> builtin-trace
