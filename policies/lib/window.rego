# METADATA
# scope: package
# title: For how long, and for what share of the time
# description: >-
#   Three-valued predicates over the series of a `prometheus-matrix` item:
#   `sustained_above`, `sustained_below`, `fraction_above`, `fraction_below`.
#   A sample holds until the next one when that comes within `hold_steps`
#   declared steps (2.5: one missed scrape is tolerated); otherwise the whole
#   interval is unknown. The last sample holds for one step. Nothing is
#   extrapolated into a gap. Comparisons are strict, durations are whole
#   milliseconds, shares are compared in micro-units by cross-multiplication.
#
#   `spec`: `from_ms`, `to_ms` (window), `step_s` (the declared interval),
#   `threshold`, `longer_than_s` (sustained) or `share` (fraction), and
#   optionally `hold_steps`, `bridge` {`max_gap_s`, `share`}, `reducer` (needed
#   for several series), `skew_s` (clock difference to the source). What each
#   predicate returns is in docs/predicates.md.
package lib.window

import data.lib.runs
import data.lib.series
import data.lib.text

sustained_above(facts, spec) := evaluated(facts, spec, {"side": "above", "form": "sustained"})

sustained_below(facts, spec) := evaluated(facts, spec, {"side": "below", "form": "sustained"})

fraction_above(facts, spec) := evaluated(facts, spec, {"side": "above", "form": "fraction"})

fraction_below(facts, spec) := evaluated(facts, spec, {"side": "below", "form": "fraction"})

default as_of_ns := null

as_of_ns := input.as_of_ns if is_number(input.as_of_ns)

evaluated(facts, spec, ask) := unmeasured(question_problem(spec, ask.form), null) if {
	question_problem(spec, ask.form) != null
} else := unmeasured(facts_problem(facts, spec), object.get(spec, "reducer", null)) if {
	facts_problem(facts, spec) != null
} else := folded([judge(s, full) | some s in reduced(facts.series, full)], full) if {
	full := settled(spec, ask)
}

unmeasured(reason, reducer) := {"verdict": "unknown", "reason": reason, "series": [], "reducer": reducer, "warnings": []}

# -- The question ------------------------------------------------------------

numeric := {
	"sustained": ["from_ms", "to_ms", "step_s", "threshold", "longer_than_s"],
	"fraction": ["from_ms", "to_ms", "step_s", "threshold", "share"],
}

reducers := {"any", "all", "max", "min", "sum"}

# Why the question cannot be answered; null for a sound one.
question_problem(spec, form) := "the spec is not an object" if {
	not is_object(spec)
} else := "the input names no instant to judge at (`as_of_ns`)" if {
	as_of_ns == null
} else := fields_problem(spec, form)

fields_problem(spec, form) := sprintf("the spec has no usable number `%s`", [lacking[0]]) if {
	lacking := [key | some key in numeric[form]; not runs.number(object.get(spec, key, null))]
	count(lacking) > 0
} else := "the window of the spec is empty" if {
	round(spec.to_ms) <= round(spec.from_ms)
} else := "`step_s` of the spec is not positive" if {
	spec.step_s <= 0
} else := "`hold_steps` and `skew_s` of the spec are numbers" if {
	some key, fallback in {"hold_steps": 2.5, "skew_s": 0}
	not runs.number(object.get(spec, key, fallback))
} else := "`bridge` of the spec has no `max_gap_s` and `share`" if {
	not bridge_sound(object.get(spec, "bridge", null))
} else := sprintf("`%v` is not a reducer", [spec.reducer]) if {
	not reducer_sound(object.get(spec, "reducer", null))
} else := null

bridge_sound(bridge) if bridge == null

bridge_sound(bridge) if {
	is_object(bridge)
	runs.number(object.get(bridge, "max_gap_s", null))
	runs.number(object.get(bridge, "share", null))
}

reducer_sound(reducer) if reducer == null

reducer_sound(reducer) if reducer in reducers

reducer_sound(reducer) if {
	is_string(reducer)
	startswith(reducer, "worst_by:")
	count(reducer) > 9
}

# Why the facts cannot be judged; null where they can.
facts_problem(facts, spec) := "the facts are not those of a `prometheus-matrix`" if {
	not is_object(facts)
} else := "the facts are not those of a `prometheus-matrix`" if {
	not series.readable(facts)
} else := "no series: nothing was measured" if {
	count(facts.series) == 0
} else := sprintf("%d series, and no `reducer` says which of them counts", [count(facts.series)]) if {
	count(facts.series) > 1
	object.get(spec, "reducer", null) == null
} else := null

