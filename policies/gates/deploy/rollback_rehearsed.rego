# METADATA
# scope: package
# title: The way back is planned and rehearsed
# description: >-
#   The change record names a plan and the digest to go back to, and the log of a
#   recent rehearsal shows that very step back, passed, within the time that the
#   registry promises.
# custom:
#   id: deploy.rollback-rehearsed
#   severity: high
#   controls: ["SOC2:CC7.5", "SOC2:A1.3", "ISO27001:A.5.30", "NIST-800-53:CP-4", "NIST-800-53:CP-10", "PCI-DSS:6.5.1", "DORA:Art.11", "RTS6:14"]
#   requires:
#     - {evidence: change-record, kind: change-record, max_age: 24h}
#     - {evidence: rollback.rehearsal, kind: json, max_age: 30d}
#   remediation: Rehearse the rollback of this artifact to the named target and attach the log.
package gates.deploy.rollback_rehearsed

import data.lib.evidence
import data.lib.text
import data.lib.time as instants

default record := {}

record := input.evidence["change-record"].facts if evidence.usable(input.evidence["change-record"])

default rehearsal := {}

rehearsal := input.evidence["rollback.rehearsal"].facts if evidence.usable(input.evidence["rollback.rehearsal"])

default limits := {}

limits := data.gates.deploy.thresholds.rollback_rehearsed

inconclusive contains gap if some gap in evidence.gaps({"change-record": "change-record", "rollback.rehearsal": "json"})

inconclusive contains gap if {
	some gap in evidence.unset("rollback_rehearsed", limits, ["max_age_days", "max_duration_s"])
}

inconclusive contains gap if {
	some gap in evidence.absent("change-record", record, [["artifact", "sha256"], ["rollback", "rehearsal"]])
}

inconclusive contains gap if {
	some gap in evidence.absent("rollback.rehearsal", rehearsal, [["from", "sha256"], ["to", "sha256"], ["result"], ["finished_at"]])
}

inconclusive contains "the rehearsal log gives no duration in seconds" if {
	count(rehearsal) > 0
	not measured
}

inconclusive contains sprintf("the rehearsal log's end `%v` is not an instant", [rehearsal.finished_at]) if {
	rehearsal.finished_at != null
	not is_number(instants.ns(rehearsal.finished_at))
}

measured if {
	is_number(rehearsal.duration_s)
	rehearsal.duration_s >= 0
}

finished := instants.ns(rehearsal.finished_at)

deny contains finding("the change record has no rollback plan", "plan") if {
	count(record) > 0
	object.get(record, ["rollback", "plan"], null) in {null, ""}
}

deny contains finding("the change record names no digest to roll back to", "target") if {
	count(record) > 0
	not text.is_sha256(object.get(record, ["rollback", "target", "sha256"], null))
}

deny contains finding("the rollback target is the artifact being deployed", "target") if {
	record.rollback.target.sha256 == record.artifact.sha256
}

deny contains finding(sprintf("the change record says: rehearsal %v", [record.rollback.rehearsal]), "rehearsal") if {
	record.rollback.rehearsal != "passed"
}

deny contains finding(sprintf("the rehearsal log says: %v", [rehearsal.result]), "rehearsal") if {
	rehearsal.result != "passed"
}

deny contains finding(sprintf("the rehearsal started from digest %v, deployed is %v", [rehearsal.from.sha256, record.artifact.sha256]), "rehearsal") if {
	rehearsal.from.sha256 != record.artifact.sha256
}

deny contains finding(sprintf("the rehearsal went back to digest %v, the plan says %v", [rehearsal.to.sha256, record.rollback.target.sha256]), "rehearsal") if {
	rehearsal.to.sha256 != record.rollback.target.sha256
}

deny contains finding(sprintf("the rehearsed rollback took %v s, limit %v s", [rehearsal.duration_s, limits.max_duration_s]), "duration") if {
	is_number(rehearsal.duration_s)
	rehearsal.duration_s > limits.max_duration_s
}

deny contains finding(sprintf("the rehearsal is %v days old, limit %v", [instants.age_days(finished), limits.max_age_days]), "age") if {
	is_number(finished)
	instants.older_than_days(finished, limits.max_age_days)
}

deny contains finding(sprintf("the rehearsal ends in the future, at %v", [rehearsal.finished_at]), "age") if {
	is_number(finished)
	instants.in_future(finished)
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["change-record", "rollback.rehearsal"]}
