#--- policy/p.rego
package main

deny contains "x" if input.n > 18446744073709551616 #--> integer-too-large

deny contains "y" if input.n < -9223372036854775809 #--> integer-too-large
