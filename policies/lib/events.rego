# METADATA
# scope: package
# title: Shares and counts of discrete events
# description: >-
#   "Consistently", made countable: at least `min_events` events, and a share of
#   them over the limit. Fewer events are "unknown", never "fine". "Per month",
#   made countable: distinct ids in a calendar month of a named time zone, or in a
#   number of days up to the instant judged. A count over the limit is final at
#   once; a count within it is "unknown" while the month is open or the source
#   incomplete. Specs and results are in docs/predicates.md.
package lib.events

import data.lib.runs
import data.lib.text

# Do at least `share` of the numbers exceed the limit? With the Wilson interval of
# the share, 90 % two-sided.
consistently(numbers, spec) := {"verdict": "unknown", "reason": reason} if {
	reason := lacking(spec, ["limit", "min_events", "share"])
} else := {"verdict": "unknown", "reason": "the events are not a list of numbers"} if {
	not all_numbers(numbers)
} else := object.union(wilson(over, n), {
	"verdict": consistent(over, n, spec),
	"reason": too_few(n, spec.min_events),
	"n": n,
	"over": over,
	"limit": spec.limit,
}) if {
	n := count(numbers)
	over := count([x | some x in numbers; x > spec.limit])
}

# Why the spec is no good; undefined for a sound one.
lacking(spec, _) := "the spec is not an object" if not is_object(spec)

lacking(spec, keys) := sprintf("the spec has no usable number `%s`", [absent[0]]) if {
	is_object(spec)
	absent := [key | some key in keys; not runs.number(object.get(spec, key, null))]
	count(absent) > 0
}

all_numbers(numbers) if {
	is_array(numbers)
	every x in numbers {
		is_number(x)
	}
}

consistent(over, n, spec) := "unknown" if {
	n < spec.min_events
} else := "true" if {
	over * 1000000 >= text.micro(spec.share) * n
} else := "false"

too_few(n, min_events) := sprintf("%d events are fewer than %v", [n, min_events]) if {
	n < min_events
} else := null

# The interval of a share k / n at 90 %, in micro-units. z squared is 2.705543.
wilson(_, 0) := {"share_micro": null, "low_micro": null, "high_micro": null}

wilson(k, n) := {"share_micro": floor((k * 1000000) / n), "low_micro": low(k, n), "high_micro": 1000000 - low(n - k, n)} if n > 0

# The greatest whole micro-unit p, not above k / n, with (k - n p)^2 >= z^2 n p (1 - p):
# found digit by digit, for there is no square root.
low(k, n) := digit(k, n, digit(k, n, digit(k, n, digit(k, n, digit(k, n, digit(k, n, 0, 100000), 10000), 1000), 100), 10), 1)

digit(k, n, base, unit) := max([p |
	some d in numbers.range(0, 9)
	p := base + (d * unit)
	distance := (k * 1000000) - (n * p)
	distance >= 0
	distance * distance >= (2.705543 * n) * (p * (1000000 - p))
])

# Do more than `max_share` of the numbers reach or pass the limit?
mostly_over(numbers, limit, min_events, max_share) := {"verdict": verdict, "over": over, "events": n} if {
	n := count(numbers)
	over := count([x | some x in numbers; x >= limit])
	verdict := share_verdict(over, n, min_events, max_share)
}

share_verdict(over, n, min_events, max_share) := "unknown" if {
	n < min_events
} else := "true" if {
	over * 1000000 > round(max_share * 1000000) * n
} else := "false"

# The middle number (the lower of two); null of none.
median(numbers) := sort(numbers)[floor((count(numbers) - 1) / 2)] if {
	count(numbers) > 0
} else := null

# -- Counts of distinct events -----------------------------------------------

default as_of_ns := null

as_of_ns := input.as_of_ns if is_number(input.as_of_ns)

# More than five seconds after the instant judged, an event is of another clock.
ahead_ns := 5000000000

# The last instant that a time zone is asked about: the start of 2262.
last_ns := 9214646400000000000

