package triggers.sla.coordination_latency_test

import data.lib.fixture_test as fixture

thresholds := {
	"threshold_ms": 120, "longer_than_s": 1800, "window_s": 7200, "settle_s": 60, "step_s": 15, "hold_steps": 2.5,
	"clusters": ["ld4", "ny5"], "bridge": {"max_gap_s": 300, "share": 0.1},
}

# Two hours of samples every 15 s, 107 ms, and `value` in [first, last].
p95(first, last, value) := [[p[0], v] |
	some i, p in fixture.samples(482, 15, 107)
	v := level(i, first, last, value)
]

level(i, first, last, value) := value if {
	i >= first
	i <= last
} else := 107

cluster(name, points) := fixture.series({"__name__": "p95", "cluster": name}, points)

bucket(name, le) := {"labels": {"cluster": name, "le": le}, "t": 1795438773, "value": 1}

items := {
	"slo.coordination-latency": fixture.matrix([cluster("ld4", p95(0, -1, 0)), cluster("ny5", p95(0, -1, 0))]),
	"slo.coordination-buckets": fixture.item("prometheus-vector", {
		"samples": [bucket(name, le) | some name in ["ld4", "ny5"]; some le in ["60.0", "120.0", "250.0", "+Inf"]],
		"infinite": [], "nan": 0, "warnings": [], "infos": [],
	}),
}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.sla.coordination_latency with input as at
		with data.triggers.sla.thresholds.coordination_latency as thresholds
}

ny5(points) := [{"op": "replace", "path": "/slo.coordination-latency/facts/series/1/samples", "value": points}]

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading}

said(h, id) := [r.msg | some r in h.reading; r.id == id][0]

# Without the samples in [first, last].
hole(points, first, last) := [p | some i, p in points; not between(i, first, last)]

between(i, first, last) if {
	i >= first
	i <= last
}

test_clear if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"sustained": "false", "bridged": "false"}
	said(h, "sustained") == "ny5: P95 above 120 ms for certainly 0 s, possibly 0 s, limit more than 30 min 0 s in 120 min 0 s"
}

# 120 samples of 15 s.
test_thirty_minutes_are_not_more_than_thirty_minutes if {
	h := heads(ny5(p95(200, 319, 130)))
	h.trigger == set()
	h.inconclusive == set()
	said(h, "sustained") == "ny5: P95 above 120 ms for certainly 30 min 0 s, possibly 30 min 0 s, limit more than 30 min 0 s in 120 min 0 s"
}

test_fired_after_thirty_minutes_and_fifteen_seconds if {
	h := heads(ny5(p95(200, 320, 130)))
	msgs(h.trigger) == {"ny5: P95 above 120 ms for certainly 30 min 15 s, possibly 30 min 15 s, limit more than 30 min 0 s in 120 min 0 s"}
	h.inconclusive == set()
	some f in h.trigger
	f.term == "ny5"
	f.details.certain_ms == 1815000
	some r in h.reading
	r.id == "sustained"
	r.details.plot == {
		"evidence": "slo.coordination-latency", "labels": {"__name__": "p95", "cluster": "ny5"}, "threshold": 120,
		"side": "above", "from_ms": 1795431540000, "to_ms": 1795438740000, "step_s": 15, "unit": "ms",
	}
}

test_at_the_threshold_is_not_above_it if {
	h := heads(ny5(p95(100, 400, 120)))
	verdicts(h) == {"sustained": "false", "bridged": "false"}
}

test_one_missed_scrape_changes_nothing if {
	h := heads(ny5(hole(p95(200, 320, 130), 250, 250)))
	count(h.trigger) == 1
	h.inconclusive == set()
}

# 45 minutes above, four of them missing: certainly 22 min, possibly 45 min.
test_a_hole_in_a_breach_is_unknown_and_the_readings_differ if {
	h := heads(ny5(hole(p95(200, 379, 130), 289, 303)))
	h.trigger == set()
	msgs(h.inconclusive) == {"ny5: P95 above 120 ms for certainly 22 min 0 s, possibly 45 min 0 s, longest gap 4 min 0 s, limit more than 30 min 0 s in 120 min 0 s"}
	verdicts(h) == {"sustained": "unknown", "bridged": "true"}
	said(h, "bridged") == "ny5: P95 above 120 ms for 45 min 0 s of which 4 min 0 s are not known, holes of up to 5 min 0 s bridged, limit more than 30 min 0 s in 120 min 0 s"
}

test_a_hole_elsewhere_changes_nothing if {
	h := heads(ny5(hole(p95(200, 320, 130), 20, 40)))
	count(h.trigger) == 1
	clear := heads(ny5(hole(p95(0, -1, 0), 20, 40)))
	verdicts(clear) == {"sustained": "false", "bridged": "false"}
	clear.inconclusive == set()
}

test_another_cluster_in_doubt_does_not_hide_a_breach if {
	h := heads(array.concat(ny5(p95(200, 320, 130)), [{"op": "replace", "path": "/slo.coordination-latency/facts/series/0/samples", "value": []}]))
	verdicts(h).sustained == "true"
	count(h.trigger) == 1
	count(h.inconclusive) == 1
}

test_a_cluster_that_is_silent_is_unknown if {
	h := heads(fixture.without("/slo.coordination-latency/facts/series/0"))
	h.trigger == set()
	h.inconclusive == {"ld4: no series of the P95"}
	verdicts(h) == {"sustained": "unknown", "bridged": "unknown"}
}

test_without_an_edge_at_the_threshold_nothing_is_known if {
	every les in [["60.0", "150.0"], ["60.0", "+Inf"], ["119.9", "120.1"], [], [120]] {
		patch := fixture.set_to("/slo.coordination-buckets/facts/samples", array.concat(
			[bucket("ld4", "120.0")],
			[bucket("ny5", le) | some le in les],
		))
		h := heads(array.concat(ny5(p95(200, 320, 130)), patch))
		h.trigger == set()
		h.inconclusive == {"ny5: no histogram bucket ends at 120 ms, so its P95 cannot be compared with that"}
		verdicts(h) == {"sustained": "unknown", "bridged": "unknown"}
	}
}

test_a_cluster_nobody_listed_is_judged if {
	extra := cluster("ty3", p95(200, 320, 130))
	edge := [{"op": "add", "path": "/slo.coordination-buckets/facts/samples/-", "value": bucket("ty3", "120")}]
	add := [{"op": "add", "path": "/slo.coordination-latency/facts/series/-", "value": extra}]
	count(heads(array.concat(add, edge)).trigger) == 1
	h := heads(add)
	h.trigger == set()
	h.inconclusive == {"ty3: no histogram bucket ends at 120 ms, so its P95 cannot be compared with that"}
}

test_no_series_are_unknown if {
	every value in [[], null, "x", [null]] {
		h := heads([{"op": "replace", "path": "/slo.coordination-latency/facts/series", "value": value}])
		h.trigger == set()
		h.reading == set()
		count(h.inconclusive) > 1
	}
}

test_unknown_without_evidence if {
	every id in ["slo.coordination-latency", "slo.coordination-buckets"] {
		h := heads(fixture.without(sprintf("/%s", [id])))
		h.trigger == set()
		sprintf("evidence `%s` is missing", [id]) in h.inconclusive
	}
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.sla.coordination_latency with input as at
		with data.triggers.sla.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}

# The number is written twice; a re-baselining changes both.
test_the_threshold_is_that_of_the_baselines if {
	data.triggers.sla.thresholds.coordination_latency.threshold_ms == data.baselines.coordination_latency.trigger
}
