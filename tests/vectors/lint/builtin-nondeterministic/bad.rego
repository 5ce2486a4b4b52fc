#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if rand.intn("a", 3) == 1 #--> builtin-nondeterministic

deny contains "y" if {
	response := http.send({"method": "GET"}) #--> builtin-nondeterministic
	response.status_code != 200
}

deny contains "z" if opa["runtime"]().env.X #--> builtin-nondeterministic
#--- policy/p.rego
package main

deny contains "x" if uuid.rfc4122("y") == "" #--> builtin-nondeterministic
