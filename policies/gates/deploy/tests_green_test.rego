package gates.deploy.tests_green_test

import data.lib.fixture_test as fixture

items := {"tests.junit": report}

report := fixture.item("junit-xml", {
	"tests": 12, "passed": 12, "failures": 0, "errors": 0, "skipped": 0,
	"suites": [
		{"name": "unit", "tests": 10, "passed": 10, "failures": 0, "errors": 0, "skipped": 0},
		{"name": "integration", "tests": 2, "passed": 2, "failures": 0, "errors": 0, "skipped": 0},
	],
	"failed": [], "skipped_cases": [], "declared_matches": true,
})

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.tests_green.deny with input as at
		with data.gates.deploy.thresholds.tests_green as {"required_suites": ["unit", "integration"], "min_tests": 10, "max_skipped": 2}
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.tests_green.warn with input as at
		with data.gates.deploy.thresholds.tests_green as {"required_suites": ["unit", "integration"], "min_tests": 10, "max_skipped": 2}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.tests_green.inconclusive with input as at
		with data.gates.deploy.thresholds.tests_green as {"required_suites": ["unit", "integration"], "min_tests": 10, "max_skipped": 2}
}

terms(patch) := {f.term | some f in denied(patch)}

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
}

test_a_failure if {
	patch := [
		{"op": "add", "path": "/tests.junit/facts/failures", "value": 1},
		{"op": "add", "path": "/tests.junit/facts/failed", "value": [{"suite": "unit", "classname": "lease", "name": "expires", "message": "left: 3"}]},
	]
	terms(patch) == {"failures", "lease.expires"}
}

test_an_error_counts_even_without_a_case if terms(fixture.set_to("/tests.junit/facts/errors", 1)) == {"failures"}

test_too_few if terms(fixture.set_to("/tests.junit/facts/tests", 9)) == {"too-few"}

test_required_suite_missing if terms(fixture.without("/tests.junit/facts/suites/1")) == {"integration"}

test_required_suite_all_skipped if terms(fixture.set_to("/tests.junit/facts/suites/1/passed", 0)) == {"integration"}

skipped(n) := [
	{"op": "add", "path": "/tests.junit/facts/skipped", "value": n},
	{"op": "add", "path": "/tests.junit/facts/skipped_cases", "value": [{"name": "soak", "message": "nightly"}, {"name": "slow"}]},
]

test_skipped_tests_warn if {
	denied(skipped(2)) == set()
	{f.msg | some f in warned(skipped(2))} == {"2 of 12 tests skipped: slow (no reason given), soak (nightly)"}
}

test_many_skipped_tests_fail if {
	terms(skipped(3)) == {"skipped"}
	warned(skipped(3)) == set()
}

test_inconclusive_totals if {
	unclear(fixture.set_to("/tests.junit/facts/declared_matches", false)) == {"the report's own totals disagree with its test cases: it may be cut short"}
	count(unclear(fixture.without("/tests.junit/facts/declared_matches"))) == 1
}

test_inconclusive_without_counts if {
	every field in ["tests", "passed", "failures", "errors", "skipped"] {
		path := concat("/", ["/tests.junit/facts", field])
		unclear(fixture.without(path)) == {sprintf("the test report gives no count of `%s`", [field])}
	}
}

test_inconclusive_suite_counts if unclear(fixture.without("/tests.junit/facts/suites/1/passed")) == {"suite `integration` gives no count of passed tests"}

test_inconclusive_without_suites if "evidence `tests.junit` does not say `suites`" in unclear(fixture.set_to("/tests.junit/facts/suites", null))

test_inconclusive_without_evidence if {
	unclear(fixture.without("/tests.junit")) == {"evidence `tests.junit` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.tests_green.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