instant(x) if {
	is_number(x)
	x >= 0
	x < last_ns
}

# An event that can be counted.
countable(event) if {
	is_object(event)
	is_string(object.get(event, "id", null))
	instant(object.get(event, "at_ns", null))
}

# Events as [instant, id], in order, without those of the future.
sifted(events) := in_order(pairs, 0) if {
	# Nearly always all can be counted, and the ends of sorted lists say so.
	pairs := paired(events)
	count(pairs) == count(events)
	sound(pairs)
} else := in_order(paired(readable), count(events) - count(readable)) if {
	readable := [event | some event in events; countable(event)]
}

paired(events) := sort([[at_ns, id] | some event in events; at_ns := event.at_ns; id := event.id])

sound(pairs) if count(pairs) == 0

sound(pairs) if {
	instant(pairs[0][0])
	instant(pairs[count(pairs) - 1][0])
	ids := [id | some [_, id] in pairs]
	is_string(min(ids))
	is_string(max(ids))
}

in_order(pairs, unreadable) := {
	"pairs": array.slice(pairs, 0, past),
	"times": array.slice(times, 0, past),
	"future": count(pairs) - past,
	"unreadable": unreadable,
} if {
	times := [at_ns | some [at_ns, _] in pairs]
	past := runs.earlier(times, (as_of_ns + ahead_ns) + 1)
}

ids_of(pairs) := {id | some [_, id] in pairs}

problem(events, spec, keys) := lacking(spec, keys) if {
	lacking(spec, keys)
} else := "the input names no instant to judge at (`as_of_ns`)" if {
	not instant(as_of_ns)
} else := "the events are not a list" if {
	not is_array(events)
} else := null

# More than `limit` distinct events in a calendar month of a time zone? `month`
# ("2026-11") is that of the instant judged unless the spec names one.
count_calendar_month(events, spec) := {"verdict": "unknown", "reason": problem(events, spec, ["limit"])} if {
	problem(events, spec, ["limit"]) != null
} else := {"verdict": "unknown", "reason": sprintf("`%v` is no known time zone of the IANA database", [object.get(spec, "zone", null)])} if {
	not known_zone(object.get(spec, "zone", null))
} else := {"verdict": "unknown", "reason": "`month` of the spec is not of the form 2026-11"} if {
	not month_sound(object.get(spec, "month", null))
} else := object.union(in_month(sift, months, month, spec), {"months": [{"month": m.month, "n": count(m.ids)} | some m in months]}) if {
	sift := sifted(events)
	months := by_month(sift, spec.zone)
	month := object.get(spec, "month", month_of(as_of_ns, spec.zone))
}

known_zone(zone) if zone in data.lib.zones.names

month_sound(month) if month == null

month_sound(month) if {
	is_string(month)
	regex.match(`^[0-9]{4}-(0[1-9]|1[0-2])$`, month)
}

# The calendar month of an instant in a time zone: "2026-11".
month_of(ns, zone) := sprintf("%d-%s", [year, text.pad2(month)]) if {
	[year, month, _] := time.date([floor(ns), zone])
}

# The month before: "2026-01" → "2025-12".
month_before(month) := sprintf("%d-12", [to_number(substring(month, 0, 4)) - 1]) if {
	is_string(month)
	month_sound(month)
	endswith(month, "-01")
} else := sprintf("%s-%s", [substring(month, 0, 4), text.pad2(to_number(substring(month, 5, 2)) - 1)]) if {
	is_string(month)
	month_sound(month)
}

# The distinct ids of each month that has any, oldest first. Months follow one
# another as instants do, so the zone is asked about every 64th event, and about
# those between only where the month is another one at the next.
by_month(sift, zone) := [{"month": month_of(sift.times[first], zone), "ids": ids_of(array.slice(sift.pairs, first, stops[k]))} | some k, first in starts] if {
	n := count(sift.times)
	blocks := [{"i": i, "first": month_of(sift.times[i], zone), "last": month_of(sift.times[min([i + 63, n - 1])], zone)} |
		some i in numbers.range_step(0, n - 1, 64)
		n > 0
	]
	heads := [block.i | some k, block in blocks; not blocks[k - 1].last == block.first]
	turns := [i |
		some block in blocks
		block.first != block.last
		months := [month_of(at_ns, zone) | some at_ns in array.slice(sift.times, block.i, block.i + 64)]
		some d, month in months
		months[d - 1] != month
		i := block.i + d
	]
	starts := sort(array.concat(heads, turns))
	stops := array.concat(array.slice(starts, 1, count(starts)), [n])
}

