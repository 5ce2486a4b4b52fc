# METADATA
# scope: package
# title: Ratios against a baseline, a target and a budget
# description: >-
#   Three-valued predicates over `good / total`: `degradation`,
#   `degradation_sustained`, `below`, `sustained_below`, `burn_rate`. Always one
#   division of sums, never a mean of ratios, and never a division before the
#   comparison: `good * 1000000` is compared with `limit_micro * total`, strictly.
#   `buckets` and `totals` make the counts from a `prometheus-matrix` of counters.
#   Specs and results are in docs/predicates.md.
package lib.ratio

import data.lib.counter
import data.lib.runs
import data.lib.series
import data.lib.text
import data.lib.window

# -- Counts ------------------------------------------------------------------

# Why a ratio cannot be had from the counts; null where it can.
counts_problem(counts, min_total) := "no counts of good and total events" if {
	not numbers_of(counts, ["good", "total"])
} else := "the counts contradict each other" if {
	not 0 <= counts.good
} else := "the counts contradict each other" if {
	counts.good > counts.total
} else := "no events" if {
	counts.total == 0
} else := "the counters do not cover the time" if {
	object.get(counts, "known", true) == false
} else := sprintf("%v events are fewer than %v", [round(counts.total), min_total]) if {
	counts.total < min_total
} else := null

numbers_of(record, keys) if {
	is_object(record)
	every key in keys {
		runs.number(object.get(record, key, null))
	}
}

lacking(spec, _) := "the spec is not an object" if not is_object(spec)

lacking(spec, keys) := null if numbers_of(spec, keys)

lacking(spec, keys) := sprintf("the spec has no usable number `%s`", [absent[0]]) if {
	is_object(spec)
	absent := [key | some key in keys; not runs.number(object.get(spec, key, null))]
	count(absent) > 0
}

ratio_micro(counts) := floor((counts.good * 1000000) / counts.total)

less(counts, limit_micro) if counts.good * 1000000 < limit_micro * counts.total

unknown(reason) := {"verdict": "unknown", "reason": reason}

# -- Degradation -------------------------------------------------------------

# The ratio below which the baseline counts as degraded, in whole micro-units.
limit_micro(spec) := text.micro(spec.baseline) - text.micro(spec.delta) if spec.mode == "points"

limit_micro(spec) := round((text.micro(spec.baseline) * (1000000 - text.micro(spec.delta))) / 1000000) if spec.mode == "relative"

degradation_problem(spec) := lacking(spec, ["baseline", "delta", "min_total"]) if {
	lacking(spec, ["baseline", "delta", "min_total"]) != null
} else := "`mode` of the spec is neither `points` nor `relative`" if {
	not object.get(spec, "mode", null) in {"points", "relative"}
} else := "`baseline` of the spec is not between 0 and 1" if {
	not within_0_and_1(text.micro(spec.baseline), 1000000)
} else := null

within_0_and_1(micro, most) if {
	micro > 0
	micro <= most
}

# Is the ratio worse than the baseline by more than `delta`?
degradation(counts, spec) := unknown(degradation_problem(spec)) if {
	degradation_problem(spec) != null
} else := object.union(unknown(counts_problem(counts, spec.min_total)), read_as(spec)) if {
	counts_problem(counts, spec.min_total) != null
} else := object.union(compared(counts, limit_micro(spec)), object.union(read_as(spec), {
	"drop_micro": text.micro(spec.baseline) - ratio_micro(counts),
	"drop_relative_micro": 1000000 - floor((ratio_micro(counts) * 1000000) / text.micro(spec.baseline)),
}))

read_as(spec) := {"mode": spec.mode, "baseline_micro": text.micro(spec.baseline), "limit_micro": limit_micro(spec)}

compared(counts, limit) := {
	"verdict": less_verdict(counts, limit),
	"reason": null,
	"good": round(counts.good),
	"total": round(counts.total),
	"ratio_micro": ratio_micro(counts),
	"limit_micro": limit,
}

less_verdict(counts, limit) := "true" if {
	less(counts, limit)
} else := "false"

# Is the ratio below the target?
below(counts, spec) := unknown(lacking(spec, ["target", "min_total"])) if {
	lacking(spec, ["target", "min_total"]) != null
} else := object.union(unknown(counts_problem(counts, spec.min_total)), {"limit_micro": text.micro(spec.target)}) if {
	counts_problem(counts, spec.min_total) != null
} else := compared(counts, text.micro(spec.target))

