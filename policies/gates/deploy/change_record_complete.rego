# METADATA
# scope: package
# title: The change record is complete and its window is open
# description: >-
#   A production change is raised before it is made, names its author, its
#   implementer, its risk, the very commit and the very artifact, and is made
#   inside the window it asked for.
# custom:
#   id: deploy.change-record-complete
#   severity: high
#   controls: ["SOC2:CC8.1", "ISO27001:A.8.32", "NIST-800-53:CM-3", "PCI-DSS:6.5.1", "DORA:Art.9", "RTS6:11", "SOX:ITGC-CM"]
#   requires: [{evidence: change-record, kind: change-record, max_age: 24h}]
#   remediation: Complete the change record, or move its window, and collect it again.
package gates.deploy.change_record_complete

import data.lib.evidence
import data.lib.text

default record := {}

record := input.evidence["change-record"].facts if evidence.usable(input.evidence["change-record"])

default limits := {}

limits := data.gates.deploy.thresholds.change_record_complete

inconclusive contains gap if some gap in evidence.gaps({"change-record": "change-record"})

inconclusive contains gap if {
	some gap in evidence.unset("change_record_complete", limits, ["max_window_hours", "min_lead_minutes"])
}

opens := record.window.from_ns if is_number(record.window.from_ns)

closes := record.window.to_ns if is_number(record.window.to_ns)

raised := record.created_at_ns if is_number(record.created_at_ns)

# What a record must say at all. Leaving it out is a finding, not a doubt.
mandatory := [
	["id"], ["title"], ["author"], ["implementer"], ["risk"], ["created_at_ns"], ["commit"],
	["artifact", "name"], ["artifact", "sha256"], ["window", "from_ns"], ["window", "to_ns"],
]

deny contains finding(gap, "incomplete") if some gap in evidence.absent("change-record", record, mandatory)

deny contains finding(sprintf("risk `%v` is not low, medium or high", [record.risk]), "risk") if {
	not record.risk in {"low", "medium", "high", null, ""}
}

deny contains finding(sprintf("commit `%v` is not a full commit id", [record.commit]), "commit") if {
	record.commit != null
	not text.is_commit(record.commit)
}

deny contains finding(sprintf("artifact digest `%v` is not a SHA-256", [record.artifact.sha256]), "artifact") if {
	record.artifact.sha256 != null
	not text.is_sha256(record.artifact.sha256)
}

deny contains finding(sprintf("the window opens at %v, after this deployment", [record.window.from]), "window") if {
	input.as_of_ns < opens
}

deny contains finding(sprintf("the window closed at %v, before this deployment", [record.window.to]), "window") if {
	input.as_of_ns >= closes
}

deny contains finding("the window ends before it begins", "window") if closes <= opens

deny contains finding(sprintf("the window is longer than %v h", [limits.max_window_hours]), "window") if {
	closes - opens > limits.max_window_hours * 3600000000000
}

deny contains finding(sprintf("a %v risk change must be raised %v min before its window", [record.risk, lead]), "lead-time") if {
	lead := limits.min_lead_minutes[record.risk]
	opens - raised < lead * 60000000000
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["change-record"], "details": {"change": object.get(record, "id", null)}}
