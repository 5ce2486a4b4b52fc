#--- policy/p.rego
package main

deny contains "x" if input.package.default.if == 1
