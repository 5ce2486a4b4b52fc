package triggers.operational.team_friction_test

import data.lib.fixture_test as fixture

thresholds := {
	"window_days": 90, "min_teams": 2, "lead_time_factor": 1.5, "lead_time_baseline_s": 36000, "min_changes": 5,
	"approval_wait_s": 86400, "min_approvals": 5, "abandoned": ["withdrawn", "rejected"], "max_lag_s": 86400,
}

# A change opened on 1 November at 00:00, that took so many hours to deploy.
change(id, lead_h, wait_h) := {
	"id": id, "status": "deployed", "teams": ["registry", "risk"],
	"opened_at": "2026-11-01T00:00:00Z", "approval_requested_at": "2026-11-01T00:00:00Z",
	"approved_at": at(wait_h), "deployed_at": at(lead_h),
}

at(h) := sprintf("2026-11-%s%dT%s%d:00:00Z", [pad(day), day, pad(hour), hour]) if {
	day := 1 + floor(h / 24)
	hour := h % 24
}

pad(n) := "0" if n < 10

pad(n) := "" if n >= 10

# Median lead time 15 h (exactly the limit), median wait 24 h (exactly the limit).
changes(lead, wait) := [change(sprintf("CHG-%d", [i]), h, wait[i]) | some i, h in lead]

items := {"events.changes": fixture.item("change-tickets", {
	"source": "changes", "complete": true, "from": "2026-08-01T00:00:00Z", "to": "2026-11-23T12:00:00Z",
	"events": changes([2, 3, 15, 40, 50], [1, 2, 2, 30, 40]),
})}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.operational.team_friction with input as at
		with data.triggers.operational.thresholds.team_friction as thresholds
}

facts(path) := concat("", ["/events.changes/facts/", path])

set_to(path, value) := fixture.set_to(facts(path), value)

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading}

test_exactly_at_the_limits_is_clear if {
	h := heads(set_to("events", changes([2, 3, 15, 40, 50], [1, 2, 24, 30, 40])))
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"lead-time": "false", "lead-time-of-all-changes": "false", "approval-wait": "false"}
	msgs(h.reading) == {
		"median lead time 15.0 h of 5 changes of at least 2 teams in 90 days, limit 15.0 h; at least 5 changes wanted",
		"median lead time 15.0 h of 5 changes in 90 days, limit 15.0 h; at least 5 changes wanted",
		"median wait for an approval 24.0 h of 5 approvals in 90 days, limit 24.0 h; at least 5 approvals wanted",
	}
}

test_fired_by_lead_time if {
	h := heads(set_to("events", changes([2, 3, 16, 40, 50], [1, 2, 2, 30, 40])))
	msgs(h.trigger) == {"median lead time 16.0 h of 5 changes of at least 2 teams in 90 days, limit 15.0 h; at least 5 changes wanted"}
	some f in h.trigger
	f.term == "lead-time"
	f.details.slowest == [[180000000, "CHG-4"], [144000000, "CHG-3"], [57600000, "CHG-2"]]
	h.inconclusive == set()
}

test_fired_by_approval_wait if {
	h := heads(set_to("events", changes([2, 3, 4, 40, 50], [1, 2, 25, 30, 40])))
	msgs(h.trigger) == {"median wait for an approval 25.0 h of 5 approvals in 90 days, limit 24.0 h; at least 5 approvals wanted"}
}

test_the_readings_differ_where_one_team_is_slow if {
	alone := [object.union(change(sprintf("SOLO-%d", [i]), 200, 1), {"teams": ["research", "research"]}) | some i in numbers.range(0, 9)]
	h := heads(set_to("events", array.concat(changes([2, 3, 15, 40, 50], [1, 2, 2, 30, 40]), alone)))
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h)["lead-time"] == "false"
	verdicts(h)["lead-time-of-all-changes"] == "true"
}

test_too_few_are_unknown if {
	h := heads(set_to("events", changes([200, 200, 200, 200], [100, 100, 100, 100])))
	h.trigger == set()
	count(h.inconclusive) == 2
	"cannot be judged: median lead time 200.0 h of 4 changes of at least 2 teams in 90 days, limit 15.0 h; at least 5 changes wanted, 0 still open" in msgs(h.inconclusive)
	none := heads(set_to("events", []))
	verdicts(none) == {"lead-time": "unknown", "lead-time-of-all-changes": "unknown", "approval-wait": "unknown"}
	"median wait for an approval not known of 0 approvals in 90 days, limit 24.0 h; at least 5 approvals wanted" in msgs(none.reading)
}

test_the_same_change_twice_is_one if {
	once := changes([200, 200, 200, 200], [100, 100, 100, 100])
	h := heads(set_to("events", array.concat(once, once)))
	verdicts(h)["lead-time"] == "unknown"
}

