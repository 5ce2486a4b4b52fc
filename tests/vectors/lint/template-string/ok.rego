#--- policy/p.rego
package main

deny contains `$"x"` # $"x"
