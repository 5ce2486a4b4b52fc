# METADATA
# scope: package
# title: The tests ran and none failed
# description: >-
#   The required suites are there, something passed in each, nothing failed or
#   errored, and the report's own totals agree with its test cases. Skipped tests
#   are a warning, many of them a finding: skipped is not passed.
# custom:
#   id: deploy.tests-green
#   severity: high
#   controls: ["SOC2:CC8.1", "ISO27001:A.8.29", "NIST-800-53:SA-11", "NIST-800-53:CM-3(2)", "PCI-DSS:6.5.1", "RTS6:5"]
#   requires: [{evidence: tests.junit, kind: junit-xml, max_age: 24h}]
#   remediation: Fix or quarantine the failing tests in a reviewed commit, run the suites again and collect the report.
package gates.deploy.tests_green

import data.lib.evidence

default report := {}

report := input.evidence["tests.junit"].facts if evidence.usable(input.evidence["tests.junit"])

default limits := {}

limits := data.gates.deploy.thresholds.tests_green

inconclusive contains gap if some gap in evidence.gaps({"tests.junit": "junit-xml"})

inconclusive contains gap if {
	some gap in evidence.unset("tests_green", limits, ["required_suites", "min_tests", "max_skipped"])
}

inconclusive contains sprintf("the test report gives no count of `%v`", [field]) if {
	count(report) > 0
	some field in ["tests", "passed", "failures", "errors", "skipped"]
	not is_number(object.get(report, field, null))
}

inconclusive contains gap if some gap in evidence.absent("tests.junit", report, [["suites"]])

inconclusive contains sprintf("suite `%v` gives no count of passed tests", [object.get(suite, "name", null)]) if {
	some suite in evidence.objects(report, ["suites"])
	not is_number(object.get(suite, "passed", null))
}

inconclusive contains "the report's own totals disagree with its test cases: it may be cut short" if {
	count(report) > 0
	object.get(report, "declared_matches", false) != true
}

deny contains finding(sprintf("only %v tests ran, at least %v are expected", [report.tests, limits.min_tests]), "too-few", {}) if {
	is_number(report.tests)
	report.tests < limits.min_tests
}

deny contains finding(sprintf("%v failed: %v", [name, object.get(failed, "message", "no message")]), name, failed) if {
	some failed in evidence.objects(report, ["failed"])
	name := concat(".", [object.get(failed, "classname", ""), object.get(failed, "name", "")])
}

# The counts rule even where the list of failed cases should be short.
deny contains finding(sprintf("%v tests failed or errored", [broken]), "failures", {}) if {
	is_number(report.failures)
	is_number(report.errors)
	broken := report.failures + report.errors
	broken > 0
}

deny contains finding(sprintf("required suite `%v` is not in the report", [name]), name, {}) if {
	count(report) > 0
	some name in limits.required_suites
	count([s | some s in evidence.objects(report, ["suites"]); s.name == name]) == 0
}

deny contains finding(sprintf("nothing passed in required suite `%v`", [name]), name, {}) if {
	some name in limits.required_suites
	some suite in evidence.objects(report, ["suites"])
	suite.name == name
	suite.passed == 0
}

deny contains finding(sprintf("%v tests were skipped, at most %v may be", [report.skipped, limits.max_skipped]), "skipped", {}) if {
	is_number(report.skipped)
	report.skipped > limits.max_skipped
}

warn contains finding(sprintf("%v of %v tests skipped: %v", [report.skipped, report.tests, concat(", ", names)]), "skipped", {}) if {
	is_number(report.tests)
	is_number(report.skipped)
	report.skipped > 0
	report.skipped <= limits.max_skipped
	names := sort([sprintf("%v (%v)", [object.get(c, "name", ""), object.get(c, "message", "no reason given")]) |
		some c in evidence.objects(report, ["skipped_cases"])
	])
}

finding(msg, term, details) := {"msg": msg, "term": term, "evidence": ["tests.junit"], "details": details}
