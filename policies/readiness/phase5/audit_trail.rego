# METADATA
# scope: package
# title: The audit trail is automated and verifies
# description: >-
#   `assize verify` found the ledger sound, continuing a checkpoint that was kept
#   elsewhere, and its head is the one that `assize log head` shows.
# custom:
#   id: phase5.audit-trail
#   severity: high
#   controls: ["SOC2:CC7.2", "ISO27001:A.8.15", "NIST-800-53:AU-10", "PCI-DSS:10.3", "DORA:Art.12", "RTS6:28"]
#   requires:
#     - {evidence: platform.ledger-head, kind: json, max_age: 24h}
#     - {evidence: platform.ledger-verify, kind: json, max_age: 24h}
#   remediation: Sign records with a key of their own, keep checkpoints elsewhere, and verify with --since in CI.
package readiness.phase5.audit_trail

import data.lib.evidence

default head := {}

head := input.evidence["platform.ledger-head"].facts if evidence.usable(input.evidence["platform.ledger-head"])

default verified := {}

verified := input.evidence["platform.ledger-verify"].facts if evidence.usable(input.evidence["platform.ledger-verify"])

default limits := {}

limits := data.readiness.phase5.thresholds.audit_trail

inconclusive contains gap if some gap in evidence.gaps({"platform.ledger-head": "json", "platform.ledger-verify": "json"})

inconclusive contains gap if some gap in evidence.unset("audit_trail", limits, ["min_records", "untrusted_signers"])

inconclusive contains gap if {
	some gap in evidence.absent("platform.ledger-head", head, [["origin"], ["size"], ["root"]])
}

inconclusive contains "the report is not one of `assize verify`" if {
	count(verified) > 0
	object.get(verified, "schema", null) != "assize/verify-report/v1"
}

inconclusive contains "`assize verify` could not verify the ledger with what it was given" if verified.result == "unverifiable"

deny contains finding("`assize verify` found something wrong with the ledger", "wrong") if {
	verified.schema == "assize/verify-report/v1"
	verified.result == "wrong"
}

deny contains finding(sprintf("the ledger holds %v records, %v show that it is in use", [verified.records, limits.min_records]), "records") if {
	sound
	verified.records < limits.min_records
}

deny contains finding("the ledger was not held against a checkpoint kept elsewhere", "checkpoint") if {
	sound
	object.get(verified, "since", null) == null
}

deny contains finding(sprintf("records are signed by `%v`, which proves nothing to others", [name]), "key") if {
	sound
	some name, _ in verified.record_signers
	name in limits.untrusted_signers
}

deny contains finding("the ledger that was verified is not the one whose head was collected", "head") if {
	sound
	count(head) > 0
	different
}

sound if {
	verified.schema == "assize/verify-report/v1"
	verified.result == "verified"
	is_number(verified.records)
	is_object(verified.record_signers)
}

inconclusive contains "the report of `assize verify` does not say how many records there are, and who signed them" if {
	verified.result == "verified"
	not sound
}

different if head.origin != verified.origin

different if {
	head.size == verified.records
	head.root != verified.root
}

# The head was collected after the report, or at the same time.
different if not later

later if {
	is_number(head.size)
	head.size >= verified.records
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["platform.ledger-head", "platform.ledger-verify"]}
