# METADATA
# scope: package
# title: Tests ran, and none failed
# description: A release goes out only with a test report that holds at least one test and no failure.
# custom:
#   id: deploy.tests-green
#   severity: high
#   controls: ["SOC2:CC8.1"]
#   requires: [{evidence: build.junit, kind: junit-xml, max_age: 24h}]
#   remediation: Mend the failing tests, or write the JUnit report of this build to evidence/build/junit.xml.
package gates.deploy.tests_green

facts := input.evidence["build.junit"].facts

failed := facts.failures + facts.errors

deny contains {"msg": sprintf("%d of %d tests failed", [failed, facts.tests])} if failed > 0

inconclusive contains {"msg": "the test report holds no test"} if facts.tests == 0

warn contains {"msg": sprintf("%d tests were skipped", [facts.skipped])} if facts.skipped > 0
