# METADATA
# scope: package
# title: What the triggers have in common
# description: >-
#   A condition as written holds words that can be read in more than one way. A
#   trigger computes every reading, says which one is used and lets that one
#   decide. The elements of the heads are built here, so that they look the same
#   in every trigger. Import it as `data.lib.trigger as heads`: a trigger has
#   a head of its own that is called `trigger`.
package lib.trigger

# One reading of the condition and what came of it. `verdict` is whether the
# trigger would fire by it, `used` whether it decides, `numbers` what led there.
# A text `term` among the numbers names what is judged, where a trigger judges
# several things.
reading(id, used, verdict, msg, items, numbers) := object.union(termed(numbers), {
	"id": id,
	"msg": msg,
	"evidence": items,
	"details": object.union(object.remove(numbers, ["term"]), {"verdict": verdict, "used": used}),
})

termed(numbers) := {"term": numbers.term} if {
	is_string(object.get(numbers, "term", null))
} else := {}

# An element of `trigger` or `inconclusive`; `term` names what is judged.
finding(term, msg, items, numbers) := {
	"term": term,
	"msg": msg,
	"evidence": items,
	"details": numbers,
}

# Nobody has said anything, which is not the same as "no".
unmeasured(msg, items) := {"id": "unmeasured", "msg": msg, "evidence": items}

# One of the conditions is enough. No condition at all is unknown.
any_of(verdicts) := "true" if {
	"true" in verdicts
} else := "false" if {
	verdicts == {"false"}
} else := "unknown"

# Every condition is needed. No condition at all is unknown.
all_of(verdicts) := "false" if {
	"false" in verdicts
} else := "true" if {
	verdicts == {"true"}
} else := "unknown"

# Strictly more than the limit; what is no number is unknown.
exceeds(value, limit) := "unknown" if {
	not both_numbers(value, limit)
} else := "true" if {
	value > limit
} else := "false"

both_numbers(a, b) if {
	is_number(a)
	is_number(b)
}

# A row of buckets as `assize triggers explain` draws it: the ratio of each in
# millionths, shown in percent. A bucket that is not known is a gap.
plot(item, labels, list, limit_micro, bucket_s) := {
	"evidence": item,
	"labels": labels,
	"threshold": limit_micro,
	"side": "below",
	"unit": "%",
	"divisor": 10000,
	"step_s": bucket_s,
	"hold_steps": 1,
	"from_ms": list[0].from_ms,
	"to_ms": list[count(list) - 1].from_ms + round(bucket_s * 1000),
	"points": [[b.from_ms, floor((b.good * 1000000) / b.total)] |
		some b in list
		b.known == true
		b.total > 0
	],
} if {
	count(list) > 0
	is_number(limit_micro)
} else := null