# Degraded over the whole time, and in most of the buckets it is made of.
degradation_sustained(buckets, spec) := unknown(sustained_problem(buckets, spec)) if {
	sustained_problem(buckets, spec) != null
} else := object.union(whole, {
	"verdict": outcome,
	"reason": sustained_reason(outcome, whole, tally, spec),
	"buckets": tally,
}) if {
	known := [b | some b in buckets; measurable(b, bucket_min(spec))]
	whole := degradation({"good": sum([b.good | some b in known]), "total": sum([b.total | some b in known])}, spec)
	tally := {
		"expected": spec.buckets,
		"measurable": count(known),
		"degraded": count([1 | some b in known; less(b, limit_micro(spec))]),
		"required_micro": text.micro(spec.bucket_share),
	}
	outcome := sustained_verdict(whole, tally, spec)
}

sustained_problem(buckets, spec) := degradation_problem(spec) if {
	degradation_problem(spec) != null
} else := lacking(spec, ["bucket_share", "min_buckets", "buckets"]) if {
	lacking(spec, ["bucket_share", "min_buckets", "buckets"]) != null
} else := "`bucket_min_total` of the spec is not a number" if {
	not runs.number(bucket_min(spec))
} else := "the buckets are not a list" if {
	not is_array(buckets)
} else := sprintf("%d buckets are more than the expected %v", [count(buckets), spec.buckets]) if {
	count(buckets) > spec.buckets
} else := null

bucket_min(spec) := object.get(spec, "bucket_min_total", 1)

measurable(bucket, min_total) if {
	bucket.known == true
	counts_problem(bucket, min_total) == null
}

sustained_verdict(whole, tally, spec) := "unknown" if {
	tally.measurable < spec.min_buckets
} else := whole.verdict if {
	whole.verdict != "true"
} else := "true" if {
	tally.degraded * 1000000 >= tally.required_micro * tally.expected
} else := "false" if {
	((tally.degraded + tally.expected) - tally.measurable) * 1000000 < tally.required_micro * tally.expected
} else := "unknown"

sustained_reason(outcome, _, _, _) := null if outcome != "unknown"

sustained_reason("unknown", whole, tally, spec) := sprintf("%d of %d buckets are measurable, %v are needed", [tally.measurable, tally.expected, spec.min_buckets]) if {
	tally.measurable < spec.min_buckets
} else := whole.reason if {
	whole.verdict == "unknown"
} else := sprintf("%d of %d buckets are degraded, and %d could not be measured", [tally.degraded, tally.expected, tally.expected - tally.measurable])

# -- Runs of buckets ---------------------------------------------------------

# Below the threshold for longer than `longer_than_s`, slice after slice. A slice
# that cannot be measured is unknown, never fine.
sustained_below(buckets, spec) := unknown(slices_problem(buckets, spec)) if {
	slices_problem(buckets, spec) != null
} else := {
	"verdict": outcome,
	"reason": run_reason(outcome, measured),
	"certain_ms": measured.certain_ms,
	"possible_ms": measured.possible_ms,
	"unknown_ms": measured.unknown_ms,
	"window_ms": measured.window_ms,
	"run": measured.run,
	"limit_ms": limit_ms,
	"threshold_micro": limit,
	"worst": worst(known),
	"n": count(buckets),
} if {
	limit := text.micro(spec.threshold)
	limit_ms := round(spec.longer_than_s * 1000)
	known := [b | some b in buckets; measurable(b, spec.min_total)]
	measured := slices(buckets, known, limit, round(spec.bucket_s * 1000))
	outcome := window.sustained_verdict(measured.certain_ms, measured.possible_ms, limit_ms)
}

slices_problem(buckets, spec) := lacking(spec, ["threshold", "longer_than_s", "min_total", "bucket_s"]) if {
	lacking(spec, ["threshold", "longer_than_s", "min_total", "bucket_s"]) != null
} else := "no buckets: nothing was measured" if {
	not is_array(buckets)
} else := "no buckets: nothing was measured" if {
	count(buckets) == 0
} else := "a bucket has no start" if {
	count([1 | some b in buckets; numbers_of(b, ["from_ms"])]) != count(buckets)
} else := "the buckets do not follow one another" if {
	starts := [b.from_ms | some b in buckets]
	some i, start in starts
	starts[i + 1] != start + round(spec.bucket_s * 1000)
} else := null

slices(buckets, known, limit, bucket_ms) := {
	"certain_ms": certain.ms,
	"run": certain.run,
	"possible_ms": possible.ms,
	"unknown_ms": (count(buckets) - count(known)) * bucket_ms,
	"window_ms": count(buckets) * bucket_ms,
} if {
	full := {"from_ms": buckets[0].from_ms, "to_ms": buckets[0].from_ms + (count(buckets) * bucket_ms)}
	certain := runs.longest(touching([b.from_ms | some b in known; less(b, limit)], bucket_ms))
	fine := touching([b.from_ms | some b in known; not less(b, limit)], bucket_ms)
	possible := runs.longest(runs.between(fine, full))
}