in_month(sift, months, month, spec) := object.union(counted(sift, ids, elsewhere, spec.limit, open_reason(month, spec)), {
	"month": month,
	"zone": spec.zone,
	"open": is_open(month, spec),
	"complete": covered_month(month, spec),
}) if {
	ids := {id | some m in months; m.month == month; some id in m.ids}
	elsewhere := {id | some m in months; m.month != month; some id in m.ids}
}

is_open(month, spec) := month >= month_of(as_of_ns, spec.zone)

# Does the source hold the whole month? `from_ns` and `to_ns`, where the spec has
# them, say what time it covers.
covered_month(month, spec) if {
	object.get(spec, "complete", null) == true
	from_ns := object.get(spec, "from_ns", 0)
	instant(from_ns)
	month_of(max([0, from_ns - 1]), spec.zone) < month
	to_ns := object.get(spec, "to_ns", as_of_ns)
	instant(to_ns)
	month_of(to_ns, spec.zone) > month
} else := false

open_reason(month, spec) := sprintf("%s is still open", [month]) if {
	is_open(month, spec)
} else := sprintf("the source does not hold all of %s", [month]) if {
	covered_month(month, spec) == false
} else := null

# The verdict over a count. An id that also has an instant outside counts for
# certain on neither side; what cannot be read may be one of these events.
counted(sift, ids, elsewhere, limit, doubt) := {
	"verdict": outcome,
	"reason": count_reason(outcome, certain, doubt, unclear),
	"n": certain,
	"possible": certain + unclear,
	"limit": limit,
	"ids": sort(ids),
	"future": sift.future,
	"unreadable": sift.unreadable,
	"conflicts": count(ids & elsewhere),
} if {
	certain := count(ids - elsewhere)
	unclear := count(ids & elsewhere) + sift.unreadable
	outcome := count_verdict(certain, certain + unclear, limit, doubt)
}

count_verdict(certain, possible, limit, doubt) := "true" if {
	certain > limit
} else := "unknown" if {
	doubt != null
} else := "false" if {
	possible <= limit
} else := "unknown"

count_reason(outcome, _, _, _) := null if outcome != "unknown"

count_reason("unknown", certain, doubt, unclear) := sprintf("%s: so far %d", [doubt, certain]) if {
	doubt != null
} else := sprintf("%d counted, and %d cannot be placed", [certain, unclear])

# More than `limit` distinct events in the `days` up to the instant judged?
count_rolling(events, spec) := {"verdict": "unknown", "reason": problem(events, spec, ["limit", "days"])} if {
	problem(events, spec, ["limit", "days"]) != null
} else := object.union(counted(sift, ids, elsewhere, spec.limit, rolling_doubt(spec, from_ns)), {
	"from_ns": from_ns,
	"to_ns": as_of_ns,
	"days": spec.days,
	"complete": rolling_doubt(spec, from_ns) == null,
}) if {
	sift := sifted(events)
	from_ns := as_of_ns - (spec.days * 86400000000000)
	first := runs.earlier(sift.times, from_ns)
	ids := ids_of(array.slice(sift.pairs, first, count(sift.pairs)))
	elsewhere := ids_of(array.slice(sift.pairs, 0, first))
}

rolling_doubt(spec, from_ns) := null if {
	object.get(spec, "complete", null) == true
	covered_from := object.get(spec, "from_ns", 0)
	is_number(covered_from)
	covered_from <= from_ns
} else := sprintf("the source does not hold the last %v days", [spec.days])
