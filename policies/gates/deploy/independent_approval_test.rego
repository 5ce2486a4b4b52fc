package gates.deploy.independent_approval_test

import data.lib.fixture_test as fixture

items := {"change-record": fixture.change_record}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.independent_approval.deny with input as at
		with data.gates.deploy.thresholds.independent_approval as {"min_approvals": {"low": 1, "medium": 1, "high": 2}, "required_roles": {"low": [], "medium": [], "high": ["risk-officer"]}}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.independent_approval.inconclusive with input as at
		with data.gates.deploy.thresholds.independent_approval as {"min_approvals": {"low": 1, "medium": 1, "high": 2}, "required_roles": {"low": [], "medium": [], "high": ["risk-officer"]}}
}

terms(patch) := {f.term | some f in denied(patch)}

approvals(list) := fixture.set_to("/change-record/facts/approvals", list)

ok(by) := fixture.approval(by, "engineering-lead", "approved", 20)

high := fixture.set_to("/change-record/facts/risk", "high")

test_pass if {
	denied([]) == set()
	unclear([]) == set()
}

test_nobody if terms(approvals([])) == {"count"}

test_author_and_implementer_do_not_count if {
	terms(approvals([ok("ann@example.com"), ok("bob@example.com")])) == {"count"}
	terms(approvals([ok(" Ann@Example.COM")])) == {"count"}
	terms(approvals([ok("Ann Lee <ann@example.com>")])) == {"count"}
	terms(approvals([ok("ann@example.com\u200b")])) == {"count"}
	some f in denied(approvals([ok("ann@example.com")]))
	f.details.not_counted == ["ann@example.com is author or implementer"]
}

test_another_commit_does_not_count if {
	terms(approvals([object.union(ok("cid@example.com"), {"commit": "4444444444444444444444444444444444444444"})])) == {"count"}
}

test_one_person_twice_is_one if {
	terms(array.concat(high, approvals([ok("cid@example.com"), object.union(ok("CID@example.com"), {"role": "risk-officer"})]))) == {"count"}
}

test_one_person_by_two_spellings_is_one if {
	terms(array.concat(high, approvals([ok("cid@example.com"), object.union(ok("Cid Roe <cid@example.com>"), {"role": "risk-officer"})]))) == {"count"}
}

test_high_risk if {
	terms(high) == {"count", "risk-officer"}
	terms(array.concat(high, approvals([ok("cid@example.com"), ok("dee@example.com")]))) == {"risk-officer"}
	terms(array.concat(high, approvals([ok("cid@example.com"), fixture.approval("dee@example.com", "risk-officer", "approved", 1)]))) == set()
}

test_a_rejection_blocks if {
	terms(approvals([ok("cid@example.com"), fixture.approval("dee@example.com", "risk-officer", "rejected", 1)])) == {"rejected"}
}

test_the_latest_decision_counts if {
	no := fixture.approval("cid@example.com", "engineering-lead", "rejected", 21)
	terms(approvals([no, ok("cid@example.com")])) == set()
	late := fixture.approval("cid@example.com", "engineering-lead", "rejected", 19)
	terms(approvals([late, ok("cid@example.com")])) == {"rejected", "count"}
}

test_both_at_one_instant_is_a_rejection if {
	"rejected" in terms(approvals([ok("cid@example.com"), fixture.approval("cid@example.com", "engineering-lead", "rejected", 20)]))
}

test_an_approval_from_the_future_does_not_count if {
	terms(approvals([fixture.approval("cid@example.com", "engineering-lead", "approved", -1)])) == {"count"}

	# … nor does it undo a rejection.
	terms(approvals([fixture.approval("cid@example.com", "engineering-lead", "rejected", 1), fixture.approval("cid@example.com", "engineering-lead", "approved", -1)])) == {"rejected", "count"}
}

test_inconclusive_without_author if {
	unclear(fixture.without("/change-record/facts/author")) == {"evidence `change-record` does not say `author`"}
	unclear(fixture.set_to("/change-record/facts/implementer", null)) == {"evidence `change-record` does not say `implementer`"}
}

test_inconclusive_approval if {
	unclear(approvals([ok("dee@example.com"), json.remove(ok("cid@example.com"), ["by"])])) == {"approval 2 leaves out who, when, what or the commit"}
}

test_inconclusive_decision if {
	unclear(approvals([ok("dee@example.com"), object.union(ok("cid@example.com"), {"decision": "Rejected"})])) == {"approval 2 is `Rejected`, neither approved nor rejected"}
}

test_inconclusive_without_a_list if {
	unclear(fixture.without("/change-record/facts/approvals")) == {"the change record has no list of approvals"}
}

test_inconclusive_for_an_unknown_risk if {
	unclear(fixture.set_to("/change-record/facts/risk", "none")) == {"policy data sets no approvals for risk `none`"}
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/change-record")) == {"evidence `change-record` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.independent_approval.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
