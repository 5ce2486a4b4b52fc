package gates.deploy.no_open_findings_test

import data.lib.fixture_test as fixture

items := {"scan.findings": scan, "scan.vex": vex}

scan := fixture.item("sarif", {
	"runs": [{"tool": {"name": "Trivy"}, "executed": "proved", "ended_at": "2026-11-23T11:00:00Z"}],
	"executed": "proved", "results": [],
})

vex := fixture.item("openvex", {"author": "product security", "timestamp": "2026-11-01T00:00:00Z", "statements": []})

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.no_open_findings.deny with input as at
		with data.gates.deploy.thresholds.no_open_findings as {"max_age_days": {"critical": 7, "high": 30}, "required_tools": ["Trivy"], "max_scan_age_hours": 24}
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.no_open_findings.warn with input as at
		with data.gates.deploy.thresholds.no_open_findings as {"max_age_days": {"critical": 7, "high": 30}, "required_tools": ["Trivy"], "max_scan_age_hours": 24}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.no_open_findings.inconclusive with input as at
		with data.gates.deploy.thresholds.no_open_findings as {"max_age_days": {"critical": 7, "high": 30}, "required_tools": ["Trivy"], "max_scan_age_hours": 24}
}

terms(patch) := {f.term | some f in denied(patch)}

result(severity, first) := {"rule_id": "CVE-1", "severity": severity, "suppressed": false, "baseline_state": "unchanged", "uri": "x", "first_detected_at": first}

found(list) := fixture.set_to("/scan.findings/facts/results", list)

stated(digest, status) := fixture.set_to("/scan.vex/facts/statements", [{
	"vulnerability": "CVE-1", "aliases": [], "products": [sprintf("pkg:oci/registry@sha256:%s", [digest])],
	"status": status, "justification": "vulnerable_code_not_present", "timestamp": null,
}])

old := "2026-10-01T00:00:00Z"

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
}

test_past_the_limit if {
	some f in denied(found([result("high", old)]))
	f.term == "CVE-1"
	f.severity == "high"
	f.details.age_days == 53
	terms(found([result("critical", "2026-11-16T12:59:59Z")])) == {"CVE-1"}
}

test_exactly_at_the_limit_is_not_past_it if {
	patch := found([result("critical", "2026-11-16T13:00:00Z")])
	denied(patch) == set()
	{f.msg | some f in warned(patch)} == {"CVE-1: critical finding open for 7 days of 7"}
}

test_severities_without_a_limit_pass if denied(found([result("medium", old), result("low", null)])) == set()

test_vex_about_this_artifact_takes_it_out if {
	denied(array.concat(found([result("critical", old)]), stated(fixture.digest, "not_affected"))) == set()
	denied(array.concat(found([result("critical", old)]), stated(fixture.digest, "fixed"))) == set()
}

test_vex_about_another_artifact_does_not if {
	terms(array.concat(found([result("critical", old)]), stated(fixture.older, "not_affected"))) == {"CVE-1"}
}

test_vex_without_exoneration_does_not if {
	terms(array.concat(found([result("critical", old)]), stated(fixture.digest, "affected"))) == {"CVE-1"}
}

test_gone_since_the_baseline if denied(found([object.union(result("critical", old), {"baseline_state": "absent"})])) == set()

test_suppressed_stays_visible if {
	patch := found([object.union(result("critical", old), {"suppressed": true})])
	denied(patch) == set()
	{f.msg | some f in warned(patch)} == {"CVE-1: critical finding suppressed inside the scan"}
}

test_inconclusive_age if {
	every first in [null, "last week", "2026-02-30T00:00:00Z"] {
		some f in unclear(found([result("high", first)]))
		f.term == "CVE-1"
	}
	every first in [null, "last week"] {
		denied(found([result("high", first)])) == set()
	}
}

test_inconclusive_severity if {
	unclear(found([result("grave", old)])) == {"a result of `CVE-1` has severity `grave`, which is none we know"}
	unclear(found([{}])) == {"a result of `unnamed` has severity `unknown`, which is none we know"}
	unclear(found([null])) == {"the scan holds a result that is no object"}
}

test_inconclusive_execution if {
	every value in ["failed", "unproved"] {
		unclear(fixture.set_to("/scan.findings/facts/executed", value)) == {"the scan does not prove that every tool ran to its end"}
	}
	count(unclear(fixture.without("/scan.findings/facts/executed"))) > 0
}

test_inconclusive_tool if unclear(fixture.set_to("/scan.findings/facts/runs/0/tool/name", "Other")) == {"no scan by `Trivy`"}

test_inconclusive_end if {
	unclear(fixture.set_to("/scan.findings/facts/runs/0/ended_at", null)) == {"the scan by `Trivy` does not say when it ended"}
	unclear(fixture.set_to("/scan.findings/facts/runs/0/ended_at", "2026-11-22T12:59:59Z")) == {"the scan by `Trivy` ended at 2026-11-22T12:59:59Z, more than 24 h ago"}
}

test_inconclusive_results if unclear(fixture.without("/scan.findings/facts/results")) == {"the scan gives no list of results"}

test_inconclusive_subject if {
	at := object.union(fixture.of(items), {"subject": [{"name": "registry", "digest": {}}]})
	gaps := data.gates.deploy.no_open_findings.inconclusive with input as at
	"the input names no digest of what is judged, so no VEX statement can apply" in gaps
}

test_inconclusive_without_evidence if {
	"evidence `scan.findings` is missing" in unclear(fixture.without("/scan.findings"))
	"evidence `scan.vex` is missing" in unclear(fixture.without("/scan.vex"))
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.no_open_findings.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}

test_without_vex_the_finding_stands if terms(array.concat(found([result("critical", old)]), fixture.without("/scan.vex"))) == {"CVE-1"}
