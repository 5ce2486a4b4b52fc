package lib.register_test

import data.lib.fixture_test as fixture
import data.lib.register

limits := {"kinds": ["audit"], "min_signers": 2, "max_validity_days": 90, "readings": {"in-force": {"days": 0, "states": ["open"]}, "look-ahead": {"days": 90, "states": ["open"]}}, "reading": "in-force"}

entry := {"id": "O-1", "kind": "audit", "title": "Evidence on demand", "authority": "FCA", "effective_on": "2026-11-23T13:00:00Z", "status": "open"}

items := {"r": fixture.item("declaration", {
	"declared_at": "2026-11-01T00:00:00Z",
	"expires_at": "2027-01-30T00:00:00Z",
	"signed_by": ["SHA256:a", "SHA256:b"],
	"value": {"covers": ["audit", "plan"], "obligations": [entry]},
})}

surveyed(patch) := found if {
	at := fixture.patched(items, patch)
	found := register.survey("r", "obligations", limits) with input as at
}

with_fact(path, value) := fixture.set_to(concat("/", ["/r/facts", path]), value)

without_fact(path) := fixture.without(concat("/", ["/r/facts", path]))

with_entries(list) := with_fact("value/obligations", list)

changed(fields) := with_entries([object.union(entry, fields)])

verdicts(patch) := {id: reading.verdict | some id, reading in surveyed(patch).readings}

quiet := {"in-force": "false", "look-ahead": "false"}

unknown := {"in-force": "unknown", "look-ahead": "unknown"}

test_found if {
	s := surveyed([])
	s.unmeasured == set()
	s.defects == set()
	s.entries == 1
	[e.id | some e in s.readings["in-force"].found] == ["O-1"]
	verdicts([]) == {"in-force": "true", "look-ahead": "true"}
}

test_nothing_registered_is_no_fault if {
	verdicts(with_entries([])) == quiet
	surveyed(with_entries([])).defects == set()
}

test_effective_later if {
	verdicts(changed({"effective_on": "2026-11-23T13:00:01Z"})) == {"in-force": "false", "look-ahead": "true"}
	verdicts(changed({"effective_on": "2027-02-21T13:00:00Z"})) == {"in-force": "false", "look-ahead": "true"}
	verdicts(changed({"effective_on": "2027-02-21T13:00:01Z"})) == quiet
}

test_closed if {
	verdicts(changed({"status": "withdrawn"})) == quiet
	verdicts(changed({"status": "satisfied", "satisfied_by": "deploy.tests-green"})) == quiet
}

test_satisfied_by_nothing if {
	every by in [null, "", 5] {
		patch := changed({"status": "satisfied", "satisfied_by": by})
		verdicts(patch) == unknown
		surveyed(patch).defects == {"entry `O-1` is said to be satisfied, but not by what"}
	}
}

test_nobody_declared if {
	s := surveyed(fixture.without("/r"))
	s.unmeasured == {"nobody has declared `r`"}
	s.defects == set()
	s.declared == false
	s.readings == {}
}

test_not_covered if {
	s := surveyed(array.concat(with_fact("value/covers", ["plan"]), with_entries([])))
	s.unmeasured == {"declaration `r` does not cover `audit`"}
	s.defects == set()
	s.readings == {}
}

test_an_entry_of_a_kind_not_covered_is_a_fault if {
	patch := with_entries([object.union(entry, {"kind": "audits"})])
	surveyed(patch).defects == {"entry `O-1` is of kind `audits`, which the register does not say it covers"}
	verdicts(patch) == unknown
	verdicts(with_entries([json.remove(entry, ["kind"])])) == unknown
}

test_covers_is_not_said if {
	every patch in [without_fact("value/covers"), with_fact("value/covers", "audit")] {
		"the register does not say what it covers" in surveyed(patch).defects
		surveyed(patch).unmeasured == set()
		surveyed(patch).readings == {}
	}
}

test_unreadable_entries if {
	every fields in [{"id": ""}, {"title": null}, {"authority": 5}, {"status": "closed"}, {"effective_on": "soon", "status": "withdrawn"}] {
		count(surveyed(changed(fields)).defects) == 1
	}
	verdicts(changed({"status": "closed"})) == unknown
	verdicts(with_entries([entry, null])) == {"in-force": "true", "look-ahead": "true"}
	surveyed(with_entries([null])).defects == {"entry 0 of `obligations` is no object"}
	verdicts(with_entries([null])) == unknown
	surveyed(with_entries(null)).defects == {"the register has no list `obligations`"}
	verdicts(with_entries("none")) == unknown
}

