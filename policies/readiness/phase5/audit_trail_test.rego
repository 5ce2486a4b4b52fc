package readiness.phase5.audit_trail_test

import data.lib.fixture_test as fixture

limits := {"min_records": 100, "untrusted_signers": ["development"]}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.audit_trail.deny with input as at with data.readiness.phase5.thresholds.audit_trail as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.audit_trail.inconclusive with input as at with data.readiness.phase5.thresholds.audit_trail as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase5.audit_trail.inconclusive with input as at with data.readiness.phase5.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase5.audit_trail.deny with input as at with data.readiness.phase5.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {
	"platform.ledger-head": fixture.item("json", {"origin": "o", "size": 100, "root": fixture.digest}),
	"platform.ledger-verify": fixture.item("json", {
		"schema": "assize/verify-report/v1", "result": "verified", "origin": "o", "records": 100,
		"root": fixture.digest, "record_signers": {"gate-2026": 100}, "since": 90,
	}),
}

verified(name) := concat("/", ["/platform.ledger-verify/facts", name])

head(name) := concat("/", ["/platform.ledger-head/facts", name])

other := {"the ledger that was verified is not the one whose head was collected"}

test_wrong if msgs(put(verified("result"), "wrong")) == {"`assize verify` found something wrong with the ledger"}

test_unverifiable if unclear(put(verified("result"), "unverifiable")) == {"`assize verify` could not verify the ledger with what it was given"}

test_unused if {
	patch := array.concat(put(verified("records"), 99), put(head("size"), 99))
	msgs(patch) == {"the ledger holds 99 records, 100 show that it is in use"}
}

test_no_checkpoint_elsewhere if {
	msgs(put(verified("since"), null)) == {"the ledger was not held against a checkpoint kept elsewhere"}
	msgs(fixture.without(verified("since"))) == {"the ledger was not held against a checkpoint kept elsewhere"}
}

test_development_key if msgs(put(verified("record_signers"), {"gate-2026": 99, "development": 1})) == {"records are signed by `development`, which proves nothing to others"}

test_another_ledger if {
	msgs(put(head("origin"), "p")) == other
	msgs(put(head("root"), fixture.older)) == other
	msgs(put(head("size"), 99)) == other
	msgs(put(head("size"), "100")) == other
	denied(put(head("size"), 101)) == set()
}

test_unclear if {
	unclear(put(verified("schema"), "other")) == {
		"the report is not one of `assize verify`",
		"the report of `assize verify` does not say how many records there are, and who signed them",
	}
	unclear(put(verified("records"), "many")) == {"the report of `assize verify` does not say how many records there are, and who signed them"}
	unclear(fixture.without(head("origin"))) == {"evidence `platform.ledger-head` does not say `origin`"}
}
