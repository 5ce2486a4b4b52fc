# METADATA
# scope: package
# title: Registers that people sign
# description: >-
#   Some conditions no metric can know: an audit demands, a regulation takes
#   effect, a plan exists. They are read from signed declarations that expire.
#   A declaration that is not there says nothing, and a register that does not
#   cover a kind says nothing about it: both are "unmeasured". One that is there
#   and cannot be relied on (expired, unverified, too few signers, valid for
#   longer than allowed, an entry nobody can read) is unknown. Neither is clear.
#
#   `limits`: `min_signers` (distinct verified keys), `max_validity_days` (from
#   `declared_at` to `expires_at`), `kinds` (of entries looked for), `readings`
#   (name → `{days, states}`: an entry counts that takes effect within so many
#   days and has one of the states), `reading` (the name of the one that decides).
package lib.register

import data.lib.evidence
import data.lib.time as instants

day_ns := 86400000000000

item(id) := object.get(input, ["evidence", id], null)

undeclared(id) if item(id) == null

facts(id) := item(id).facts if {
	is_object(item(id))
	evidence.usable(item(id))
} else := {}

# One sentence for each reason not to rely on a declaration that is there.
defects(id, limits) := set() if {
	undeclared(id)
} else := gaps if {
	gaps := evidence.gaps({id: "declaration"})
	count(gaps) > 0
} else := doubts(id, facts(id), limits)

doubts(id, declared, limits) := union({
	no_instants(id, declared),
	out_of_time(id, declared),
	too_long(id, declared, limits),
	too_few_signers(id, declared, limits),
	no_object(id, declared),
})

no_instants(id, declared) := {sprintf("`%v` of declaration `%v` is not an instant", [field, id]) |
	some field in ["declared_at", "expires_at"]
	not is_number(instants.ns(object.get(declared, field, null)))
}

out_of_time(id, declared) := {sprintf("declaration `%v` expired at %v", [id, declared.expires_at]) |
	ends := instants.ns(declared.expires_at)
	is_number(ends)
	ends <= input.as_of_ns
} | {sprintf("declaration `%v` is dated in the future, %v", [id, declared.declared_at]) |
	starts := instants.ns(declared.declared_at)
	is_number(starts)
	starts > input.as_of_ns
}

too_long(id, declared, limits) := {sprintf("declaration `%v` is valid from %v to %v, more than %v days", [id, declared.declared_at, declared.expires_at, limits.max_validity_days]) |
	starts := instants.ns(declared.declared_at)
	ends := instants.ns(declared.expires_at)
	is_number(starts)
	is_number(ends)
	is_number(limits.max_validity_days)
	ends - starts > limits.max_validity_days * day_ns
}

too_few_signers(id, declared, limits) := {sprintf("declaration `%v` is signed by %v of the %v distinct keys asked for", [id, n, limits.min_signers]) |
	n := evidence.signers(declared)
	is_number(limits.min_signers)
	n < limits.min_signers
}

no_object(id, declared) := {sprintf("the value of declaration `%v` is no object, or an empty one", [id]) |
	not says_something(object.get(declared, "value", null))
}

says_something(said) if {
	is_object(said)
	count(said) > 0
}

# What a declaration that can be relied on says; nothing of any other.
value(id, limits) := facts(id).value if {
	not undeclared(id)
	count(defects(id, limits)) == 0
} else := {}

covered(said) := {kind |
	is_array(object.get(said, "covers", null))
	some kind in said.covers
}

# Kinds looked for that the register does not speak about.
uncovered(said, kinds) := [kind | some kind in kinds; not kind in covered(said)]

statuses := {"open", "satisfied", "withdrawn"}

# One sentence for each thing in a register that keeps it from being read. An
# entry of a kind that the register does not claim to cover would be read by
# nobody: it is a fault for everybody.
faults(said, list, kinds) := (({sprintf("the register has no list `%v`", [list]) |
	not is_array(object.get(said, list, null))
} | {"the register does not say what it covers" |
	not is_array(object.get(said, "covers", null))
}) | {sprintf("entry %v of `%v` is no object", [i, list]) |
	is_array(object.get(said, list, null))
	some i, entry in said[list]
	not is_object(entry)
}) | {msg |
	some entry in evidence.objects(said, [list])
	some msg in entry_faults(entry, said, kinds)
}

