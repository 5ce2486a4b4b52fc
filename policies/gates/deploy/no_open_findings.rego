# METADATA
# scope: package
# title: No finding is open past its age limit
# description: >-
#   Every required scanner proved that it ran, and no finding of the severities
#   that have a limit has been open longer than that. A VEX statement about this
#   very artifact takes a finding out; a waiver names it by `term` (the CVE or
#   rule id). A finding whose first detection is unknown has no age, and is
#   inconclusive.
# custom:
#   id: deploy.no-open-findings
#   severity: critical
#   controls: ["SOC2:CC7.1", "ISO27001:A.8.8", "NIST-800-53:RA-5", "NIST-800-53:SI-2", "PCI-DSS:6.3.3", "PCI-DSS:11.3.1", "DORA:Art.9", "RTS6:18"]
#   requires:
#     - {evidence: scan.findings, kind: sarif, max_age: 24h}
#     - {evidence: scan.vex, kind: openvex, max_age: 90d}
#   remediation: Upgrade the component, state in VEX why the artifact is not affected, or ask for a waiver that names the finding.
package gates.deploy.no_open_findings

import data.lib.evidence
import data.lib.time as instants
import data.lib.vex

default scan := {}

scan := input.evidence["scan.findings"].facts if evidence.usable(input.evidence["scan.findings"])

default statements := {}

statements := input.evidence["scan.vex"].facts if evidence.usable(input.evidence["scan.vex"])

default limits := {}

limits := data.gates.deploy.thresholds.no_open_findings

inconclusive contains gap if some gap in evidence.gaps({"scan.findings": "sarif", "scan.vex": "openvex"})

inconclusive contains gap if {
	some gap in evidence.unset("no_open_findings", limits, ["max_age_days", "required_tools", "max_scan_age_hours"])
}

inconclusive contains gap if some gap in evidence.absent("scan.findings", scan, [["runs"], ["executed"]])

inconclusive contains "the scan gives no list of results" if {
	count(scan) > 0
	not is_array(object.get(scan, "results", null))
}

inconclusive contains "the scan does not prove that every tool ran to its end" if {
	count(scan) > 0
	object.get(scan, "executed", null) != "proved"
}

inconclusive contains sprintf("no scan by `%v`", [tool]) if {
	count(scan) > 0
	some tool in limits.required_tools
	not tool in {run.tool.name | some run in evidence.objects(scan, ["runs"])}
}

inconclusive contains sprintf("the scan by `%v` does not say when it ended", [run.tool.name]) if {
	some run in evidence.objects(scan, ["runs"])
	not is_number(instants.ns(object.get(run, "ended_at", null)))
}

inconclusive contains sprintf("the scan by `%v` ended at %v, more than %v h ago", [run.tool.name, run.ended_at, limits.max_scan_age_hours]) if {
	some run in evidence.objects(scan, ["runs"])
	ended := instants.ns(object.get(run, "ended_at", null))
	is_number(ended)
	input.as_of_ns - ended > limits.max_scan_age_hours * 3600000000000
}

digests := evidence.digests_of(input.subject)

inconclusive contains "the input names no digest of what is judged, so no VEX statement can apply" if count(digests) == 0

# A result that leaves out who it is or how bad is not thereby harmless.
results := [object.union({"rule_id": "unnamed", "severity": "unknown"}, result) |
	some result in evidence.objects(scan, ["results"])
]

inconclusive contains "the scan holds a result that is no object" if {
	is_array(scan.results)
	count(results) != count(scan.results)
}

# A finding is out only if VEX says so about everything that is judged.
excused(result) if {
	count(digests) > 0
	every digest in digests {
		vex.excludes(statements, result.rule_id, digest)
	}
}

# Findings that a limit applies to. `absent` results are gone since the baseline.
limited := [object.union(result, {"limit_days": limit}) |
	some result in results
	object.get(result, "suppressed", false) != true
	object.get(result, "baseline_state", null) != "absent"
	limit := object.get(limits.max_age_days, object.get(result, "severity", "unknown"), null)
	is_number(limit)
	not excused(result)
]

inconclusive contains sprintf("a result of `%v` has severity `%v`, which is none we know", [result.rule_id, result.severity]) if {
	some result in results
	not result.severity in {"critical", "high", "medium", "low", "none"}
}

inconclusive contains finding(result, sprintf("%v: %v finding without a date of first detection", [result.rule_id, result.severity]), {}) if {
	some result in limited
	not is_number(instants.ns(object.get(result, "first_detected_at", null)))
}

deny contains finding(result, msg, {"age_days": age, "limit_days": result.limit_days}) if {
	some result in limited
	since := instants.ns(object.get(result, "first_detected_at", null))
	is_number(since)
	instants.older_than_days(since, result.limit_days)
	age := instants.age_days(since)
	msg := sprintf("%v: %v finding open for %v days, limit %v", [result.rule_id, result.severity, age, result.limit_days])
}

warn contains finding(result, msg, {"age_days": age, "limit_days": result.limit_days}) if {
	some result in limited
	result.severity in {"critical", "high"}
	since := instants.ns(object.get(result, "first_detected_at", null))
	is_number(since)
	not instants.older_than_days(since, result.limit_days)
	age := instants.age_days(since)
	msg := sprintf("%v: %v finding open for %v days of %v", [result.rule_id, result.severity, age, result.limit_days])
}

# Silenced inside the scanner: allowed, but it stays visible.
warn contains finding(result, sprintf("%v: %v finding suppressed inside the scan", [result.rule_id, result.severity]), {}) if {
	some result in results
	result.suppressed == true
	result.severity in {"critical", "high"}
}

finding(result, msg, details) := {
	"msg": msg,
	"term": result.rule_id,
	"severity": result.severity,
	"evidence": ["scan.findings", "scan.vex"],
	"details": object.union(details, {"location": object.get(result, "uri", null), "first_detected_at": object.get(result, "first_detected_at", null)}),
}
