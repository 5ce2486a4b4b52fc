package triggers.operational.rollback_frequency_test

import data.lib.fixture_test as fixture

thresholds := {
	"limit": 1, "reading": "either", "zone": "UTC", "months": 2, "rolling_days": 30,
	"rollback_kinds": ["rollback"], "other_kinds": ["deployment"],
	"drill_tags": ["drill"], "environments": ["production"], "max_lag_s": 7200,
}

event(id, kind, at) := {"id": id, "kind": kind, "environment": "production", "started_at": at, "tags": []}

rollback(id, at) := event(id, "rollback", at)

# One rollback in October, one in November, 33 days apart.
items := {"events.deployments": fixture.item("deployments", {
	"source": "deploys", "complete": true, "from": "2026-09-01T00:00:00Z", "to": "2026-11-23T12:55:00Z",
	"events": [event("d1", "deployment", "2026-11-02T10:00:00Z"), rollback("r1", "2026-10-12T10:00:00Z"), rollback("r2", "2026-11-14T10:00:00Z")],
})}

judged(patch, fields) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.operational.rollback_frequency with input as at
		with data.triggers.operational.thresholds.rollback_frequency as object.union(thresholds, fields)
}

heads(patch) := judged(patch, {})

facts(path) := concat("", ["/events.deployments/facts/", path])

set_to(path, value) := fixture.set_to(facts(path), value)

one_more(e) := set_to("events/-", e)

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading}

used(h) := {r.id | some r in h.reading; r.details.used}

test_clear if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"calendar-month": "false", "rolling": "false", "either": "false"}
	used(h) == {"either"}
	"rollbacks: 1 in 2026-11 so far, 1 in 2026-10 (UTC), 1 in 30 days, limit 1" in msgs(h.reading)
}

test_fired_in_one_month if {
	h := heads(one_more(rollback("r3", "2026-11-20T10:00:00Z")))
	msgs(h.trigger) == {"rollbacks: 2 in 2026-11 so far, 1 in 2026-10 (UTC), 2 in 30 days, limit 1"}
	h.inconclusive == set()
	verdicts(h) == {"calendar-month": "true", "rolling": "true", "either": "true"}
}

test_the_month_before_is_still_seen if {
	h := heads(one_more(rollback("r3", "2026-10-02T10:00:00Z")))
	msgs(h.trigger) == {"rollbacks: 1 in 2026-11 so far, 2 in 2026-10 (UTC), 1 in 30 days, limit 1"}
	verdicts(h) == {"calendar-month": "true", "rolling": "false", "either": "true"}
	only_this := judged(one_more(rollback("r3", "2026-10-02T10:00:00Z")), {"months": 1})
	only_this.trigger == set()
}

# Half an hour and a bit apart, across the end of a month.
halloween := set_to("events", [rollback("r1", "2026-10-31T23:30:00Z"), rollback("r2", "2026-11-01T00:10:00Z")])

test_each_month_one_and_the_readings_differ if {
	h := heads(halloween)
	verdicts(h) == {"calendar-month": "false", "rolling": "true", "either": "true"}
	msgs(h.trigger) == {"rollbacks: 1 in 2026-11 so far, 1 in 2026-10 (UTC), 2 in 30 days, limit 1"}
	by_month := judged(halloween, {"reading": "calendar-month"})
	by_month.trigger == set()
	by_month.inconclusive == set()
	used(by_month) == {"calendar-month"}
	by_days := judged(halloween, {"reading": "rolling"})
	msgs(by_days.trigger) == {"rollbacks: 2 in 30 days, limit 1"}
}

test_in_tokyo_both_fall_in_november if {
	h := judged(halloween, {"zone": "Asia/Tokyo", "reading": "calendar-month"})
	msgs(h.trigger) == {"rollbacks: 2 in 2026-11 so far, 0 in 2026-10 (Asia/Tokyo), limit 1 a month"}
}