# The spec in the units that are compared: whole milliseconds and micro-units.
settled(spec, ask) := object.union(ask, {
	"from_ms": round(spec.from_ms),
	"to_ms": round(spec.to_ms),
	"low_ms": round(spec.from_ms) + skew_ms,
	"high_ms": round(spec.to_ms) - skew_ms,
	"window_ms": round(spec.to_ms) - round(spec.from_ms),
	"step_s": spec.step_s,
	"hold_s": (object.get(spec, "hold_steps", data.lib.series.hold_steps) * spec.step_s) + data.lib.series.tolerance_s,
	"threshold": spec.threshold,
	"limit_ms": round(asked(spec, ask.form, "longer_than_s") * 1000),
	"share_micro": text.micro(asked(spec, ask.form, "share")),
	"bridge": bridged_by(object.get(spec, "bridge", null)),
	"reducer": object.get(spec, "reducer", null),
	"skew_s": object.get(spec, "skew_s", 0),
}) if {
	skew_ms := edge_ms(abs(object.get(spec, "skew_s", 0)), spec.step_s)
}

# What belongs to the other form of the question is not looked at.
asked(spec, form, key) := spec[key] if {
	key in numeric[form]
} else := 0

# A clock that is off by more than a step makes the edges of the window unknown.
edge_ms(skew_s, step_s) := round(skew_s * 1000) if skew_s > step_s

edge_ms(skew_s, step_s) := 0 if skew_s <= step_s

bridged_by(null) := null

bridged_by(bridge) := {"max_gap_ms": round(bridge.max_gap_s * 1000), "share_micro": text.micro(bridge.share)} if is_object(bridge)

# -- The samples -------------------------------------------------------------

# More than five seconds after the instant judged, a sample is of another clock.
ahead_ns := 5000000000

# The samples of a series, in order; without those of the future.
dated(samples) := {"points": samples, "future": 0} if {
	count(samples) == 0
} else := {"points": samples, "future": 0} if {
	not ahead(samples[count(samples) - 1])
} else := {"points": kept, "future": count(samples) - count(kept)} if {
	kept := [point | some point in samples; not ahead(point)]
}

ahead(point) if (series.to_ms(point[0]) * 1000000) - as_of_ns > ahead_ns

# The samples that speak within the window: the last one before it may still hold,
# and the first one after it tells whether the last one within it does. `n` of them
# lie in the window, `past` are not after it.
speaking(points, times, full) := {
	"points": array.slice(points, start, stop + 1),
	"times": array.slice(times, start, stop + 1),
	"past": stop - start,
	"n": stop - first,
} if {
	full.low_ms < full.high_ms
	first := runs.earlier(times, runs.second_of(full.from_ms))
	stop := runs.earlier(times, runs.second_of(full.to_ms))
	start := max([0, first - 1])
} else := {"points": [], "times": [], "past": 0, "n": 0}

# Intervals on the side asked about, and the same moved on by one: the threshold
# itself, put in front, is on neither side.
hits(values, "above", threshold) := {i | some i, value in values; value > threshold}

hits(values, "below", threshold) := {i | some i, value in values; value < threshold}

moved_hits(values, side, threshold) := hits(array.concat([threshold], values), side, threshold)

# -- One series --------------------------------------------------------------

judge(s, full) := object.union(measured, object.union(counted(s), {
	"labels": s.labels,
	"n": spoken.n,
	"future": kept.future,
	"verdict": verdict(measured, full),
	"reason": reason(measured, full),
	"worst": worst(array.slice(values, 0, spoken.past), full),
})) if {
	sorted := sort(series.points(s))
	runs.timed(sorted)
	kept := dated(sorted)
	times := [t | some [t, _] in kept.points]
	count(times) == count(kept.points)
	spoken := speaking(kept.points, times, full)
	values := [value | some [_, value] in spoken.points]
	runs.numbers_only(values)
	measured := measure(spoken.times, values, full)
} else := object.union(measure([], [], full), object.union(counted(s), {
	"labels": s.labels,
	"n": 0,
	"future": 0,
	"verdict": "unknown",
	"reason": "the samples are not pairs of numbers",
	"worst": null,
}))

# What evidence code left out of the samples.
counted(s) := {key: number_of(object.get(s, key, 0)) | some key in left_out}

left_out := ["nan", "conflicts", "out_of_order"]

number_of(x) := x if {
	runs.number(x)
} else := 0

measure([], _, full) := {
	"window_ms": full.window_ms, "known_ms": 0, "unknown_ms": full.window_ms, "max_gap_ms": full.window_ms, "coverage_micro": 0,
	"hit_ms": 0, "certain_ms": 0, "run_ms": 0, "possible_ms": full.window_ms, "bridged_ms": 0, "run": null,
	"possible_run": {"from_ms": full.from_ms, "to_ms": full.to_ms},
}

