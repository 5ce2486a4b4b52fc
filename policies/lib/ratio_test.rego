package lib.ratio_test

import data.lib.counter
import data.lib.ratio

cache := {"baseline": 0.935, "delta": 0.05, "mode": "points", "min_total": 1000}

relative := object.union(cache, {"mode": "relative"})

of(good, total) := {"good": good, "total": total}

# -- Degradation -------------------------------------------------------------

test_cache_at_88_6_is_degraded_by_the_relative_reading_only if {
	ratio.degradation(of(88600, 100000), cache) == {
		"verdict": "false", "reason": null, "mode": "points", "good": 88600, "total": 100000, "ratio_micro": 886000,
		"baseline_micro": 935000, "limit_micro": 885000, "drop_micro": 49000, "drop_relative_micro": 52407,
	}
	result := ratio.degradation(of(88600, 100000), relative)
	result.verdict == "true"
	result.limit_micro == 888250
}

test_the_limit_itself_is_not_degraded if {
	ratio.degradation(of(88500, 100000), cache).verdict == "false"
	ratio.degradation(of(88499, 100000), cache).verdict == "true"
	ratio.degradation(of(88825, 100000), relative).verdict == "false"
	ratio.degradation(of(88824, 100000), relative).verdict == "true"
}

# 0.885 of 1,000,003 lies between two whole numbers.
test_what_is_compared_is_not_rounded if {
	ratio.degradation(of(885002, 1000003), cache).verdict == "true"
	ratio.degradation(of(885003, 1000003), cache).verdict == "false"
	ratio.degradation(of(885002, 1000003), cache).ratio_micro == 884999
}

test_a_gain_is_a_negative_drop if {
	result := ratio.degradation(of(99000, 100000), cache)
	result.verdict == "false"
	result.drop_micro == -55000
	result.drop_relative_micro == -58823
}

test_too_few_events_are_unknown if {
	result := ratio.degradation(of(1, 999), cache)
	result.verdict == "unknown"
	result.reason == "999 events are fewer than 1000"
	result.limit_micro == 885000
	ratio.degradation(of(0, 0), object.union(cache, {"min_total": 0})).reason == "no events"
}

test_counts_that_cannot_be_are_unknown if {
	every counts, reason in {
		null: "no counts of good and total events",
		{}: "no counts of good and total events",
		{"good": 5, "total": 1e300}: "no counts of good and total events",
		{"good": "5", "total": 10}: "no counts of good and total events",
		{"good": -1, "total": 5000}: "the counts contradict each other",
		{"good": 5001, "total": 5000}: "the counts contradict each other",
		{"good": 4000, "total": 5000, "known": false}: "the counters do not cover the time",
	} {
		object.remove(ratio.degradation(counts, cache), ["mode", "baseline_micro", "limit_micro"]) == {"verdict": "unknown", "reason": reason}
	}
}

test_an_unsound_degradation_is_unknown if {
	every fields, reason in {
		{"baseline": "0.9"}: "the spec has no usable number `baseline`",
		{"delta": null}: "the spec has no usable number `delta`",
		{"mode": "percent"}: "`mode` of the spec is neither `points` nor `relative`",
		{"baseline": 93.5}: "`baseline` of the spec is not between 0 and 1",
		{"baseline": 0.0000001}: "`baseline` of the spec is not between 0 and 1",
	} {
		ratio.degradation(of(88600, 100000), object.union(cache, fields)) == {"verdict": "unknown", "reason": reason}
	}
	ratio.degradation(of(88600, 100000), null).reason == "the spec is not an object"
}

# -- Degradation of a day ----------------------------------------------------

day := object.union(cache, {"bucket_share": 0.8, "min_buckets": 22, "buckets": 24})

# `bad` degraded hours, then good ones, `known` in all.
hours(bad, known) := [{"from_ms": i * 3600000, "good": good, "total": 10000, "known": i < known} |
	some i in numbers.range(0, 23)
	good := hour(i, bad)
]

