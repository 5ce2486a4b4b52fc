package gates.deploy.slo_cross_service_compliance_test

import data.lib.fixture_test as fixture

items := evidence_at(9990)

limits := {"window_s": 3600, "settle_s": 120, "step_s": 60, "min_coverage": 0.9, "max_gap_s": 300, "min_total": 1000, "services": ["a"]}

few := {"slo.cross-service-compliance": fixture.matrix([
	fixture.series({"service": "a", "outcome": "within"}, fixture.counting(70, 60, 0, 10)),
	fixture.series({"service": "a", "outcome": "breached"}, fixture.counting(70, 60, 0, 0)),
])}

evidence_at(good) := {"slo.cross-service-compliance": fixture.matrix([
	fixture.series({"service": "a", "outcome": "within"}, fixture.counting(70, 60, 1000, good)),
	fixture.series({"service": "a", "outcome": "breached"}, fixture.counting(70, 60, 50, 10000 - good)),
])}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_cross_service_compliance.deny with input as at
		with data.gates.deploy.thresholds.slo_cross_service_compliance as limits
		with data.baselines.cross_service_compliance as {"target": 0.96, "baseline": 0.98, "trigger": 0.95}
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_cross_service_compliance.warn with input as at
		with data.gates.deploy.thresholds.slo_cross_service_compliance as limits
		with data.baselines.cross_service_compliance as {"target": 0.96, "baseline": 0.98, "trigger": 0.95}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_cross_service_compliance.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_cross_service_compliance as limits
		with data.baselines.cross_service_compliance as {"target": 0.96, "baseline": 0.98, "trigger": 0.95}
}

terms(patch) := {f.term | some f in denied(patch)}

# Ten thousand a minute, of which so many are good.
at_rate(good) := fixture.set_to("/slo.cross-service-compliance", evidence_at(good)["slo.cross-service-compliance"])

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
}

test_below_target if {
	some f in denied(at_rate(9550))
	f.msg == "a: 95.50 % of 600000 calls within SLA, target more than 96.00 % (the trigger fires only below 95.00 %)"
	f.term == "a"
}

test_below_the_trigger_too if {
	{f.msg | some f in denied(at_rate(9400))} == {"a: 94.00 % of 600000 calls within SLA, target more than 96.00 %"}
}

test_exactly_the_target_is_missed if terms(at_rate(9600)) == {"a"}

test_target_met_baseline_not if {
	denied(at_rate(9700)) == set()
	{f.msg | some f in warned(at_rate(9700))} == {"a: 97.00 % of 600000 calls within SLA: target met, baseline 98.00 % not"}
}

test_inconclusive_service if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_cross_service_compliance.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_cross_service_compliance as object.union(limits, {"services": ["a", "b"]})
	{f.msg | some f in gaps} == {"b: no counter of good events"}
}

test_inconclusive_without_services if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_cross_service_compliance.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_cross_service_compliance as object.union(limits, {"services": []})
	"policy data lists no services to measure" in gaps
	"the ratio predicate has no result" in gaps
}

test_inconclusive_too_few if {
	patch := fixture.set_to("/slo.cross-service-compliance", few["slo.cross-service-compliance"])
	{f.msg | some f in unclear(patch)} == {"a: 600 events are fewer than 1000"}
}

test_inconclusive_samples if {
	path := "/slo.cross-service-compliance/facts/series/0/samples"
	{f.msg | some f in unclear(fixture.set_to(path, []))} == {"a: samples do not cover the window"}
	denied(fixture.set_to(path, [])) == set()
}

test_inconclusive_series if {
	unclear(fixture.set_to("/slo.cross-service-compliance/facts/series/0", null)) == {"the ratio predicate has no result"}
	"evidence `slo.cross-service-compliance` does not say `series`" in unclear(fixture.set_to("/slo.cross-service-compliance/facts/series", []))
}

test_inconclusive_without_baseline if {
	at := fixture.of(evidence_at(9990))
	gaps := data.gates.deploy.slo_cross_service_compliance.inconclusive with input as at
		with data.baselines as {}
	"policy data does not set `baselines.cross_service_compliance.target`" in gaps
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/slo.cross-service-compliance")) == {"evidence `slo.cross-service-compliance` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_cross_service_compliance.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
