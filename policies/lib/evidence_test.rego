package lib.evidence_test

import data.lib.evidence
import data.lib.fixture_test as fixture

gaps_of(item) := found if {
	found := evidence.gaps({"a": "json"}) with input as fixture.of({"a": item})
}

test_usable if gaps_of(fixture.item("json", {"x": 1})) == set()

test_missing if {
	found := evidence.gaps({"a": "json"}) with input as fixture.of({})
	found == {"evidence `a` is missing"}
	gaps_of(null) == {"evidence `a` is missing"}
}

test_every_other_status_is_a_gap if {
	every status in ["empty", "partial", "error", "stale", "missing", "unverified"] {
		gaps_of({"kind": "json", "status": status, "facts": {"x": 1}}) == {sprintf("evidence `a` is not ok: %s", [status])}
	}
	gaps_of({"kind": "json", "facts": {"x": 1}}) == {"evidence `a` is not ok: no status"}
}

test_another_kind if gaps_of(fixture.item("sarif", {"x": 1})) == {"evidence `a` is of kind `sarif`, not `json`"}

test_no_facts if {
	every facts in [null, {}, [], "x", true] {
		gaps_of(fixture.item("json", facts)) == {"evidence `a` holds no facts"}
	}
}

test_no_instant if {
	found := evidence.gaps({}) with input as {"evidence": {}}
	found == {"the input names no instant to judge at (`as_of_ns`)"}
}

test_absent if {
	doc := {"a": {"b": ""}, "c": null, "d": 0, "e": []}
	evidence.absent("x", doc, [["a", "b"], ["c"], ["d"], ["e"], ["f", "g"]]) == {
		"evidence `x` does not say `a.b`",
		"evidence `x` does not say `c`",
		"evidence `x` does not say `e`",
		"evidence `x` does not say `f.g`",
	}
	evidence.absent("x", {}, [["a"]]) == set()
}

test_unset if evidence.unset("s", {"a": 1}, ["a", "b"]) == {"policy data does not set `s.b`"}

test_objects if {
	evidence.objects({"a": [{}, null, 1, {"b": 1}]}, ["a"]) == [{}, {"b": 1}]
	evidence.objects({"a": "x"}, ["a"]) == []
	evidence.objects({}, ["a"]) == []
}

test_digests if {
	evidence.digests_of([{"digest": {"sha256": fixture.digest}}, {"digest": {"sha256": "x"}}, {"digest": {}}, {}, null]) == {fixture.digest}
	evidence.digests_of(null) == set()
}

aged(age_s) := {"kind": "json", "status": "ok", "age_s": age_s, "facts": {"x": 1}}

test_fresh if {
	evidence.fresh(aged(600), 600)
	not evidence.fresh(aged(601), 600)
	evidence.fresh(aged(-5), 600)
	not evidence.fresh(aged(-6), 600)
}

test_what_has_no_age_is_not_fresh if {
	every item in [null, {}, aged(null), aged("5")] {
		not evidence.fresh(item, 600)
		evidence.age_s(item) == null
	}
	not evidence.fresh(aged(5), "600")
	not evidence.fresh(aged(5), null)
}

test_stale if {
	found := evidence.stale({"a": 600, "b": 60, "c": 60, "d": 60}) with input as fixture.of({"a": aged(600), "b": aged(61), "c": aged(null)})
	found == {"evidence `b` is 61 s old, the limit is 60 s", "evidence `c` does not say how old it is"}
}

declaration(signed_by, expires_at) := fixture.item("declaration", {"value": {"x": 1}, "signed_by": signed_by, "expires_at": expires_at})

declared(item, min_signers) := found if {
	found := evidence.in_force("d", min_signers) with input as fixture.of({"d": item})
}

test_signers if {
	evidence.signers({"signed_by": ["a", "b", "a"]}) == 2
	evidence.signers({"signed_by": ["a", null]}) == 1
	evidence.signers({"signed_by": "a"}) == 0
	evidence.signers({}) == 0
	evidence.signers(null) == 0
}

test_in_force if {
	sound := declaration(["a", "b"], "2026-12-01T00:00:00Z")
	declared(sound, 2) == {"state": "in-force", "reason": null, "facts": sound.facts, "signers": 2}
	declared(sound, 1).state == "in-force"
}

test_nobody_declared if {
	found := evidence.in_force("d", 1) with input as fixture.of({})
	found == {"state": "unmeasured", "reason": "nobody has declared `d`", "facts": {}, "signers": 0}
}

test_too_few_signers_are_unknown if {
	found := declared(declaration(["a", "a"], "2026-12-01T00:00:00Z"), 2)
	found == {"state": "unknown", "reason": "evidence `d` is signed by 1 keys, 2 are needed", "facts": {}, "signers": 1}
	declared(declaration([], "2026-12-01T00:00:00Z"), 0).state == "unknown"
	declared(declaration(["a"], "2026-12-01T00:00:00Z"), null).state == "unknown"
}

test_an_expired_or_unverified_declaration_is_unknown if {
	every item in [
		object.union(declaration(["a"], "2026-12-01T00:00:00Z"), {"status": "stale", "facts": null}),
		object.union(declaration(["a"], "2026-12-01T00:00:00Z"), {"status": "unverified", "facts": null}),
		object.union(declaration(["a"], "2026-12-01T00:00:00Z"), {"kind": "json"}),
		declaration(["a"], "2026-11-23T13:00:00Z"),
		declaration(["a"], null),
		declaration(["a"], "soon"),
	] {
		declared(item, 1).state == "unknown"
		declared(item, 1).facts == {}
	}
	declared(declaration(["a"], "2026-11-23T13:00:01Z"), 1).state == "in-force"
}
