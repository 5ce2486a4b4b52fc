package gates.deploy.slo_cache_hit_rate_test

import data.lib.fixture_test as fixture

items := evidence_at(9990)

limits := {"window_s": 3600, "settle_s": 120, "step_s": 60, "min_coverage": 0.9, "max_gap_s": 300, "min_total": 1000, "caches": ["a"]}

few := {"slo.cache-hit-rate": fixture.matrix([
	fixture.series({"cache": "a", "result": "hit"}, fixture.counting(70, 60, 0, 10)),
	fixture.series({"cache": "a", "result": "miss"}, fixture.counting(70, 60, 0, 0)),
])}

evidence_at(good) := {"slo.cache-hit-rate": fixture.matrix([
	fixture.series({"cache": "a", "result": "hit"}, fixture.counting(70, 60, 1000, good)),
	fixture.series({"cache": "a", "result": "miss"}, fixture.counting(70, 60, 50, 10000 - good)),
])}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_cache_hit_rate.deny with input as at
		with data.gates.deploy.thresholds.slo_cache_hit_rate as limits
		with data.baselines.cache_hit_rate as {"target": 0.9, "baseline": 0.935, "trigger": 0.885}
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_cache_hit_rate.warn with input as at
		with data.gates.deploy.thresholds.slo_cache_hit_rate as limits
		with data.baselines.cache_hit_rate as {"target": 0.9, "baseline": 0.935, "trigger": 0.885}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_cache_hit_rate.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_cache_hit_rate as limits
		with data.baselines.cache_hit_rate as {"target": 0.9, "baseline": 0.935, "trigger": 0.885}
}

terms(patch) := {f.term | some f in denied(patch)}

# Ten thousand a minute, of which so many are good.
at_rate(good) := fixture.set_to("/slo.cache-hit-rate", evidence_at(good)["slo.cache-hit-rate"])

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
}

test_below_target if {
	some f in denied(at_rate(8800))
	f.msg == "a: 88.00 % of 600000 lookups hit, target more than 90.00 %"
	f.term == "a"
}

test_exactly_the_target_is_missed if terms(at_rate(9000)) == {"a"}

test_target_met_baseline_not if {
	denied(at_rate(9100)) == set()
	{f.msg | some f in warned(at_rate(9100))} == {"a: 91.00 % of 600000 lookups hit: target met, baseline 93.50 % not"}
}

test_inconclusive_cache if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_cache_hit_rate.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_cache_hit_rate as object.union(limits, {"caches": ["a", "b"]})
	{f.msg | some f in gaps} == {"b: no counter of good events"}
}

test_inconclusive_without_caches if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_cache_hit_rate.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_cache_hit_rate as object.union(limits, {"caches": []})
	"policy data lists no caches to measure" in gaps
	"the ratio predicate has no result" in gaps
}

test_inconclusive_too_few if {
	patch := fixture.set_to("/slo.cache-hit-rate", few["slo.cache-hit-rate"])
	{f.msg | some f in unclear(patch)} == {"a: 600 events are fewer than 1000"}
}

test_inconclusive_samples if {
	path := "/slo.cache-hit-rate/facts/series/0/samples"
	{f.msg | some f in unclear(fixture.set_to(path, []))} == {"a: samples do not cover the window"}
	denied(fixture.set_to(path, [])) == set()
}

test_inconclusive_series if {
	unclear(fixture.set_to("/slo.cache-hit-rate/facts/series/0", null)) == {"the ratio predicate has no result"}
	"evidence `slo.cache-hit-rate` does not say `series`" in unclear(fixture.set_to("/slo.cache-hit-rate/facts/series", []))
}

test_inconclusive_without_baseline if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_cache_hit_rate.inconclusive with input as at
		with data.baselines as {}
	"policy data does not set `baselines.cache_hit_rate.target`" in gaps
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/slo.cache-hit-rate")) == {"evidence `slo.cache-hit-rate` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_cache_hit_rate.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
