# METADATA
# scope: package
# title: What shows that something is in place
# description: >-
#   Procurement that two people signed for, and logs of what has run. A log proves
#   that too little ran only where it is complete over the time asked about;
#   otherwise its counts are a lower bound.
package lib.readiness

import data.lib.time as instants

# How many distinct keys signed a declaration.
signers(facts) := count({key | some key in facts.signed_by; is_string(key)}) if {
	is_object(facts)
	is_array(object.get(facts, "signed_by", null))
} else := 0

# Why a declaration of a purchase does not tell: one sentence each. `facts` are {}
# where it could not be used at all.
purchase_gaps(id, facts, min_signers) := {msg |
	count(facts) > 0
	some msg in array.concat(unsigned(id, facts, min_signers), unclear(id, object.get(facts, "value", null)))
}

unsigned(id, facts, min_signers) := [sprintf("evidence `%s` is signed by %d, %v are needed where money is spent", [id, signers(facts), min_signers])] if {
	not enough(facts, min_signers)
} else := []

enough(facts, min_signers) if {
	is_number(min_signers)
	signers(facts) >= min_signers
}

unclear(id, value) := [sprintf("evidence `%s` does not say `value.stage`: considered, selected or procured", [id])] if {
	not object.get(as_object(value), "stage", null) in {"considered", "selected", "procured"}
} else := [sprintf("evidence `%s` does not say `value.product`", [id])] if {
	not worded(object.get(value, "product", null))
} else := [sprintf("evidence `%s` does not say `value.order.valid_until`", [id])] if {
	value.stage == "procured"
	not is_number(instants.ns(object.get(value, ["order", "valid_until"], null)))
} else := []

worded(text) if {
	is_string(text)
	trim_space(text) != ""
}

as_object(value) := value if {
	is_object(value)
} else := {}

# What a purchase lacks: term and sentence. Nothing where it cannot be told.
purchase_lacks(facts) := {{"term": "procurement", "msg": sprintf("%s is %s, not procured", [facts.value.product, facts.value.stage])} |
	facts.value.stage in {"considered", "selected"}
} | {{"term": "contract", "msg": sprintf("the order of %s ended at %s", [facts.value.product, facts.value.order.valid_until])} |
	facts.value.stage == "procured"
	until := instants.ns(facts.value.order.valid_until)
	is_number(until)
	until <= input.as_of_ns
}

# The objects of `doc[list]` whose instant at `field` lies in the last `days`.
recent(doc, list, field, days) := [one |
	is_array(object.get(doc, list, null))
	some one in doc[list]
	is_object(one)
	is_number(days)
	at := instants.ns(object.get(one, field, null))
	is_number(at)
	not instants.older_than_days(at, days)
	not instants.in_future(at)
]

# One sentence for each reason why a log cannot show that too little happened in
# the last `days`, and for each entry of it that cannot be placed in time.
log_gaps(id, doc, list, field, days) := {msg |
	count(doc) > 0
	some msg in array.concat(partial(id, doc, list, days), unplaced(id, doc, list, field))
}

partial(id, doc, list, days) := [sprintf("evidence `%s` does not list `%s`", [id, list])] if {
	not is_array(object.get(doc, list, null))
} else := [sprintf("evidence `%s` does not say that it is complete", [id])] if {
	object.get(doc, "complete", null) != true
} else := [sprintf("evidence `%s` does not reach back %v days", [id, days])] if {
	not reaches(doc, days)
} else := []

# The log begins before the time asked about, and ends at most two days before the
# instant judged.
reaches(doc, days) if {
	is_number(days)
	from := instants.ns(object.get(doc, "from", null))
	to := instants.ns(object.get(doc, "to", null))
	is_number(from)
	is_number(to)
	instants.age_s(from) >= days * 86400
	instants.age_s(to) <= 172800
}

unplaced(id, doc, list, field) := [sprintf("evidence `%s`: `%s[%d].%s` is not an instant", [id, list, i, field]) |
	is_array(object.get(doc, list, null))
	some i, one in doc[list]
	not is_number(instants.ns(object.get(as_object(one), field, null)))
]

# numerator / denominator is at least share, in whole numbers and micro-units.
at_least(numerator, denominator, share) if {
	is_number(share)
	denominator > 0
	numerator * 1000000 >= denominator * round(share * 1000000)
}
