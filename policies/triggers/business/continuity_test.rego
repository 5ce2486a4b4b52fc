package triggers.business.continuity_test

import data.lib.fixture_test as fixture

limits := {
	"kinds": ["continuity"],
	"min_signers": 1,
	"max_validity_days": 366,
	"readings": {"in-force": {"days": 0, "states": ["open"]}, "look-ahead": {"days": 90, "states": ["open"]}},
	"reading": "look-ahead",
}

entry := {"id": "E-1", "kind": "continuity", "title": "Predict failures of the sites", "authority": "Board", "effective_on": "2026-11-01T00:00:00Z", "status": "open"}

register := fixture.item("declaration", {
	"id": "REG-1",
	"declared_at": "2026-11-02T10:00:00Z",
	"expires_at": "2027-01-29T00:00:00Z",
	"signed_by": ["SHA256:a", "SHA256:b"],
	"value": {"covers": ["continuity", "other"], "obligations": []},
})

items := {"registers.obligations": register}

fired(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.business.continuity.trigger with input as at
		with data.triggers.business.thresholds.continuity as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.business.continuity.inconclusive with input as at
		with data.triggers.business.thresholds.continuity as limits
}

readings(patch) := {r.id: [r.details.verdict, r.details.used] | some r in said(patch)}

said(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.business.continuity.reading with input as at
		with data.triggers.business.thresholds.continuity as limits
}

unclear_messages(patch) := {f.msg | some f in unclear(patch)}

with_fact(path, value) := fixture.set_to(concat("/", ["/registers.obligations/facts", path]), value)

with_entries(list) := with_fact("value/obligations", list)

changed(fields) := with_entries([object.union(entry, fields)])

test_clear_with_an_empty_register if {
	fired([]) == set()
	unclear([]) == set()
	readings([]) == {"in-force": ["false", false], "look-ahead": ["false", true]}
}

test_fired if {
	fired(with_entries([entry])) == {{
		"term": "E-1",
		"msg": "requirement not satisfied: E-1 (Board): Predict failures of the sites, effective 2026-11-01T00:00:00Z",
		"evidence": ["registers.obligations"],
		"details": {"effective_on": "2026-11-01T00:00:00Z", "kind": "continuity"},
	}}
	unclear(with_entries([entry])) == set()
	readings(with_entries([entry])) == {"in-force": ["true", false], "look-ahead": ["true", true]}
}

test_the_readings_differ_on_what_takes_effect_later if {
	patch := changed({"effective_on": "2027-02-21T13:00:00Z"})
	readings(patch) == {"in-force": ["false", false], "look-ahead": ["true", true]}
	count(fired(patch)) == 1
	unclear(patch) == set()
	messages := {r.msg | some r in said(patch)}
	messages == {"0 of 1 continuity requirements in the register are not satisfied and in force", "1 of 1 continuity requirements in the register are not satisfied and in force or effective within 90 days"}
}

test_the_other_reading_may_decide if {
	at := fixture.patched(items, changed({"effective_on": "2027-02-21T13:00:00Z"}))
	found := data.triggers.business.continuity.trigger with input as at
		with data.triggers.business.thresholds.continuity as object.union(limits, {"reading": "in-force"})
	count(found) == 0
}

test_after_the_horizon if {
	fired(changed({"effective_on": "2027-02-21T13:00:01Z"})) == set()
}

test_closed if {
	every fields in [{"status": "withdrawn"}, {"status": "satisfied", "satisfied_by": "deploy.tests-green"}] {
		fired(changed(fields)) == set()
		unclear(changed(fields)) == set()
	}
}

test_another_kind if {
	fired(changed({"kind": "other"})) == set()
	unclear(changed({"kind": "other"})) == set()
}

test_unmeasured_without_a_register if {
	patch := fixture.without("/registers.obligations")
	fired(patch) == set()
	readings(patch) == {}
	unclear(patch) == {{"id": "unmeasured", "msg": "nobody has declared `registers.obligations`", "evidence": ["registers.obligations"]}}
}

test_unmeasured_where_the_register_does_not_cover_it if {
	patch := with_fact("value/covers", ["other"])
	readings(patch) == {}
	{f.id | some f in unclear(patch)} == {"unmeasured"}
	unclear_messages(patch) == {"declaration `registers.obligations` does not cover `continuity`"}
}

unknown(patch) if {
	fired(patch) == set()
	count(unclear(patch)) > 0
	every f in unclear(patch) {
		object.get(f, "id", null) != "unmeasured"
	}
}

test_unknown_when_expired if {
	unknown(with_fact("expires_at", "2026-11-23T13:00:00Z"))
	unknown(fixture.set_to("/registers.obligations/status", "stale"))
	unknown(array.concat(with_entries([entry]), with_fact("expires_at", "2026-11-23T12:59:59Z")))
}

test_unknown_when_unverified if unknown(fixture.set_to("/registers.obligations/status", "unverified"))

test_unknown_with_too_few_signers if {
	unknown(with_fact("signed_by", []))
	unclear_messages(with_fact("signed_by", [])) == {"declaration `registers.obligations` is signed by 0 of the 1 distinct keys asked for"}
}

test_unknown_when_valid_for_too_long if {
	unknown(with_fact("expires_at", "2027-11-03T10:00:01Z"))
	fired(array.concat(with_entries([entry]), with_fact("expires_at", "2027-11-03T10:00:01Z"))) == set()
}

test_unknown_entries if {
	unknown(changed({"status": "perhaps"}))
	unknown(changed({"status": "satisfied"}))
	unknown(changed({"effective_on": "soon"}))
	unknown(with_entries([null]))
	unknown(with_entries("none"))
}

test_unknown_without_an_instant if {
	at := json.remove(fixture.of(items), ["as_of_ns"])
	found := data.triggers.business.continuity.inconclusive with input as at
	count(found) > 0
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	found := data.triggers.business.continuity.inconclusive with input as at
		with data.triggers.business.thresholds as {}
	"policy data does not set `continuity.kinds`" in found
	said_nothing := data.triggers.business.continuity.reading with input as at
		with data.triggers.business.thresholds as {}
	said_nothing == set()
}
