package triggers.compliance.scanning_gaps_test

import data.lib.fixture_test as fixture

limits := {
	"scope": {"min_signers": 1, "max_validity_days": 366},
	"required_tools": ["Semgrep OSS", "Trivy"],
	"max_scan_age_h": 24,
	"max_age_days": {"critical": 7, "high": 30},
	"reading": "after-vex",
	"audit": {
		"kinds": ["security-audit"],
		"min_signers": 1,
		"max_validity_days": 366,
		"readings": {"in-force": {"days": 0, "states": ["open"]}, "look-ahead": {"days": 90, "states": ["open"]}},
		"reading": "in-force",
	},
}

run(tool) := {"tool": {"name": tool}, "executed": "proved", "ended_at": "2026-11-23T02:00:00Z", "artifacts": []}

log := fixture.item("sarif", {
	"executed": "proved",
	"runs": [object.union(run("Trivy"), {"artifacts": [{"uri": "a.tar", "sha256": fixture.digest}]}), run("Semgrep OSS")],
	"results": [],
})

declaration(value) := fixture.item("declaration", {
	"id": "D-1",
	"declared_at": "2026-11-02T10:00:00Z",
	"expires_at": "2027-01-29T00:00:00Z",
	"signed_by": ["SHA256:a"],
	"value": value,
})

finding := {"id": "F-1", "kind": "security-audit", "title": "Images are not scanned", "authority": "Pen test", "effective_on": "2026-11-01T00:00:00Z", "status": "open"}

items := {
	"scan.scope": declaration({"repositories": [{"repository": "algo/a", "scan": "scan.a"}, {"repository": "algo/b", "scan": "scan.b"}]}),
	"scan.a": log,
	"scan.b": log,
	"scan.vex": fixture.item("openvex", {"author": "product security", "timestamp": "2026-11-01T00:00:00Z", "statements": []}),
	"registers.obligations": declaration({"covers": ["security-audit"], "obligations": []}),
}

heads(patch, rules) := {"trigger": fired, "inconclusive": unclear, "reading": said} if {
	at := fixture.patched(items, patch)
	fired := data.triggers.compliance.scanning_gaps.trigger with input as at
		with data.triggers.compliance.thresholds.scanning_gaps as rules
	unclear := data.triggers.compliance.scanning_gaps.inconclusive with input as at
		with data.triggers.compliance.thresholds.scanning_gaps as rules
	said := data.triggers.compliance.scanning_gaps.reading with input as at
		with data.triggers.compliance.thresholds.scanning_gaps as rules
}

fired(patch) := {f.msg | some f in heads(patch, limits).trigger}

unclear(patch) := {f.msg | some f in heads(patch, limits).inconclusive}

verdict(patch, id) := r.details.verdict if {
	some r in heads(patch, limits).reading
	r.id == id
	r.term != "audit"
}

at_path(path, value) := fixture.set_to(path, value)

result(severity, first) := {"rule_id": "CVE-1", "severity": severity, "suppressed": false, "baseline_state": "unchanged", "first_detected_at": first}

with_results(list) := at_path("/scan.a/facts/results", list)

stated(digest, status) := at_path("/scan.vex/facts/statements", [{
	"vulnerability": "CVE-1", "aliases": [], "products": [sprintf("pkg:generic/a@sha256:%s", [digest])],
	"status": status, "justification": "vulnerable_code_not_present", "timestamp": null,
}])

test_clear if {
	h := heads([], limits)
	h.trigger == set()
	h.inconclusive == set()
	{[r.term, r.id, r.details.verdict, r.details.used] | some r in h.reading} == {
		["coverage", "scan-age", "false", true],
		["findings", "after-vex", "false", true],
		["findings", "as-scanned", "false", false],
		["audit", "in-force", "false", true],
		["audit", "look-ahead", "false", false],
	}
}

# Coverage.

