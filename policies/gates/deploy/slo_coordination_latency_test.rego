package gates.deploy.slo_coordination_latency_test

import data.lib.fixture_test as fixture

items := {"slo.coordination-latency": fixture.matrix([fixture.series({"cluster": "a"}, steady)])}

steady := fixture.samples(126, 30, 107)

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_coordination_latency.deny with input as at
		with data.gates.deploy.thresholds.slo_coordination_latency as {"window_s": 3600, "settle_s": 120, "step_s": 30, "max_share": 0.05, "min_coverage": 0.9, "max_gap_s": 300, "clusters": ["a"]}
		with data.baselines.coordination_latency as {"target": 120, "baseline": 107}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_coordination_latency.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_coordination_latency as {"window_s": 3600, "settle_s": 120, "step_s": 30, "max_share": 0.05, "min_coverage": 0.9, "max_gap_s": 300, "clusters": ["a"]}
		with data.baselines.coordination_latency as {"target": 120, "baseline": 107}
}

terms(patch) := {f.term | some f in denied(patch)}

# `n` samples from index `from` at `value`.
spike(from, n, value) := fixture.set_to("/slo.coordination-latency/facts/series/0/samples", [[p[0], v] |
	some i, p in steady
	v := level(i, from, n, value)
])

level(i, from, n, value) := value if {
	i >= from
	i < from + n
} else := 107

gap(from, n) := fixture.set_to("/slo.coordination-latency/facts/series/0/samples", array.concat(array.slice(steady, 0, from), array.slice(steady, from + n, count(steady))))

test_pass if {
	denied([]) == set()
	unclear([]) == set()
}

# 5 % of 3600 s are 6 samples of 30 s.
test_a_short_spike_is_within if denied(spike(50, 6, 150)) == set()

test_a_longer_spike_is_not if {
	some f in denied(spike(50, 7, 150))
	f.msg == "P95 at or above 120 ms for 3 min 30 s of 60 min 0 s"
	f.term == "a"
	f.details.worst == 150
}

test_the_target_itself_is_missed if count(denied(spike(50, 7, 120))) == 1

test_another_series_spikes if {
	s := fixture.set_to("/slo.coordination-latency/facts/series/1", fixture.series({"cluster": "b"}, fixture.samples(126, 30, 121)))
	terms(s) == {"b"}
}

test_one_missed_scrape if unclear(gap(50, 1)) == set()

test_inconclusive_gap if {
	some f in unclear(gap(50, 13))
	f.msg == "P95 is known for 53 min 0 s of 60 min 0 s, longest gap 7 min 0 s"
	denied(gap(50, 13)) == set()
}

test_inconclusive_old_samples if {
	s := fixture.set_to("/slo.coordination-latency/facts/series/0/samples", array.slice(steady, 0, 100))
	count(unclear(s)) == 1
}

test_inconclusive_without_a_cluster if {
	labelled := fixture.set_to("/slo.coordination-latency/facts/series/0/labels/cluster", "b")
	unclear(labelled) == {"no series of the P95 for cluster `a`"}
}

test_inconclusive_without_series if {
	"evidence `slo.coordination-latency` does not say `series`" in unclear(fixture.set_to("/slo.coordination-latency/facts/series", []))
	"the latency predicate has no series to judge" in unclear(fixture.set_to("/slo.coordination-latency/facts/series/0", {}))
}

test_inconclusive_without_baseline if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_coordination_latency.inconclusive with input as at
		with data.baselines as {}
	"policy data does not set `baselines.coordination_latency.target`" in gaps
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/slo.coordination-latency")) == {"evidence `slo.coordination-latency` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_coordination_latency.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
