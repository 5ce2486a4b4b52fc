package triggers.sla.cross_service_compliance_test

import data.lib.fixture_test as fixture

thresholds := {
	"threshold": 0.95, "longer_than_s": 3600, "slice_s": 300, "min_events": 100,
	"window_s": 7200, "settle_s": 120, "step_s": 60, "services": ["router", "risk"],
}

# 150 samples a minute apart; the window starts at sample 28, a slice is five
# steps. `per` a step, and `more` on top of it in `n` slices from slice `k`.
counting(per, more, k, n) := [[p[0], v] |
	some i, p in fixture.samples(150, 60, 0)
	v := (i * per) + (more * max([0, min([i - (28 + (5 * k)), 5 * n])]))
]

added(a, b) := [[p[0], v] |
	some i, p in a
	v := p[1] + b[i][1]
]

counter(service, outcome, points) := fixture.series({"__name__": "sla", "service": service, "outcome": outcome}, points)

# 98 of 100 a minute, and `loss` fewer in `n` slices from slice `k`.
service(name, loss, k, n) := [
	counter(name, "within", counting(98, 0 - loss, k, n)),
	counter(name, "breached", counting(2, loss, k, n)),
]

evidence_of(list) := {"slo.cross-service-compliance": fixture.matrix(list)}

judged(list) := found if {
	at := fixture.of(evidence_of(list))
	found := data.triggers.sla.cross_service_compliance with input as at
		with data.triggers.sla.thresholds.cross_service_compliance as thresholds
		with data.baselines.cross_service_compliance as {"target": 0.96}
}

router(loss, k, n) := judged(array.concat(service("router", loss, k, n), service("risk", 0, 0, 0)))

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading}

said(h, id) := [r.msg | some r in h.reading; r.id == id][0]

test_clear if {
	h := router(0, 0, 0)
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"threshold": "false", "target": "false"}
	said(h, "threshold") == "router: below 95.00 % for certainly 0 s, possibly 0 s, limit more than 60 min 0 s; 98.00 % of 12000 calls in 24 slices, the lowest 98.00 %"
}

test_exactly_one_hour_is_not_more_than_one_hour if {
	h := router(4, 6, 12)
	h.trigger == set()
	h.inconclusive == set()
	said(h, "threshold") == "router: below 95.00 % for certainly 60 min 0 s, possibly 60 min 0 s, limit more than 60 min 0 s; 96.00 % of 12000 calls in 24 slices, the lowest 94.00 %, below target 96.00 %: router 96.00 %"
}

test_fired_after_thirteen_slices if {
	h := router(4, 6, 13)
	msgs(h.trigger) == {"router: below 95.00 % for certainly 65 min 0 s, possibly 65 min 0 s, limit more than 60 min 0 s; 95.83 % of 12000 calls in 24 slices, the lowest 94.00 %"}
	h.inconclusive == set()
	some f in h.trigger
	f.term == "router"
	f.details.lowest_micro == 940000
}

test_a_break_ends_a_run if {
	list := array.concat(
		[
			counter("router", "within", added(counting(98, -4, 0, 9), counting(0, -4, 10, 9))),
			counter("router", "breached", added(counting(2, 4, 0, 9), counting(0, 4, 10, 9))),
		],
		service("risk", 0, 0, 0),
	)
	h := judged(list)
	verdicts(h).threshold == "false"
	h.inconclusive == set()
}

# 95 % is not below 95 %, and it is below the target of 96 %.
test_between_threshold_and_target_the_readings_differ if {
	h := router(3, 0, 24)
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"threshold": "false", "target": "true"}
	said(h, "threshold") == "router: below 95.00 % for certainly 0 s, possibly 0 s, limit more than 60 min 0 s; 95.00 % of 12000 calls in 24 slices, the lowest 95.00 %, below target 96.00 %: router 95.00 %"
	said(h, "target") == "router: below 96.00 % for certainly 120 min 0 s, possibly 120 min 0 s, limit more than 60 min 0 s; 95.00 % of 12000 calls in 24 slices, the lowest 95.00 %"
}

