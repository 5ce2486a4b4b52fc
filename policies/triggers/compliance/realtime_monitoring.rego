# METADATA
# scope: package
# title: Real-time governance monitoring is required
# description: >-
#   The signed obligation register holds a requirement for real-time monitoring
#   that is in force or takes effect within 90 days, and nothing satisfies it yet.
#   A requirement that is said to be satisfied must say by what. While nobody has
#   declared a register that covers such requirements the trigger is unmeasured.
# custom:
#   id: compliance.realtime-monitoring
#   condition: requirements mandate real-time governance monitoring
#   class: declared
#   matrix: compliance
#   severity: high
#   controls: ["SOC2:CC4.1", "SOC2:CC7.2", "ISO27001:A.5.36", "ISO27001:A.8.16", "NIST-800-53:CA-7", "NIST-800-53:SI-4(2)", "PCI-DSS:10.4.1.1", "DORA:Art.9", "DORA:Art.10", "RTS6:13", "RTS6:16"]
#   requires:
#     - {evidence: registers.obligations, kind: declaration, verified: true, optional: true}
#   remediation: Plan real-time monitoring for the date on which the requirement takes effect, and record in the register what satisfies it.
package triggers.compliance.realtime_monitoring

import data.lib.evidence
import data.lib.register
import data.lib.trigger as heads

default limits := {}

limits := data.triggers.compliance.thresholds.realtime_monitoring

items := ["registers.obligations"]

survey := register.survey("registers.obligations", "obligations", limits)

inconclusive contains gap if some gap in evidence.gaps({})

inconclusive contains gap if {
	some gap in evidence.unset("realtime_monitoring", limits, ["kinds", "min_signers", "max_validity_days", "readings", "reading"])
}

inconclusive contains heads.unmeasured(msg, items) if some msg in survey.unmeasured

inconclusive contains heads.finding("register", msg, items, {}) if some msg in survey.defects

reading contains heads.reading(id, id == limits.reading, r.verdict, msg, items, numbers) if {
	some id, r in survey.readings
	msg := sprintf("%v of %v requirements for real-time monitoring in the register are not satisfied and %v", [count(r.found), survey.entries, register.horizon(r.days)])
	numbers := {"requirements": register.named(r.found), "within_days": r.days, "registered": survey.entries}
}

trigger contains heads.finding(register.name(entry), msg, items, numbers) if {
	some entry in survey.readings[limits.reading].found
	msg := sprintf("requirement not satisfied: %v", [register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null)}
}
