# METADATA
# scope: package
# title: What is there, and what is not
# description: >-
#   The gate refuses missing, stale and unverified evidence before a rule runs.
#   These functions say the same from within Rego, so that a rule evaluated by
#   any other engine is inconclusive, never silently satisfied.
package lib.evidence

import data.lib.text
import data.lib.time as instants

# An item whose facts a rule may read.
usable(item) if {
	item.status == "ok"
	is_object(item.facts)
	count(item.facts) > 0
}

# One sentence for each item that cannot be used; `kinds` says which kind each
# id must be.
gaps(kinds) := {msg |
	some id, kind in kinds
	msg := problem(id, kind, object.get(input, ["evidence", id], null))
} | clock_gap

clock_gap := set() if {
	is_number(input.as_of_ns)
} else := {"the input names no instant to judge at (`as_of_ns`)"}

problem(id, kind, item) := sprintf("evidence `%s` is missing", [id]) if {
	not is_object(item)
} else := sprintf("evidence `%s` is not ok: %v", [id, object.get(item, "status", "no status")]) if {
	object.get(item, "status", null) != "ok"
} else := sprintf("evidence `%s` is of kind `%v`, not `%s`", [id, object.get(item, "kind", null), kind]) if {
	object.get(item, "kind", null) != kind
} else := sprintf("evidence `%s` holds no facts", [id]) if {
	not usable(item)
}

# The facts of every declaration of a value, under whatever id: kind and status
# say that it is signed by a trusted key and has not expired. For evidence that a
# rule may do without; what it needs it names.
declarations(value) := {item.facts |
	some item in object.get(input, "evidence", {})
	item.kind == "declaration"
	usable(item)
	item.facts.value == value
	is_array(item.facts.signed_by)
	count(item.facts.signed_by) > 0
}

# An item that was collected within the last `max_age_s` seconds. Not true where
# the age is unknown or lies in the future by more than five seconds.
fresh(item, max_age_s) if {
	is_number(max_age_s)
	age := age_s(item)
	age <= max_age_s
	age >= -5
}

# The age of an item in seconds; null where it has none.
age_s(item) := item.age_s if {
	is_object(item)
	is_number(object.get(item, "age_s", null))
} else := null

# One sentence for each item that is older than its limit; `limits` says for each
# id how many seconds it may be old. A missing item is `gaps`' business.
stale(limits) := {msg |
	some id, max_age_s in limits
	item := object.get(input, ["evidence", id], null)
	is_object(item)
	not fresh(item, max_age_s)
	msg := too_old(id, age_s(item), max_age_s)
}

too_old(id, age, max_age_s) := sprintf("evidence `%s` is %v s old, the limit is %v s", [id, age, max_age_s]) if {
	age != null
} else := sprintf("evidence `%s` does not say how old it is", [id])

# How many distinct keys signed a declaration, verified.
signers(facts) := count({key | some key in facts.signed_by; is_string(key)}) if {
	is_object(facts)
	is_array(object.get(facts, "signed_by", null))
} else := 0

# What an optional declaration says: `state` is "in-force", "unmeasured" (nobody has
# declared anything) or "unknown" (expired, unverified, too few signers), with the
# reason and the facts.
in_force(id, min_signers) := {"state": "unmeasured", "reason": sprintf("nobody has declared `%s`", [id]), "facts": {}, "signers": 0} if {
	object.get(input, ["evidence", id], null) == null
} else := {"state": "unknown", "reason": reason, "facts": {}, "signers": 0} if {
	reason := problem(id, "declaration", input.evidence[id])
} else := {"state": "unknown", "reason": sprintf("evidence `%s` is signed by %d keys, %v are needed", [id, n, min_signers]), "facts": {}, "signers": n} if {
	n := signers(input.evidence[id].facts)
	not enough(n, min_signers)
} else := {"state": "unknown", "reason": sprintf("evidence `%s` has expired", [id]), "facts": {}, "signers": 0} if {
	not unexpired(input.evidence[id].facts)
} else := {"state": "in-force", "reason": null, "facts": input.evidence[id].facts, "signers": signers(input.evidence[id].facts)}

# One at least, whatever is asked for.
enough(n, min_signers) if {
	is_number(min_signers)
	n >= min_signers
	n > 0
}

unexpired(facts) if {
	expires_ns := instants.ns(object.get(facts, "expires_at", null))
	is_number(expires_ns)
	expires_ns > input.as_of_ns
}

# The objects of a list in a document; nothing of what is no list.
objects(doc, path) := [element | some element in list; is_object(element)] if {
	list := object.get(doc, path, null)
	is_array(list)
} else := []

# One sentence for each path that a document leaves out, empty or null. A
# document that could not be used at all is `gaps`' business.
absent(id, doc, paths) := {msg |
	count(doc) > 0
	some path in paths
	object.get(doc, path, null) in {null, "", [], {}}
	msg := sprintf("evidence `%s` does not say `%s`", [id, concat(".", path)])
}

# One sentence for each threshold that the policy data does not set.
unset(section, limits, keys) := {msg |
	some key in keys
	object.get(limits, key, null) == null
	msg := sprintf("policy data does not set `%s.%s`", [section, key])
}

# The distinct SHA-256 digests of the subjects.
digests_of(subjects) := {digest |
	is_array(subjects)
	some subject in subjects
	is_object(subject)
	digest := object.get(subject, ["digest", "sha256"], null)
	text.is_sha256(digest)
}
