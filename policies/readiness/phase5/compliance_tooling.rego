# METADATA
# scope: package
# title: Compliance tooling is procured and delivers
# description: >-
#   Two people have signed that the tooling was bought, and a tool of each kind that
#   is asked for has delivered within the last days.
# custom:
#   id: phase5.compliance-tooling
#   severity: medium
#   controls: ["SOC2:CC4.1", "ISO27001:A.5.35", "NIST-800-53:CA-7", "DORA:Art.6"]
#   requires:
#     - {evidence: declarations.compliance-tooling, kind: declaration, verified: true}
#     - {evidence: platform.compliance-deliveries, kind: json, max_age: 2d}
#   remediation: Have two people sign for the purchase, and connect a tool of each kind so that it delivers every week.
package readiness.phase5.compliance_tooling

import data.lib.evidence
import data.lib.readiness as proof
import data.lib.time as instants

default declared := {}

declared := input.evidence["declarations.compliance-tooling"].facts if evidence.usable(input.evidence["declarations.compliance-tooling"])

default log := {}

log := input.evidence["platform.compliance-deliveries"].facts if evidence.usable(input.evidence["platform.compliance-deliveries"])

default limits := {}

limits := data.readiness.phase5.thresholds.compliance_tooling

inconclusive contains gap if {
	some gap in evidence.gaps({"declarations.compliance-tooling": "declaration", "platform.compliance-deliveries": "json"})
}

inconclusive contains gap if some gap in evidence.unset("compliance_tooling", limits, ["min_signers", "kinds", "max_silence_days"])

inconclusive contains gap if {
	some gap in proof.purchase_gaps("declarations.compliance-tooling", declared, object.get(limits, "min_signers", null))
}

inconclusive contains gap if some gap in log_gaps

log_gaps := proof.log_gaps("platform.compliance-deliveries", log, "tools", "last_delivery_at", object.get(limits, "max_silence_days", null))

delivering(kind) if {
	some tool in proof.recent(log, "tools", "last_delivery_at", limits.max_silence_days)
	tool.kind == kind
}

deny contains finding(lack.msg, lack.term) if some lack in proof.purchase_lacks(declared)

deny contains finding(sprintf("no tool of the kind `%v` has delivered within %v days%s", [kind, limits.max_silence_days, last(kind)]), "silent") if {
	count(log) > 0
	count(log_gaps) == 0
	some kind in limits.kinds
	not delivering(kind)
}

last(kind) := sprintf(": the last was %v days ago", [min(ages)]) if {
	ages := [instants.age_days(at) |
		some tool in evidence.objects(log, "tools")
		tool.kind == kind
		at := instants.ns(object.get(tool, "last_delivery_at", null))
		is_number(at)
		not instants.in_future(at)
	]
	count(ages) > 0
} else := ""

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["declarations.compliance-tooling", "platform.compliance-deliveries"]}