measure(samples, values, full) := {
	"window_ms": full.window_ms,
	"known_ms": full.window_ms - unknown_ms,
	"unknown_ms": unknown_ms,
	"max_gap_ms": unknown.ms,
	"coverage_micro": floor(((full.window_ms - unknown_ms) * 1000000) / full.window_ms),
	"hit_ms": longest_certain.sum_ms,
	"certain_ms": longest_certain.ms,
	"run_ms": joined.ms,
	"possible_ms": longest_possible.ms,
	"bridged_ms": joined.bridged_ms,
	"run": joined.run,
	"possible_run": longest_possible.run,
} if {
	n := count(samples)
	n > 0

	# The last sample holds for one step: there ends interval n - 1. Interval -1 is
	# what lies before the first sample, interval n what lies after that end.
	times := array.concat(samples, [samples[n - 1] + full.step_s])
	hit := {"own": hits(values, full.side, full.threshold), "next": moved_hits(values, full.side, full.threshold)}
	gap := runs.gaps(samples, full.hold_s)

	certain := runs.spans_of(times, hit.own - gap.own, hit.next - gap.next, full)
	longest_certain := runs.longest(certain)
	unknown := runs.longest(runs.between(runs.rest_of(times, gap.own, gap.next, full), full))
	unknown_ms := unknown.sum_ms
	longest_possible := possible(times, certain, longest_certain, hit, gap, full)
	joined := bridge(certain, longest_certain, runs.spans_of(times, hit.own & gap.own, hit.next & gap.next, full), full)
}

# The longest span in which nothing is certainly on the other side. Where no sample
# is too far from the next, that is a certain run, or one that touches the unknown
# time before the first sample or after the last one's step.
possible(times, certain, longest_certain, hit, gap, full) := runs.longest([span | some span in outer; span[0] < span[1]]) if {
	count(gap.own) == 0
	edges := runs.moments(times, {0, count(times) - 1}, full)
	outer := outermost(certain, longest_certain.run, edges, full)
} else := runs.longest(runs.between(runs.rest_of(times, hit.own | gap.own, hit.next | gap.next, full), full))

outermost(certain, run, [first, last], full) := [[full.from_ms, full.to_ms]] if {
	certain == [[first, last]]
} else := [[full.from_ms, full.to_ms]] if {
	first == last
} else := [[full.from_ms, first], [last, full.to_ms]] if {
	count(certain) == 0
} else := [
	[full.from_ms, reach(first, certain[0], 0, 1)],
	[run.from_ms, run.to_ms],
	[reach(last, certain[count(certain) - 1], 1, 0), full.to_ms],
]

reach(edge, span, near, far) := span[far] if {
	span[near] == edge
} else := edge

# Certain runs joined across unknown spans that are short enough, observed on the
# right side at both ends, and together a small enough share of the whole.
bridge(_, alone, _, full) := object.union(alone, {"bridged_ms": 0}) if full.bridge == null

bridge(certain, alone, doubtful, full) := joined(certain, alone, links, full) if {
	full.bridge != null
	crossings := {span | some span in doubtful; span[1] - span[0] <= full.bridge.max_gap_ms}
	links := {k |
		some k, span in certain
		[span[1], certain[k + 1][0]] in crossings
	}
}

# A chain of more links than this is no interrupted run but a hole with runs in it.
max_links := 32

joined(certain, alone, links, full) := [c | some c in all; c.ms == most][0] if {
	chains := [array.slice(certain, first, last + 1) | some [first, last] in runs.runs(links); last - first <= max_links]
	candidates := [candidate | some chain in chains; some candidate in chained(chain, full)]
	all := array.concat([object.union(alone, {"bridged_ms": 0})], candidates)
	most := max([c.ms | some c in all])
}

# Every part of a chain of certain runs that has two or more of them. Of runs `i` to
# `j` what is certain is the difference of two sums from the start of the chain.
chained(chain, full) := [{"ms": ms, "bridged_ms": bridged_ms, "run": {"from_ms": first[0], "to_ms": last[1]}} |
	some i, first in chain
	some j, last in chain
	i < j
	ms := last[1] - first[0]
	bridged_ms := ms - (sums[j + 1] - sums[i])
	bridged_ms * 1000000 <= full.bridge.share_micro * ms
] if {
	all := runs.lengths(chain)
	sums := [sum(array.slice(all, 0, k)) | some k in numbers.range(0, count(chain))]
}

# Beyond every bound, as `lib.series` writes the infinite samples.
worst([], _) := null

worst(values, full) := shown(max(values)) if {
	count(values) > 0
	full.side == "above"
}

worst(values, full) := shown(min(values)) if {
	count(values) > 0
	full.side == "below"
}