test_drills_do_not_count_and_are_named if {
	drill := object.union(rollback("r3", "2026-11-20T10:00:00Z"), {"tags": ["drill"]})
	h := heads(one_more(drill))
	h.trigger == set()
	"rollbacks: 1 in 2026-11 so far, 1 in 2026-10 (UTC), 1 in 30 days, limit 1; drills left out: r3" in msgs(h.reading)
}

test_the_same_rollback_twice_is_one if {
	verdicts(heads(one_more(rollback("r2", "2026-11-14T10:00:00Z")))).either == "false"
}

test_another_environment_does_not_count if {
	verdicts(heads(one_more(object.union(rollback("r3", "2026-11-20T10:00:00Z"), {"environment": "staging"})))).either == "false"
	verdicts(heads(one_more(object.union(rollback("r3", "2026-11-20T10:00:00Z"), {"environment": null})))).either == "true"
}

test_before_thirty_days_does_not_count_as_rolling if {
	edge := set_to("events", [rollback("r1", "2026-10-24T13:00:00Z"), rollback("r2", "2026-11-14T10:00:00Z")])
	verdicts(heads(edge)) == {"calendar-month": "false", "rolling": "true", "either": "true"}
	outside := set_to("events", [rollback("r1", "2026-10-24T12:59:59Z"), rollback("r2", "2026-11-14T10:00:00Z")])
	verdicts(heads(outside)) == {"calendar-month": "false", "rolling": "false", "either": "false"}
}

test_what_may_be_a_rollback_is_unknown if {
	every e in [
		event("r3", "rolled_back", "2026-11-20T10:00:00Z"),
		event("r3", null, "2026-11-20T10:00:00Z"),
		rollback("r3", "yesterday"),
		rollback(3, "2026-11-20T10:00:00Z"),
		{}, null, "x",
	] {
		h := heads(one_more(e))
		h.trigger == set()
		verdicts(h).either == "unknown"
		"deployment events that may be rollbacks and cannot be read: 1" in h.inconclusive
		"cannot be judged: rollbacks: 1 in 2026-11 so far, 1 in 2026-10 (UTC), 1 in 30 days, limit 1" in msgs(h.inconclusive)
	}
}

test_one_id_with_two_instants_counts_for_neither if {
	h := heads(one_more(rollback("r2", "2026-10-02T10:00:00Z")))
	h.trigger == set()
	verdicts(h).either == "unknown"
}

test_an_incomplete_log_can_fire_and_is_never_clear if {
	every patch in [
		set_to("complete", false),
		set_to("to", "2026-11-23T10:59:59Z"),
		set_to("to", null),
		set_to("from", null),
		set_to("from", "2026-10-01T00:00:01Z"), # the month before is not all there
		set_to("from", "2026-11-01T00:00:00Z"),
	] {
		h := heads(patch)
		h.trigger == set()
		verdicts(h).either == "unknown"
		count(h.inconclusive) > 0
		fired := heads(array.concat(patch, one_more(rollback("r3", "2026-11-20T10:00:00Z"))))
		count(fired.trigger) == 1
	}
}

test_a_log_from_the_start_of_the_month_is_enough if {
	verdicts(heads(set_to("from", "2026-10-01T00:00:00Z"))).either == "false"
}

test_no_list_of_events_is_unknown if {
	h := heads(set_to("events", "x"))
	h.trigger == set()
	"deployments: the log has no list of events" in h.inconclusive
	verdicts(h).either == "unknown"
}

test_an_unknown_zone_or_reading_is_unknown if {
	zone := judged(one_more(rollback("r3", "2026-11-20T10:00:00Z")), {"zone": "Mars/Olympus", "reading": "calendar-month"})
	zone.trigger == set()
	count(zone.inconclusive) > 0
	mode := judged([], {"reading": "weekly"})
	"policy data asks for the reading `weekly`, which is none of calendar-month, either, rolling" in mode.inconclusive
	"the count of rollbacks has no result" in mode.inconclusive
}

test_unknown_without_evidence if {
	h := heads(fixture.without("/events.deployments"))
	h.inconclusive == {"evidence `events.deployments` is missing"}
	h.reading == set()
	h.trigger == set()
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.operational.rollback_frequency with input as at
		with data.triggers.operational.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}