test_too_few_calls_are_unknown if {
	quiet := [
		counter("router", "within", counting(19, 0, 0, 0)),
		counter("router", "breached", counting(0, 0, 0, 0)),
	]
	h := judged(array.concat(quiet, service("risk", 0, 0, 0)))
	h.trigger == set()
	msgs(h.inconclusive) == {"cannot be judged: router: below 95.00 % for certainly 0 s, possibly 120 min 0 s, limit more than 60 min 0 s; no slice with 100 calls"}
	verdicts(h) == {"threshold": "unknown", "target": "unknown"}
}

# 50 minutes below, then half an hour without samples.
test_a_hole_after_a_breach_is_unknown if {
	gone := numbers.range(110, 140)
	list := [object.union(s, {"samples": [p | some i, p in s.samples; not i in gone]}) | some s in service("router", 4, 6, 10)]
	h := judged(array.concat(list, service("risk", 0, 0, 0)))
	h.trigger == set()
	count(h.inconclusive) == 1
	verdicts(h).threshold == "unknown"
}

test_a_service_in_doubt_does_not_hide_a_breach if {
	h := judged(service("router", 4, 6, 13))
	count(h.trigger) == 1
	msgs(h.inconclusive) == {"cannot be judged: risk: below 95.00 % for certainly 0 s, possibly 120 min 0 s, limit more than 60 min 0 s; no slice with 100 calls"}
	verdicts(h).threshold == "true"
}

test_a_service_nobody_listed_is_judged if {
	h := judged(array.concat(array.concat(service("router", 0, 0, 0), service("risk", 0, 0, 0)), service("new", 4, 6, 13)))
	[f.term | some f in h.trigger] == ["new"]
}

test_a_counter_reset_is_no_loss if {
	reset := [object.union(s, {"samples": [[p[0], v] | some i, p in s.samples; v := p[1] - (after(i) * s.samples[80][1])]}) | some s in service("router", 0, 0, 0)]
	h := judged(array.concat(reset, service("risk", 0, 0, 0)))
	h.trigger == set()
	h.inconclusive == set()
}

after(i) := 1 if i >= 80

after(i) := 0 if i < 80

test_no_series_are_unknown if {
	every list in [[], null, "x", [null]] {
		at := fixture.of({"slo.cross-service-compliance": fixture.item("prometheus-matrix", {"series": list, "warnings": []})})
		h := data.triggers.sla.cross_service_compliance with input as at
			with data.triggers.sla.thresholds.cross_service_compliance as thresholds
			with data.baselines.cross_service_compliance as {"target": 0.96}
		h.trigger == set()
		count(h.inconclusive) > 0
		verdicts(h).threshold == "unknown"
	}
}

test_no_services_are_unknown if {
	at := fixture.of(evidence_of([fixture.series({"a": "b"}, [])]))
	h := data.triggers.sla.cross_service_compliance with input as at
		with data.triggers.sla.thresholds.cross_service_compliance as object.union(thresholds, {"services": []})
	"there is no service to judge" in h.inconclusive
}

test_unknown_without_evidence if {
	at := fixture.of({})
	h := data.triggers.sla.cross_service_compliance with input as at
		with data.triggers.sla.thresholds.cross_service_compliance as thresholds
	"evidence `slo.cross-service-compliance` is missing" in h.inconclusive
	h.reading == set()
	h.trigger == set()
}

test_unknown_without_target if {
	at := fixture.of(evidence_of(service("router", 4, 6, 13)))
	h := data.triggers.sla.cross_service_compliance with input as at
		with data.triggers.sla.thresholds.cross_service_compliance as thresholds
		with data.baselines as {}
	"policy data does not set `baselines.cross_service_compliance.target`" in h.inconclusive
	"the compliance predicate has no result for some service" in h.inconclusive
}

test_unknown_without_thresholds if {
	at := fixture.of(evidence_of(service("router", 4, 6, 13)))
	h := data.triggers.sla.cross_service_compliance with input as at
		with data.triggers.sla.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}

test_the_threshold_is_that_of_the_baselines if {
	data.triggers.sla.thresholds.cross_service_compliance.threshold == data.baselines.cross_service_compliance.trigger
}

test_the_slices_of_the_service_that_tells_most_are_drawn if {
	some r in router(4, 6, 13).reading
	r.id == "threshold"
	r.details.plot.labels == {"service": "router"}
	r.details.plot.threshold == 950000
	[point[1] | some point in r.details.plot.points; point[1] < 950000] == [940000 | some _ in numbers.range(1, 13)]
}
