package gates.deploy.slo_stale_data_recovery_test

import data.lib.fixture_test as fixture

items := {"slo.stale-data-recovery": log([2, 3, 4, 5, 6])}

events(seconds) := [event |
	some i, s in seconds
	event := {
		"id": sprintf("e%d", [i]),
		"detected_at": "2026-11-20T10:00:00Z",
		"recovered_at": sprintf("2026-11-20T10:00:%s%dZ", [pad(s), s]),
	}
]

pad(s) := "0" if s < 10

pad(s) := "" if s >= 10

log(seconds) := fixture.item("json", {
	"from": "2026-11-16T13:00:00Z", "to": "2026-11-23T12:55:00Z", "complete": true,
	"events": events(seconds),
})

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_stale_data_recovery.deny with input as at
		with data.gates.deploy.thresholds.slo_stale_data_recovery as {"window_days": 7, "min_events": 5, "max_share": 0.2}
		with data.baselines.stale_data_recovery as {"target": 10, "baseline": 5}
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_stale_data_recovery.warn with input as at
		with data.gates.deploy.thresholds.slo_stale_data_recovery as {"window_days": 7, "min_events": 5, "max_share": 0.2}
		with data.baselines.stale_data_recovery as {"target": 10, "baseline": 5}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_stale_data_recovery.inconclusive with input as at
		with data.gates.deploy.thresholds.slo_stale_data_recovery as {"window_days": 7, "min_events": 5, "max_share": 0.2}
		with data.baselines.stale_data_recovery as {"target": 10, "baseline": 5}
}

spared(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.slo_stale_data_recovery.not_applicable with input as at
		with data.gates.deploy.thresholds.slo_stale_data_recovery as {"window_days": 7, "min_events": 5, "max_share": 0.2}
		with data.baselines.stale_data_recovery as {"target": 10, "baseline": 5}
}

took(seconds) := fixture.set_to("/slo.stale-data-recovery", log(seconds))

msgs(set_of) := {f.msg | some f in set_of}

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
	spared([]) == set()
}

test_exactly_the_share_is_within if denied(took([2, 3, 4, 5, 10])) == set()

test_too_many_late if {
	msgs(denied(took([2, 3, 4, 10, 11]))) == {"2 of 5 recoveries took 10 s or longer"}
	some f in denied(took([2, 3, 4, 10, 11]))
	f.details.median_ms == 4000
}

test_median_at_baseline_warns if msgs(warned(took([4, 5, 5, 6, 7]))) == {"the median recovery took 5000 ms: target met, baseline 5 s not"}

test_not_applicable_when_few_and_fast if {
	msgs(spared(took([2, 3]))) == {"2 recoveries in 7 days are too few to judge; none took 10 s"}
	unclear(took([2, 3])) == set()
	msgs(spared(took([]))) == {"0 recoveries in 7 days are too few to judge; none took 10 s"}
}

test_inconclusive_when_few_and_one_late if {
	msgs(unclear(took([2, 12]))) == {"2 recoveries are fewer than 5, and 1 took 10 s or longer"}
	spared(took([2, 12])) == set()
}

test_the_same_event_twice_is_one if {
	doubled := array.concat(events([2, 3, 4, 11]), events([2, 3, 4, 11]))
	msgs(unclear(fixture.set_to("/slo.stale-data-recovery/facts/events", doubled))) == {"4 recoveries are fewer than 5, and 1 took 10 s or longer"}
}

test_inconclusive_two_of_one_id if {
	twice := array.concat(events([2, 3, 4, 5, 6]), events([7]))
	"one event id names two different recoveries" in unclear(fixture.set_to("/slo.stale-data-recovery/facts/events", twice))
}

test_events_before_the_window_are_left_out if {
	path := "/slo.stale-data-recovery/facts/events/0"
	early := {"id": "e0", "detected_at": "2026-11-16T12:59:59Z", "recovered_at": "2026-11-16T14:00:00Z"}
	msgs(spared(fixture.set_to("/slo.stale-data-recovery/facts/events", [early]))) == {"0 recoveries in 7 days are too few to judge; none took 10 s"}
	unclear(fixture.set_to(path, early)) == set()
}

test_inconclusive_events if {
	every event in [
		null, {}, "x",
		{"id": "e9", "detected_at": "2026-11-20T10:00:00Z"},
		{"detected_at": "2026-11-20T10:00:00Z", "recovered_at": "2026-11-20T10:00:01Z"},
		{"id": "e9", "detected_at": "2026-11-20T10:00:02Z", "recovered_at": "2026-11-20T10:00:01Z"},
		{"id": "e9", "detected_at": "2026-11-23T13:00:00Z", "recovered_at": "2026-11-23T13:00:01Z"},
	] {
		patch := fixture.set_to("/slo.stale-data-recovery/facts/events", array.concat(events([2, 3, 4, 5, 6]), [event]))
		unclear(patch) == {"recovery event 6 has no id, no detection or no recovery, or their order is wrong"}
	}
}

test_inconclusive_list if {
	every value in [null, "x", {}] {
		unclear(fixture.set_to("/slo.stale-data-recovery/facts/events", value)) == {"the recovery log has no list of events"}
	}
}

test_inconclusive_cover if {
	every patch in [
		fixture.set_to("/slo.stale-data-recovery/facts/complete", false),
		fixture.without("/slo.stale-data-recovery/facts/complete"),
		fixture.set_to("/slo.stale-data-recovery/facts/from", "2026-11-16T13:00:01Z"),
		fixture.set_to("/slo.stale-data-recovery/facts/to", "2026-11-23T11:59:59Z"),
		fixture.set_to("/slo.stale-data-recovery/facts/to", null),
	] {
		unclear(patch) == {"the recovery log does not cover the last 7 days"}
	}
}

test_inconclusive_without_baseline if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_stale_data_recovery.inconclusive with input as at
		with data.baselines as {}
	"policy data does not set `baselines.stale_data_recovery.target`" in gaps
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/slo.stale-data-recovery")) == {"evidence `slo.stale-data-recovery` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.slo_stale_data_recovery.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
