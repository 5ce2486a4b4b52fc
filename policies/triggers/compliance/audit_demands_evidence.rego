# METADATA
# scope: package
# title: A regulatory audit demands automated evidence generation
# description: >-
#   The obligation register, signed by two people and valid for at most 90 days,
#   holds an open audit demand that is in force. Only people know what an auditor
#   has asked for: while nobody has declared a register that covers audits the
#   trigger is unmeasured, and a register with one signature, or one that has
#   expired, leaves it unknown.
# custom:
#   id: compliance.audit-demands-evidence
#   condition: regulatory audit demands automated evidence generation
#   class: declared
#   matrix: compliance
#   severity: high
#   controls: ["SOC2:CC2.1", "SOC2:CC4.1", "ISO27001:A.5.28", "ISO27001:A.5.33", "ISO27001:A.5.35", "NIST-800-53:CA-2", "NIST-800-53:CA-7", "NIST-800-53:AU-6", "NIST-800-53:AU-10", "NIST-800-53:AU-11", "DORA:Art.6", "RTS6:9", "RTS6:28"]
#   requires:
#     - {evidence: registers.obligations, kind: declaration, verified: true, optional: true}
#   remediation: Start Phase 5 with automated evidence generation, and record in the register what satisfies the demand.
package triggers.compliance.audit_demands_evidence

import data.lib.evidence
import data.lib.register
import data.lib.trigger as heads

default limits := {}

limits := data.triggers.compliance.thresholds.audit_demands_evidence

items := ["registers.obligations"]

survey := register.survey("registers.obligations", "obligations", limits)

inconclusive contains gap if some gap in evidence.gaps({})

inconclusive contains gap if {
	some gap in evidence.unset("audit_demands_evidence", limits, ["kinds", "min_signers", "max_validity_days", "readings", "reading"])
}

inconclusive contains heads.unmeasured(msg, items) if some msg in survey.unmeasured

inconclusive contains heads.finding("register", msg, items, {}) if some msg in survey.defects

reading contains heads.reading(id, id == limits.reading, r.verdict, msg, items, numbers) if {
	some id, r in survey.readings
	msg := sprintf("%v of %v audit demands in the register are open and %v", [count(r.found), survey.entries, register.horizon(r.days)])
	numbers := {"demands": register.named(r.found), "within_days": r.days, "registered": survey.entries}
}

trigger contains heads.finding(register.name(entry), msg, items, numbers) if {
	some entry in survey.readings[limits.reading].found
	msg := sprintf("open audit demand: %v", [register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null)}
}
