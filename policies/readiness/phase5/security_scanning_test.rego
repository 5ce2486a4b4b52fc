package readiness.phase5.security_scanning_test

import data.lib.fixture_test as fixture

limits := {"tools": ["Trivy"], "max_scan_age_hours": 24}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.security_scanning.deny with input as at with data.readiness.phase5.thresholds.security_scanning as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.security_scanning.inconclusive with input as at with data.readiness.phase5.thresholds.security_scanning as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase5.security_scanning.inconclusive with input as at with data.readiness.phase5.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase5.security_scanning.deny with input as at with data.readiness.phase5.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {"platform.scan-inventory": fixture.item("json", {"complete": true, "repositories": [
	{"name": "registry", "in_scope": true, "scans": [{"tool": "Trivy", "finished_at": "2026-11-22T13:00:00Z", "result": "completed"}]},
	{"name": "notes", "in_scope": false},
]})}

fact(path) := concat("/", ["/platform.scan-inventory/facts", path])

missing := {"`registry` has no finished scan by Trivy of the last 24 hours"}

test_not_scanned if {
	every path, value in {
		"repositories/0/scans": [],
		"repositories/0/scans/0/tool": "Grype",
		"repositories/0/scans/0/result": "failed",
		"repositories/0/scans/0/finished_at": "2026-11-22T12:59:59Z",
	} {
		msgs(put(fact(path), value)) == missing
	}
	msgs(put(fact("repositories/0/scans/0/finished_at"), "2026-11-23T13:00:01Z")) == missing
	msgs(put(fact("repositories/0/scans/0/finished_at"), "today")) == missing
	msgs(fixture.without(fact("repositories/0/scans"))) == missing
}

test_a_scope_grows if msgs(put(fact("repositories/1/in_scope"), true)) == {"`notes` has no finished scan by Trivy of the last 24 hours"}

test_unclear if {
	unclear(put(fact("complete"), "yes")) == {"the inventory does not say that it is complete"}
	unclear(put(fact("repositories"), [])) == {"the inventory names no repository in scope"}
	unclear(put(fact("repositories"), "all")) == {"the inventory names no repository in scope"}
	unclear(put(fact("repositories/1/in_scope"), "no")) == {"the inventory does not say whether `notes` is in scope"}
	unclear(fixture.without(fact("repositories/0/name"))) == {"the inventory has a repository in scope without a name"}
}
