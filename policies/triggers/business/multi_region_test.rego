package triggers.business.multi_region_test

import data.lib.fixture_test as fixture

limits := {
	"max_regions": 1, "min_share": 0.01, "window_h": 3, "max_lag_h": 2, "environments": ["production"], "reading": "every-hour",
	"plan": {
		"kinds": ["region"], "min_signers": 1, "max_validity_days": 366,
		"readings": {"in-force": {"days": 0, "states": ["open"]}, "look-ahead": {"days": 90, "states": ["open"]}},
		"reading": "look-ahead",
	},
}

traffic(counts) := [{"from": sprintf("2026-11-23T%d:00:00Z", [9 + i]), "to": sprintf("2026-11-23T%d:00:00Z", [10 + i]), "requests": n} | some i, n in counts]

stamped(list) := [object.union(hour, {"from": replace(hour.from, "T9:", "T09:")}) | some hour in list]

region(id, counts) := {"id": id, "environment": "production", "traffic": stamped(traffic(counts))}

plan := {"id": "P-1", "kind": "region", "title": "a second region", "authority": "Board", "effective_on": "2027-02-21T13:00:00Z", "status": "open"}

items := {
	"inventory.services": fixture.item("service-inventory", {
		"complete": true,
		"regions": [region("a", [9990, 9990, 9990]), region("b", [10, 10, 10]), object.union(region("s", [500, 500, 500]), {"environment": "staging"})],
	}),
	"registers.region-plan": fixture.item("declaration", {
		"id": "PLAN-1",
		"declared_at": "2026-10-12T08:00:00Z",
		"expires_at": "2027-04-12T00:00:00Z",
		"signed_by": ["SHA256:a"],
		"value": {"covers": ["region"], "plans": []},
	}),
}

heads(patch, rules) := {"trigger": fired, "inconclusive": unclear, "reading": said} if {
	at := fixture.patched(items, patch)
	fired := data.triggers.business.multi_region.trigger with input as at
		with data.triggers.business.thresholds.multi_region as rules
	unclear := data.triggers.business.multi_region.inconclusive with input as at
		with data.triggers.business.thresholds.multi_region as rules
	said := data.triggers.business.multi_region.reading with input as at
		with data.triggers.business.thresholds.multi_region as rules
}

fired(patch) := {f.msg | some f in heads(patch, limits).trigger}

unclear(patch) := {f.msg | some f in heads(patch, limits).inconclusive}

verdicts(patch) := {r.id: r.details.verdict | some r in heads(patch, limits).reading; r.term == "traffic"}

regions(list) := fixture.set_to("/inventory.services/facts/regions", list)

two(a, b) := regions([region("a", a), region("b", b)])

not_known := {"traffic is not known for each of the 3 h, or not all regions are"}

test_clear if {
	h := heads([], limits)
	h.trigger == set()
	h.inconclusive == set()
	{[r.term, r.id, r.details.verdict, r.details.used] | some r in h.reading} == {
		["traffic", "every-hour", "false", true],
		["traffic", "whole-window", "false", false],
		["plan", "look-ahead", "false", true],
		["plan", "in-force", "false", false],
	}
}

test_fired_by_traffic if {
	patch := two([990, 990, 990], [10, 10, 10])
	fired(patch) == {"2 of 2 production regions carried at least 1.00 % of the traffic in every hour of 3 h, limit 1"}
	unclear(patch) == set()
	verdicts(patch) == {"every-hour": "true", "whole-window": "true"}
}

# 1 % itself counts, a request less does not.
test_strictly_below_the_share if fired(two([9901, 9901, 9901], [100, 99, 100])) == set()

test_the_readings_differ_on_one_quiet_hour if {
	patch := two([900, 900, 1000], [100, 100, 0])
	verdicts(patch) == {"every-hour": "false", "whole-window": "true"}
	fired(patch) == set()
	count(heads(patch, object.union(limits, {"reading": "whole-window"})).trigger) == 1
}

test_an_hour_that_is_missing_is_unknown if {
	every patch in [two([990, 990, 990], [10, 10]), two([990, 990], [10, 10])] {
		fired(patch) == set()
		unclear(patch) == not_known
		verdicts(patch) == {"every-hour": "unknown", "whole-window": "unknown"}
	}
}

test_a_quiet_hour_decides_whatever_is_missing if {
	patch := regions([region("a", [1000, 1000, 1000]), object.union(region("b", [0, 10, 10]), {"traffic": array.slice(region("b", [0, 10, 10]).traffic, 0, 2)})])
	verdicts(patch)["every-hour"] == "false"
	unclear(patch) == set()
}

test_an_hour_told_twice_is_unknown if {
	b := region("b", [10, 10, 10])
	verdicts(regions([region("a", [990, 990, 990]), object.union(b, {"traffic": array.concat(b.traffic, b.traffic)})]))["every-hour"] == "unknown"
}

