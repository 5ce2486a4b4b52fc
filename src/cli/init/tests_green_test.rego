package gates.deploy.tests_green_test

import data.gates.deploy.tests_green

report(tests, failures, skipped) := {"evidence": {"build.junit": {"facts": {
	"tests": tests,
	"failures": failures,
	"errors": 0,
	"skipped": skipped,
}}}}

test_passes_when_all_are_green if {
	count(tests_green.deny) == 0 with input as report(12, 0, 0)
	count(tests_green.inconclusive) == 0 with input as report(12, 0, 0)
}

test_denies_a_failure if {
	tests_green.deny == {{"msg": "1 of 12 tests failed"}} with input as report(12, 1, 0)
}

test_cannot_tell_from_an_empty_report if {
	count(tests_green.inconclusive) == 1 with input as report(0, 0, 0)
}

test_warns_of_skipped_tests if {
	count(tests_green.warn) == 1 with input as report(12, 0, 3)
}