hour(i, bad) := 8000 if {
	i < bad
} else := 9300

test_a_day_degraded_throughout if {
	result := ratio.degradation_sustained(hours(24, 24), day)
	result.verdict == "true"
	result.ratio_micro == 800000
	result.buckets == {"expected": 24, "measurable": 24, "degraded": 24, "required_micro": 800000}
}

test_four_fifths_of_the_buckets if {
	# 19.2 of 24: twenty are enough, nineteen are not, although the sum is degraded.
	ratio.degradation_sustained(hours(20, 24), day).verdict == "true"
	nineteen := ratio.degradation_sustained(hours(19, 24), day)
	nineteen.verdict == "false"
	nineteen.ratio_micro < nineteen.limit_micro
	nineteen.reason == null
}

test_a_few_bad_hours_do_not_degrade_the_day if {
	result := ratio.degradation_sustained(hours(3, 24), day)
	result.verdict == "false"
	result.ratio_micro > result.limit_micro
}

test_twenty_one_measurable_buckets_are_too_few if {
	ratio.degradation_sustained(hours(21, 22), day).verdict == "true"
	result := ratio.degradation_sustained(hours(21, 21), day)
	result.verdict == "unknown"
	result.reason == "21 of 24 buckets are measurable, 22 are needed"
	ratio.degradation_sustained(array.slice(hours(24, 24), 0, 21), day).verdict == "unknown"
	ratio.degradation_sustained([], day).verdict == "unknown"
}

test_buckets_that_were_not_measured_may_decide if {
	# 18 of 22 measured are degraded: with the other two it could be 20 of 24.
	result := ratio.degradation_sustained(hours(18, 22), day)
	result.verdict == "unknown"
	result.reason == "18 of 24 buckets are degraded, and 2 could not be measured"
	ratio.degradation_sustained(hours(17, 22), day).verdict == "false"
}

test_a_bucket_without_events_is_not_measurable if {
	buckets := [object.union(b, empty(i)) | some i, b in hours(24, 24)]
	ratio.degradation_sustained(buckets, day).buckets.measurable == 21
	ratio.degradation_sustained(hours(24, 24), object.union(day, {"bucket_min_total": 10001})).buckets.measurable == 0
}

empty(i) := {"good": 0, "total": 0} if {
	i < 3
} else := {}

test_the_whole_needs_its_events_too if {
	result := ratio.degradation_sustained(hours(24, 24), object.union(day, {"min_total": 1000000}))
	result.verdict == "unknown"
	result.reason == "240000 events are fewer than 1000000"
}

test_unsound_buckets_are_unknown if {
	ratio.degradation_sustained(null, day) == {"verdict": "unknown", "reason": "the buckets are not a list"}
	ratio.degradation_sustained(array.concat(hours(24, 24), hours(1, 1)), day).reason == "48 buckets are more than the expected 24"
	ratio.degradation_sustained([], object.union(day, {"bucket_min_total": null})).reason == "`bucket_min_total` of the spec is not a number"
	ratio.degradation_sustained([null, 5, {}, {"known": true}], day).buckets.measurable == 0
	ratio.degradation_sustained(hours(24, 24), cache).reason == "the spec has no usable number `bucket_share`"
	ratio.degradation_sustained(hours(24, 24), object.remove(day, ["mode"])).reason == "`mode` of the spec is neither `points` nor `relative`"
}

# -- Below a target ----------------------------------------------------------

test_below if {
	spec := {"target": 0.95, "min_total": 100}
	ratio.below(of(949, 1000), spec) == {"verdict": "true", "reason": null, "good": 949, "total": 1000, "ratio_micro": 949000, "limit_micro": 950000}
	ratio.below(of(950, 1000), spec).verdict == "false"
	ratio.below(of(9, 10), spec) == {"verdict": "unknown", "reason": "10 events are fewer than 100", "limit_micro": 950000}
	ratio.below(of(9, 10), {}) == {"verdict": "unknown", "reason": "the spec has no usable number `target`"}
}

