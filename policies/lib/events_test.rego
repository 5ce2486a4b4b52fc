package lib.events_test

import data.lib.events
import data.lib.fixture_test as fixture
import data.lib.time as instants

test_mostly_over if events.mostly_over([1, 2, 11, 12, 13], 10, 5, 0.5) == {"verdict": "true", "over": 3, "events": 5}

test_the_share_itself_is_not_over if events.mostly_over([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10, 5, 0.1).verdict == "false"

test_too_few if events.mostly_over([11, 12], 10, 5, 0.1) == {"verdict": "unknown", "over": 2, "events": 2}

test_none if events.mostly_over([], 10, 5, 0.1).verdict == "unknown"

test_median if {
	events.median([3, 1, 2]) == 2
	events.median([4, 1, 2, 3]) == 2
	events.median([]) == null
}

# -- Consistently ------------------------------------------------------------

slow := {"limit": 10, "min_events": 5, "share": 0.8}

test_consistently if {
	events.consistently([11, 12, 13, 14, 5], slow) == {
		"verdict": "true", "reason": null, "n": 5, "over": 4, "limit": 10,
		"share_micro": 800000, "low_micro": 435292, "high_micro": 954038,
	}
	events.consistently([11, 12, 13, 4, 5], slow).verdict == "false"
}

test_the_limit_itself_is_not_over_it if events.consistently([10, 10, 10, 10, 10], slow).over == 0

test_four_events_are_too_few if {
	result := events.consistently([11, 12, 13, 14], slow)
	result.verdict == "unknown"
	result.reason == "4 events are fewer than 5"
	result.share_micro == 1000000
	none := events.consistently([], slow)
	none.verdict == "unknown"
	none.share_micro == null
	none.low_micro == null
}

# Of nothing and of all the interval reaches the end.
test_wilson_at_the_ends if {
	events.wilson(0, 10) == {"share_micro": 0, "low_micro": 0, "high_micro": 212942}
	events.wilson(10, 10) == {"share_micro": 1000000, "low_micro": 787058, "high_micro": 1000000}
}

test_numbers_that_are_none_are_unknown if {
	every numbers in [null, {}, [1, "2"], [null]] {
		events.consistently(numbers, slow) == {"verdict": "unknown", "reason": "the events are not a list of numbers"}
	}
	events.consistently([], {}).reason == "the spec has no usable number `limit`"
	events.consistently([], null).reason == "the spec is not an object"
}

# -- Months ------------------------------------------------------------------

at(text) := instants.ns(text)

event(id, text) := {"id": id, "at_ns": at(text)}

# One on Saturday evening, one on the next day.
rollbacks := [event("r1", "2026-10-31T23:30:00Z"), event("r2", "2026-11-01T10:00:00Z")]

monthly(zone) := {"limit": 1, "zone": zone, "complete": true}

in_month(list, spec) := result if {
	result := events.count_calendar_month(list, spec) with input as fixture.of({})
}

rolling(list, spec) := result if {
	result := events.count_rolling(list, spec) with input as fixture.of({})
}

test_edge_month_boundary_one_rollback_in_each_month if {
	november := in_month(rollbacks, monthly("Europe/London"))
	november.n == 1
	november.ids == ["r2"]
	november.months == [{"month": "2026-10", "n": 1}, {"month": "2026-11", "n": 1}]
	october := in_month(rollbacks, object.union(monthly("Europe/London"), {"month": "2026-10"}))
	october == {
		"verdict": "false", "reason": null, "n": 1, "possible": 1, "limit": 1, "ids": ["r1"], "month": "2026-10", "zone": "Europe/London",
		"open": false, "complete": true, "future": 0, "unreadable": 0, "conflicts": 0,
		"months": [{"month": "2026-10", "n": 1}, {"month": "2026-11", "n": 1}],
	}
}

test_edge_month_boundary_thirty_days_hold_both if {
	result := rolling(rollbacks, {"limit": 1, "days": 30, "complete": true})
	result.verdict == "true"
	result.ids == ["r1", "r2"]
}

test_edge_month_boundary_both_in_november_in_tokyo if {
	result := in_month(rollbacks, monthly("Asia/Tokyo"))
	result.verdict == "true"
	result.n == 2
	result.months == [{"month": "2026-11", "n": 2}]
}

# London goes back to winter time on 25 October; half an hour before and after
# midnight on 1 October are summer time.
test_edge_daylight_saving_moves_the_boundary if {
	events.month_of(at("2026-09-30T23:30:00Z"), "Europe/London") == "2026-10"
	events.month_of(at("2026-09-30T22:30:00Z"), "Europe/London") == "2026-09"
	events.month_of(at("2026-10-31T23:30:00Z"), "Europe/London") == "2026-10"
	events.month_of(at("2026-11-01T03:59:59Z"), "America/New_York") == "2026-10"
	events.month_of(at("2026-11-01T04:00:00Z"), "America/New_York") == "2026-11"
}

test_edge_a_zone_is_required if {
	every zone in ["Mars/Olympus", "", "Local", "London", "europe/london", null, 5, ["UTC"]] {
		result := in_month(rollbacks, monthly(zone))
		result == {"verdict": "unknown", "reason": sprintf("`%v` is no known time zone of the IANA database", [zone])}
	}
}

# A zone that the list has and an engine has not would be an error, or no verdict.
test_every_zone_of_the_list_is_known if {
	count(data.lib.zones.names) > 400
	every zone in data.lib.zones.names {
		events.month_of(at("2026-07-15T12:00:00Z"), zone) == "2026-07"
	}
}

test_a_count_over_the_limit_is_final_at_once if {
	three := array.concat(rollbacks, [event("r3", "2026-11-20T10:00:00Z")])
	result := in_month(three, object.union(monthly("UTC"), {"complete": false}))
	result.verdict == "true"
	result.open == true
}

test_an_open_month_says_so_far if {
	result := in_month(rollbacks, monthly("UTC"))
	result.verdict == "unknown"
	result.reason == "2026-11 is still open: so far 1"
	in_month([], monthly("UTC")).reason == "2026-11 is still open: so far 0"
	in_month([], object.union(monthly("UTC"), {"month": "2027-01"})).open == true
}

test_an_incomplete_source_is_unknown if {
	october := object.union(monthly("UTC"), {"month": "2026-10"})
	result := in_month(rollbacks, object.union(october, {"complete": false}))
	result.verdict == "unknown"
	result.reason == "the source does not hold all of 2026-10: so far 1"
	in_month(rollbacks, object.remove(october, ["complete"])).verdict == "unknown"
	in_month(rollbacks, object.union(october, {"complete": "yes"})).verdict == "unknown"
}

test_the_source_must_reach_over_the_whole_month if {
	# October in Tokyo begins and ends nine hours before it does in UTC.
	covered("2026-09-30T15:00:00Z", "2026-10-31T15:00:00Z") == "false"
	covered("2026-09-30T15:00:01Z", "2026-10-31T15:00:00Z") == "unknown"
	covered("2026-09-30T15:00:00Z", "2026-10-31T14:59:59Z") == "unknown"
	october := object.union(monthly("UTC"), {"month": "2026-10"})
	in_month([], object.union(october, {"from_ns": null})).verdict == "unknown"
	in_month([], object.union(october, {"to_ns": "x"})).verdict == "unknown"
}

covered(from, to) := in_month([], {"limit": 1, "zone": "Asia/Tokyo", "complete": true, "month": "2026-10", "from_ns": at(from), "to_ns": at(to)}).verdict

test_the_same_event_twice_is_one if {
	twice := [event("r2", "2026-11-01T10:00:00Z"), event("r2", "2026-11-01T10:00:00Z")]
	in_month(twice, monthly("UTC")).n == 1
}

test_one_id_at_two_instants_of_a_month_is_one if {
	twice := [event("r2", "2026-10-01T10:00:00Z"), event("r2", "2026-10-02T10:00:00Z")]
	result := in_month(twice, object.union(monthly("UTC"), {"month": "2026-10"}))
	result.n == 1
	result.verdict == "false"
}

test_one_id_in_two_months_is_certain_in_neither if {
	list := [event("a", "2026-10-01T10:00:00Z"), event("b", "2026-10-02T10:00:00Z"), event("b", "2026-11-02T10:00:00Z")]
	result := in_month(list, object.union(monthly("UTC"), {"month": "2026-10"}))
	result.verdict == "unknown"
	result.reason == "1 counted, and 1 cannot be placed"
	result.conflicts == 1
	result.possible == 2
	in_month(list, object.union(monthly("UTC"), {"month": "2026-10", "limit": 2})).verdict == "false"
	in_month(list, object.union(monthly("UTC"), {"month": "2026-10", "limit": 0})).verdict == "true"
}

test_an_event_that_cannot_be_read_may_be_one_of_these if {
	every odd in [null, 5, {}, {"id": "x"}, {"id": 5, "at_ns": 1}, {"id": "x", "at_ns": "2026-10-05"}, {"id": "x", "at_ns": -1}, {"id": "x", "at_ns": null}, {"id": "x", "at_ns": 9300000000000000000}] {
		result := in_month([event("a", "2026-10-01T10:00:00Z"), odd], object.union(monthly("UTC"), {"month": "2026-10"}))
		result.verdict == "unknown"
		result.unreadable == 1
		in_month([odd], object.union(monthly("UTC"), {"month": "2026-10"})).verdict == "false"
	}
}

test_an_event_of_the_future_is_left_out if {
	list := [event("a", "2026-11-23T13:00:05Z"), event("b", "2026-11-23T13:00:06Z")]
	result := in_month(list, monthly("UTC"))
	result.future == 1
	result.ids == ["a"]
}

test_an_unsound_month_is_unknown if {
	every month in ["2026-13", "2026-1", "", 5, "November"] {
		in_month(rollbacks, object.union(monthly("UTC"), {"month": month})) == {"verdict": "unknown", "reason": "`month` of the spec is not of the form 2026-11"}
	}
	in_month(null, monthly("UTC")).reason == "the events are not a list"
	in_month([], {"zone": "UTC"}).reason == "the spec has no usable number `limit`"
	in_month([], null).reason == "the spec is not an object"
	result := events.count_calendar_month([], monthly("UTC")) with input as {}
	result.reason == "the input names no instant to judge at (`as_of_ns`)"
}

test_the_month_before if {
	events.month_before("2026-11") == "2026-10"
	events.month_before("2026-10") == "2026-09"
	events.month_before("2026-01") == "2025-12"
	not events.month_before("2026")
	not events.month_before(null)
}

# -- Rolling days ------------------------------------------------------------

test_the_days_end_at_the_instant_judged if {
	exactly := event("a", "2026-10-24T13:00:00Z")
	before := event("b", "2026-10-24T12:59:59Z")
	result := rolling([exactly, before], {"limit": 0, "days": 30, "complete": true})
	result.verdict == "true"
	result.ids == ["a"]
	result.from_ns == at("2026-10-24T13:00:00Z")
	result.to_ns == fixture.as_of_ns
	rolling([before], {"limit": 0, "days": 30, "complete": true}).verdict == "false"
}

test_rolling_needs_a_source_of_all_the_days if {
	days := {"limit": 2, "days": 30, "complete": true}
	rolling(rollbacks, days).verdict == "false"
	rolling(rollbacks, object.union(days, {"complete": false})).reason == "the source does not hold the last 30 days: so far 2"
	rolling(rollbacks, object.union(days, {"from_ns": at("2026-10-24T13:00:01Z")})).verdict == "unknown"
	rolling(rollbacks, object.union(days, {"from_ns": at("2026-10-24T13:00:00Z")})).verdict == "false"
	rolling(rollbacks, object.union(days, {"from_ns": "x"})).verdict == "unknown"
	rolling(rollbacks, object.union(days, {"limit": 1, "complete": false})).verdict == "true"
}

test_an_unsound_number_of_days_is_unknown if {
	rolling(rollbacks, {"limit": 1}).reason == "the spec has no usable number `days`"
	rolling({}, {"limit": 1, "days": 30}).reason == "the events are not a list"
}