test_an_entry_of_another_kind_is_not_our_business if {
	verdicts(with_entries([{"id": "P-1", "kind": "plan"}])) == quiet
}

refused(patch, msg) if {
	s := surveyed(patch)
	s.defects == {msg}
	s.readings == {}
	s.unmeasured == set()
}

test_expired if {
	refused(with_fact("expires_at", "2026-11-23T13:00:00Z"), "declaration `r` expired at 2026-11-23T13:00:00Z")
}

test_stale if refused(fixture.set_to("/r/status", "stale"), "evidence `r` is not ok: stale")

test_unverified if refused(fixture.set_to("/r/status", "unverified"), "evidence `r` is not ok: unverified")

test_another_kind_of_evidence if refused(fixture.set_to("/r/kind", "json"), "evidence `r` is of kind `json`, not `declaration`")

test_no_item if refused(fixture.set_to("/r", "x"), "evidence `r` is missing")

test_from_the_future if {
	refused(with_fact("declared_at", "2026-11-23T13:00:01Z"), "declaration `r` is dated in the future, 2026-11-23T13:00:01Z")
}

test_valid_for_too_long if {
	refused(with_fact("expires_at", "2027-01-30T00:00:01Z"), "declaration `r` is valid from 2026-11-01T00:00:00Z to 2027-01-30T00:00:01Z, more than 90 days")
}

test_one_signer if {
	every keys in [["SHA256:a"], ["SHA256:a", "SHA256:a"], ["SHA256:a", null]] {
		refused(with_fact("signed_by", keys), "declaration `r` is signed by 1 of the 2 distinct keys asked for")
	}
	refused(with_fact("signed_by", "SHA256:a"), "declaration `r` is signed by 0 of the 2 distinct keys asked for")
	refused(without_fact("signed_by"), "declaration `r` is signed by 0 of the 2 distinct keys asked for")
}

test_no_instants if {
	every field in ["declared_at", "expires_at"] {
		refused(with_fact(field, "noon"), sprintf("`%s` of declaration `r` is not an instant", [field]))
		refused(without_fact(field), sprintf("`%s` of declaration `r` is not an instant", [field]))
	}
}

test_no_object if {
	every value in [null, "x", [], 5, {}] {
		refused(with_fact("value", value), "the value of declaration `r` is no object, or an empty one")
	}
}

test_unsound_limits if {
	at := fixture.of(items)
	every field, bad in {"kinds": [], "min_signers": null, "max_validity_days": "90", "readings": null, "reading": "other"} {
		s := register.survey("r", "obligations", object.union(limits, {field: bad})) with input as at
		s.defects == {"policy data does not set the limits of the register"}
		s.readings == {}
	}
}

test_horizon if {
	register.horizon(0) == "in force"
	register.horizon(90) == "in force or effective within 90 days"
}

test_named if register.named([{"id": "b"}, {}, {"id": "a"}, {"id": 5}]) == ["a", "b", "without id", "without id"]

test_states_of_a_reading if {
	at := fixture.patched(items, changed({"status": "satisfied", "satisfied_by": "x"}))
	s := register.survey("r", "obligations", object.union(limits, {"readings": {"in-force": {"days": 0, "states": ["open", "satisfied"]}}})) with input as at
	s.readings["in-force"].verdict == "true"
	s.readings["look-ahead"].verdict == "false"
}

test_unsound_readings if {
	at := fixture.of(items)
	every spec in [{"days": 0}, {"states": ["open"]}, {"days": "0", "states": ["open"]}, {"days": 0, "states": "open"}] {
		s := register.survey("r", "obligations", object.union(limits, {"readings": {"in-force": null}, "reading": "in-force"})) with input as at
		s.readings == {}
		t := register.survey("r", "obligations", json.patch(limits, [{"op": "add", "path": "/readings/in-force", "value": spec}])) with input as at
		t.readings == {}
	}
}

test_described if {
	register.described(entry) == "O-1 (FCA): Evidence on demand, effective 2026-11-23T13:00:00Z"
	register.described({}) == "without id (by nobody named): without title, effective null"
}

test_facts if {
	at := fixture.of({"r": fixture.item("declaration", {}), "s": "x"})
	register.facts("r") == {} with input as at
	register.facts("s") == {} with input as at
	register.facts("t") == {} with input as at
}
