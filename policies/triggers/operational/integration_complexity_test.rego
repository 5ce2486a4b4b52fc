package triggers.operational.integration_complexity_test

import data.lib.fixture_test as fixture

thresholds := {"min_edge_share": 0.95, "max_unmonitored_services": 0, "environments": ["production"], "max_lag_s": 86400}

edge(n, monitored) := {"from": "a", "to": sprintf("s%d", [n]), "environment": "production", "monitored": monitored}

service(id, monitored) := {"id": id, "environment": "production", "monitored": monitored}

# 20 edges, of which one is not monitored: exactly 95 %.
items := {"inventory.services": fixture.item("service-inventory", {
	"source": "catalogue", "complete": true, "from": "2026-01-01T00:00:00Z", "to": "2026-11-23T12:50:00Z",
	"edges": [edge(n, n > 0) | some n in numbers.range(0, 19)],
	"services": [service("a", true), service("b", true)],
})}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.operational.integration_complexity with input as at
		with data.triggers.operational.thresholds.integration_complexity as thresholds
}

facts(path) := concat("", ["/inventory.services/facts/", path])

set_to(path, value) := fixture.set_to(facts(path), value)

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading; r.details.used}

test_clear if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"edges": "false", "services": "false"}
	msgs(h.reading) == {
		"19 of 20 edges between production services are monitored, at least 95.00 % wanted",
		"0 of 2 production services are not known to be monitored, limit 0",
	}
}

test_fired_by_edges if {
	h := heads(set_to("edges/1/monitored", false))
	msgs(h.trigger) == {"18 of 20 edges between production services are monitored, at least 95.00 % wanted"}
	some f in h.trigger
	f.term == "edges"
	f.details.not_monitored == ["a → s0", "a → s1"]
}

test_fired_by_a_service if {
	h := heads(set_to("services/1/monitored", false))
	msgs(h.trigger) == {"1 of 2 production services are not known to be monitored, limit 0"}
	h.inconclusive == set()
	verdicts(h) == {"edges": "false", "services": "true"}
}

test_what_is_not_production_does_not_count if {
	h := heads(array.concat(
		set_to("services/1", {"id": "b", "environment": "staging", "monitored": false}),
		set_to("edges/1", {"from": "x", "to": "y", "environment": "staging", "monitored": false}),
	))
	h.trigger == set()
	verdicts(h) == {"edges": "false", "services": "false"}
	some r in h.reading
	r.details.total == 20
}

test_unknown_monitoring_is_not_monitored if {
	h := heads(fixture.without(facts("services/1/monitored")))
	h.trigger == set()
	msgs(h.inconclusive) == {"not all is known: 1 of 2 production services are not known to be monitored, limit 0"}
	other := heads(set_to("edges/1/monitored", "yes"))
	other.trigger == set()
	msgs(other.inconclusive) == {"not all is known: 18 of 20 edges between production services are monitored, at least 95.00 % wanted"}
}

test_an_element_without_environment_may_be_production if {
	h := heads(set_to("services/-", {"id": "c", "monitored": false}))
	msgs(h.trigger) == {"1 of 3 production services are not known to be monitored, limit 0"}
	other := heads(set_to("services/-", "c"))
	other.trigger == set()
	count(other.inconclusive) == 1
}

test_an_incomplete_inventory_can_fire_and_is_never_clear if {
	every patch in [
		set_to("complete", false),
		fixture.without(facts("complete")),
		set_to("to", "2026-11-22T12:59:59Z"),
		set_to("to", null),
	] {
		h := heads(patch)
		h.trigger == set()
		"the inventory is not complete, or older than it may be" in h.inconclusive
		verdicts(h) == {"edges": "unknown", "services": "unknown"}
		fired := heads(array.concat(patch, set_to("services/1/monitored", false)))
		count(fired.trigger) == 1
	}
}

test_nothing_to_count_is_unknown if {
	every patch in [set_to("edges", []), set_to("edges", "x"), set_to("edges", null), fixture.without(facts("edges"))] {
		h := heads(patch)
		h.trigger == set()
		count(h.inconclusive) > 0
		verdicts(h).edges == "unknown"
	}
	every patch in [set_to("services", []), set_to("services", {"a": 1})] {
		verdicts(heads(patch)).services == "unknown"
	}
}

test_unknown_without_evidence if {
	h := heads(fixture.without("/inventory.services"))
	h.inconclusive == {"evidence `inventory.services` is missing"}
	h.reading == set()
	h.trigger == set()
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.operational.integration_complexity with input as at
		with data.triggers.operational.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}
