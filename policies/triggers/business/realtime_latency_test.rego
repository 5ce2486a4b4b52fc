package triggers.business.realtime_latency_test

import data.lib.fixture_test as fixture

limits := {
	"threshold_ms": 50, "window_s": 3600, "settle_s": 120, "step_s": 30, "max_share": 0.05, "min_coverage": 0.9, "max_gap_s": 300,
	"quantiles": {"p50": 0.5, "p99": 0.99}, "reading": "p95",
	"requirement": {
		"kinds": ["real-time-latency"], "min_signers": 1, "max_validity_days": 366,
		"readings": {"in-force": {"days": 0, "states": ["open"]}, "look-ahead": {"days": 90, "states": ["open"]}},
		"reading": "in-force",
	},
}

required := {"id": "L-1", "kind": "real-time-latency", "title": "below 50 ms", "authority": "Trading committee", "effective_on": "2026-11-01T00:00:00Z", "status": "open"}

bucket(le, n) := {"labels": {"cluster": "a", "le": le}, "t": 1795438740, "value": n}

latency(value) := fixture.matrix([fixture.series({"cluster": "a"}, fixture.samples(126, 30, value))])

items := {
	"slo.coordination-latency": latency(107),
	"slo.coordination-buckets": fixture.item("prometheus-vector", {"samples": [bucket("25.0", 10), bucket("50.0", 60), bucket("+Inf", 100)]}),
	"registers.obligations": fixture.item("declaration", {
		"id": "REG-1",
		"declared_at": "2026-11-02T10:00:00Z",
		"expires_at": "2027-01-29T00:00:00Z",
		"signed_by": ["SHA256:a"],
		"value": {"covers": ["real-time-latency"], "obligations": [required]},
	}),
}

heads(patch, rules) := {"trigger": fired, "inconclusive": unclear, "reading": said} if {
	at := fixture.patched(items, patch)
	fired := data.triggers.business.realtime_latency.trigger with input as at
		with data.triggers.business.thresholds.realtime_latency as rules
	unclear := data.triggers.business.realtime_latency.inconclusive with input as at
		with data.triggers.business.thresholds.realtime_latency as rules
	said := data.triggers.business.realtime_latency.reading with input as at
		with data.triggers.business.thresholds.realtime_latency as rules
}

fired(patch) := {f.msg | some f in heads(patch, limits).trigger}

unclear(patch) := {f.msg | some f in heads(patch, limits).inconclusive}

verdicts(patch) := {r.id: r.details.verdict | some r in heads(patch, limits).reading}

measured(value) := fixture.set_to("/slo.coordination-latency", latency(value))

changed(fields) := fixture.set_to("/registers.obligations/facts/value/obligations", [object.union(required, fields)])

test_fired if {
	fired([]) == {"required: L-1 (Trading committee): below 50 ms, effective 2026-11-01T00:00:00Z; P95 at or above 50 ms in 60 min 0 s: a 60 min 0 s"}
	unclear([]) == set()
	some f in heads([], limits).trigger
	f.term == "L-1"
	f.evidence == ["registers.obligations", "slo.coordination-latency"]
}

test_the_statistics_differ if {
	verdicts([]) == {"p95": "true", "p50": "false", "p99": "true", "look-ahead": "true"}
	{r.id | some r in heads([], limits).reading; r.details.used == true} == {"p95"}
	messages := {r.msg | some r in heads([], limits).reading; r.id == "p50"}
	messages == {"1 latency requirements in force; P50: 60.00 % of the requests within 50 ms"}
}

test_another_statistic_may_decide if {
	heads([], object.union(limits, {"reading": "p50"})).trigger == set()
	{f.evidence | some f in heads([], object.union(limits, {"reading": "p99"})).trigger} == {["registers.obligations", "slo.coordination-buckets"]}
}

test_exactly_fifty_is_not_below if {
	count(fired(measured(50))) == 1
	fired(measured(49.999)) == set()
	verdicts(measured(49.999)).p95 == "false"
	unclear(measured(49.999)) == set()
}

test_a_requirement_alone_fires_nothing if fired(measured(40)) == set()

test_a_measurement_alone_fires_nothing if {
	patch := changed({"effective_on": "2026-12-01T00:00:00Z"})
	fired(patch) == set()
	unclear(patch) == set()
	verdicts(patch) == {"p95": "false", "p50": "false", "p99": "false", "look-ahead": "true"}
	every fields in [{"status": "withdrawn"}, {"status": "satisfied", "satisfied_by": "REG-4100"}] {
		fired(changed(fields)) == set()
	}
}

test_the_other_horizon_may_decide if {
	rules := json.patch(limits, [{"op": "replace", "path": "/requirement/reading", "value": "look-ahead"}])
	h := heads(changed({"effective_on": "2026-12-01T00:00:00Z"}), rules)
	count(h.trigger) == 1
	{[r.id, r.details.used] | some r in h.reading} == {["p95", true], ["p50", false], ["p99", false], ["in-force", false]}
}

