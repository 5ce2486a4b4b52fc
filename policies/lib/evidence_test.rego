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
