#--- gates.rego
package gates #--> gate-unnamed

deny contains "x"
