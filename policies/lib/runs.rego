# METADATA
# scope: package
# title: Runs and gaps in a row of samples
# description: >-
#   What `lib.window` and `lib.ratio` are made of. Sample `i` is also the interval
#   from it to sample `i + 1`. A set of intervals and the same set moved on by one
#   tell where its runs start and stop, without a look at the intervals in between:
#   a run starts at what is only in the set, and stops before what is only in the
#   moved set. So each sample is touched a fixed number of times, by comparisons
#   alone, and what is costly is done for the few breakpoints.
package lib.runs

# -- Rows of numbers ---------------------------------------------------------

# How many of the sorted instants (seconds) are earlier than one of them could be.
# Looks at every 1024th, then at every 32nd between two of those, then at the rest.
earlier(times, instant) := last + count([1 | some t in array.slice(times, last, last + 32); t < instant]) if {
	block := nearest(times, 0, count(times), 1024, instant)
	last := nearest(times, block, min([block + 1024, count(times)]), 32, instant)
}

# The last index of a stride that is earlier than the instant.
nearest(times, start, stop, stride, instant) := max(array.concat([start], [k | some k in numbers.range_step(start, stop, stride); times[k] < instant]))

# Instants are whole milliseconds: half of one keeps binary fractions out of it.
second_of(ms) := (ms - 0.5) / 1000

# In Rego's order of types numbers come after null and booleans and before all
# else: where the ends of a sorted list begin with numbers, so does all between.
timed(points) if count(points) == 0

timed(points) if {
	count(points) > 0
	every edge in [points[0], points[count(points) - 1]] {
		is_array(edge)
		number(edge[0])
	}
}

# A number that can be reckoned with: greater ones than any instant in microseconds
# or any count overflow in one engine and not in the other.
number(x) if {
	is_number(x)
	abs(x) <= 1000000000000000
}

numbers_only(values) if count(values) == 0

numbers_only(values) if {
	is_number(min(values))
	is_number(max(values))
}

# -- Breakpoints -------------------------------------------------------------

moved(members) := {next | some i in members; next := i + 1}

# Intervals too long for their sample to hold.
gaps(times, hold_s) := {"own": own, "next": moved(own)} if {
	nexts := array.slice(times, 1, count(times))
	own := {i | some i, t in times; nexts[i] - t > hold_s}
}

# The instants of some samples in whole milliseconds, none outside the window.
moments(times, members, full) := clipped([ms | some i in sort(members); ms := round(times[i] * 1000)], full)

clipped(list, full) := list if {
	list[0] >= full.low_ms
	list[count(list) - 1] <= full.high_ms
} else := array.concat(array.concat(early, inner), late) if {
	early := [full.low_ms | some ms in list; ms <= full.low_ms]
	inner := [ms | some ms in list; ms > full.low_ms; ms < full.high_ms]
	late := [full.high_ms | some ms in list; ms >= full.high_ms]
}

# Spans of time from their starts and stops. What lies outside the window has no
# length and vanishes.
spans(starts, stops) := [[from_ms, stops[k]] | some k, from_ms in starts; from_ms < stops[k]]

lengths(list) := [ms | some [from_ms, to_ms] in list; ms := to_ms - from_ms]

longest([]) := {"ms": 0, "run": null, "sum_ms": 0}

longest(list) := {"ms": most, "sum_ms": sum(all), "run": {"from_ms": span[0], "to_ms": span[1]}} if {
	all := lengths(list)
	most := max(all)
	span := list[[k | some k, ms in all; ms == most][0]]
}

# The spans between spans, from the start of the window to its end.
between(list, full) := spans(
	array.concat([full.from_ms], [stop | some [_, stop] in list]),
	array.concat([start | some [start, _] in list], [full.to_ms]),
)

# Runs of a set of numbers as [first, one after the last].
runs(members) := [[first, stops[k]] | some k, first in sort(members - next)] if {
	next := moved(members)
	stops := sort(next - members)
}

spans_of(times, members, next, full) := spans(moments(times, members - next, full), moments(times, next - members, full))

# What lies between the runs of a set to which the intervals before the first and
# after the last sample are added.
rest_of(times, members, next, full) := spans(moments(times, (shifted - own) - {n + 1}, full), moments(times, (own - shifted) - {-1}, full)) if {
	n := count(times) - 1
	own := members | {-1, n}
	shifted := next | {0, n + 1}
}
