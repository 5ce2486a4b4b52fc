# METADATA
# scope: package
# title: Regulatory reports are produced without a person
# description: >-
#   For each framework that is asked for there is a recent report, named by digest,
#   that was produced automatically and has evidence for every control.
# custom:
#   id: phase5.regulatory-reporting
#   severity: medium
#   controls: ["SOC2:CC2.3", "ISO27001:A.5.31", "NIST-800-53:PM-6", "DORA:Art.19", "RTS6:9"]
#   requires:
#     - {evidence: platform.regulatory-reports, kind: json, max_age: 30d}
#   remediation: Produce a report for each framework from the ledger, with evidence for every control it asks for.
package readiness.phase5.regulatory_reporting

import data.lib.evidence
import data.lib.readiness as proof
import data.lib.text

default log := {}

log := input.evidence["platform.regulatory-reports"].facts if evidence.usable(input.evidence["platform.regulatory-reports"])

default limits := {}

limits := data.readiness.phase5.thresholds.regulatory_reporting

inconclusive contains gap if some gap in evidence.gaps({"platform.regulatory-reports": "json"})

inconclusive contains gap if some gap in evidence.unset("regulatory_reporting", limits, ["frameworks", "max_age_days"])

inconclusive contains gap if {
	some gap in proof.log_gaps("platform.regulatory-reports", log, "reports", "produced_at", limits.max_age_days)
}

reports(framework) := [report |
	some report in proof.recent(log, "reports", "produced_at", limits.max_age_days)
	report.framework == framework
]

complete(report) if {
	report.method == "automated"
	text.is_sha256(report.sha256)
	is_number(report.controls.required)
	report.controls.required > 0
	report.controls.evidenced == report.controls.required
}

why(report) := sprintf("was produced by the method `%v`", [object.get(report, "method", null)]) if {
	object.get(report, "method", null) != "automated"
} else := "is not named by its digest" if {
	not text.is_sha256(object.get(report, "sha256", null))
} else := sprintf("has evidence for %v of %v controls", [object.get(report, ["controls", "evidenced"], null), object.get(report, ["controls", "required"], null)])

produced(framework) if {
	some report in reports(framework)
	complete(report)
}

deny contains finding(sprintf("no report for %v of the last %v days", [framework, limits.max_age_days]), framework) if {
	count(inconclusive) == 0
	some framework in limits.frameworks
	count(reports(framework)) == 0
}

deny contains finding(sprintf("the report `%v` for %v %s", [object.get(report, "id", null), framework, why(report)]), framework) if {
	count(inconclusive) == 0
	some framework in limits.frameworks
	not produced(framework)
	some report in reports(framework)
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["platform.regulatory-reports"]}
