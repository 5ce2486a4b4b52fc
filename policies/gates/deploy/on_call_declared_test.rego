package gates.deploy.on_call_declared_test

import data.lib.fixture_test as fixture

items := {"change-record": fixture.change_record, "declarations.on-call": declaration}

declaration := fixture.item("declaration", {
	"id": "DECL-1", "declared_at": "2026-11-23T08:00:00Z", "expires_at": "2026-11-23T19:00:00Z", "signed_by": ["SHA256:x"],
	"value": {"primary": "ann@example.com", "secondary": "bob@example.com", "from": "2026-11-23T12:00:00Z", "to": "2026-11-23T19:00:00Z"},
})

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.on_call_declared.deny with input as at
		with data.gates.deploy.thresholds.on_call_declared as {"watch_hours": 4, "max_declaration_age_days": 7}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.on_call_declared.inconclusive with input as at
		with data.gates.deploy.thresholds.on_call_declared as {"watch_hours": 4, "max_declaration_age_days": 7}
}

terms(patch) := {f.term | some f in denied(patch)}

with_fact(path, value) := fixture.set_to(concat("/", ["/declarations.on-call/facts", path]), value)

test_pass if {
	denied([]) == set()
	unclear([]) == set()
}

test_one_person if terms(with_fact("value/secondary", "Ann@example.com ")) == {"same-person"}

test_not_yet_on_call if terms(with_fact("value/from", "2026-11-23T13:00:01Z")) == {"cover"}

test_watch_not_covered if {
	terms(with_fact("value/to", "2026-11-23T17:19:59Z")) == {"cover"}
	denied(with_fact("value/to", "2026-11-23T17:20:00Z")) == set()
}

test_expired if terms(with_fact("expires_at", "2026-11-23T13:00:00Z")) == {"expired"}

test_declared_too_long_ago if terms(with_fact("declared_at", "2026-11-16T12:59:59Z")) == {"age"}

test_declared_in_the_future if terms(with_fact("declared_at", "2026-11-23T13:00:01Z")) == {"age"}

test_inconclusive_people if {
	every path in ["value/primary", "value/secondary", "signed_by"] {
		count(unclear(fixture.without(concat("/", ["/declarations.on-call/facts", path])))) == 1
	}
	count(unclear(with_fact("signed_by", []))) == 1
}

test_inconclusive_instants if {
	every path in ["declared_at", "expires_at", "value/from", "value/to"] {
		unclear(with_fact(path, "noon")) == {sprintf("the declaration's `%s` is not an instant", [replace(path, "/", ".")])}
	}
}

test_inconclusive_record if unclear(fixture.without("/change-record/facts/window/to_ns")) == {"evidence `change-record` does not say `window.to_ns`"}

test_inconclusive_unverified if {
	"evidence `declarations.on-call` is not ok: unverified" in unclear(fixture.set_to("/declarations.on-call/status", "unverified"))
}

test_inconclusive_without_evidence if {
	"evidence `declarations.on-call` is missing" in unclear(fixture.without("/declarations.on-call"))
	"evidence `change-record` is missing" in unclear(fixture.without("/change-record"))
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.on_call_declared.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
