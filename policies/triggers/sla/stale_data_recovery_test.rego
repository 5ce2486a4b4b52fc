package triggers.sla.stale_data_recovery_test

import data.lib.fixture_test as fixture

thresholds := {"limit_s": 10, "min_events": 5, "share": 0.8, "window_days": 7, "max_lag_s": 3600}

# One recovery an entry, of so many milliseconds.
events(ms) := [recovery(sprintf("e%d", [i]), n) | some i, n in ms]

recovery(id, ms) := {"id": id, "detected_at": "2026-11-20T10:00:00Z", "recovered_at": sprintf("2026-11-20T10:00:%s%d.%s%dZ", [zeros(seconds, 10), seconds, thousands(ms % 1000), ms % 1000])} if {
	seconds := floor(ms / 1000)
}

zeros(n, limit) := "0" if n < limit

zeros(n, limit) := "" if n >= limit

thousands(n) := concat("", [zeros(n, 100), zeros(n, 10)])

items := {"events.stale-data-recovery": fixture.item("recoveries", {
	"source": "stale-data", "complete": true, "from": "2026-11-16T13:00:00Z", "to": "2026-11-23T12:55:00Z",
	"events": events([2000, 3000, 4000, 5000, 12000]),
})}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.sla.stale_data_recovery with input as at
		with data.triggers.sla.thresholds.stale_data_recovery as thresholds
}

facts(path) := concat("", ["/events.stale-data-recovery/facts/", path])

set_to(path, value) := fixture.set_to(facts(path), value)

took(ms) := set_to("events", events(ms))

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdict(h) := [r.details.verdict | some r in h.reading; r.details.used][0]

test_clear_shows_its_numbers if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	h.not_applicable == set()
	verdict(h) == "false"
	msgs(h.reading) == {"1 of 5 recoveries in 7 days took longer than 10 s (median 4000 ms, slowest 12000 ms); consistently is 80.00 % of at least 5"}
}

test_fired_at_exactly_the_share if {
	h := heads(took([10001, 10001, 10001, 10001, 4000]))
	msgs(h.trigger) == {"4 of 5 recoveries in 7 days took longer than 10 s (median 10001 ms, slowest 10001 ms); consistently is 80.00 % of at least 5"}
	h.inconclusive == set()
	some f in h.trigger
	f.details.slow == ["e0", "e1", "e2", "e3"]
	f.details.share_micro == 800000
}

test_ten_seconds_are_not_longer_than_ten_seconds if {
	h := heads(took([10000, 10000, 10000, 10000, 10000]))
	h.trigger == set()
	verdict(h) == "false"
}

test_below_the_share_is_clear if {
	verdict(heads(took([11000, 11000, 11000, 11000, 4000, 4000]))) == "false"
}

test_too_few_and_slow_are_unknown if {
	h := heads(took([11000, 12000, 13000, 14000]))
	h.trigger == set()
	h.not_applicable == set()
	msgs(h.inconclusive) == {"too few to judge: 4 of 4 recoveries in 7 days took longer than 10 s (median 12000 ms, slowest 14000 ms); consistently is 80.00 % of at least 5"}
	verdict(h) == "unknown"
}

test_too_few_and_none_slow_do_not_apply if {
	h := heads(took([1000]))
	h.trigger == set()
	h.inconclusive == set()
	msgs(h.not_applicable) == {"too few to judge, and none slow: 0 of 1 recoveries in 7 days took longer than 10 s (median 1000 ms, slowest 1000 ms); consistently is 80.00 % of at least 5"}
	none := heads(took([]))
	msgs(none.not_applicable) == {"too few to judge, and none slow: 0 of 0 recoveries in 7 days took longer than 10 s; consistently is 80.00 % of at least 5"}
}

test_the_same_recovery_twice_is_one if {
	h := heads(set_to("events", array.concat(events([11000, 11000, 11000, 11000]), events([11000, 11000, 11000, 11000]))))
	verdict(h) == "unknown"
}

test_one_id_for_two_recoveries if {
	h := heads(set_to("events/-", recovery("e0", 9000)))
	"recovery id `e0` names two different recoveries" in h.inconclusive
}

test_recoveries_before_the_window_do_not_count if {
	early := {"id": "e9", "detected_at": "2026-11-16T12:59:59Z", "recovered_at": "2026-11-16T14:00:00Z"}
	h := heads(set_to("events/-", early))
	msgs(h.reading) == {"1 of 5 recoveries in 7 days took longer than 10 s (median 4000 ms, slowest 12000 ms); consistently is 80.00 % of at least 5"}
}

test_unreadable_recoveries_are_unknown if {
	every event in [
		null, "x", {},
		object.union(recovery("e9", 1000), {"id": null}),
		object.union(recovery("e9", 1000), {"detected_at": "10:00"}),
		object.union(recovery("e9", 1000), {"recovered_at": null}),
		object.union(recovery("e9", 1000), {"recovered_at": "2026-11-20T09:59:59Z"}),
		object.union(recovery("e9", 1000), {"recovered_at": "2026-11-23T13:00:01Z"}),
	] {
		h := heads(set_to("events/-", event))
		h.trigger == set()
		verdict(h) == "unknown"
		"recoveries that cannot be read: 1 (no id, no detection or no recovery, or in the wrong order)" in h.inconclusive
	}
}

test_an_incomplete_log_is_unknown if {
	every patch in [set_to("complete", false), set_to("from", "2026-11-16T13:00:01Z"), set_to("to", "2026-11-23T11:59:59Z"), set_to("events", null)] {
		h := heads(array.concat(patch, []))
		h.trigger == set()
		h.not_applicable == set()
		verdict(h) == "unknown"
		count(h.inconclusive) > 0
	}
}

test_unknown_without_evidence if {
	h := heads(fixture.without("/events.stale-data-recovery"))
	h.inconclusive == {"evidence `events.stale-data-recovery` is missing"}
	h.reading == set()
	h.trigger == set()
	h.not_applicable == set()
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.sla.stale_data_recovery with input as at
		with data.triggers.sla.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}

test_the_limit_is_that_of_the_baselines if {
	data.triggers.sla.thresholds.stale_data_recovery.limit_s == data.baselines.stale_data_recovery.trigger
}
