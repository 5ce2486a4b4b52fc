package gates.deploy.slo_availability_test

import data.lib.fixture_test as fixture

items := evidence_at(9990)

limits := {"window_s": 3600, "settle_s": 120, "step_s": 60, "min_coverage": 0.9, "max_gap_s": 300, "min_total": 1000, "regions": ["a"]}

few := {"slo.availability": fixture.matrix([
	fixture.series({"region": "a", "outcome": "served"}, fixture.counting(70, 60, 0, 10)),
	fixture.series({"region": "a", "outcome": "failed"}, fixture.counting(70, 60, 0, 0)),
])}

evidence_at(good) := {"slo.availability": fixture.matrix([
	fixture.series({"region": "a", "outcome": "served"}, fixture.counting(70, 60, 1000, good)),
	fixture.series({"region": "a", "outcome": "failed"}, fixture.counting(70, 60, 50, 10000 - good)),
])}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_availability.deny with input as at
		with data.gates.deploy.thresholds.slo_availability as limits
		with data.baselines.availability as {"target": 0.995, "baseline": 0.999}
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_availability.warn with input as at
		with data.gates.deploy.thresholds.slo_availability as limits
		with data.baselines.availability as {"target": 0.995, "baseline": 0.999}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_availability.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_availability as limits
		with data.baselines.availability as {"target": 0.995, "baseline": 0.999}
}

terms(patch) := {f.term | some f in denied(patch)}

# Ten thousand a minute, of which so many are good.
at_rate(good) := fixture.set_to("/slo.availability", evidence_at(good)["slo.availability"])

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
}

test_below_target if {
	some f in denied(at_rate(9900))
	f.msg == "a: 99.00 % of 600000 requests served, target more than 99.50 %"
	f.term == "a"
}

test_exactly_the_target_is_missed if terms(at_rate(9950)) == {"a"}

test_target_met_baseline_not if {
	denied(at_rate(9970)) == set()
	{f.msg | some f in warned(at_rate(9970))} == {"a: 99.70 % of 600000 requests served: target met, baseline 99.90 % not"}
}

test_inconclusive_region if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_availability.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_availability as object.union(limits, {"regions": ["a", "b"]})
	{f.msg | some f in gaps} == {"b: no counter of good events"}
}

test_inconclusive_without_regions if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_availability.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_availability as object.union(limits, {"regions": []})
	"policy data lists no regions to measure" in gaps
	"the ratio predicate has no result" in gaps
}

test_inconclusive_too_few if {
	patch := fixture.set_to("/slo.availability", few["slo.availability"])
	{f.msg | some f in unclear(patch)} == {"a: 600 events are fewer than 1000"}
}

test_inconclusive_samples if {
	path := "/slo.availability/facts/series/0/samples"
	{f.msg | some f in unclear(fixture.set_to(path, []))} == {"a: samples do not cover the window"}
	denied(fixture.set_to(path, [])) == set()
}

test_inconclusive_series if {
	unclear(fixture.set_to("/slo.availability/facts/series/0", null)) == {"the ratio predicate has no result"}
	"evidence `slo.availability` does not say `series`" in unclear(fixture.set_to("/slo.availability/facts/series", []))
}

test_inconclusive_without_baseline if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_availability.inconclusive with input as at
		with data.baselines as {}
	"policy data does not set `baselines.availability.target`" in gaps
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/slo.availability")) == {"evidence `slo.availability` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_availability.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