test_hours_that_are_none if {
	every fields in [{"to": "2026-11-23T12:30:00Z"}, {"from": "noon"}, {"to": null}, {"requests": "10"}, {"requests": -1}] {
		patch := [{"op": "replace", "path": "/inventory.services/facts/regions/1/traffic/2", "value": object.union({"from": "2026-11-23T11:00:00Z", "to": "2026-11-23T12:00:00Z", "requests": 10}, fields)}]
		verdicts(patch)["whole-window"] == "unknown"
	}
}

test_no_traffic_at_all_is_unknown if verdicts(two([0, 0, 0], [0, 0, 0])) == {"every-hour": "unknown", "whole-window": "unknown"}

test_old_traffic_is_unknown if {
	at := object.union(fixture.of(items), {"as_of_ns": fixture.as_of_ns + (2 * fixture.hour_ns)})
	found := data.triggers.business.multi_region.inconclusive with input as at
		with data.triggers.business.thresholds.multi_region as limits
	{f.msg | some f in found} == not_known
	at_limit := object.union(fixture.of(items), {"as_of_ns": fixture.as_of_ns + fixture.hour_ns})
	none := data.triggers.business.multi_region.inconclusive with input as at_limit
		with data.triggers.business.thresholds.multi_region as limits
	none == set()
}

test_the_hour_that_is_not_over_does_not_count if {
	at := object.union(fixture.of(items), {"as_of_ns": fixture.as_of_ns - ((3 * fixture.hour_ns) / 2)})
	found := data.triggers.business.multi_region.reading with input as at
		with data.triggers.business.thresholds.multi_region as limits
	{[r.id, r.details.verdict] | some r in found; r.term == "traffic"} == {["every-hour", "false"], ["whole-window", "unknown"]}
}

test_an_incomplete_inventory_is_unknown if {
	every patch in [
		fixture.set_to("/inventory.services/facts/complete", false), fixture.without("/inventory.services/facts/complete"),
		regions([]), regions(null), fixture.set_to("/inventory.services/facts/regions/-", null),
	] {
		fired(patch) == set()
		unclear(patch) == not_known
	}
}

test_one_region if {
	patch := regions([region("a", [1000, 1000, 1000])])
	fired(patch) == set()
	unclear(patch) == set()
}

# A region that does not say where it belongs may be in production.
test_a_region_without_environment_counts if {
	count(fired(regions([region("a", [990, 990, 990]), json.remove(region("b", [10, 10, 10]), ["environment"])]))) == 1
}

planned(fields) := fixture.set_to("/registers.region-plan/facts/value/plans", [object.union(plan, fields)])

test_fired_by_a_plan if {
	fired(planned({})) == {"another region is planned: P-1 (Board): a second region, effective 2027-02-21T13:00:00Z"}
	fired(planned({"effective_on": "2027-02-21T13:00:01Z"})) == set()
	fired(planned({"status": "withdrawn"})) == set()
	{[r.id, r.details.verdict] | some r in heads(planned({}), limits).reading; r.term == "plan"} == {["in-force", "false"], ["look-ahead", "true"]}
}

test_unmeasured_without_a_plan if {
	h := heads(fixture.without("/registers.region-plan"), limits)
	h.trigger == set()
	h.inconclusive == {{"id": "unmeasured", "msg": "nobody has declared `registers.region-plan`", "evidence": ["registers.region-plan"]}}
	{r.term | some r in h.reading} == {"traffic"}
}

test_unknown_with_an_expired_plan if {
	unclear(fixture.set_to("/registers.region-plan/facts/expires_at", "2026-11-23T13:00:00Z")) == {"declaration `registers.region-plan` expired at 2026-11-23T13:00:00Z"}
	unclear(fixture.set_to("/registers.region-plan/status", "unverified")) == {"evidence `registers.region-plan` is not ok: unverified"}
	unclear(fixture.set_to("/registers.region-plan/facts/signed_by", [])) == {"declaration `registers.region-plan` is signed by 0 of the 1 distinct keys asked for"}
}

test_unknown_without_an_inventory if {
	"evidence `inventory.services` is missing" in heads(fixture.without("/inventory.services"), limits).inconclusive
	verdicts(fixture.without("/inventory.services")) == {}
}

test_unknown_thresholds if {
	heads([], object.union(limits, {"reading": "every-minute"})).inconclusive == {"policy data names the reading `every-minute`, which is none of every-hour and whole-window"}
	at := fixture.of(items)
	found := data.triggers.business.multi_region.inconclusive with input as at
		with data.triggers.business.thresholds as {}
	"policy data does not set `multi_region.min_share`" in found
}
