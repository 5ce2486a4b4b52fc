package triggers.sla.cache_hit_rate_test

import data.lib.fixture_test as fixture

thresholds := {
	"reading": "points", "delta": 0.05, "window_s": 86400, "bucket_s": 3600, "bucket_share": 0.8,
	"min_buckets": 22, "min_total": 1000, "settle_s": 0, "step_s": 600, "caches": ["metadata"],
}

# Samples every ten minutes, on the hour, for 25 hours; the window starts at
# sample 6. `hours[h]` is the hits of a thousand lookups in each ten minutes of
# hour `h` of the window.
hits(hours) := [[start + (i * 600), v] |
	start := (fixture.as_of_ns / 1000000000) - 90000
	sums := [sum(array.slice(hours, 0, h)) | some h in numbers.range(0, count(hours))]
	some i in numbers.range(0, 150)
	v := so_far(i, hours, sums)
]

# The hour before the window is as its first.
so_far(i, hours, _) := i * hours[0] if i <= 6

so_far(i, hours, sums) := (6 * hours[0]) + ((6 * sums[h]) + ((i - (6 + (6 * h))) * at(hours, h))) if {
	i > 6
	h := floor((i - 6) / 6)
}

at(hours, h) := hours[h] if h < count(hours)

at(hours, h) := 0 if h >= count(hours)

cache(hours) := [
	fixture.series({"cache": "metadata", "result": "hit"}, hits(hours)),
	fixture.series({"cache": "metadata", "result": "miss"}, hits(misses(hours))),
]

misses(hours) := [m |
	some h in hours
	m := 1000 - h
]

flat(rate) := [rate | some _ in numbers.range(1, 24)]

judged(list, fields) := found if {
	at := fixture.of({"slo.cache-hit-rate": fixture.matrix(list)})
	found := data.triggers.sla.cache_hit_rate with input as at
		with data.triggers.sla.thresholds.cache_hit_rate as object.union(thresholds, fields)
		with data.baselines.cache_hit_rate as {"baseline": 0.935, "target": 0.9}
}

heads(hours) := judged(cache(hours), {})

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading}

said(h, id) := [r.msg | some r in h.reading; r.id == id][0]

test_clear if {
	h := heads(flat(940))
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"points": "false", "relative": "false"}
	said(h, "points") == "metadata: 94.00 % of 144000 lookups hit, 0.50 points above the baseline of 93.50 %, limit 5.00 points, which is 88.500 %; 0 of 24 hours are below that, 80.00 % needed"
}

test_between_trigger_and_target if {
	said(heads(flat(895)), "points") == "metadata: 89.50 % of 144000 lookups hit, 4.00 points below the baseline of 93.50 %, limit 5.00 points, which is 88.500 %; 0 of 24 hours are below that, 80.00 % needed; below target 90.00 %"
}

test_the_readings_differ_at_eighty_eight_point_six if {
	h := heads(flat(886))
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"points": "false", "relative": "true"}
	{r.id | some r in h.reading; r.details.used} == {"points"}
	said(h, "points") == "metadata: 88.60 % of 144000 lookups hit, 4.90 points below the baseline of 93.50 %, limit 5.00 points, which is 88.500 %; 0 of 24 hours are below that, 80.00 % needed; below target 90.00 %"
	said(h, "relative") == "metadata: 88.60 % of 144000 lookups hit, 5.24 % below the baseline of 93.50 %, limit 5.00 %, which is 88.825 %; 24 of 24 hours are below that, 80.00 % needed"
}

test_fired_by_the_relative_reading_where_that_is_used if {
	h := judged(cache(flat(886)), {"reading": "relative"})
	{r.id | some r in h.reading; r.details.used} == {"relative"}
	msgs(h.trigger) == {"metadata: 88.60 % of 144000 lookups hit, 5.24 % below the baseline of 93.50 %, limit 5.00 %, which is 88.825 %; 24 of 24 hours are below that, 80.00 % needed"}
}

test_exactly_five_points_are_clear if {
	h := heads(flat(885))
	h.trigger == set()
	verdicts(h) == {"points": "false", "relative": "true"}
}

test_fired_by_points if {
	h := heads(flat(884))
	msgs(h.trigger) == {"metadata: 88.40 % of 144000 lookups hit, 5.10 points below the baseline of 93.50 %, limit 5.00 points, which is 88.500 %; 24 of 24 hours are below that, 80.00 % needed"}
	h.inconclusive == set()
	some f in h.trigger
	f.term == "metadata"
}

