# METADATA
# scope: package
# title: Ratios of counters over a window
# description: >-
#   `good / total` from raw counter samples: the increase of each counter over
#   the window, resets included, then one division of sums (never a mean of
#   ratios). Compared in whole micro-units, strictly: a ratio equal to the
#   target does not exceed it.
#
#   `spec`: `from_ms`, `to_ms`, `step_s`, `min_coverage`, `max_gap_s`, `group`
#   (label that names what is judged), `outcome` (label that names the
#   outcome), `good` and `bad` (its values), `target` (ratio), `min_total`.
package lib.counter

import data.lib.series

# The increase between the first and the last sample of the window.
increase(counter, spec) := growth(inside(counter, spec))

# The increase over values in order. A counter that falls was reset: what it had
# reached before is added to the difference.
growth(values) := 0 if {
	count(values) < 2
} else := (values[count(values) - 1] - values[0]) + sum([values[i] | some i in drops(values)])

# Where a counter fell: the index of the last value before each reset.
drops(values) := {i | some i, before in values; nexts[i] < before} if {
	nexts := array.slice(values, 1, count(values))
}

inside(counter, spec) := [value |
	some [t, value] in counter.samples
	t >= from_s
	t <= to_s
] if {
	from_s := spec.from_ms / 1000
	to_s := spec.to_ms / 1000
}

numeric := ["from_ms", "to_ms", "step_s", "min_coverage", "max_gap_s", "target", "min_total"]

sound(spec) if {
	every key in numeric {
		is_number(object.get(spec, key, null))
	}
	every key in ["group", "outcome", "good", "bad"] {
		is_string(object.get(spec, key, null))
	}
	spec.to_ms > spec.from_ms
	spec.step_s > 0
}

# Every expected group above the target: "true", "false" or "unknown", and the
# numbers of each group.
above(facts, names, spec) := {"verdict": series.all_of({g.verdict | some g in groups}), "groups": groups} if {
	sound(spec)
	series.readable(facts)
	groups := [judge(facts, name, spec) | some name in sort([n | some n in names])]
} else := {"verdict": "unknown", "groups": []}

judge(facts, name, spec) := object.union({"group": name}, outcome) if {
	members := [s | some s in facts.series; object.get(s.labels, spec.group, null) == name]
	outcome := weigh(members, spec)
}

weigh(members, spec) := unmeasured("no counter of good events") if {
	not counts(members, spec, spec.good)
} else := unmeasured("no counter of bad events") if {
	not counts(members, spec, spec.bad)
} else := unmeasured("samples do not cover the window") if {
	some member in members
	series.not_covered(series.cover(member, spec), spec)
} else := compared(tally(members, spec, spec.good), tally(members, spec, spec.bad), spec)

counts(members, spec, value) if {
	some member in members
	object.get(member.labels, spec.outcome, null) == value
}

tally(members, spec, value) := sum([increase(member, spec) |
	some member in members
	object.get(member.labels, spec.outcome, null) == value
])

unmeasured(reason) := {"verdict": "unknown", "reason": reason}

compared(good, bad, spec) := {"verdict": "unknown", "reason": sprintf("%v events are fewer than %v", [round(good + bad), spec.min_total]), "good": round(good), "total": round(good + bad)} if {
	good + bad < spec.min_total
} else := {"verdict": "unknown", "reason": "no events", "good": 0, "total": 0} if {
	good + bad == 0
} else := {"verdict": verdict(good, good + bad, spec), "good": round(good), "total": round(good + bad), "ratio_micro": floor((good * 1000000) / (good + bad))}

verdict(good, total, spec) := "true" if {
	good * 1000000 > round(spec.target * 1000000) * total
} else := "false"
