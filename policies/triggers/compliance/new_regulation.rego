# METADATA
# scope: package
# title: A new regulation requires automated policy enforcement
# description: >-
#   The signed obligation register holds a regulation that is in force or takes
#   effect within 90 days, and the policy mapping names no rule and no control for
#   its authority and clause. What is mapped is policy data and reviewed with it. A
#   regulation that is met by hand counts too: it is enforced by nobody. While
#   nobody has declared a register that covers regulation the trigger is
#   unmeasured.
# custom:
#   id: compliance.new-regulation
#   condition: new regulations require automated policy enforcement
#   class: declared
#   matrix: compliance
#   severity: high
#   controls: ["SOC2:CC3.1", "SOC2:CC5.2", "SOC2:CC5.3", "ISO27001:A.5.31", "ISO27001:A.5.36", "NIST-800-53:CM-3(1)", "NIST-800-53:CM-6", "NIST-800-53:CA-7", "DORA:Art.9", "RTS6:2", "RTS6:5"]
#   requires:
#     - {evidence: registers.obligations, kind: declaration, verified: true, optional: true}
#   remediation: Write the policy that enforces the clause, or show which one does, and add it to the mapping.
package triggers.compliance.new_regulation

import data.lib.evidence
import data.lib.register
import data.lib.trigger as heads

default limits := {}

limits := data.triggers.compliance.thresholds.new_regulation

mapping := data.triggers.compliance.mapping

items := ["registers.obligations"]

survey := register.survey("registers.obligations", "obligations", limits)

inconclusive contains gap if some gap in evidence.gaps({})

inconclusive contains gap if {
	some gap in evidence.unset("new_regulation", limits, ["kinds", "min_signers", "max_validity_days", "readings", "reading"])
}

# Without a mapping nothing is mapped, which says nothing about the regulations.
inconclusive contains "policy data does not set `mapping`" if not is_array(mapping)

inconclusive contains heads.unmeasured(msg, items) if some msg in survey.unmeasured

inconclusive contains heads.finding("register", msg, items, {}) if some msg in survey.defects

# An entry of the mapping answers for one clause, and only if it names something.
maps(entry, obligation) if {
	is_object(entry)
	every field in ["kind", "authority", "clause"] {
		object.get(entry, field, "") == object.get(obligation, field, "")
	}
	some by in ["rules", "controls"]
	is_array(object.get(entry, by, null))
	count(entry[by]) > 0
}

mapped(obligation) if {
	some entry in mapping
	maps(entry, obligation)
}

unmapped(obligations) := [o |
	is_array(mapping)
	some o in obligations
	not mapped(o)
]

# Nothing unmapped is "false" only where the register and the mapping are sound.
verdict(found) := register.verdict(found, survey.defects) if {
	is_array(mapping)
} else := "unknown"

reading contains heads.reading(id, id == limits.reading, verdict(found), msg, items, numbers) if {
	some id, r in survey.readings
	found := unmapped(r.found)
	msg := sprintf("%v of %v regulations %v (%v) have no policy", [count(found), count(r.found), register.horizon(r.days), concat(" or ", limits.readings[id].states)])
	numbers := {"unmapped": register.named(found), "within_days": r.days, "regulations": count(r.found), "registered": survey.entries}
}

trigger contains heads.finding(register.name(entry), msg, items, numbers) if {
	some entry in unmapped(survey.readings[limits.reading].found)
	msg := sprintf("no policy maps to %v of %v", [object.get(entry, "clause", "any clause"), register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null), "authority": object.get(entry, "authority", null), "clause": object.get(entry, "clause", null)}
}
