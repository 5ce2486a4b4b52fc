package readiness.phase5.compliance_tooling_test

import data.lib.fixture_test as fixture

limits := {"min_signers": 2, "kinds": ["evidence-collection", "ticketing"], "max_silence_days": 7}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.compliance_tooling.deny with input as at with data.readiness.phase5.thresholds.compliance_tooling as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.compliance_tooling.inconclusive with input as at with data.readiness.phase5.thresholds.compliance_tooling as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase5.compliance_tooling.inconclusive with input as at with data.readiness.phase5.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase5.compliance_tooling.deny with input as at with data.readiness.phase5.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {
	"declarations.compliance-tooling": fixture.item("declaration", {
		"id": "P-2", "signed_by": ["SHA256:a", "SHA256:b"],
		"value": {"product": "GRC", "stage": "procured", "order": {"valid_until": "2027-01-01T00:00:00Z"}},
	}),
	"platform.compliance-deliveries": fixture.item("json", {
		"complete": true, "from": "2026-11-01T00:00:00Z", "to": "2026-11-23T06:00:00Z",
		"tools": [
			{"name": "ci", "kind": "evidence-collection", "last_delivery_at": "2026-11-23T05:00:00Z"},
			{"name": "tickets", "kind": "ticketing", "last_delivery_at": "2026-11-16T13:00:00Z"},
		],
	}),
}

test_not_procured if msgs(put("/declarations.compliance-tooling/facts/value/stage", "selected")) == {"GRC is selected, not procured"}

test_one_signer if unclear(put("/declarations.compliance-tooling/facts/signed_by", ["SHA256:a"])) == {"evidence `declarations.compliance-tooling` is signed by 1, 2 are needed where money is spent"}

test_silent_tool if msgs(put("/platform.compliance-deliveries/facts/tools/1/last_delivery_at", "2026-11-14T13:00:00Z")) == {"no tool of the kind `ticketing` has delivered within 7 days: the last was 9 days ago"}

test_missing_tool if {
	msgs(fixture.without("/platform.compliance-deliveries/facts/tools/1")) == {"no tool of the kind `ticketing` has delivered within 7 days"}
	msgs(put("/platform.compliance-deliveries/facts/tools/1/last_delivery_at", "2026-11-24T13:00:00Z")) == {"no tool of the kind `ticketing` has delivered within 7 days"}
}

test_incomplete_log_denies_nothing if {
	patch := array.concat(put("/platform.compliance-deliveries/facts/tools", []), put("/platform.compliance-deliveries/facts/complete", false))
	denied(patch) == set()
	unclear(patch) == {"evidence `platform.compliance-deliveries` does not say that it is complete"}
}