# Buckets that follow one another, joined.
touching(starts, bucket_ms) := runs.spans(sort(own - next), sort(next - own)) if {
	own := {start | some start in starts}
	next := {stop | some start in starts; stop := start + bucket_ms}
}

run_reason("unknown", m) := sprintf("below the threshold certainly for %s, possibly for %s", [text.duration(m.certain_ms), text.duration(m.possible_ms)])

run_reason(outcome, _) := null if outcome != "unknown"

worst(known) := null if {
	count(known) == 0
} else := {"ratio_micro": lowest, "from_ms": [b.from_ms | some b in known; ratio_micro(b) == lowest][0]} if {
	lowest := min([ratio_micro(b) | some b in known])
}

# -- Burn rate ---------------------------------------------------------------

# Do both windows burn the error budget more than `factor` times too fast?
burn_rate(long, short, spec) := unknown(lacking(spec, ["slo", "factor", "min_events"])) if {
	lacking(spec, ["slo", "factor", "min_events"]) != null
} else := unknown("`slo` of the spec is not between 0 and 1") if {
	not within_0_and_1(text.micro(spec.slo), 999999)
} else := object.union(unknown("unreachable"), budget(spec)) if {
	budget(spec).error_limit_micro >= 1000000
} else := object.union(budget(spec), {"verdict": outcome, "reason": burn_reason(outcome, both), "long": both.long, "short": both.short}) if {
	both := {"long": burn(long, spec), "short": burn(short, spec)}
	outcome := both_of(both.long.verdict, both.short.verdict)
}

# The share of bad events at which the factor is reached, and the greatest factor
# that can be reached at all: everything fails.
budget(spec) := {
	"error_limit_micro": round(spec.factor * (1000000 - text.micro(spec.slo))),
	"max_factor_micro": floor(1000000000000 / (1000000 - text.micro(spec.slo))),
}

burn(counts, spec) := unknown(counts_problem(counts, spec.min_events)) if {
	counts_problem(counts, spec.min_events) != null
} else := {
	"verdict": more_verdict((counts.total - counts.good) * 1000000, budget(spec).error_limit_micro * counts.total),
	"reason": null,
	"bad": round(counts.total - counts.good),
	"total": round(counts.total),
	"burn_micro": floor((floor(((counts.total - counts.good) * 1000000) / counts.total) * 1000000) / (1000000 - text.micro(spec.slo))),
}

more_verdict(a, b) := "true" if {
	a > b
} else := "false"

both_of(a, b) := series.all_of({a, b})

burn_reason("unknown", both) := concat("; ", [sprintf("%s window: %s", [name, one.reason]) | some name, one in both; one.reason != null])

burn_reason(outcome, _) := null if outcome != "unknown"

# -- From counters -----------------------------------------------------------

# The counts of each bucket of the window, oldest first. A bucket holds what was
# counted from the last sample at or before its start to the last at or before its
# end, and is known where samples cover at least `min_coverage` of it (0.9) for
# every counter. `spec`: `outcome` (label), `good`, and `bad` or `total` (its
# values), `from_ms`, `to_ms`, `bucket_s`, `step_s`; `group` and `name` (label and
# value) choose the counters.
buckets(facts, spec) := [] if {
	not counters_sound(facts, spec)
} else := [counted(chosen, k, edges, spec) |
	some k in numbers.range(0, count(edges) - 2)
] if {
	bucket_ms := round(spec.bucket_s * 1000)
	edges := [edge | some k in numbers.range(0, floor((spec.to_ms - spec.from_ms) / bucket_ms)); edge := spec.from_ms + (k * bucket_ms)]
	chosen := counters(facts, edges, spec)
}

# The whole window is one bucket, whatever `bucket_s` says.
as_one(spec) := object.union(spec, {"bucket_s": (spec.to_ms - spec.from_ms) / 1000}) if {
	is_object(spec)
	lacking(spec, ["from_ms", "to_ms"]) == null
} else := spec

# The counts of the whole window, as one bucket.
totals(facts, spec) := {"from_ms": null, "good": 0, "total": 0, "known": false} if {
	not counters_sound(facts, as_one(spec))
} else := counted(counters(facts, edges, spec), 0, edges, spec) if {
	edges := [spec.from_ms, spec.to_ms]
}

max_buckets := 10000

