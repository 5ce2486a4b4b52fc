package triggers.business.integration_growth_test

import data.lib.fixture_test as fixture

limits := {
	"limit": 10, "rolling_days": 365, "environments": ["production"], "max_inventory_age_h": 24,
	"min_signers": 1, "max_validity_days": 366, "reading": "since-baseline",
}

# `n` integrations first seen at one instant.
seen(prefix, n, at) := [{"id": sprintf("%s%d", [prefix, i]), "environment": "production", "first_seen": at} | some i in numbers.range(1, n)]

old := seen("old", 3, "2025-11-03T09:00:00Z")

# After the window of twelve months began, before the baseline.
earlier := seen("earlier", 6, "2026-02-02T09:00:00Z")

items := {
	"inventory.services": fixture.item("service-inventory", {
		"complete": true, "from": "2025-11-03T00:00:00Z", "to": "2026-11-23T12:50:00Z",
		"integrations": array.concat(old, earlier),
	}),
	"registers.integration-baseline": fixture.item("declaration", {
		"id": "BASE-1",
		"declared_at": "2026-06-02T09:00:00Z",
		"expires_at": "2027-06-01T00:00:00Z",
		"signed_by": ["SHA256:a"],
		"value": {"taken_at": "2026-06-01T00:00:00Z", "integrations": [i.id | some i in array.concat(old, earlier)]},
	}),
}

heads(patch, rules) := {"trigger": fired, "inconclusive": unclear, "reading": said} if {
	at := fixture.patched(items, patch)
	fired := data.triggers.business.integration_growth.trigger with input as at
		with data.triggers.business.thresholds.integration_growth as rules
	unclear := data.triggers.business.integration_growth.inconclusive with input as at
		with data.triggers.business.thresholds.integration_growth as rules
	said := data.triggers.business.integration_growth.reading with input as at
		with data.triggers.business.thresholds.integration_growth as rules
}

fired(patch) := {f.msg | some f in heads(patch, limits).trigger}

unclear(patch) := heads(patch, limits).inconclusive

verdicts(patch) := {r.id: r.details.verdict | some r in heads(patch, limits).reading}

growing(n) := added(seen("new", n, "2026-09-01T09:00:00Z"))

added(list) := fixture.set_to("/inventory.services/facts/integrations", array.concat(array.concat(old, earlier), list))

inventory(path, value) := fixture.set_to(concat("/", ["/inventory.services/facts", path]), value)

baseline(path, value) := fixture.set_to(concat("/", ["/registers.integration-baseline/facts", path]), value)

test_clear if {
	h := heads(growing(4), limits)
	h.trigger == set()
	h.inconclusive == set()
	{[r.id, r.msg, r.details.verdict, r.details.used] | some r in h.reading} == {
		["since-baseline", "4 new integrations since the baseline of 2026-06-01T00:00:00Z, limit 10", "false", true],
		["rolling", "10 new integrations in the last 365 days, limit 10", "false", false],
	}
}

test_exactly_ten_is_not_more if {
	fired(growing(10)) == set()
	unclear(growing(10)) == set()
}

test_fired if {
	fired(growing(11)) == {"11 new integrations since the baseline of 2026-06-01T00:00:00Z, limit 10"}
	unclear(growing(11)) == set()
	some f in heads(growing(11), limits).trigger
	count(f.details.new) == 11
	f.term == "integrations"
}

test_the_readings_differ if {
	verdicts(growing(6)) == {"since-baseline": "false", "rolling": "true"}
	fired(growing(6)) == set()
}

test_the_rolling_reading_may_decide if {
	h := heads(growing(6), object.union(limits, {"reading": "rolling"}))
	{f.msg | some f in h.trigger} == {"12 new integrations in the last 365 days, limit 10"}
}

test_distinct if fired(added(array.concat(seen("new", 10, "2026-09-01T09:00:00Z"), seen("new", 10, "2026-09-02T09:00:00Z")))) == set()

test_other_environments_do_not_count if {
	fired(added([object.union(i, {"environment": "staging"}) | some i in seen("new", 11, "2026-09-01T09:00:00Z")])) == set()
}

