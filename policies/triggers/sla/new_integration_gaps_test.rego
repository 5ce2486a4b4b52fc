package triggers.sla.new_integration_gaps_test

import data.lib.fixture_test as fixture

thresholds := {
	"new_for_days": 14, "min_requests": 1000, "min_within_share": 0.95,
	"latency_threshold_ms": 120, "latency_longer_than_s": 1800,
	"window_s": 86400, "settle_s": 120, "step_s": 300, "hold_steps": 2.5,
	"request_metric": "requests", "latency_metric": "p95",
	"environments": ["production"], "max_lag_s": 86400,
}

integration(id, first_seen) := {"id": id, "environment": "production", "from": "a", "to": "b", "first_seen": first_seen}

counter(id, outcome, per) := fixture.series({"__name__": "requests", "integration": id, "outcome": outcome}, fixture.counting(290, 300, 1000, per))

p95(id, values) := fixture.series({"__name__": "p95", "integration": id}, values)

# Slow in the samples [first, last] of 290.
latency(first, last) := [[p[0], v] |
	some i, p in fixture.samples(290, 300, 60)
	v := level(i, first, last)
]

level(i, first, last) := 150 if {
	i >= first
	i <= last
} else := 60

telemetry(id, good, bad) := [counter(id, "within", good), counter(id, "breached", bad), p95(id, latency(0, -1))]

items := {
	"inventory.services": fixture.item("service-inventory", {
		"source": "catalogue", "complete": true, "from": "2026-01-01T00:00:00Z", "to": "2026-11-23T12:50:00Z",
		"integrations": [integration("old", "2026-11-09T12:59:59Z"), integration("new", "2026-11-09T13:00:00Z")],
	}),
	"slo.integrations": fixture.matrix(telemetry("new", 98, 2)),
}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.sla.new_integration_gaps with input as at
		with data.triggers.sla.thresholds.new_integration_gaps as thresholds
}

inventory(path, value) := fixture.set_to(concat("", ["/inventory.services/facts/", path]), value)

series(list) := [{"op": "replace", "path": "/slo.integrations/facts/series", "value": list}]

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdict(h) := [r.details.verdict | some r in h.reading; r.details.used][0]

fine := "98.00 % of 28800 requests within SLA, at least 95.00 % wanted; P95 above 120 ms for certainly 0 s, possibly 0 s, limit more than 30 min 0 s"

test_clear_shows_its_numbers if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	verdict(h) == "false"
	msgs(h.reading) == {sprintf("integrations in their first 14 days: 1; new: %s", [fine])}
}

test_nothing_new_is_clear if {
	h := heads(inventory("integrations", [integration("old", "2026-01-05T00:00:00Z")]))
	h.trigger == set()
	h.inconclusive == set()
	verdict(h) == "false"
	msgs(h.reading) == {"integrations in their first 14 days: 0"}
}

test_fired_without_telemetry if {
	h := heads(inventory("integrations/-", integration("dark", "2026-11-20T10:00:00Z")))
	msgs(h.trigger) == {"dark: no telemetry in the last 24.0 h"}
	h.inconclusive == set()
	verdict(h) == "true"
	some f in h.trigger
	f.term == "dark"
}

test_telemetry_that_ended_before_the_window_is_none if {
	old := [object.union(s, {"samples": [[p[0] - 172800, p[1]] | some p in s.samples]}) | some s in telemetry("new", 98, 2)]
	msgs(heads(series(old)).trigger) == {"new: no telemetry in the last 24.0 h"}
}

test_fired_by_ratio if {
	h := heads(series(telemetry("new", 94, 6)))
	msgs(h.trigger) == {"new: 94.00 % of 28800 requests within SLA, at least 95.00 % wanted; P95 above 120 ms for certainly 0 s, possibly 0 s, limit more than 30 min 0 s"}
	h.inconclusive == set()
	exactly := heads(series(telemetry("new", 95, 5)))
	exactly.trigger == set()
	verdict(exactly) == "false"
}

slow(n) := [counter("new", "within", 98), counter("new", "breached", 2), p95("new", latency(100, 99 + n))]

test_fired_by_latency if {
	six := heads(series(slow(6)))
	six.trigger == set()
	verdict(six) == "false"
	seven := heads(series(slow(7)))
	msgs(seven.trigger) == {"new: 98.00 % of 28800 requests within SLA, at least 95.00 % wanted; P95 above 120 ms for certainly 35 min 0 s, possibly 35 min 0 s, limit more than 30 min 0 s"}
}

test_too_quiet_is_unknown if {
	h := heads(series(telemetry("new", 1, 2)))
	h.trigger == set()
	msgs(h.inconclusive) == {"new: 864 requests are fewer than 1000"}
	verdict(h) == "unknown"
}

