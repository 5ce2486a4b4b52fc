package lib.counter_test

import data.lib.counter

spec := {
	"from_ms": 1000000, "to_ms": 1100000, "step_s": 10, "min_coverage": 0.9, "max_gap_s": 60,
	"group": "service", "outcome": "outcome", "good": "ok", "bad": "late", "target": 0.96, "min_total": 100,
}

points(values) := [[1000 + (10 * i), v] | some i, v in values]

rising(start, step) := points([v | some i in numbers.range(0, 10); v := start + (i * step)])

pair(good, bad) := {"series": [
	{"labels": {"service": "a", "outcome": "ok"}, "samples": good},
	{"labels": {"service": "a", "outcome": "late"}, "samples": bad},
]}

group(facts) := counter.above(facts, ["a"], spec).groups[0]

test_increase if counter.increase({"samples": rising(5000, 7)}, spec) == 70

test_increase_counts_across_a_reset if counter.increase({"samples": points([90, 100, 3, 10])}, spec) == 20

test_increase_of_one_sample_is_none if counter.increase({"samples": [[1000, 5]]}, spec) == 0

test_increase_leaves_out_what_is_outside if {
	counter.increase({"samples": [[900, 1], [1000, 5], [1100, 9], [1110, 50]]}, spec) == 4
}

test_above if group(pair(rising(0, 97), rising(0, 3))) == {"group": "a", "verdict": "true", "good": 970, "total": 1000, "ratio_micro": 970000}

test_equal_to_the_target_is_not_above if group(pair(rising(0, 96), rising(0, 4))).verdict == "false"

test_below if group(pair(rising(0, 95), rising(0, 5))).verdict == "false"

test_sums_members_before_dividing if {
	facts := {"series": array.concat(
		pair(rising(0, 10), rising(0, 0)).series,
		[
			{"labels": {"service": "a", "outcome": "ok"}, "samples": rising(0, 0)},
			{"labels": {"service": "a", "outcome": "late"}, "samples": rising(0, 1)},
		],
	)}
	group(facts).ratio_micro == 909090
}

test_too_few_events if group(pair(rising(0, 9), rising(0, 0))).reason == "90 events are fewer than 100"

test_no_events if {
	counter.above(pair(rising(7, 0), rising(0, 0)), ["a"], object.union(spec, {"min_total": 0})).groups[0].reason == "no events"
}

test_a_counter_that_is_not_there_is_not_zero if {
	group({"series": [pair(rising(0, 97), []).series[0]]}).reason == "no counter of bad events"
	group({"series": [pair([], rising(0, 3)).series[1]]}).reason == "no counter of good events"
	group({"series": []}).verdict == "unknown"
}

test_gap if group(pair(array.slice(rising(0, 97), 0, 6), rising(0, 3))).reason == "samples do not cover the window"

test_the_worst_group_rules if {
	facts := {"series": array.concat(pair(rising(0, 97), rising(0, 3)).series, [
		{"labels": {"service": "b", "outcome": "ok"}, "samples": rising(0, 50)},
		{"labels": {"service": "b", "outcome": "late"}, "samples": rising(0, 50)},
	])}
	counter.above(facts, ["b", "a"], spec).verdict == "false"
	[g.group | some g in counter.above(facts, ["b", "a"], spec).groups] == ["a", "b"]
}

test_an_unsound_spec_is_unknown if {
	every bad in [{"group": null}, {"target": "0.96"}, {"to_ms": 0}, {"step_s": 0}] {
		counter.above(pair(rising(0, 97), rising(0, 3)), ["a"], object.union(spec, bad)) == {"verdict": "unknown", "groups": []}
	}
}
