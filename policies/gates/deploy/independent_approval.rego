# METADATA
# scope: package
# title: Somebody else approved this very commit
# description: >-
#   Enough people who neither wrote nor implement the change approved the commit
#   that is deployed, in the roles its risk asks for. The latest decision of each
#   person counts; one standing rejection blocks.
# custom:
#   id: deploy.independent-approval
#   severity: critical
#   controls: ["SOC2:CC8.1", "ISO27001:A.5.3", "ISO27001:A.8.32", "NIST-800-53:CM-3", "NIST-800-53:AC-5", "PCI-DSS:6.5.1", "RTS6:5", "RTS6:11", "SOX:ITGC-CM"]
#   requires: [{evidence: change-record, kind: change-record, max_age: 24h}]
#   remediation: Have the commit that is deployed approved by people who neither wrote nor implement it.
package gates.deploy.independent_approval

import data.lib.evidence
import data.lib.text

default record := {}

record := input.evidence["change-record"].facts if evidence.usable(input.evidence["change-record"])

default limits := {}

limits := data.gates.deploy.thresholds.independent_approval

inconclusive contains gap if some gap in evidence.gaps({"change-record": "change-record"})

inconclusive contains gap if {
	some gap in evidence.absent("change-record", record, [["author"], ["implementer"], ["commit"], ["risk"]])
}

inconclusive contains gap if {
	some gap in evidence.unset("independent_approval", limits, ["min_approvals", "required_roles"])
}

inconclusive contains sprintf("policy data sets no approvals for risk `%v`", [record.risk]) if {
	record.risk != null
	some table in ["min_approvals", "required_roles"]
	object.get(object.get(limits, table, {}), record.risk, null) == null
}

makers contains text.person(record.author)

makers contains text.person(record.implementer)

approvals := evidence.objects(record, ["approvals"])

inconclusive contains "the change record has no list of approvals" if {
	count(record) > 0
	not is_array(object.get(record, "approvals", null))
}

inconclusive contains sprintf("approval %v leaves out who, when, what or the commit", [i + 1]) if {
	some i, approval in approvals
	some field in ["by", "at_ns", "decision", "commit"]
	object.get(approval, field, null) in {null, ""}
}

inconclusive contains sprintf("approval %v is `%v`, neither approved nor rejected", [i + 1, approval.decision]) if {
	some i, approval in approvals
	not object.get(approval, "decision", null) in {"approved", "rejected", null, ""}
}

complete := [approval |
	some approval in approvals
	is_number(approval.at_ns)
	is_string(approval.by)
]

# Decisions made by the instant judged, the latest of each person. Two at one
# instant both stand, so that a rejection is never outrun by its own clock tick.
standing contains approval if {
	some approval in complete
	approval.at_ns <= input.as_of_ns
	every other in complete {
		not_later(other, approval)
	}
}

not_later(other, approval) if text.person(other.by) != text.person(approval.by)

not_later(other, approval) if other.at_ns <= approval.at_ns

not_later(other, _) if other.at_ns > input.as_of_ns

accepted contains approval if {
	some approval in standing
	approval.decision == "approved"
	approval.commit == record.commit
	not text.person(approval.by) in makers
}

approvers contains text.person(approval.by) if some approval in accepted

deny contains finding(sprintf("%v rejected the change at %v", [approval.by, approval.at]), "rejected") if {
	some approval in standing
	approval.decision == "rejected"
}

deny contains finding(sprintf("%v of %v independent approvals of commit %v%v", [count(approvers), needed, record.commit, aside]), "count") if {
	needed := limits.min_approvals[record.risk]
	count(approvers) < needed
}

deny contains finding(sprintf("a %v risk change needs an approval as `%v`", [record.risk, role]), role) if {
	some role in limits.required_roles[record.risk]
	count({approval | some approval in accepted; object.get(approval, "role", null) == role}) == 0
}

# Why approvals that are there do not count.
ignored contains sprintf("%v approved commit %v", [approval.by, approval.commit]) if {
	some approval in standing
	approval.decision == "approved"
	approval.commit != record.commit
}

ignored contains sprintf("%v is author or implementer", [approval.by]) if {
	some approval in standing
	approval.decision == "approved"
	text.person(approval.by) in makers
}

ignored contains sprintf("the approval by %v is dated in the future", [approval.by]) if {
	some approval in complete
	approval.at_ns > input.as_of_ns
}

aside := "" if count(ignored) == 0

aside := sprintf(" (not counted: %v)", [concat("; ", sort(ignored))]) if count(ignored) > 0

finding(msg, term) := {
	"msg": msg,
	"term": term,
	"evidence": ["change-record"],
	"details": {"change": object.get(record, "id", null), "commit": record.commit, "counted": sort({approval.by | some approval in accepted}), "not_counted": sort(ignored)},
}
