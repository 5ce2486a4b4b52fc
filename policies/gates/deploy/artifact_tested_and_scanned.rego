# METADATA
# scope: package
# title: What is deployed is what was approved, tested and scanned
# description: >-
#   One SHA-256 digest in four places: the subject of this decision, the change
#   record, the test report's property and the artifacts of a scan. Evidence
#   about another build says nothing about this one.
# custom:
#   id: deploy.artifact-tested-and-scanned
#   severity: critical
#   controls: ["SOC2:CC8.1", "ISO27001:A.8.19", "ISO27001:A.8.32", "NIST-800-53:SI-7", "NIST-800-53:SA-10", "PCI-DSS:6.5.1", "RTS6:5", "RTS6:11"]
#   requires:
#     - {evidence: change-record, kind: change-record, max_age: 24h}
#     - {evidence: tests.junit, kind: junit-xml, max_age: 24h}
#     - {evidence: scan.findings, kind: sarif, max_age: 24h}
#   remediation: Test and scan the very artifact that is deployed, and name its digest in the change record.
package gates.deploy.artifact_tested_and_scanned

import data.lib.evidence
import data.lib.text

default record := {}

record := input.evidence["change-record"].facts if evidence.usable(input.evidence["change-record"])

default report := {}

report := input.evidence["tests.junit"].facts if evidence.usable(input.evidence["tests.junit"])

default scan := {}

scan := input.evidence["scan.findings"].facts if evidence.usable(input.evidence["scan.findings"])

default limits := {}

limits := data.gates.deploy.thresholds.artifact_tested_and_scanned

inconclusive contains gap if some gap in evidence.gaps({"change-record": "change-record", "tests.junit": "junit-xml", "scan.findings": "sarif"})

inconclusive contains gap if {
	some gap in evidence.unset("artifact_tested_and_scanned", limits, ["test_property", "commit_property"])
}

inconclusive contains gap if {
	some gap in evidence.absent("change-record", record, [["artifact", "name"], ["artifact", "sha256"], ["commit"]])
}

inconclusive contains gap if {
	some property in ["test_property", "commit_property"]
	some gap in evidence.absent("tests.junit", report, [["properties", limits[property]]])
}

inconclusive contains sprintf("the suites disagree about property `%s`", [name]) if {
	is_array(report.property_conflicts)
	some name in report.property_conflicts
	name in {limits.test_property, limits.commit_property}
}

digests := evidence.digests_of(input.subject)

inconclusive contains "the input does not name exactly one artifact digest to judge" if count(digests) != 1

digest := [d | some d in digests][0] if count(digests) == 1

names contains subject.name if some subject in input.subject

deny contains finding(sprintf("the change record is about `%s`, not about what is judged", [record.artifact.name]), "name", ["change-record"]) if {
	count(names) > 0
	not record.artifact.name in names
	record.artifact.name != null
}

deny contains finding(sprintf("the change record names digest %s, judged is %s", [record.artifact.sha256, digest]), "change-record", ["change-record"]) if {
	record.artifact.sha256 != digest
}

deny contains finding(sprintf("the tests ran against digest %s, judged is %s", [tested, digest]), "tests.junit", ["tests.junit"]) if {
	tested := report.properties[limits.test_property]
	tested != digest
}

deny contains finding(sprintf("the tests ran at commit %s, approved is %s", [commit, record.commit]), "commit", ["tests.junit", "change-record"]) if {
	commit := report.properties[limits.commit_property]
	commit != record.commit
}

scanned contains artifact.sha256 if {
	some run in evidence.objects(scan, ["runs"])
	some artifact in evidence.objects(run, ["artifacts"])
	text.is_sha256(object.get(artifact, "sha256", null))
}

inconclusive contains "the scan names no artifact digest" if {
	count(scan) > 0
	count(scanned) == 0
}

deny contains finding(sprintf("no scan of digest %s, but of %s", [digest, concat(", ", sort(scanned))]), "scan.findings", ["scan.findings"]) if {
	count(scanned) > 0
	not digest in scanned
	digest != ""
}

finding(msg, term, items) := {"msg": msg, "term": term, "evidence": items, "details": {"digest": digest}}
