# METADATA
# scope: package
# title: Bounds over a window of samples
# description: >-
#   Three-valued, time-weighted predicates over the series of a
#   `prometheus-matrix` item. A sample holds until the next one when that comes
#   within 2.5 steps (one missed scrape is tolerated); otherwise the whole
#   interval is unknown. The last sample holds for one step. Nothing is
#   extrapolated into a gap. Durations are whole milliseconds and shares are
#   compared by cross-multiplication, so no rounding decides a verdict.
#
#   `spec`: `from_ms`, `to_ms` (window), `step_s` (the declared interval),
#   `side` ("below" or "above": the good side of the bound), `bound` (strict: a
#   value equal to the bound is on the wrong side), `max_share` (how much of the
#   window may be on the wrong side), `min_coverage`, `max_gap_s`.
package lib.series

hold_steps := 2.5

# Infinite samples are observations too: beyond every bound on their side.
beyond := {"+Inf": 1e300, "-Inf": -1e300}

points(series) := series.samples if {
	object.get(series, "infinite", null) in {null, []}
} else := sort(array.concat(series.samples, [[t, beyond[sign]] | some [t, sign] in series.infinite]))

# Half a millisecond, so that binary fractions of a second never decide.
tolerance_s := 0.0005

# How much of the window the series tells something about, and the longest
# stretch it says nothing about: before its first sample, after its last, or
# between two that are too far apart.
cover(series, spec) := cover_of(points(series), spec)

cover_of(pts, spec) := {
	"window_ms": window_ms,
	"known_ms": window_ms - unknown_ms,
	"unknown_ms": unknown_ms,
	"max_gap_ms": max(gaps),
} if {
	window_ms := spec.to_ms - spec.from_ms
	gaps := gaps_ms(pts, spec)
	unknown_ms := sum(gaps)
}

gaps_ms([], spec) := [spec.to_ms - spec.from_ms]

gaps_ms(pts, spec) := array.concat([head, tail], inner) if {
	n := count(pts)
	n > 0
	head := clipped(spec.from_ms, to_ms(pts[0][0]), spec)
	tail := clipped(to_ms(pts[n - 1][0]) + (spec.step_s * 1000), spec.to_ms, spec)
	hold_s := (hold_steps * spec.step_s) + tolerance_s
	times := [point[0] | some point in pts]
	nexts := array.slice(times, 1, n)
	inner := [clipped(to_ms(t), to_ms(nexts[i]), spec) |
		some i, t in times
		nexts[i] - t > hold_s
	]
}

to_ms(seconds) := round(seconds * 1000)

# The length of an interval within the window, in milliseconds.
clipped(start, stop, spec) := max([0, min([stop, spec.to_ms]) - max([start, spec.from_ms])])

# Indices of the samples on the wrong side. The bound is strict: a value equal
# to it is on the wrong side.
wrong(pts, spec) := [i | some i, point in pts; point[1] >= bound] if {
	spec.side == "below"
	bound := spec.bound
}

wrong(pts, spec) := [i | some i, point in pts; point[1] <= bound] if {
	spec.side == "above"
	bound := spec.bound
}

# How long the sample at index `i` is known to hold, within the window.
holds_ms(pts, i, spec) := clipped(to_ms(pts[i][0]), to_ms(pts[i][0]) + (spec.step_s * 1000), spec) if {
	i == count(pts) - 1
} else := clipped(to_ms(pts[i][0]), to_ms(pts[i + 1][0]), spec) if {
	pts[i + 1][0] - pts[i][0] <= (hold_steps * spec.step_s) + tolerance_s
} else := 0

# One series: "false" when certainly too much of the window is on the wrong
# side, "true" when certainly not, else "unknown". `worst` is the value
# farthest out, where there is something to explain.
judge(series, spec) := object.union(cov, {
	"labels": series.labels,
	"beyond_ms": beyond_ms,
	"worst": worst(pts, bad, spec),
	"verdict": verdict(cov, beyond_ms, spec),
}) if {
	pts := points(series)
	cov := cover_of(pts, spec)
	held := [[i, ms] | some i in wrong(pts, spec); ms := holds_ms(pts, i, spec); ms > 0]
	bad := [i | some [i, _] in held]
	beyond_ms := sum([ms | some [_, ms] in held])
}

worst(_, [], _) := null

worst(pts, bad, spec) := max([pts[i][1] | some i in bad]) if {
	count(bad) > 0
	spec.side == "below"
}

worst(pts, bad, spec) := min([pts[i][1] | some i in bad]) if {
	count(bad) > 0
	spec.side == "above"
}

verdict(cov, beyond_ms, spec) := "false" if {
	beyond_ms * 1000000 > round(spec.max_share * 1000000) * cov.window_ms
} else := "unknown" if {
	not_covered(cov, spec)
} else := "unknown" if {
	(beyond_ms + cov.unknown_ms) * 1000000 > round(spec.max_share * 1000000) * cov.window_ms
} else := "true"

not_covered(cov, spec) if cov.known_ms * 1000000 < round(spec.min_coverage * 1000000) * cov.window_ms

not_covered(cov, spec) if cov.max_gap_ms > spec.max_gap_s * 1000

numeric := ["from_ms", "to_ms", "step_s", "bound", "max_share", "min_coverage", "max_gap_s"]

sound(spec) if {
	every key in numeric {
		is_number(object.get(spec, key, null))
	}
	spec.to_ms > spec.from_ms
	spec.step_s > 0
	object.get(spec, "side", null) in {"below", "above"}
}

readable(facts) if {
	series := object.get(facts, "series", null)
	is_array(series)
	every s in series {
		is_object(s)
		is_object(object.get(s, "labels", null))
		is_array(object.get(s, "samples", null))
		is_null_or_array(object.get(s, "infinite", null))
	}
}

is_null_or_array(x) if x == null

is_null_or_array(x) if is_array(x)

# Every series of the item within the bound over the window.
within(facts, spec) := {"verdict": all_of({s.verdict | some s in judged}), "series": judged} if {
	sound(spec)
	readable(facts)
	judged := [judge(s, spec) | some s in facts.series]
} else := {"verdict": "unknown", "series": []}

# No series at all is unknown, never true.
all_of(verdicts) := "false" if {
	"false" in verdicts
} else := "true" if {
	verdicts == {"true"}
} else := "unknown"