# One very bad hour brings the day below the limit, and is not a day.
test_one_bad_hour_is_not_sustained if {
	h := heads(array.concat([h | some h in array.slice(flat(900), 0, 23)], [400]))
	h.trigger == set()
	verdicts(h).points == "false"
	said(h, "points") == "metadata: 87.91 % of 144000 lookups hit, 5.58 points below the baseline of 93.50 %, limit 5.00 points, which is 88.500 %; 1 of 24 hours are below that, 80.00 % needed; below target 90.00 %"
}

# 24 x 0.8 = 19.2.
test_twenty_bad_hours_are_sustained if {
	twenty := array.concat(array.slice(flat(870), 0, 20), array.slice(flat(940), 0, 4))
	count(heads(twenty).trigger) == 1
	nineteen := array.concat(array.slice(flat(860), 0, 19), array.slice(flat(940), 0, 5))
	heads(nineteen).trigger == set()
	verdicts(heads(nineteen)).points == "false"
}

# Without the samples of `n` hours in the middle.
holes(hours, n) := [object.union(s, {"samples": [p | some i, p in s.samples; not i in numbers.range(61, 59 + (6 * n))]}) | some s in cache(hours)]

test_two_hours_missing_are_enough if {
	count(judged(holes(flat(884), 2), {}).trigger) == 1
}

test_three_hours_missing_are_unknown if {
	h := judged(holes(flat(884), 3), {})
	h.trigger == set()
	msgs(h.inconclusive) == {"cannot be judged: metadata: 88.40 % of 126000 lookups hit, 5.10 points below the baseline of 93.50 %, limit 5.00 points, which is 88.500 %; 21 of 24 hours are below that, 80.00 % needed; 21 of 24 buckets are measurable, 22 are needed"}
	verdicts(h).points == "unknown"
}

test_too_few_lookups_are_unknown if {
	h := judged(cache(flat(884)), {"min_total": 1000000})
	h.trigger == set()
	count(h.inconclusive) == 1
	verdicts(h).points == "unknown"
}

test_a_cache_that_is_silent_is_unknown if {
	h := judged(cache(flat(940)), {"caches": ["metadata", "orders"]})
	h.trigger == set()
	count(h.inconclusive) == 1
	verdicts(h).points == "unknown"
}

test_an_unknown_reading_is_unknown if {
	h := judged(cache(flat(884)), {"reading": "percent"})
	h.trigger == set()
	"policy data asks for the reading `percent`, which is none of points, relative" in h.inconclusive
}

test_no_caches_are_unknown if {
	h := judged([fixture.series({"a": "b"}, [])], {"caches": []})
	h.trigger == set()
	"there is no cache to judge" in h.inconclusive
}

test_unknown_without_evidence if {
	at := fixture.of({})
	h := data.triggers.sla.cache_hit_rate with input as at
		with data.triggers.sla.thresholds.cache_hit_rate as thresholds
	"evidence `slo.cache-hit-rate` is missing" in h.inconclusive
	h.reading == set()
	h.trigger == set()
}

test_no_series_are_unknown if {
	h := judged([], {})
	h.trigger == set()
	"evidence `slo.cache-hit-rate` does not say `series`" in h.inconclusive
	verdicts(h).points == "unknown"
}

test_limits_are_shown_to_the_third_digit if {
	contains(said(judged(cache(flat(940)), {"delta": 0.0345}), "points"), "which is 90.050 %;")
	contains(said(judged(cache(flat(940)), {"delta": 0.03495}), "points"), "which is 90.005 %;")
}

test_unknown_without_baseline if {
	at := fixture.of({"slo.cache-hit-rate": fixture.matrix(cache(flat(884)))})
	h := data.triggers.sla.cache_hit_rate with input as at
		with data.triggers.sla.thresholds.cache_hit_rate as thresholds
		with data.baselines as {}
	h.trigger == set()
	"the degradation predicate has no result for some cache" in h.inconclusive
}

test_unknown_without_thresholds if {
	at := fixture.of({"slo.cache-hit-rate": fixture.matrix(cache(flat(884)))})
	h := data.triggers.sla.cache_hit_rate with input as at
		with data.triggers.sla.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}

# The trigger as it was written down is the one by points.
test_the_limit_is_that_of_the_baselines if {
	b := data.baselines.cache_hit_rate
	t := data.triggers.sla.thresholds.cache_hit_rate
	round((b.baseline - t.delta) * 1000000) == round(b.trigger * 1000000)
}

test_the_hours_are_drawn_against_the_limit_of_the_reading if {
	h := heads(flat(886))
	plots := {r.id: r.details.plot | some r in h.reading}
	[plots.points.threshold, plots.relative.threshold] == [885000, 888250]
	count(plots.points.points) == 24
	plots.points.points[0][1] == 886000
}
