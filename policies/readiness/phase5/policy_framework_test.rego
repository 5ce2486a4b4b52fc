package readiness.phase5.policy_framework_test

import data.lib.fixture_test as fixture

limits := {"min_rules": 2, "min_coverage_percent": 90}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.policy_framework.deny with input as at with data.readiness.phase5.thresholds.policy_framework as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.policy_framework.inconclusive with input as at with data.readiness.phase5.thresholds.policy_framework as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase5.policy_framework.inconclusive with input as at with data.readiness.phase5.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase5.policy_framework.deny with input as at with data.readiness.phase5.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {
	"declarations.policy-framework": fixture.item("declaration", {"id": "A-1", "signed_by": ["SHA256:a"], "value": {"framework": "Rego", "stage": "selected"}}),
	"platform.policy-list": fixture.item("json", {"schema": "assize/policy-list/v1", "sha256": fixture.digest, "rules": [{}, {}]}),
	"platform.policy-coverage": fixture.item("json", {"covered_lines": 90, "not_covered_lines": 10}),
}

test_not_selected if {
	msgs(put("/declarations.policy-framework/facts/value/stage", "considered")) == {"the stage of Rego is considered, not selected"}
	msgs(fixture.without("/declarations.policy-framework/facts/value/stage")) == {"the stage of Rego is null, not selected"}
}

test_few_rules if msgs(put("/platform.policy-list/facts/rules", [{}])) == {"the policies have 1 rules, 2 are needed"}

test_little_covered if msgs(put("/platform.policy-coverage/facts/covered_lines", 89)) == {"tests evaluate 89 of 99 lines of the policies, 90 % are needed"}

test_nothing_covered if {
	patch := [
		{"op": "add", "path": "/platform.policy-coverage/facts/covered_lines", "value": 0},
		{"op": "add", "path": "/platform.policy-coverage/facts/not_covered_lines", "value": 0},
	]
	msgs(patch) == {"the coverage report covers nothing"}
}

test_unclear if {
	unclear(put("/declarations.policy-framework/facts/value/framework", "")) == {"evidence `declarations.policy-framework` does not say `value.framework`"}
	every path, value in {"schema": "other", "sha256": "x", "rules": {}} {
		unclear(put(concat("/", ["/platform.policy-list/facts", path]), value)) == {"the list of policies is not one of `assize policy list`"}
	}
	every value in ["90", null] {
		unclear(put("/platform.policy-coverage/facts/covered_lines", value)) == {"the coverage report does not give numbers of lines"}
	}
}