shown(value) := "+Inf" if {
	value >= 1e300
} else := "-Inf" if {
	value <= -1e300
} else := value

verdict(m, full) := sustained_verdict(m.run_ms, m.possible_ms, full.limit_ms) if full.form == "sustained"

verdict(m, full) := fraction_verdict(m, full) if full.form == "fraction"

sustained_verdict(certain_ms, possible_ms, limit_ms) := "true" if {
	certain_ms > limit_ms
} else := "false" if {
	possible_ms <= limit_ms
} else := "unknown"

fraction_verdict(m, full) := "true" if {
	m.hit_ms * 1000000 > full.share_micro * m.window_ms
} else := "false" if {
	(m.hit_ms + m.unknown_ms) * 1000000 <= full.share_micro * m.window_ms
} else := "unknown"

reason(m, full) := null if {
	verdict(m, full) != "unknown"
} else := sprintf("%s the threshold certainly for %s, possibly for %s, limit %s", [full.side, text.duration(m.run_ms), text.duration(m.possible_ms), text.duration(full.limit_ms)]) if {
	full.form == "sustained"
} else := sprintf("%s the threshold certainly for %s, possibly for %s of %s, limit %s", [full.side, text.duration(m.hit_ms), text.duration(m.hit_ms + m.unknown_ms), text.duration(m.window_ms), text.percent(full.share_micro)])

# -- Several series ----------------------------------------------------------

pointwise := {"max", "min", "sum"}

# With `max`, `min` and `sum` the series become one, of the instants at which all
# of them were observed.
reduced(list, full) := list if {
	not full.reducer in pointwise
} else := list if {
	count(list) == 1
} else := [object.union(
	{key: sum([counted(s)[key] | some s in list]) | some key in left_out},
	{"labels": {}, "samples": merged([by_instant(s, full.reducer) | some s in list], full.reducer)},
)]

merged(maps, "max") := [[instant, max([map[instant] | some map in maps])] | some instant in shared(maps)]

merged(maps, "min") := [[instant, min([map[instant] | some map in maps])] | some instant in shared(maps)]

merged(maps, "sum") := [[instant, sum([map[instant] | some map in maps])] | some instant in shared(maps)]

shared(maps) := intersection({object.keys(map) | some map in maps})

least := {"max": -1e301, "min": -1e301, "sum": -1e300}

# Two values at one instant contradict each other: nothing of the series counts.
# Minus infinity has no place in a sum.
by_instant(s, reducer) := {instant: value | some [instant, value] in points; value > least[reducer]} if {
	points := sort(series.points(s))
	runs.timed(points)
	runs.numbers_only([value | some [_, value] in points])
	count({instant | some [instant, _] in points}) == count(points)
} else := {}

folded(judged, full) := object.union(
	{"verdict": outcome, "reason": doubt(judged, outcome), "series": judged, "reducer": full.reducer, "warnings": warnings(judged, full)},
	grouped(judged, full.reducer),
) if {
	outcome := overall({s.verdict | some s in judged}, full.reducer)
}

overall(verdicts, reducer) := series.all_of(verdicts) if {
	reducer == "all"
} else := any_of(verdicts)

any_of(verdicts) := "true" if {
	"true" in verdicts
} else := "unknown" if {
	"unknown" in verdicts
} else := "false"

# With `worst_by:<label>` the worst verdict of each value of the label.
grouped(judged, reducer) := {"groups": [{"value": value, "verdict": any_of(verdicts)} |
	some value in sort({object.get(s.labels, label, "") | some s in judged})
	verdicts := {s.verdict | some s in judged; object.get(s.labels, label, "") == value}
]} if {
	is_string(reducer)
	startswith(reducer, "worst_by:")
	label := substring(reducer, 9, -1)
} else := {}

doubt(judged, outcome) := null if {
	outcome != "unknown"
} else := unknown[0] if {
	count(judged) == 1
	unknown := [s.reason | some s in judged]
} else := sprintf("%d of %d series are unknown; the first: %s", [count(unknown), count(judged), unknown[0]]) if {
	unknown := [s.reason | some s in judged; s.verdict == "unknown"]
}

warnings(judged, full) := [told |
	some [n, told] in [
		[sum([s.future | some s in judged]), "samples of the future were left out: the clocks of source and judge differ"],
		[sum([s.conflicts | some s in judged]), "samples of one instant contradict each other and were left out"],
		[sum([s.out_of_order | some s in judged]), "samples came out of order and were sorted"],
		[sum([s.nan | some s in judged]), "NaN samples count as not observed"],
		[abs(full.skew_s) - 2, "the clock of the source is off by more than two seconds"],
	]
	n > 0
]
