# METADATA
# scope: package
# title: Business continuity requires predictive failure detection
# description: >-
#   The signed obligation register holds a business continuity requirement for
#   predictive failure detection that is in force or takes effect within 90 days,
#   and nothing satisfies it yet. While nobody has declared a register that covers
#   continuity the trigger is unmeasured.
# custom:
#   id: business.continuity
#   condition: business continuity requirements mandate predictive failure detection
#   class: declared
#   matrix: business
#   severity: medium
#   controls: ["SOC2:A1.2", "SOC2:A1.3", "SOC2:CC9.1", "ISO27001:A.5.30", "ISO27001:A.8.14", "NIST-800-53:CP-2", "NIST-800-53:CP-4", "NIST-800-53:IR-4", "DORA:Art.10", "DORA:Art.11", "RTS6:14"]
#   requires:
#     - {evidence: registers.obligations, kind: declaration, verified: true, optional: true}
#   remediation: Plan predictive failure detection for the systems that the requirement names, and record in the register what satisfies it.
package triggers.business.continuity

import data.lib.evidence
import data.lib.register
import data.lib.trigger as heads

default limits := {}

limits := data.triggers.business.thresholds.continuity

items := ["registers.obligations"]

survey := register.survey("registers.obligations", "obligations", limits)

inconclusive contains gap if some gap in evidence.gaps({})

inconclusive contains gap if {
	some gap in evidence.unset("continuity", limits, ["kinds", "min_signers", "max_validity_days", "readings", "reading"])
}

inconclusive contains heads.unmeasured(msg, items) if some msg in survey.unmeasured

inconclusive contains heads.finding("register", msg, items, {}) if some msg in survey.defects

reading contains heads.reading(id, id == limits.reading, r.verdict, msg, items, numbers) if {
	some id, r in survey.readings
	msg := sprintf("%v of %v continuity requirements in the register are not satisfied and %v", [count(r.found), survey.entries, register.horizon(r.days)])
	numbers := {"requirements": register.named(r.found), "within_days": r.days, "registered": survey.entries}
}

trigger contains heads.finding(register.name(entry), msg, items, numbers) if {
	some entry in survey.readings[limits.reading].found
	msg := sprintf("requirement not satisfied: %v", [register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null)}
}