test_fired_by_an_old_scan if {
	patch := at_path("/scan.a/facts/runs/0/ended_at", "2026-11-22T12:59:59Z")
	fired(patch) == {"algo/a was last scanned by Trivy 24 h ago, limit 24 h"}
	verdict(patch, "scan-age") == "true"
	some f in heads(patch, limits).trigger
	f.term == "algo/a"
	f.evidence == ["scan.scope", "scan.a"]
}

test_exactly_at_the_limit_is_not_past_it if {
	patch := at_path("/scan.a/facts/runs/0/ended_at", "2026-11-22T13:00:00Z")
	fired(patch) == set()
	unclear(patch) == set()
}

test_the_latest_scan_counts if {
	old := object.union(run("Trivy"), {"ended_at": "2026-11-01T00:00:00Z"})
	fired(at_path("/scan.a/facts/runs/-", old)) == set()
}

test_fired_by_a_repository_without_a_scan if {
	fired(fixture.without("/scan.b")) == {"algo/b has no scan"}
	fired(fixture.without("/scan.scope/facts/value/repositories/1/scan")) == {"algo/b has no scan"}
}

test_fired_by_a_tool_that_never_ran if {
	fired(at_path("/scan.a/facts/runs", [run("Trivy")])) == {"algo/a was never scanned by Semgrep OSS"}
	fired(at_path("/scan.a/facts/runs", [])) == {"algo/a was never scanned by Semgrep OSS; was never scanned by Trivy"}
}

# A log that does not say that the tool ran to its end is neither a scan nor clean.
test_unproved_is_not_clean if {
	every value in ["unproved", "failed", null] {
		patch := array.concat(at_path("/scan.a/facts/runs/0/executed", value), at_path("/scan.a/status", "partial"))
		fired(patch) == set()
		unclear(patch) == {
			"algo/a has a scan by Trivy that does not prove that it ran to its end",
			"algo/a has findings that cannot be read",
		}
		verdict(patch, "scan-age") == "unknown"
		verdict(patch, "after-vex") == "unknown"
	}
}

test_no_end_is_not_clean if {
	every end in [null, "last night"] {
		"algo/a has a scan by Trivy that does not prove that it ran to its end" in unclear(at_path("/scan.a/facts/runs/0/ended_at", end))
	}
}

test_an_end_in_the_future_is_unknown if {
	"algo/a has a scan by Trivy that ended in the future" in unclear(at_path("/scan.a/facts/runs/0/ended_at", "2026-11-23T13:00:01Z"))
}

test_an_unreadable_scan_is_unknown if {
	every patch in [
		at_path("/scan.a/status", "unverified"), at_path("/scan.a/status", "stale"), at_path("/scan.a/kind", "json"),
		at_path("/scan.a/facts", null), fixture.without("/scan.a/facts/runs"), fixture.without("/scan.a/facts/results"), at_path("/scan.a", "x"),
	] {
		fired(patch) == set()
		unclear(patch) == {"algo/a has a scan that cannot be read: `scan.a`", "algo/a has findings that cannot be read"}
	}
}

test_one_old_scan_is_certain_whatever_another_is if {
	patch := array.concat(at_path("/scan.a/facts/runs/0/executed", "unproved"), at_path("/scan.b/facts/runs/0/ended_at", "2026-11-21T13:00:00Z"))
	fired(patch) == {"algo/b was last scanned by Trivy 48 h ago, limit 24 h"}
	verdict(patch, "scan-age") == "true"
}

# Findings.

test_fired_by_age if {
	patch := with_results([result("high", "2026-10-24T12:59:59Z"), object.union(result("critical", "2026-11-16T12:59:59Z"), {"rule_id": "CVE-2"})])
	fired(patch) == {"CVE-1 in algo/a: high finding open for 30 days, limit 30", "CVE-2 in algo/a: critical finding open for 7 days, limit 7"}
	verdict(patch, "after-vex") == "true"
	some f in heads(patch, limits).trigger
	f.term == "CVE-1"
	f.details.age_days == 30
	f.evidence == ["scan.scope", "scan.a", "scan.vex"]
}