# Not listed although seen before the baseline, or listed although seen after it.
test_contradictions_may_be_new if {
	patch := added(array.concat(seen("new", 10, "2026-09-01T09:00:00Z"), seen("missed", 1, "2026-05-01T09:00:00Z")))
	fired(patch) == set()
	some f in unclear(patch)
	f.msg == "10 new integrations since the baseline of 2026-06-01T00:00:00Z, limit 10, and not all is known: missed1, the inventory does not reach back as far"
	verdicts(patch)["since-baseline"] == "unknown"
}

test_contradictions_that_do_not_matter if {
	patch := added(seen("missed", 2, "2026-05-01T09:00:00Z"))
	unclear(patch) == set()
	{r.msg | some r in heads(patch, limits).reading; r.id == "since-baseline"} == {"0 new integrations since the baseline of 2026-06-01T00:00:00Z, limit 10 (2 more may be new)"}
	relisted := [object.union(i, {"first_seen": "2026-09-01T09:00:00Z"}) | some i in old]
	verdicts(inventory("integrations", relisted))["since-baseline"] == "false"
}

test_first_seen_at_no_instant if {
	patch := added(array.concat(seen("new", 10, "2026-09-01T09:00:00Z"), seen("undated", 1, "spring")))
	fired(patch) == set()
	verdicts(patch) == {"since-baseline": "unknown", "rolling": "true"}
}

test_an_inventory_that_may_leave_something_out_is_unknown if {
	every patch in [
		inventory("complete", false), inventory("complete", null), inventory("to", "2026-11-22T12:59:59Z"), inventory("to", "today"),
		inventory("integrations/-", {"id": "x"}), inventory("integrations/-", null), inventory("integrations/-", {"id": 5, "environment": "production"}), inventory("integrations", null), inventory("integrations", []),
	] {
		fired(patch) == set()
		count(unclear(patch)) == 1
		verdicts(patch)["since-baseline"] == "unknown"
	}
	fired(array.concat(growing(11), inventory("complete", false))) != set()
}

test_an_inventory_that_does_not_reach_back_is_unknown if {
	patch := inventory("from", "2026-01-01T00:00:00Z")
	verdicts(patch) == {"since-baseline": "false", "rolling": "unknown"}
	verdicts(inventory("from", "2026-07-01T00:00:00Z"))["since-baseline"] == "unknown"
	verdicts(inventory("from", null))["since-baseline"] == "unknown"
	count(unclear(inventory("from", null))) == 1
}

test_unmeasured_without_a_baseline if {
	patch := fixture.without("/registers.integration-baseline")
	fired(patch) == set()
	{[f.id, f.msg] | some f in unclear(patch)} == {["unmeasured", "nobody has signed a baseline of the integrations (`registers.integration-baseline`)"]}
	verdicts(patch) == {"rolling": "false"}
}

messages(patch) := {f.msg | some f in unclear(patch)}

test_unknown_with_an_expired_baseline if {
	messages(baseline("expires_at", "2026-11-23T13:00:00Z")) == {"declaration `registers.integration-baseline` expired at 2026-11-23T13:00:00Z"}
	messages(baseline("signed_by", [])) == {"declaration `registers.integration-baseline` is signed by 0 of the 1 distinct keys asked for"}
	messages(fixture.set_to("/registers.integration-baseline/status", "unverified")) == {"evidence `registers.integration-baseline` is not ok: unverified"}
	fired(array.concat(growing(11), baseline("expires_at", "2026-11-23T13:00:00Z"))) == set()
}

test_unknown_with_an_unsound_baseline if {
	every patch in [baseline("value/taken_at", "spring"), baseline("value/integrations", null), baseline("value", {"x": 1})] {
		messages(patch) == {"the baseline does not say `taken_at` as an instant and `integrations` as a list"}
	}
}

test_unknown_without_an_inventory if {
	"evidence `inventory.services` is missing" in unclear(fixture.without("/inventory.services"))
	verdicts(fixture.without("/inventory.services")) == {}
}

test_unknown_thresholds if {
	heads([], object.union(limits, {"reading": "calendar"})).inconclusive == {"policy data names the reading `calendar`, which is none of since-baseline and rolling"}
	at := fixture.of(items)
	found := data.triggers.business.integration_growth.inconclusive with input as at
		with data.triggers.business.thresholds as {}
	"policy data does not set `integration_growth.limit`" in found
}
