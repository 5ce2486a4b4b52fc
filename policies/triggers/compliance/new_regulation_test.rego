package triggers.compliance.new_regulation_test

import data.lib.fixture_test as fixture

limits := {
	"kinds": ["regulation"],
	"min_signers": 1,
	"max_validity_days": 366,
	"readings": {
		"in-force": {"days": 0, "states": ["open", "satisfied"]},
		"look-ahead": {"days": 90, "states": ["open", "satisfied"]},
		"open-only": {"days": 90, "states": ["open"]},
	},
	"reading": "look-ahead",
}

mapping := [
	{"kind": "regulation", "authority": "DORA", "clause": "Art.9", "rules": ["deploy.change-record-complete"]},
	{"kind": "regulation", "authority": "RTS 6", "clause": "Art.16", "controls": ["RTS6:16"]},
	{"kind": "regulation", "authority": "DORA", "clause": "Art.28", "rules": [], "controls": []},
]

entry := {"id": "R-1", "kind": "regulation", "title": "Change management", "authority": "DORA", "clause": "Art.9", "effective_on": "2025-01-17T00:00:00Z", "status": "open"}

items := {"registers.obligations": fixture.item("declaration", {
	"id": "REG-1",
	"declared_at": "2026-11-02T10:00:00Z",
	"expires_at": "2027-01-29T00:00:00Z",
	"signed_by": ["SHA256:a"],
	"value": {"covers": ["regulation"], "obligations": [entry]},
})}

heads(patch, map) := {"trigger": fired, "inconclusive": unclear, "reading": said} if {
	at := fixture.patched(items, patch)
	fired := data.triggers.compliance.new_regulation.trigger with input as at
		with data.triggers.compliance.thresholds.new_regulation as limits
		with data.triggers.compliance.mapping as map
	unclear := data.triggers.compliance.new_regulation.inconclusive with input as at
		with data.triggers.compliance.thresholds.new_regulation as limits
		with data.triggers.compliance.mapping as map
	said := data.triggers.compliance.new_regulation.reading with input as at
		with data.triggers.compliance.thresholds.new_regulation as limits
		with data.triggers.compliance.mapping as map
}

fired(patch) := heads(patch, mapping).trigger

unclear(patch) := heads(patch, mapping).inconclusive

readings(patch) := {r.id: [r.details.verdict, r.details.used] | some r in heads(patch, mapping).reading}

with_fact(path, value) := fixture.set_to(concat("/", ["/registers.obligations/facts", path]), value)

with_entries(list) := with_fact("value/obligations", list)

changed(fields) := with_entries([object.union(entry, fields)])

test_clear_when_mapped_to_a_rule if {
	fired([]) == set()
	unclear([]) == set()
	readings([]) == {"in-force": ["false", false], "look-ahead": ["false", true], "open-only": ["false", false]}
}

test_clear_when_mapped_to_a_control if {
	fired(changed({"authority": "RTS 6", "clause": "Art.16"})) == set()
}

test_fired_when_nothing_maps if {
	patch := changed({"clause": "Art.10", "effective_on": "2027-01-17T00:00:00Z"})
	fired(patch) == {{
		"term": "R-1",
		"msg": "no policy maps to Art.10 of R-1 (DORA): Change management, effective 2027-01-17T00:00:00Z",
		"evidence": ["registers.obligations"],
		"details": {"effective_on": "2027-01-17T00:00:00Z", "kind": "regulation", "authority": "DORA", "clause": "Art.10"},
	}}
	unclear(patch) == set()
	readings(patch) == {"in-force": ["false", false], "look-ahead": ["true", true], "open-only": ["true", false]}
}

test_every_part_of_the_name_counts if {
	every fields in [{"authority": "dora"}, {"clause": "Art.9(4)"}, {"clause": null}] {
		count(fired(changed(fields))) == 1
	}
	count(fired(with_entries([json.remove(entry, ["clause"])]))) == 1
}

test_a_mapping_to_nothing_maps_nothing if count(fired(changed({"clause": "Art.28"}))) == 1

test_after_the_horizon if {
	fired(changed({"clause": "Art.10", "effective_on": "2027-02-21T13:00:01Z"})) == set()
	count(fired(changed({"clause": "Art.10", "effective_on": "2027-02-21T13:00:00Z"}))) == 1
}

# Met by hand: the readings differ on whether a policy is needed.
test_the_readings_differ_on_what_is_met_by_hand if {
	patch := changed({"clause": "Art.10", "status": "satisfied", "satisfied_by": "a yearly review"})
	count(fired(patch)) == 1
	readings(patch) == {"in-force": ["true", false], "look-ahead": ["true", true], "open-only": ["false", false]}
	messages := {r.msg | some r in heads(patch, mapping).reading; r.id == "open-only"}
	messages == {"0 of 0 regulations in force or effective within 90 days (open) have no policy"}
}

test_withdrawn if fired(changed({"clause": "Art.10", "status": "withdrawn"})) == set()

test_unmeasured if {
	unclear(fixture.without("/registers.obligations")) == {{"id": "unmeasured", "msg": "nobody has declared `registers.obligations`", "evidence": ["registers.obligations"]}}
	{f.id | some f in unclear(array.concat(with_fact("value/covers", ["audit"]), with_entries([])))} == {"unmeasured"}
	readings(fixture.without("/registers.obligations")) == {}
}

unknown(patch) if {
	fired(patch) == set()
	count(unclear(patch)) > 0
	every f in unclear(patch) {
		object.get(f, "id", null) != "unmeasured"
	}
}

test_unknown_declarations if {
	unknown(with_fact("expires_at", "2026-11-23T13:00:00Z"))
	unknown(with_fact("signed_by", []))
	unknown(fixture.set_to("/registers.obligations/status", "unverified"))
	unknown(with_fact("expires_at", "2027-11-03T10:00:01Z"))
}

test_unknown_entries if {
	patch := changed({"effective_on": "soon"})
	unknown(patch)
	readings(patch)["look-ahead"] == ["unknown", true]
	unknown(changed({"status": "satisfied"}))
}

test_a_fault_elsewhere_does_not_hide_what_is_certain if {
	patch := with_entries([object.union(entry, {"clause": "Art.10"}), null])
	count(fired(patch)) == 1
	count(unclear(patch)) == 1
}

test_unknown_without_a_mapping if {
	every map in [null, {}, "none"] {
		h := heads([], map)
		h.trigger == set()
		h.inconclusive == {"policy data does not set `mapping`"}
		{r.details.verdict | some r in h.reading} == {"unknown"}
	}
}

test_an_empty_mapping_maps_nothing if {
	every map in [[], [null], [{}]] {
		count(heads([], map).trigger) == 1
	}
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	found := data.triggers.compliance.new_regulation.inconclusive with input as at
		with data.triggers.compliance.thresholds as {}
	"policy data does not set `new_regulation.kinds`" in found
}

test_unknown_without_an_instant if {
	at := json.remove(fixture.of(items), ["as_of_ns"])
	found := data.triggers.compliance.new_regulation.inconclusive with input as at
	"the input names no instant to judge at (`as_of_ns`)" in found
}
