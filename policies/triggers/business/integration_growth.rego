# METADATA
# scope: package
# title: More than ten new integrations call for automated load testing
# description: >-
#   More than ten distinct production integrations are new since the signed
#   baseline. The condition does not say since when: the baseline decides, and the
#   twelve months before today are shown beside it. An integration is new when the
#   baseline does not list it and it was first seen later; where the two contradict
#   each other it may be new, and the verdict is unknown if that matters. While
#   nobody has signed a baseline the trigger is unmeasured.
# custom:
#   id: business.integration-growth
#   condition: service scale requires automated load testing (> 10 new integrations)
#   class: events
#   matrix: business
#   severity: medium
#   controls: ["SOC2:A1.1", "SOC2:CC8.1", "ISO27001:A.8.6", "ISO27001:A.8.29", "NIST-800-53:CP-2(2)", "NIST-800-53:SA-11", "NIST-800-53:SC-5", "DORA:Art.25", "RTS6:6", "RTS6:7", "RTS6:10"]
#   requires:
#     - {evidence: inventory.services, kind: service-inventory, max_age: 24h}
#     - {evidence: registers.integration-baseline, kind: declaration, verified: true, optional: true}
#   remediation: Put automated load testing into the next quarterly plan, or set a new baseline by a recorded decision.
package triggers.business.integration_growth

import data.lib.evidence
import data.lib.register
import data.lib.time as instants
import data.lib.trigger as heads

default inventory := {}

inventory := input.evidence["inventory.services"].facts if evidence.usable(input.evidence["inventory.services"])

default limits := {}

limits := data.triggers.business.thresholds.integration_growth

items := ["inventory.services", "registers.integration-baseline"]

baseline := register.value("registers.integration-baseline", limits)

inconclusive contains gap if some gap in evidence.gaps({"inventory.services": "service-inventory"})

inconclusive contains gap if {
	some gap in evidence.unset("integration_growth", limits, ["limit", "rolling_days", "environments", "max_inventory_age_h", "min_signers", "max_validity_days", "reading"])
}

inconclusive contains sprintf("policy data names the reading `%v`, which is none of since-baseline and rolling", [limits.reading]) if {
	not limits.reading in {"since-baseline", "rolling"}
}

inconclusive contains heads.unmeasured("nobody has signed a baseline of the integrations (`registers.integration-baseline`)", ["registers.integration-baseline"]) if {
	register.undeclared("registers.integration-baseline")
}

inconclusive contains heads.finding("baseline", msg, ["registers.integration-baseline"], {}) if {
	some msg in register.defects("registers.integration-baseline", limits)
}

inconclusive contains heads.finding("baseline", "the baseline does not say `taken_at` as an instant and `integrations` as a list", ["registers.integration-baseline"], {}) if {
	count(baseline) > 0
	not sound_baseline
}

sound_baseline if {
	is_number(instants.ns(object.get(baseline, "taken_at", null)))
	is_array(object.get(baseline, "integrations", null))
}

integrations := [i |
	some i in evidence.objects(inventory, ["integrations"])
	readable(i)
	object.get(i, "environment", null) in limits.environments
]

# Entries that a list of integrations cannot be counted without.
odd := count([i |
	is_array(object.get(inventory, "integrations", null))
	some i in inventory.integrations
	not readable(i)
])

readable(i) if {
	is_object(i)
	is_string(object.get(i, "id", null))
	is_string(object.get(i, "environment", null))
}

# An inventory that is old, or does not claim to be complete, or whose list cannot
# be read, may leave integrations out.
whole if {
	object.get(inventory, "complete", null) == true
	is_array(object.get(inventory, "integrations", null))
	count(inventory.integrations) > 0
	odd == 0
	to := instants.ns(object.get(inventory, "to", null))
	is_number(to)
	input.as_of_ns - to <= limits.max_inventory_age_h * 3600000000000
}

# The inventory says what was first seen when only from this instant on.
reaches_back(from_ns) if {
	from := instants.ns(object.get(inventory, "from", null))
	is_number(from)
	from <= from_ns
}

first_seen(i) := instants.ns(object.get(i, "first_seen", null))

# Later than an instant, as far as is known.
later(i, from_ns) := "true" if {
	is_number(first_seen(i))
	first_seen(i) > from_ns
} else := "false" if {
	is_number(first_seen(i))
} else := "unknown"

not_listed(i) := "false" if {
	i.id in baseline.integrations
} else := "true"

new_since_baseline(i, from_ns) := "true" if {
	later(i, from_ns) == "true"
	not_listed(i) == "true"
} else := "false" if {
	later(i, from_ns) == "false"
	not_listed(i) == "false"
} else := "unknown"

# Distinct integrations that are certainly new, and those that may be: more than
# the limit of the former fire, no more than the limit of both are clear.
tally(fates, known) := {"verdict": verdict(count(certain), count(possible), known), "certain": sort([id | some id in certain]), "unclear": sort([id | some id in (possible - certain)])} if {
	certain := {f.id | some f in fates; f.new == "true"}
	possible := {f.id | some f in fates; f.new != "false"}
}

verdict(certain, possible, known) := "true" if {
	certain > limits.limit
} else := "false" if {
	known == true
	possible <= limits.limit
} else := "unknown"

known(from_ns) if {
	whole
	reaches_back(from_ns)
} else := false

counted["since-baseline"] := object.union(found, {"from": baseline.taken_at, "words": sprintf("since the baseline of %v", [baseline.taken_at])}) if {
	sound_baseline
	from_ns := instants.ns(baseline.taken_at)
	found := tally([{"id": i.id, "new": new_since_baseline(i, from_ns)} | some i in integrations], known(from_ns))
}

counted["rolling"] := object.union(found, {"from": null, "words": sprintf("in the last %v days", [limits.rolling_days])}) if {
	from_ns := input.as_of_ns - (limits.rolling_days * 86400000000000)
	found := tally([{"id": i.id, "new": later(i, from_ns)} | some i in integrations], known(from_ns))
}

reading contains heads.reading(id, id == limits.reading, c.verdict, msg, items, numbers) if {
	count(inventory) > 0
	some id, c in counted
	msg := sprintf("%v new integrations %v, limit %v%v", [count(c.certain), c.words, limits.limit, doubt(c)])
	numbers := {"new": c.certain, "unclear": c.unclear, "limit": limits.limit, "from": c.from}
}

doubt(c) := "" if {
	count(c.unclear) == 0
} else := sprintf(" (%v more may be new)", [count(c.unclear)])

trigger contains heads.finding("integrations", msg, items, {"new": c.certain, "limit": limits.limit, "from": c.from}) if {
	c := counted[limits.reading]
	c.verdict == "true"
	msg := sprintf("%v new integrations %v, limit %v", [count(c.certain), c.words, limits.limit])
}

inconclusive contains heads.finding("integrations", msg, items, {"new": c.certain, "unclear": c.unclear}) if {
	count(inventory) > 0
	c := counted[limits.reading]
	c.verdict == "unknown"
	msg := sprintf("%v new integrations %v, limit %v, and not all is known: %v", [count(c.certain), c.words, limits.limit, concat(", ", array.concat(c.unclear, shortfall(c)))])
}

shortfall(_) := ["the inventory is old, incomplete or unreadable"] if {
	not whole
} else := ["the inventory does not reach back as far"]
