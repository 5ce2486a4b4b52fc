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

buckets := [
	{"from_ms": 0, "good": 9, "total": 10, "known": true},
	{"from_ms": 60000, "good": 0, "total": 0, "known": true},
	{"from_ms": 120000, "good": 5, "total": 10, "known": false},
	{"from_ms": 180000, "good": 1, "total": 3, "known": true},
]

test_a_plot_leaves_out_what_is_not_known if {
	p := triggers.plot("slo.x", {"cache": "a"}, buckets, 885000, 60)
	p.points == [[0, 900000], [180000, 333333]]
	[p.from_ms, p.to_ms, p.threshold, p.divisor] == [0, 240000, 885000, 10000]
}

test_no_plot_without_buckets_or_limit if {
	triggers.plot("slo.x", null, [], 885000, 60) == null
	triggers.plot("slo.x", null, buckets, null, 60) == null
}