# A hole in the samples leaves it open whether the P95 stayed below.
test_a_gap_is_unknown if {
	pts := fixture.samples(126, 30, 40)
	patch := fixture.set_to("/slo.coordination-latency/facts/series/0/samples", array.concat(array.slice(pts, 0, 40), array.slice(pts, 60, 126)))
	fired(patch) == set()
	unclear(patch) == {"1 latency requirements in force; P95 at or above 50 ms in 60 min 0 s: a 0 s"}
	verdicts(patch).p95 == "unknown"
	unclear(array.concat(patch, changed({"status": "withdrawn"}))) == set()
}

test_no_series_is_unknown if {
	patch := fixture.set_to("/slo.coordination-latency/facts/series", [])
	unclear(patch) == {"1 latency requirements in force; no series of the P95"}
}

test_one_slow_cluster_is_enough if {
	patch := fixture.set_to("/slo.coordination-latency", fixture.matrix([
		fixture.series({"cluster": "a"}, fixture.samples(126, 30, 40)),
		fixture.series({"cluster": "b"}, fixture.samples(126, 30, 60)),
	]))
	count(fired(patch)) == 1
}

test_the_plot if {
	some r in heads([], limits).reading
	r.id == "p95"
	r.details.plot == {
		"evidence": "slo.coordination-latency", "labels": null, "threshold": 50, "side": "above",
		"from_ms": 1795435080000, "to_ms": 1795438680000, "step_s": 30, "unit": "ms",
	}
}

buckets(list) := fixture.set_to("/slo.coordination-buckets/facts/samples", list)

test_no_edge_tells_nothing if {
	every list in [[bucket("25", 10), bucket("+Inf", 100)], [bucket("50", 60)], [bucket("50", 0), bucket("+Inf", 0)], [], [bucket("fifty", 60), bucket("+Inf", 100)], [bucket("50", null), {"value": 5}, null], [bucket("50", 60), bucket("+Inf", 100), bucket("+Inf", 200)]] {
		verdicts(buckets(list)) == {"p95": "true", "p50": "unknown", "p99": "unknown", "look-ahead": "true"}
	}
	heads(buckets([]), object.union(limits, {"reading": "p50"})).trigger == set()
	count(heads(buckets([]), object.union(limits, {"reading": "p50"})).inconclusive) == 1
}

test_the_quantile_at_the_edge_is_not_below if {
	verdicts(buckets([bucket("50", 50), bucket("+Inf", 100)])).p50 == "true"
	verdicts(buckets([bucket("50", 51), bucket("+Inf", 100)])).p50 == "false"
}

test_buckets_may_be_missing if {
	patch := fixture.without("/slo.coordination-buckets")
	count(fired(patch)) == 1
	unclear(patch) == set()
	verdicts(patch).p50 == "unknown"
}

strings(patch) := {f | some f in heads(patch, limits).inconclusive; is_string(f)}

test_buckets_that_cannot_be_read_are_unknown if {
	strings(fixture.set_to("/slo.coordination-buckets/status", "partial")) == {"evidence `slo.coordination-buckets` is not ok: partial"}
}

test_unmeasured_without_a_register if {
	h := heads(fixture.without("/registers.obligations"), limits)
	h.trigger == set()
	h.reading == set()
	h.inconclusive == {{"id": "unmeasured", "msg": "nobody has declared `registers.obligations`", "evidence": ["registers.obligations"]}}
	not_covered := fixture.set_to("/registers.obligations/facts/value", {"covers": ["audit"], "obligations": []})
	{f.id | some f in heads(not_covered, limits).inconclusive} == {"unmeasured"}
}

test_unknown_with_an_expired_register if {
	patch := fixture.set_to("/registers.obligations/facts/expires_at", "2026-11-23T13:00:00Z")
	fired(patch) == set()
	unclear(patch) == {"declaration `registers.obligations` expired at 2026-11-23T13:00:00Z"}
	unclear(fixture.set_to("/registers.obligations/facts/signed_by", [])) == {"declaration `registers.obligations` is signed by 0 of the 1 distinct keys asked for"}
}

test_unknown_without_samples if {
	"evidence `slo.coordination-latency` is missing" in strings(fixture.without("/slo.coordination-latency"))
	fired(fixture.without("/slo.coordination-latency")) == set()
}

test_unknown_thresholds if {
	strings([]) == set()
	heads([], object.union(limits, {"reading": "p75"})).inconclusive == {"policy data names the reading `p75`, which is neither p95 nor one of `quantiles`"}
	at := fixture.of(items)
	found := data.triggers.business.realtime_latency.inconclusive with input as at
		with data.triggers.business.thresholds as {}
	"policy data does not set `realtime_latency.threshold_ms`" in found
}

test_the_p95_comes_from_its_series if {
	h := heads([], object.union(limits, {"quantiles": {"p95": 0.95}}))
	{r.id | some r in h.reading; r.details.quantile} == {"p50", "p99"}
	{r.id | some r in h.reading} == {"p95", "p50", "p99", "look-ahead"}
}

test_no_window_no_outcome if {
	at := fixture.of(items)
	found := data.triggers.business.realtime_latency.outcome with input as at
		with data.triggers.business.thresholds.realtime_latency as json.remove(limits, ["window_s"])
	found == {"verdict": "unknown", "series": []}
}