test_at_its_limit if {
	fired(with_results([result("high", "2026-10-24T13:00:00Z"), result("critical", "2026-11-16T13:00:00Z")])) == set()
}

test_severities_without_a_limit if fired(with_results([result("medium", "2020-01-01T00:00:00Z"), result("low", null)])) == set()

test_the_readings_differ_on_what_vex_takes_out if {
	every status in ["not_affected", "fixed"] {
		patch := array.concat(with_results([result("high", "2026-09-01T00:00:00Z")]), stated(fixture.digest, status))
		fired(patch) == set()
		unclear(patch) == set()
		verdict(patch, "after-vex") == "false"
		verdict(patch, "as-scanned") == "true"
	}
}

test_as_scanned_may_decide if {
	patch := array.concat(with_results([result("high", "2026-09-01T00:00:00Z")]), stated(fixture.digest, "not_affected"))
	count(heads(patch, object.union(limits, {"reading": "as-scanned"})).trigger) == 1
}

test_vex_about_another_artifact if {
	count(fired(array.concat(with_results([result("high", "2026-09-01T00:00:00Z")]), stated(fixture.older, "not_affected")))) == 1
	count(fired(array.concat(with_results([result("high", "2026-09-01T00:00:00Z")]), stated(fixture.digest, "affected")))) == 1
}

test_vex_needs_an_artifact if {
	patch := array.concat(with_results([result("high", "2026-09-01T00:00:00Z")]), stated(fixture.digest, "not_affected"))
	count(fired(array.concat(patch, at_path("/scan.a/facts/runs/0/artifacts", [])))) == 1
	count(fired(array.concat(patch, at_path("/scan.a/facts/runs/0/artifacts", [{"sha256": null}])))) == 1
}

test_without_vex_the_finding_stands if {
	h := heads(array.concat(with_results([result("high", "2026-09-01T00:00:00Z")]), fixture.without("/scan.vex")), limits)
	h.inconclusive == set()
	{f.evidence | some f in h.trigger} == {["scan.scope", "scan.a"]}
}

test_vex_that_cannot_be_read_is_unknown if {
	unclear(at_path("/scan.vex/status", "error")) == {"evidence `scan.vex` is not ok: error"}
}

test_suppressed_and_absent_are_not_open if {
	every fields in [{"suppressed": true}, {"baseline_state": "absent"}] {
		patch := with_results([object.union(result("critical", "2026-01-01T00:00:00Z"), fields)])
		fired(patch) == set()
		unclear(patch) == set()
	}
}

test_a_finding_without_a_date_is_unknown if {
	every first in [null, "last week", "2026-02-30T00:00:00Z"] {
		patch := with_results([result("high", first)])
		fired(patch) == set()
		unclear(patch) == {"CVE-1 in algo/a: high finding without a date of first detection"}
		verdict(patch, "after-vex") == "unknown"
	}
}

test_a_finding_without_a_name if {
	patch := with_results([object.union(result("high", "2026-09-01T00:00:00Z"), {"rule_id": null})])
	{f.term | some f in heads(patch, limits).trigger} == {"unnamed"}
}

test_a_finding_nobody_can_read_is_unknown if {
	every list in [[result("grave", "2026-01-01T00:00:00Z")], [{}], [null]] {
		unclear(with_results(list)) == {"algo/a has findings that cannot be read"}
	}
}

# Audit findings and declarations.

test_fired_by_an_audit_finding if {
	patch := at_path("/registers.obligations/facts/value/obligations", [finding])
	fired(patch) == {"open audit finding: F-1 (Pen test): Images are not scanned, effective 2026-11-01T00:00:00Z"}
}