entry_faults(entry, said, kinds) := {sprintf("entry `%v` is of kind `%v`, which the register does not say it covers", [name(entry), object.get(entry, "kind", null)]) |
	not object.get(entry, "kind", null) in covered(said)
} | {msg |
	object.get(entry, "kind", null) in kinds
	some msg in unreadable(entry)
}

unreadable(entry) := (({sprintf("entry `%v` does not say its `%v`", [name(entry), field]) |
	some field in ["id", "title", "authority"]
	not text_in(entry, field)
} | {sprintf("entry `%v` has status `%v`, which is none of open, satisfied and withdrawn", [name(entry), object.get(entry, "status", null)]) |
	not object.get(entry, "status", null) in statuses
}) | {sprintf("`effective_on` of entry `%v` is not an instant", [name(entry)]) |
	not is_number(instants.ns(object.get(entry, "effective_on", null)))
}) | {sprintf("entry `%v` is said to be satisfied, but not by what", [name(entry)]) |
	object.get(entry, "status", null) == "satisfied"
	not text_in(entry, "satisfied_by")
}

text_in(entry, field) if {
	is_string(object.get(entry, field, null))
	entry[field] != ""
}

name(entry) := entry.id if {
	text_in(entry, "id")
} else := "without id"

# Entries of the kinds that a reading counts.
effective(said, list, kinds, spec) := [entry |
	some entry in evidence.objects(said, [list])
	object.get(entry, "kind", null) in kinds
	object.get(entry, "status", null) in spec.states
	at := instants.ns(object.get(entry, "effective_on", null))
	is_number(at)
	at <= input.as_of_ns + (spec.days * day_ns)
]

# Is something found? "false" needs a register without a fault.
verdict(found, faulty) := "true" if {
	count(found) > 0
} else := "unknown" if {
	count(faulty) > 0
} else := "false"

named(entries) := sort([name(entry) | some entry in entries])

# Everything a trigger needs to know about the open entries of some kinds.
survey(id, list, limits) := {
	"unmeasured": ({sprintf("nobody has declared `%v`", [id]) | undeclared(id)} | {sprintf("declaration `%v` does not cover `%v`", [id, kind]) |
		count(said) > 0
		is_array(said.covers)
		some kind in uncovered(said, limits.kinds)
	}),
	"defects": (defects(id, limits) | faulty),
	"declared": count(said) > 0,
	"entries": count([entry | some entry in evidence.objects(said, [list]); object.get(entry, "kind", null) in limits.kinds]),
	"readings": {reading: {"verdict": verdict(found, faulty), "days": spec.days, "found": found} |
		count(said) > 0
		count(uncovered(said, limits.kinds)) == 0
		some reading, spec in limits.readings
		found := effective(said, list, limits.kinds, spec)
	},
} if {
	sound(limits)
	said := value(id, limits)
	faulty := faults_of(said, list, limits)
} else := {"unmeasured": set(), "defects": {"policy data does not set the limits of the register"}, "declared": false, "entries": 0, "readings": {}}

faults_of(said, list, limits) := faults(said, list, limits.kinds) if {
	count(said) > 0
} else := set()

sound(limits) if {
	is_object(limits)
	is_array(object.get(limits, "kinds", null))
	count(limits.kinds) > 0
	is_number(object.get(limits, "min_signers", null))
	is_number(object.get(limits, "max_validity_days", null))
	is_object(object.get(limits, "readings", null))
	object.get(limits.readings, object.get(limits, "reading", ""), null) != null
	every spec in limits.readings {
		is_object(spec)
		is_number(object.get(spec, "days", null))
		is_array(object.get(spec, "states", null))
	}
}

# One entry in one line; what it leaves out is left out.
described(entry) := sprintf("%v (%v): %v, effective %v", [
	name(entry), object.get(entry, "authority", "by nobody named"),
	object.get(entry, "title", "without title"), object.get(entry, "effective_on", null),
])

# "in force", or how far ahead.
horizon(0) := "in force"

horizon(days) := sprintf("in force or effective within %v days", [days]) if days != 0