# -- Slices in a row ---------------------------------------------------------

slow := {"threshold": 0.95, "longer_than_s": 3600, "min_total": 100, "bucket_s": 300}

# A letter a slice of five minutes: b(elow), f(ine), q(uiet), u(nknown).
slices(letters) := [object.union({"from_ms": 900000 + (i * 300000)}, kinds[letter]) | some i, letter in split(letters, "")]

kinds := {
	"b": {"good": 940, "total": 1000, "known": true},
	"f": {"good": 950, "total": 1000, "known": true},
	"q": {"good": 10, "total": 99, "known": true},
	"u": {"good": 0, "total": 1000, "known": false},
}

test_twelve_slices_are_not_longer_than_an_hour if {
	ratio.sustained_below(slices("ffbbbbbbbbbbbbff"), slow).verdict == "false"
	result := ratio.sustained_below(slices("ffbbbbbbbbbbbbbff"), slow)
	result == {
		"verdict": "true", "reason": null, "certain_ms": 3900000, "possible_ms": 3900000, "unknown_ms": 0, "window_ms": 5100000,
		"run": {"from_ms": 1500000, "to_ms": 5400000}, "limit_ms": 3600000, "threshold_micro": 950000, "n": 17,
		"worst": {"ratio_micro": 940000, "from_ms": 1500000},
	}
}

test_a_slice_of_few_events_is_unknown_not_fine if {
	result := ratio.sustained_below(slices("bbbbbbqbbbbbbf"), slow)
	result.verdict == "unknown"
	result.reason == "below the threshold certainly for 30 min 0 s, possibly for 65 min 0 s"
	ratio.sustained_below(slices("bbbbbbubbbbbbf"), slow).verdict == "unknown"
	ratio.sustained_below(slices("bbbbbbfbbbbbbf"), slow).verdict == "false"
	ratio.sustained_below(slices("qqqqqqqqqqqqq"), slow).verdict == "unknown"
	ratio.sustained_below(slices("qqqqqqqqqqqqq"), slow).worst == null
}

test_slices_that_cannot_be_are_unknown if {
	every buckets, reason in {
		null: "no buckets: nothing was measured",
		[]: "no buckets: nothing was measured",
		[null]: "a bucket has no start",
		[{"from_ms": 0}, {"from_ms": 600000}]: "the buckets do not follow one another",
		[{"from_ms": 0}, {"from_ms": 0}]: "the buckets do not follow one another",
	} {
		ratio.sustained_below(buckets, slow) == {"verdict": "unknown", "reason": reason}
	}
	ratio.sustained_below(slices("b"), {}).reason == "the spec has no usable number `threshold`"
}

# -- Burn rate ---------------------------------------------------------------

burning := {"slo": 0.95, "factor": 6, "min_events": 100}

test_both_windows_burn if {
	# Six times a budget of 5 % is 30 %.
	result := ratio.burn_rate(of(600, 1000), of(690, 1000), burning)
	result.verdict == "true"
	result.error_limit_micro == 300000
	result.max_factor_micro == 20000000
	result.long == {"verdict": "true", "reason": null, "bad": 400, "total": 1000, "burn_micro": 8000000}
}

test_the_factor_itself_is_not_more if {
	ratio.burn_rate(of(600, 1000), of(700, 1000), burning).verdict == "false"
	ratio.burn_rate(of(700, 1000), of(600, 1000), burning).verdict == "false"
	ratio.burn_rate(of(700, 1000), of(600, 1000), burning).long.burn_micro == 6000000
}

