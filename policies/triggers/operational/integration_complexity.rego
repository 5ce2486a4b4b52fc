# METADATA
# scope: package
# title: Service integration outgrows monitoring
# description: >-
#   More calls between production services than are watched: less than 95 % of the
#   edges of the service graph have an SLI of their own, or a production service
#   has none. Counted from the service catalogue, whose edges come from traces. An
#   edge or a service that does not say whether it is monitored is unknown; it
#   does not count as watched.
# custom:
#   id: operational.integration-complexity
#   severity: medium
#   condition: "service integration complexity exceeds monitoring capability"
#   class: measured
#   matrix: operational
#   controls: ["SOC2:CC3.2", "SOC2:CC7.2", "ISO27001:A.5.9", "ISO27001:A.8.16", "NIST-800-53:CM-8", "NIST-800-53:SA-9", "NIST-800-53:SI-4", "RTS6:16", "DORA:Art.8"]
#   requires: [{evidence: inventory.services, kind: service-inventory, max_age: 1d}]
#   remediation: Add an SLI to each edge and each service that is listed, or plan the tracing and dependency monitoring of Phase 4.
package triggers.operational.integration_complexity

import data.lib.eventlog
import data.lib.evidence
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads

items := ["inventory.services"]

default inventory := {}

inventory := input.evidence["inventory.services"].facts if evidence.usable(input.evidence["inventory.services"])

default limits := {}

limits := data.triggers.operational.thresholds.integration_complexity

inconclusive contains gap if some gap in evidence.gaps({"inventory.services": "service-inventory"})

inconclusive contains gap if {
	some gap in evidence.unset("integration_complexity", limits, ["min_edge_share", "max_unmonitored_services", "environments", "max_lag_s"])
}

inconclusive contains gap if some gap in evidence.absent("inventory.services", inventory, [["edges"], ["services"]])

inconclusive contains "the inventory is not complete, or older than it may be" if {
	count(inventory) > 0
	not complete
}

complete if {
	inventory.complete == true
	to := instants.ns(object.get(inventory, "to", null))
	is_number(to)
	input.as_of_ns - to <= limits.max_lag_s * 1000000000
}

concerned(element) if element.environment in limits.environments

# An element that does not say where it is may be in production.
concerned(element) if not is_string(object.get(element, "environment", null))

listed(key) := [element |
	some element in eventlog.elements(inventory, key)
	concerned(element)
]

tally(elements) := {
	"total": count(elements),
	"monitored": count([e | some e in elements; object.get(e, "monitored", null) == true]),
	"unmonitored": count([e | some e in elements; object.get(e, "monitored", null) == false]),
}

edges := tally(listed("edges"))

services := tally(listed("services"))

undecided(counts) := (counts.total - counts.monitored) - counts.unmonitored

# Strictly below the share, whatever is true of the edges that do not say.
edge_verdict := "unknown" if {
	edges.total == 0
} else := "true" if {
	(edges.monitored + undecided(edges)) * 1000000 < text.micro(limits.min_edge_share) * edges.total
} else := "unknown" if {
	not complete
} else := "unknown" if {
	edges.monitored * 1000000 < text.micro(limits.min_edge_share) * edges.total
} else := "false"

service_verdict := "unknown" if {
	services.total == 0
} else := "true" if {
	services.unmonitored > limits.max_unmonitored_services
} else := "unknown" if {
	not complete
} else := "unknown" if {
	services.total - services.monitored > limits.max_unmonitored_services
} else := "false"

unwatched_edges := sort([sprintf("%v → %v", [object.get(e, "from", "?"), object.get(e, "to", "?")]) |
	some e in listed("edges")
	object.get(e, "monitored", null) != true
])

unwatched_services := sort([sprintf("%v", [object.get(s, "id", "?")]) |
	some s in listed("services")
	object.get(s, "monitored", null) != true
])

edge_msg := sprintf("%v of %v edges between production services are monitored, at least %v wanted", [edges.monitored, edges.total, text.percent(text.micro(limits.min_edge_share))])

service_msg := sprintf("%v of %v production services are not known to be monitored, limit %v", [count(unwatched_services), services.total, limits.max_unmonitored_services])

edge_numbers := object.union(edges, {"term": "edges", "min_edge_share": limits.min_edge_share, "not_monitored": unwatched_edges})

service_numbers := object.union(services, {"term": "services", "max_unmonitored_services": limits.max_unmonitored_services, "not_monitored": unwatched_services})

judged := [
	{"term": "edges", "verdict": edge_verdict, "msg": edge_msg, "numbers": edge_numbers},
	{"term": "services", "verdict": service_verdict, "msg": service_msg, "numbers": service_numbers},
]

reading contains heads.reading(j.term, true, j.verdict, j.msg, items, j.numbers) if {
	count(inventory) > 0
	some j in judged
}

trigger contains heads.finding(j.term, j.msg, items, j.numbers) if {
	some j in judged
	j.verdict == "true"
}

inconclusive contains heads.finding(j.term, sprintf("not all is known: %s", [j.msg]), items, j.numbers) if {
	count(inventory) > 0
	some j in judged
	j.verdict == "unknown"
}