test_the_readings_differ_on_an_audit_finding_to_come if {
	patch := at_path("/registers.obligations/facts/value/obligations", [object.union(finding, {"effective_on": "2026-12-01T00:00:00Z"})])
	fired(patch) == set()
	{[r.id, r.details.verdict] | some r in heads(patch, limits).reading; r.term == "audit"} == {["in-force", "false"], ["look-ahead", "true"]}
}

unmeasured(patch) := {f.msg | some f in heads(patch, limits).inconclusive; f.id == "unmeasured"}

test_unmeasured_without_a_scope if {
	patch := fixture.without("/scan.scope")
	fired(patch) == set()
	unmeasured(patch) == {"nobody has declared which repositories are in scope (`scan.scope`)"}
	unclear(patch) == unmeasured(patch)
	{r.term | some r in heads(patch, limits).reading} == {"audit"}
}

test_unmeasured_without_audit_findings if {
	unmeasured(fixture.without("/registers.obligations")) == {"nobody has declared `registers.obligations`"}
	unmeasured(at_path("/registers.obligations/facts/value/covers", [])) == {"declaration `registers.obligations` does not cover `security-audit`"}
	unclear(fixture.without("/registers.obligations")) == unmeasured(fixture.without("/registers.obligations"))
}

test_unknown_with_an_expired_scope if {
	unclear(at_path("/scan.scope/facts/expires_at", "2026-11-23T13:00:00Z")) == {"declaration `scan.scope` expired at 2026-11-23T13:00:00Z"}
	unmeasured(at_path("/scan.scope/facts/expires_at", "2026-11-23T13:00:00Z")) == set()
	unclear(at_path("/scan.scope/status", "unverified")) == {"evidence `scan.scope` is not ok: unverified"}
	unclear(at_path("/scan.scope/facts/signed_by", [])) == {"declaration `scan.scope` is signed by 0 of the 1 distinct keys asked for"}
}

test_unknown_with_an_expired_register if {
	unclear(at_path("/registers.obligations/facts/expires_at", "2026-11-23T13:00:00Z")) == {"declaration `registers.obligations` expired at 2026-11-23T13:00:00Z"}
}

test_unknown_with_an_unsound_scope if {
	every list in [[], null, "all"] {
		patch := at_path("/scan.scope/facts/value/repositories", list)
		fired(patch) == set()
		unclear(patch) == {"the scan scope names no repository, or holds an entry that is none"}
	}
	every odd in [null, {}, {"repository": 5}] {
		patch := at_path("/scan.scope/facts/value/repositories/-", odd)
		unclear(patch) == {"the scan scope names no repository, or holds an entry that is none"}
		verdict(patch, "scan-age") == "unknown"
		verdict(patch, "after-vex") == "unknown"
	}
}

test_an_unsound_scope_does_not_hide_an_old_scan if {
	patch := array.concat(at_path("/scan.scope/facts/value/repositories/-", null), fixture.without("/scan.b"))
	fired(patch) == {"algo/b has no scan"}
	verdict(patch, "scan-age") == "true"
}

test_unknown_thresholds if {
	h := heads([], object.union(limits, {"reading": "before-vex"}))
	h.inconclusive == {"policy data names the reading `before-vex`, which is none of after-vex and as-scanned"}
	at := fixture.of(items)
	found := data.triggers.compliance.scanning_gaps.inconclusive with input as at
		with data.triggers.compliance.thresholds as {}
	"policy data does not set `scanning_gaps.required_tools`" in found
	"policy data does not set `scanning_gaps.scope.min_signers`" in found
}

test_no_required_tool_is_unknown if {
	h := heads([], object.union(limits, {"required_tools": []}))
	h.trigger == set()
	count(h.inconclusive) > 0
}

test_unknown_without_an_instant if {
	at := json.remove(fixture.of(items), ["as_of_ns"])
	found := data.triggers.compliance.scanning_gaps.inconclusive with input as at
	"the input names no instant to judge at (`as_of_ns`)" in found
}
