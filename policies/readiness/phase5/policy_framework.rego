# METADATA
# scope: package
# title: The policy-as-code framework is selected and in use
# description: >-
#   Somebody has signed for the choice; the list of policies names the set by digest
#   and holds enough rules, and their own tests evaluate nearly all of them.
# custom:
#   id: phase5.policy-framework
#   severity: medium
#   controls: ["SOC2:CC8.1", "ISO27001:A.5.36", "NIST-800-53:CM-3", "DORA:Art.9", "RTS6:5"]
#   requires:
#     - {evidence: declarations.policy-framework, kind: declaration, verified: true}
#     - {evidence: platform.policy-list, kind: json, max_age: 7d}
#     - {evidence: platform.policy-coverage, kind: json, max_age: 7d}
#   remediation: Sign the selection, write the policies, test them, and collect `assize policy list -o json` and the coverage of `opa test --coverage`.
package readiness.phase5.policy_framework

import data.lib.evidence
import data.lib.readiness as proof
import data.lib.text

default declared := {}

declared := input.evidence["declarations.policy-framework"].facts if evidence.usable(input.evidence["declarations.policy-framework"])

default listed := {}

listed := input.evidence["platform.policy-list"].facts if evidence.usable(input.evidence["platform.policy-list"])

default covered := {}

covered := input.evidence["platform.policy-coverage"].facts if evidence.usable(input.evidence["platform.policy-coverage"])

default limits := {}

limits := data.readiness.phase5.thresholds.policy_framework

inconclusive contains gap if {
	some gap in evidence.gaps({"declarations.policy-framework": "declaration", "platform.policy-list": "json", "platform.policy-coverage": "json"})
}

inconclusive contains gap if some gap in evidence.unset("policy_framework", limits, ["min_rules", "min_coverage_percent"])

inconclusive contains gap if some gap in evidence.absent("declarations.policy-framework", declared, [["value", "framework"]])

inconclusive contains "the list of policies is not one of `assize policy list`" if {
	count(listed) > 0
	not is_list
}

is_list if {
	listed.schema == "assize/policy-list/v1"
	text.is_sha256(listed.sha256)
	is_array(listed.rules)
}

inconclusive contains "the coverage report does not give numbers of lines" if {
	count(covered) > 0
	not lines
}

lines := {"covered": covered.covered_lines, "all": covered.covered_lines + covered.not_covered_lines} if {
	is_number(covered.covered_lines)
	is_number(covered.not_covered_lines)
}

deny contains finding(sprintf("the stage of %v is %v, not selected", [declared.value.framework, object.get(declared, ["value", "stage"], null)]), "selection") if {
	proof.worded(declared.value.framework)
	object.get(declared, ["value", "stage"], null) != "selected"
}

deny contains finding(sprintf("the policies have %d rules, %v are needed", [count(listed.rules), limits.min_rules]), "rules") if {
	is_list
	count(listed.rules) < limits.min_rules
}

deny contains finding(sprintf("tests evaluate %v of %v lines of the policies, %v %s are needed", [lines.covered, lines.all, limits.min_coverage_percent, "%"]), "coverage") if {
	lines.covered * 100 < lines.all * limits.min_coverage_percent
}

deny contains finding("the coverage report covers nothing", "coverage") if lines.all == 0

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["declarations.policy-framework", "platform.policy-list", "platform.policy-coverage"]}