test_half_of_the_telemetry_is_unknown if {
	ratio_only := heads(series(array.slice(telemetry("new", 98, 2), 0, 2)))
	ratio_only.trigger == set()
	msgs(ratio_only.inconclusive) == {"new: 98.00 % of 28800 requests within SLA, at least 95.00 % wanted; latency: no series: nothing was measured"}
	latency_only := heads(series(array.slice(telemetry("new", 98, 2), 2, 3)))
	latency_only.trigger == set()
	msgs(latency_only.inconclusive) == {"new: the counters do not cover the window; P95 above 120 ms for certainly 0 s, possibly 0 s, limit more than 30 min 0 s"}
}

test_a_series_of_another_name_is_neither if {
	odd := [object.union(s, {"labels": {"__name__": "uptime", "integration": "new"}}) | some s in telemetry("new", 98, 2)]
	h := heads(series(odd))
	h.trigger == set()
	verdict(h) == "unknown"
}

test_counters_with_a_hole_are_unknown if {
	holed := [object.union(s, {"samples": [p | some i, p in s.samples; not i in numbers.range(100, 140)]}) | some s in telemetry("new", 98, 2)]
	h := heads(series(holed))
	h.trigger == set()
	verdict(h) == "unknown"
}

# Twelve hours old: judged on twelve hours.
test_judged_from_the_day_it_was_first_seen if {
	young := [object.union(s, {"samples": array.slice(s.samples, 146, 290)}) | some s in telemetry("new", 98, 2)]
	h := heads(array.concat(series(young), inventory("integrations", [integration("new", "2026-11-23T01:02:00Z")])))
	h.trigger == set()
	h.inconclusive == set()
	msgs(h.reading) == {"integrations in their first 14 days: 1; new: 98.00 % of 14200 requests within SLA, at least 95.00 % wanted; P95 above 120 ms for certainly 0 s, possibly 2 min 0 s, limit more than 30 min 0 s"}
}

test_first_seen_a_moment_ago_is_unknown if {
	h := heads(inventory("integrations/-", integration("dark", "2026-11-23T12:59:00Z")))
	h.trigger == set()
	msgs(h.inconclusive) == {"dark: first seen only now"}
}

test_another_environment_does_not_count if {
	h := heads(inventory("integrations/-", object.union(integration("dark", "2026-11-20T10:00:00Z"), {"environment": "staging"})))
	verdict(h) == "false"
	unsaid := heads(inventory("integrations/-", object.union(integration("dark", "2026-11-20T10:00:00Z"), {"environment": null})))
	verdict(unsaid) == "true"
}

test_unreadable_integrations_are_unknown if {
	every i in [integration(5, "2026-11-20T10:00:00Z"), integration("x", null), integration("x", "last week"), integration("x", "2026-11-23T13:00:01Z"), {}, null] {
		h := heads(inventory("integrations/-", i))
		h.trigger == set()
		verdict(h) == "unknown"
		"integrations that cannot be read: 1 (no id, or not first seen at an instant that has come)" in h.inconclusive
	}
}

test_an_incomplete_inventory_can_fire_and_is_never_clear if {
	every patch in [inventory("complete", false), inventory("to", "2026-11-22T12:59:59Z"), inventory("to", null), inventory("integrations", []), inventory("integrations", "x")] {
		h := heads(patch)
		h.trigger == set()
		verdict(h) == "unknown"
		"the inventory is not complete, or older than it may be" in h.inconclusive
	}
	h := heads(array.concat(inventory("complete", false), series(telemetry("new", 94, 6))))
	count(h.trigger) == 1
}

test_one_in_doubt_does_not_hide_another if {
	patch := array.concat(
		inventory("integrations/-", integration("dark", "2026-11-20T10:00:00Z")),
		series(telemetry("new", 1, 2)),
	)
	h := heads(patch)
	verdict(h) == "true"
	msgs(h.trigger) == {"dark: no telemetry in the last 24.0 h"}
	msgs(h.inconclusive) == {"new: 864 requests are fewer than 1000"}
}

test_samples_that_are_no_list_are_unknown if {
	h := heads(fixture.set_to("/slo.integrations/facts/series/2/samples", "x"))
	h.trigger == set()
	count(h.inconclusive) > 0
}

test_unknown_without_evidence if {
	every id in ["inventory.services", "slo.integrations"] {
		h := heads(fixture.without(sprintf("/%s", [id])))
		sprintf("evidence `%s` is missing", [id]) in h.inconclusive
		h.reading == set()
		h.trigger == set()
	}
}

test_no_series_at_all_is_not_yet_silence if {
	h := heads(series([]))
	"evidence `slo.integrations` does not say `series`" in h.inconclusive
	h.trigger == set()
	verdict(h) == "unknown"
}

test_unknown_without_one_threshold if {
	at := fixture.of(items)
	h := data.triggers.sla.new_integration_gaps with input as at
		with data.triggers.sla.thresholds.new_integration_gaps as json.remove(thresholds, ["latency_threshold_ms"])
	h.trigger == set()
	"policy data does not set `new_integration_gaps.latency_threshold_ms`" in h.inconclusive
	"the predicates have no result for some integration" in h.inconclusive
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.sla.new_integration_gaps with input as at
		with data.triggers.sla.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}