counters_sound(facts, spec) if {
	lacking(spec, ["from_ms", "to_ms", "bucket_s", "step_s"]) == null
	spec.step_s > 0
	bucket_ms := round(spec.bucket_s * 1000)
	bucket_ms > 0
	spec.to_ms - spec.from_ms >= bucket_ms
	spec.to_ms - spec.from_ms <= max_buckets * bucket_ms
	runs.number(object.get(spec, "min_coverage", 0.9))
	is_string(object.get(spec, "outcome", null))
	is_string(object.get(spec, "good", null))
	is_string(rest_value(spec))
	is_object(facts)
	series.readable(facts)
}

rest_value(spec) := object.get(spec, "bad", object.get(spec, "total", null))

# The counters that are asked for, with what is found in one pass over each: where
# samples are too far apart, where the counter fell, and where the edges lie.
counters(facts, edges, spec) := {
	"good": good,
	"rest": rest,
	"both": min([count(good), count(rest)]) > 0,
	"whole": count([1 | some c in all; c.whole == false]) == 0,
} if {
	all := [object.union({"of": outcome}, counter_of(sort(s.samples), edges, spec)) |
		some s in facts.series
		belongs(s.labels, object.get(spec, "group", null), object.get(spec, "name", null))
		outcome := object.get(s.labels, spec.outcome, null)
		outcome in {spec.good, rest_value(spec)}
	]
	good := [c | some c in all; c.of == spec.good]
	rest := [c | some c in all; c.of == rest_value(spec)]
}

belongs(_, group, _) if group == null

belongs(labels, group, name) if {
	is_string(group)
	object.get(labels, group, null) == name
}

counter_of(points, edges, spec) := {
	"times": times,
	"values": values,
	"gaps": gaps,
	"drops": sort(counter.drops(values)),
	"at": [runs.earlier(times, runs.second_of(edge + 1)) | some edge in edges],
	"whole": silent_within(times, gaps, edges[0], edges[count(edges) - 1], spec) == 0,
} if {
	count(points) > 0
	runs.timed(points)
	times := [t | some [t, _] in points]
	values := [value | some [_, value] in points]
	count(values) == count(points)
	runs.numbers_only(values)
	gaps := sort(runs.gaps(times, (data.lib.series.hold_steps * spec.step_s) + data.lib.series.tolerance_s).own)
} else := {"times": [], "values": [], "gaps": [], "drops": [], "at": [0 | some _ in edges], "whole": false}

counted(chosen, k, edges, spec) := {"from_ms": edges[k], "good": good, "total": total_of(good, rest, spec), "known": known(chosen, k, edges, spec)} if {
	good := sum([grown(c, k) | some c in chosen.good])
	rest := sum([grown(c, k) | some c in chosen.rest])
}

total_of(good, rest, spec) := good + rest if {
	is_string(object.get(spec, "bad", null))
} else := rest

# As `counter.increase`, between the last samples at or before two edges.
grown(c, k) := 0 if {
	c.at[k + 1] == 0
} else := (c.values[stop] - c.values[start]) + sum([c.values[i] | some i in among(c.drops, start, stop)]) if {
	start := max([0, c.at[k] - 1])
	stop := c.at[k + 1] - 1
}

known(chosen, k, edges, spec) if {
	chosen.both
	chosen.whole
} else if {
	chosen.both
	span_ms := edges[k + 1] - edges[k]
	every c in array.concat(chosen.good, chosen.rest) {
		silent_ms := silent_within(c.times, c.gaps, edges[k], edges[k + 1], spec)
		(span_ms - silent_ms) * 1000000 >= text.micro(object.get(spec, "min_coverage", 0.9)) * span_ms
	}
} else := false

# Those of a sorted list from `start` up to `stop`.
among(list, start, stop) := [] if {
	count(list) == 0
} else := array.slice(list, runs.earlier(list, start), runs.earlier(list, stop))

# For how long a counter says nothing within a span, in milliseconds.
silent_within(times, gaps, from_ms, to_ms, spec) := to_ms - from_ms if {
	count(times) == 0
} else := sum(array.concat([head, tail], inner)) if {
	span := {"from_ms": from_ms, "to_ms": to_ms}
	head := series.clipped(from_ms, series.to_ms(times[0]), span)
	tail := series.clipped(series.to_ms(times[count(times) - 1]) + (spec.step_s * 1000), to_ms, span)
	first := runs.earlier(times, runs.second_of(from_ms)) - 1
	stop := runs.earlier(times, runs.second_of(to_ms))
	inner := [series.clipped(series.to_ms(times[i]), series.to_ms(times[i + 1]), span) |
		some i in among(gaps, first, stop)
	]
}