test_one_quiet_window_leaves_it_open_unless_the_other_is_fine if {
	result := ratio.burn_rate(of(600, 1000), of(1, 99), burning)
	result.verdict == "unknown"
	result.reason == "short window: 99 events are fewer than 100"
	ratio.burn_rate(of(990, 1000), of(1, 99), burning).verdict == "false"
	ratio.burn_rate(null, {}, burning).reason == "long window: no counts of good and total events; short window: no counts of good and total events"
}

test_a_factor_that_cannot_be_exceeded_is_an_error_of_the_configuration if {
	result := ratio.burn_rate(of(0, 1000), of(0, 1000), object.union(burning, {"factor": 20}))
	result == {"verdict": "unknown", "reason": "unreachable", "error_limit_micro": 1000000, "max_factor_micro": 20000000}
	ratio.burn_rate(of(0, 1000), of(0, 1000), object.union(burning, {"factor": 19.9})).verdict == "true"
	ratio.burn_rate(of(0, 1000), of(0, 1000), object.union(burning, {"slo": 0.9999999})).reason == "`slo` of the spec is not between 0 and 1"
	ratio.burn_rate(of(0, 1000), of(0, 1000), {}).reason == "the spec has no usable number `slo`"
}

# -- From counters -----------------------------------------------------------

from_ms := 3600000

counting := {
	"from_ms": from_ms, "to_ms": from_ms + (4 * 600000), "bucket_s": 600, "step_s": 60,
	"outcome": "outcome", "good": "hit", "bad": "miss",
}

# A counter that grows by `rate` a minute, from ten minutes before the window to ten
# after, sampled `offset` seconds past the minute.
rising(rate, offset) := [[(3000 + offset) + (60 * i), rate * i] | some i in numbers.range(0, 60)]

counters(hits, misses) := {"series": [
	{"labels": {"outcome": "hit", "cache": "a"}, "samples": hits},
	{"labels": {"outcome": "miss", "cache": "a"}, "samples": misses},
]}

test_buckets if {
	ratio.buckets(counters(rising(90, 0), rising(10, 0)), counting) == [
		{"from_ms": 3600000, "good": 900, "total": 1000, "known": true},
		{"from_ms": 4200000, "good": 900, "total": 1000, "known": true},
		{"from_ms": 4800000, "good": 900, "total": 1000, "known": true},
		{"from_ms": 5400000, "good": 900, "total": 1000, "known": true},
	]
}

test_nothing_is_lost_between_buckets if {
	facts := counters(rising(90, 37), rising(10, 11))
	sum([b.total | some b in ratio.buckets(facts, counting)]) == 4000
	ratio.totals(facts, counting).total == 4000
}

test_totals_are_the_increase if {
	facts := counters(rising(90, 0), rising(10, 0))
	totals := ratio.totals(facts, counting)
	totals == {"from_ms": 3600000, "good": 3600, "total": 4000, "known": true}
	totals.good == counter.increase(facts.series[0], counting)
}

test_total_instead_of_bad if {
	facts := counters(rising(90, 0), rising(100, 0))
	spec := object.union(object.remove(counting, ["bad"]), {"total": "miss"})
	ratio.totals(facts, spec) == {"from_ms": 3600000, "good": 3600, "total": 4000, "known": true}
}

test_a_reset_is_counted_across if {
	reset := [[t, v] | some i, [t, w] in rising(90, 0); v := after_reset(i, w)]
	ratio.totals(counters(reset, rising(10, 0)), counting).good == 3600 - 90
	[b.good | some b in ratio.buckets(counters(reset, rising(10, 0)), counting)] == [900, 810, 900, 900]
}

# The counter starts from nothing at its 25th sample.
after_reset(i, value) := value if {
	i < 25
} else := value - (90 * 25)

