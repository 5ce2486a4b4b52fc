# METADATA
# scope: package
# title: Logs of events
# description: >-
#   A log is an object with `source`, `complete` (the source says that nothing is
#   left out), `from` and `to` (the period it speaks for) and `events`, a list of
#   objects with an `id`. Event buses deliver at least once, so that what counts
#   is distinct ids. A log that does not cover the period in question can show
#   that something happened, never that nothing did.
package lib.eventlog

import data.lib.time as instants

# Does the log speak for everything from `from_ns` until at most `max_lag_s`
# before the instant judged?
covers(log, from_ns, max_lag_s) if {
	object.get(log, "complete", null) == true
	from := instants.ns(object.get(log, "from", null))
	to := instants.ns(object.get(log, "to", null))
	is_number(from)
	is_number(to)
	from <= from_ns
	input.as_of_ns - to <= max_lag_s * 1000000000
}

# One sentence for each reason why absence of an event shows nothing. A log that
# could not be used at all is the business of `lib.evidence.gaps`.
gaps(log, from_ns, max_lag_s) := {msg | some msg in [no_list(log), not_covered(log, from_ns, max_lag_s)]; msg != null}

no_list(log) := "the log has no list of events" if {
	count(log) > 0
	not is_array(object.get(log, "events", null))
} else := null

not_covered(log, from_ns, max_lag_s) := sprintf("the log is not complete from %s to %v s before the instant judged", [instant(from_ns), max_lag_s]) if {
	count(log) > 0
	not covers(log, from_ns, max_lag_s)
} else := null

# The events in the order of the log; one that is no object is an empty one, for
# the rule to say that it cannot be read.
listed(log) := elements(log, "events")

# The objects of a list of a document, in its order, likewise.
elements(doc, key) := [object_of(element) | some element in list] if {
	list := object.get(doc, key, null)
	is_array(list)
} else := []

object_of(x) := x if {
	is_object(x)
} else := {}

# The instant of a field in nanoseconds; null where there is none.
at(event, field) := instants.ns(object.get(event, field, null))

# Does the event bear one of the tags?
tagged(event, tags) if {
	list := object.get(event, "tags", null)
	is_array(list)
	some tag in list
	tag in tags
}

# Ids that stand for more than one thing.
conflicting(records) := {r.id | some r in records; some other in records; r.id == other.id; r != other}

# 2026-11-23T13:00:00Z
instant(ns) := sprintf("%d-%s-%sT%s:%s:%sZ", array.concat([date[0]], [two(n) | some n in array.concat([date[1], date[2]], clock)])) if {
	date := time.date(ns)
	clock := time.clock(ns)
}

two(n) := sprintf("0%d", [n]) if {
	n < 10
} else := sprintf("%d", [n])

# 93600000 ms → "26.0 h"; cut, not rounded.
hours(ms) := sprintf("%d.%d h", [floor(ms / 3600000), floor((ms % 3600000) / 360000)])
