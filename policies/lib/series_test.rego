package lib.series_test

import data.lib.series

# A window of 100 s with a sample every 10 s.
spec := {
	"from_ms": 1000000, "to_ms": 1100000, "step_s": 10, "side": "below", "bound": 120,
	"max_share": 0.1, "min_coverage": 0.9, "max_gap_s": 60,
}

# Values at 1000, 1010, … seconds.
points(values) := [[1000 + (10 * i), v] | some i, v in values]

flat := points([100, 100, 100, 100, 100, 100, 100, 100, 100, 100])

facts(pts) := {"series": [{"labels": {"a": "b"}, "samples": pts, "infinite": []}]}

verdict(pts) := series.within(facts(pts), spec).verdict

first(pts, s) := series.within(facts(pts), s).series[0]

test_all_below if {
	verdict(flat) == "true"
	first(flat, spec) == {
		"labels": {"a": "b"}, "verdict": "true", "beyond_ms": 0, "worst": null,
		"window_ms": 100000, "known_ms": 100000, "unknown_ms": 0, "max_gap_ms": 0,
	}
}

test_exactly_the_allowed_share_is_within if {
	pts := points([100, 130, 100, 100, 100, 100, 100, 100, 100, 100])
	verdict(pts) == "true"
	first(pts, spec).beyond_ms == 10000
	first(pts, spec).worst == 130
}

test_more_than_the_share_is_not if {
	verdict(points([100, 130, 100, 100, 140, 100, 100, 100, 100, 100])) == "false"
	first(points([100, 130, 100, 100, 140, 100, 100, 100, 100, 100]), spec).worst == 140
}

test_the_bound_itself_is_on_the_wrong_side if verdict(points([120, 120, 100, 100, 100, 100, 100, 100, 100, 100])) == "false"

test_time_weighted_not_sample_weighted if {
	# Five samples within the first second are one second, not half the samples.
	pts := array.concat([[1000, 130], [1000.2, 130], [1000.4, 130], [1000.6, 130], [1000.8, 130]], [[1001 + (10 * i), 100] | some i in numbers.range(0, 9)])
	verdict(pts) == "true"
	first(pts, spec).beyond_ms == 1000
}

test_above if {
	s := object.union(spec, {"side": "above"})
	series.within(facts(points([130, 130, 130, 130, 130, 130, 130, 130, 130, 121])), s).verdict == "true"
	series.within(facts(points([130, 130, 130, 130, 130, 130, 130, 130, 119, 120])), s).verdict == "false"
	first(points([130, 130, 130, 130, 130, 130, 130, 130, 119, 120]), s).worst == 119
}

test_one_missed_scrape_is_tolerated if {
	pts := array.concat(array.slice(flat, 0, 4), array.slice(flat, 5, 10))
	first(pts, spec).unknown_ms == 0
	verdict(pts) == "true"
}

# Two missed scrapes: 30 s > 2.5 steps, the whole interval is unknown.
test_two_missed_scrapes_are_a_gap if {
	pts := array.concat(array.slice(flat, 0, 4), array.slice(flat, 6, 10))
	first(pts, spec).unknown_ms == 30000
	first(pts, spec).max_gap_ms == 30000
	verdict(pts) == "unknown"
}

test_exactly_two_and_a_half_steps_hold if {
	pts := [[1000, 100], [1025, 100], [1050, 100], [1075, 100], [1090, 100]]
	first(pts, spec).unknown_ms == 0
}

test_a_breach_is_certain_despite_a_gap if {
	pts := array.concat([[1000, 130], [1010, 130], [1020, 130]], array.slice(flat, 5, 10))
	verdict(pts) == "false"
}

test_a_gap_that_could_hide_a_breach_is_unknown if {
	s := object.union(spec, {"min_coverage": 0.5})
	pts := array.concat(array.slice(flat, 0, 4), array.slice(flat, 6, 10))
	series.within(facts(pts), s).verdict == "unknown"
}

test_a_long_gap_is_unknown_whatever_the_coverage if {
	s := object.union(spec, {"min_coverage": 0, "max_share": 1, "max_gap_s": 29})
	pts := array.concat(array.slice(flat, 0, 4), array.slice(flat, 6, 10))
	series.within(facts(pts), s).verdict == "unknown"
	series.within(facts(pts), object.union(s, {"max_gap_s": 30})).verdict == "true"
}

test_starts_late if {
	first(array.slice(flat, 2, 10), spec).max_gap_ms == 20000
	verdict(array.slice(flat, 2, 10)) == "unknown"
}

test_ends_early if {
	first(array.slice(flat, 0, 7), spec).unknown_ms == 30000
	verdict(array.slice(flat, 0, 7)) == "unknown"
}

test_the_last_sample_holds_one_step if first([[1095, 130]], spec).beyond_ms == 5000

test_a_sample_before_the_window_holds_into_it if {
	pts := array.concat([[995, 130]], [[1005 + (10 * i), 100] | some i in numbers.range(0, 9)])
	first(pts, spec).beyond_ms == 5000
	first(pts, spec).unknown_ms == 0
}

test_a_wrong_sample_before_a_gap_counts_nothing if {
	pts := array.concat([[1000, 130]], array.slice(flat, 4, 10))
	first(pts, spec).beyond_ms == 0
	verdict(pts) == "unknown"
}

test_outside_the_window if {
	first([[100, 130], [110, 130]], spec).known_ms == 0
	first([[5000, 130], [5010, 130]], spec).known_ms == 0
	first([[100, 130], [110, 130]], spec).beyond_ms == 0
}

test_no_samples if {
	verdict([]) == "unknown"
	first([], spec).max_gap_ms == 100000
}

test_infinity_is_an_observation if {
	s := {"labels": {}, "samples": array.concat(array.slice(flat, 0, 4), array.slice(flat, 6, 10)), "infinite": [[1040, "+Inf"], [1050, "-Inf"]]}
	judged := series.judge(s, object.union(spec, {"max_share": 0.05}))
	judged.unknown_ms == 0
	judged.beyond_ms == 10000
	judged.verdict == "false"
}

test_every_series_must_hold if {
	f := {"series": [{"labels": {}, "samples": flat}, {"labels": {}, "samples": points([130, 130, 130, 100, 100, 100, 100, 100, 100, 100])}]}
	series.within(f, spec).verdict == "false"
}

test_no_series_is_unknown if series.within({"series": []}, spec) == {"verdict": "unknown", "series": []}

test_unreadable_series_are_unknown if {
	every s in [null, "x", {}, {"labels": {}}, {"labels": null, "samples": []}, {"labels": {}, "samples": "x"}] {
		series.within({"series": [{"labels": {}, "samples": flat}, s]}, spec).verdict == "unknown"
	}
	series.within({}, spec).verdict == "unknown"
}

test_an_unsound_spec_is_unknown if {
	every bad in [{"side": "beside"}, {"bound": "120"}, {"to_ms": 1000000}, {"step_s": 0}] {
		series.within(facts(flat), object.union(spec, bad)).verdict == "unknown"
	}
	series.within(facts(flat), json.remove(spec, ["max_gap_s"])).verdict == "unknown"
}
