# METADATA
# scope: package
# title: Bucket edges of a histogram
# description: >-
#   A quantile of a histogram is interpolated within a bucket. Only where a bucket
#   ends exactly at the bound does the histogram itself say how many were beyond.
package lib.histogram

import data.lib.runs

shape := `^[0-9]{1,18}([.][0-9]{1,18})?([eE][+-]?[0-9]{1,2})?$`

# Is there a bucket edge at the bound? `les`: numbers, or the texts of `le` labels.
edge(les, bound) := unknown("the bound is not a number") if {
	not runs.number(bound)
} else := unknown("there are no bucket edges") if {
	count(edges(les)) == 0
} else := unknown("a bucket edge is not a number") if {
	count(edges(les)) != count({le | some le in les; not infinite(le)})
} else := {
	"verdict": outcome,
	"reason": null,
	"n": count(all),
	"below": nearest_below(all, bound),
	"above": nearest_above(all, bound),
} if {
	all := edges(les)
	outcome := at(all, bound)
}

unknown(reason) := {"verdict": "unknown", "reason": reason, "n": 0, "below": null, "above": null}

# The finite edges as numbers.
edges(les) := {x |
	is_array(les)
	some le in les
	x := number(le)
	abs(x) < 1e30
}

number(le) := le if is_number(le)

number(le) := to_number(le) if {
	is_string(le)
	regex.match(shape, le)
}

infinite(le) if le in {"+Inf", "Inf"}

micro(x) := round(x * 1000000)

at(all, bound) := "true" if {
	some x in all
	micro(x) == micro(bound)
} else := "false"

# The last edge at or below the bound, the first at or above it; null for none.
nearest_below(all, bound) := max(some_) if {
	some_ := [x | some x in all; micro(x) <= micro(bound)]
	count(some_) > 0
} else := null

nearest_above(all, bound) := min(some_) if {
	some_ := [x | some x in all; micro(x) >= micro(bound)]
	count(some_) > 0
} else := null

# The edges that the `le` labels of a `prometheus-matrix` or `prometheus-vector`
# name, once each.
les(facts) := sort({le |
	is_object(facts)
	some field in ["series", "samples", "infinite"]
	list := object.get(facts, field, null)
	is_array(list)
	some s in list
	is_object(s)
	le := object.get(s, ["labels", "le"], null)
	is_string(le)
})