test_a_hole_makes_its_bucket_unknown if {
	holed := [point | some point in rising(90, 0); not hidden(point[0])]
	[b.known | some b in ratio.buckets(counters(holed, rising(10, 0)), counting)] == [true, false, true, true]
	[b.known | some b in ratio.buckets(counters(holed, rising(10, 0)), object.union(counting, {"min_coverage": 0.5}))] == [true, true, true, true]

	# What was counted in the meantime is in the bucket in which it was seen.
	sum([b.good | some b in ratio.buckets(counters(holed, rising(10, 0)), counting)]) == 3600
}

hidden(t) if {
	t > 4320
	t < 4500
}

test_before_the_first_and_after_the_last_sample_nothing_is_known if {
	short := array.slice(rising(90, 0), 20, 35)
	[b.known | some b in ratio.buckets(counters(short, rising(10, 0)), counting)] == [false, true, false, false]
	ratio.totals(counters(short, rising(10, 0)), counting).known == false
}

test_an_absent_counter_is_not_zero if {
	facts := {"series": [counters(rising(90, 0), []).series[0]]}
	ratio.totals(facts, counting) == {"from_ms": 3600000, "good": 3600, "total": 3600, "known": false}
	ratio.totals(counters(rising(90, 0), []), counting).known == false
	ratio.totals({"series": []}, counting).known == false
}

test_a_group_by_its_name if {
	other := {"labels": {"outcome": "hit", "cache": "b"}, "samples": rising(7, 0)}
	facts := {"series": array.concat(counters(rising(90, 0), rising(10, 0)).series, [other])}
	ratio.totals(facts, counting).good == 3600 + 280
	ratio.totals(facts, object.union(counting, {"group": "cache", "name": "a"})).good == 3600
	ratio.totals(facts, object.union(counting, {"group": "cache", "name": "b"})).known == false
	ratio.totals(facts, object.union(counting, {"group": 5, "name": "b"})).good == 0
}

test_other_outcomes_do_not_count if {
	other := {"labels": {"outcome": "bypass"}, "samples": [[4000, 5]]}
	facts := {"series": array.concat(counters(rising(90, 0), rising(10, 0)).series, [other])}
	ratio.totals(facts, counting) == {"from_ms": 3600000, "good": 3600, "total": 4000, "known": true}
}

test_odd_counters_are_unknown if {
	every odd in [[[3600, "5"]], [[3600]], [["x", 5]], [null], ["x"], [[3600, 1], [3700, null]], [[3600, 1, 2]]] {
		ratio.totals(counters(rising(90, 0), odd), counting).known == false
	}
}

test_an_unsound_count_is_unknown if {
	facts := counters(rising(90, 0), rising(10, 0))
	every fields in [{"from_ms": null}, {"bucket_s": 0.0001}, {"bucket_s": 0.001, "to_ms": from_ms + 10001}, {"step_s": -1}, {"to_ms": from_ms}, {"good": 5}, {"bad": null}, {"outcome": []}, {"min_coverage": "x"}] {
		ratio.buckets(facts, object.union(counting, fields)) == []
	}
	ratio.buckets(null, counting) == []
	ratio.buckets({}, counting) == []
	ratio.buckets(facts, null) == []
	ratio.totals(facts, object.union(counting, {"step_s": 0})) == {"from_ms": null, "good": 0, "total": 0, "known": false}
	ratio.totals(facts, null).known == false
}

# Buckets lead into the predicates.
test_from_counters_to_a_verdict if {
	buckets := ratio.buckets(counters(rising(90, 0), rising(10, 0)), counting)
	ratio.sustained_below(buckets, object.union(slow, {"bucket_s": 600, "longer_than_s": 2399})).verdict == "true"
	ratio.degradation_sustained(buckets, object.union(day, {"baseline": 0.96, "buckets": 4, "min_buckets": 4})).verdict == "true"
	ratio.below(ratio.totals(counters(rising(90, 0), rising(10, 0)), counting), {"target": 0.9, "min_total": 100}).verdict == "false"
	ratio.below(ratio.totals({"series": []}, counting), {"target": 0.9, "min_total": 0}).verdict == "unknown"
}
