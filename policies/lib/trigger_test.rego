package lib.trigger_test

import data.lib.trigger as triggers

test_reading if {
	triggers.reading("points", true, "false", "4.9 points", ["slo.x"], {"drop_micro": 49000}) == {
		"id": "points", "msg": "4.9 points", "evidence": ["slo.x"],
		"details": {"drop_micro": 49000, "verdict": "false", "used": true},
	}
}

test_the_verdict_is_not_what_the_numbers_say if {
	r := triggers.reading("points", false, "unknown", "", [], {"verdict": "true", "used": true})
	r.details == {"verdict": "unknown", "used": false}
}

test_a_reading_of_one_thing_among_several if {
	r := triggers.reading("share", true, "true", "m", [], {"term": "edges", "n": 1})
	r == {"id": "share", "term": "edges", "msg": "m", "evidence": [], "details": {"n": 1, "verdict": "true", "used": true}}
}

test_finding if triggers.finding("ld4", "slow", ["slo.x"], {"n": 1}) == {"term": "ld4", "msg": "slow", "evidence": ["slo.x"], "details": {"n": 1}}

test_unmeasured if triggers.unmeasured("nobody said", ["registers.x"]) == {"id": "unmeasured", "msg": "nobody said", "evidence": ["registers.x"]}

test_any_of if {
	triggers.any_of({"true", "unknown", "false"}) == "true"
	triggers.any_of({"unknown", "false"}) == "unknown"
	triggers.any_of({"false"}) == "false"
	triggers.any_of(set()) == "unknown"
	triggers.any_of({null}) == "unknown"
}

test_all_of if {
	triggers.all_of({"true", "unknown", "false"}) == "false"
	triggers.all_of({"unknown", "true"}) == "unknown"
	triggers.all_of({"true"}) == "true"
	triggers.all_of(set()) == "unknown"
	triggers.all_of({null}) == "unknown"
}

test_exceeds_strictly if {
	triggers.exceeds(2, 1) == "true"
	triggers.exceeds(1, 1) == "false"
	triggers.exceeds(null, 1) == "unknown"
	triggers.exceeds("2", 1) == "unknown"
	triggers.exceeds(2, null) == "unknown"
}