# Five changes with a median of 4 h, and open ones.
open(n) := array.concat(
	changes([2, 3, 4, 4, 5], [1, 1, 1, 1, 1]),
	[object.union(change(sprintf("OPEN-%d", [i]), 1, 1), {
		"opened_at": "2026-11-23T12:00:00Z", "approval_requested_at": "2026-11-23T12:00:00Z",
		"approved_at": null, "deployed_at": null, "status": "open",
	}) |
		some i in numbers.range(1, n)
	],
)

test_open_changes_that_cannot_change_the_median if {
	h := heads(set_to("events", open(5)))
	verdicts(h) == {"lead-time": "false", "lead-time-of-all-changes": "false", "approval-wait": "false"}
}

test_open_changes_that_could_are_unknown if {
	h := heads(set_to("events", open(6)))
	h.trigger == set()
	verdicts(h) == {"lead-time": "unknown", "lead-time-of-all-changes": "unknown", "approval-wait": "unknown"}
	"cannot be judged: median lead time 1.0 h of 11 changes of at least 2 teams in 90 days, limit 15.0 h; at least 5 changes wanted, 6 still open" in msgs(h.inconclusive)
}

test_open_for_too_long_already_fires if {
	long := [object.union(c, {"deployed_at": null, "approved_at": null, "status": "open"}) | some c in changes([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])]
	h := heads(set_to("events", long))
	verdicts(h) == {"lead-time": "true", "lead-time-of-all-changes": "true", "approval-wait": "true"}
}

test_changes_without_approval_wait_for_none if {
	h := heads(set_to("events", [object.union(c, {"approval_requested_at": null, "approved_at": null}) | some c in changes([2, 3, 15, 40, 50], [1, 2, 24, 30, 40])]))
	verdicts(h)["lead-time"] == "false"
	verdicts(h)["approval-wait"] == "unknown"
}

test_abandoned_and_earlier_changes_do_not_count if {
	abandoned := [object.union(change(sprintf("W-%d", [i]), 400, 400), {"status": "withdrawn"}) | some i in numbers.range(1, 9)]
	early := [object.union(change(sprintf("E-%d", [i]), 1, 1), {
		"opened_at": "2026-08-01T00:00:00Z", "approval_requested_at": "2026-08-01T00:00:00Z",
		"approved_at": "2026-08-25T12:59:59Z", "deployed_at": "2026-08-25T12:59:59Z",
	}) |
		some i in numbers.range(1, 9)
	]
	h := heads(set_to("events", array.concat(changes([2, 3, 15, 40, 50], [1, 2, 2, 30, 40]), array.concat(abandoned, early))))
	verdicts(h) == {"lead-time": "false", "lead-time-of-all-changes": "false", "approval-wait": "false"}
	some r in h.reading
	r.details.n == 5
}

test_unreadable_changes_are_unknown if {
	every fields in [
		{"id": null}, {"teams": "risk"}, {"opened_at": null}, {"opened_at": "2026-11-02"},
		{"approved_at": "soon"}, {"deployed_at": "2026-10-31T23:00:00Z"}, {"deployed_at": "2026-11-23T13:00:01Z"},
		{"approval_requested_at": "2026-11-01T05:00:00Z", "approved_at": "2026-11-01T04:00:00Z"},
		{"approval_requested_at": null, "approved_at": "2026-11-01T04:00:00Z"},
	] {
		h := heads(set_to("events/-", object.union(change("CHG-9", 6, 5), fields)))
		h.trigger == set()
		"changes that cannot be read: 1 (no id, teams or opening, or instants that are none or in the wrong order)" in h.inconclusive
		verdicts(h)["lead-time"] == "unknown"
	}
	"changes that cannot be read: 1 (no id, teams or opening, or instants that are none or in the wrong order)" in heads(set_to("events/-", null)).inconclusive
}

test_one_id_for_two_changes if {
	"change id `CHG-0` names two different changes" in heads(set_to("events/-", change("CHG-0", 9, 9))).inconclusive
}

test_an_incomplete_log_is_unknown if {
	every patch in [set_to("complete", false), set_to("from", "2026-08-25T13:00:01Z"), set_to("to", "2026-11-22T12:59:59Z"), set_to("events", {})] {
		h := heads(patch)
		h.trigger == set()
		verdicts(h)["lead-time"] == "unknown"
		count(h.inconclusive) > 0
	}
}

test_unknown_without_evidence if {
	h := heads(fixture.without("/events.changes"))
	h.inconclusive == {"evidence `events.changes` is missing"}
	h.reading == set()
	h.trigger == set()
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.operational.team_friction with input as at
		with data.triggers.operational.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}
