# METADATA
# scope: package
# title: Risk management demands predictive anomaly detection
# description: >-
#   The risk register, signed by two people and valid for at most 90 days, holds
#   an open demand for predictive detection. While nobody has declared a risk
#   register that covers such demands the trigger is unmeasured, and a register
#   with one signature, or one that has expired, leaves it unknown.
# custom:
#   id: compliance.predictive-detection
#   condition: risk management demands predictive anomaly detection
#   class: declared
#   matrix: compliance
#   severity: medium
#   controls: ["SOC2:CC3.2", "SOC2:CC7.2", "ISO27001:A.5.7", "ISO27001:A.8.16", "NIST-800-53:RA-3", "NIST-800-53:SI-4(2)", "NIST-800-53:IR-5(1)", "DORA:Art.10", "RTS6:13", "RTS6:16"]
#   requires:
#     - {evidence: registers.risk, kind: declaration, verified: true, optional: true}
#   remediation: Start Phase 4 with predictive detection for the risk that demands it, and record in the risk register what treats it.
package triggers.compliance.predictive_detection

import data.lib.evidence
import data.lib.register
import data.lib.trigger as heads

default limits := {}

limits := data.triggers.compliance.thresholds.predictive_detection

items := ["registers.risk"]

survey := register.survey("registers.risk", "risks", limits)

inconclusive contains gap if some gap in evidence.gaps({})

inconclusive contains gap if {
	some gap in evidence.unset("predictive_detection", limits, ["kinds", "min_signers", "max_validity_days", "readings", "reading"])
}

inconclusive contains heads.unmeasured(msg, items) if some msg in survey.unmeasured

inconclusive contains heads.finding("register", msg, items, {}) if some msg in survey.defects

reading contains heads.reading(id, id == limits.reading, r.verdict, msg, items, numbers) if {
	some id, r in survey.readings
	msg := sprintf("%v of %v demands for predictive detection in the risk register are open and %v", [count(r.found), survey.entries, register.horizon(r.days)])
	numbers := {"demands": register.named(r.found), "within_days": r.days, "registered": survey.entries}
}

trigger contains heads.finding(register.name(entry), msg, items, numbers) if {
	some entry in survey.readings[limits.reading].found
	msg := sprintf("open demand: %v", [register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null)}
}
