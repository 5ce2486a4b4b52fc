package triggers.operational.incident_response_test

import data.lib.fixture_test as fixture

thresholds := {
	"limit_s": 300, "min_incidents": 1, "window_days": 30,
	"gap_causes": ["monitoring-gap"], "other_causes": ["capacity", "dependency"],
	"drill_tags": ["drill"], "environments": ["production"], "max_lag_s": 7200,
}

incident(id, acknowledged, cause) := {
	"id": id, "environment": "production", "response": "manual", "tags": [], "cause": cause,
	"detected_at": "2026-11-20T10:00:00Z", "acknowledged_at": acknowledged, "resolved_at": "2026-11-20T11:00:00Z",
}

fast := "2026-11-20T10:05:00Z" # exactly 5 minutes

slow := "2026-11-20T10:05:00.001Z"

items := {"events.incidents": fixture.item("incidents", {
	"source": "pager", "complete": true, "from": "2026-10-20T00:00:00Z", "to": "2026-11-23T12:55:00Z",
	"events": [incident("INC-1", fast, "monitoring-gap"), incident("INC-2", slow, "capacity"), incident("INC-3", fast, null)],
})}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.operational.incident_response with input as at
		with data.triggers.operational.thresholds.incident_response as thresholds
}

facts(path) := concat("", ["/events.incidents/facts/", path])

set_to(path, value) := fixture.set_to(facts(path), value)

one_more(event) := set_to("events/-", event)

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdict(h) := [r.details.verdict | some r in h.reading; r.details.used][0]

test_clear_shows_its_numbers if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	verdict(h) == "false"
	msgs(h.reading) == {"1 of 3 incidents in 30 days waited longer than 5 min 0 s to be taken, 0 of them because of a monitoring gap; 1 is enough"}
	some r in h.reading
	r.details.late == [{"id": "INC-2", "took_ms": 300001, "cause": "capacity"}]
}

test_fired if {
	h := heads(one_more(incident("INC-4", slow, "monitoring-gap")))
	msgs(h.trigger) == {"incident INC-4 was taken after 5 min 0 s because of a monitoring gap, limit 5 min 0 s"}
	h.inconclusive == set()
	verdict(h) == "true"
}

test_the_same_incident_twice_is_one if {
	twice := array.concat(one_more(incident("INC-4", slow, "monitoring-gap")), one_more(incident("INC-4", slow, "monitoring-gap")))
	at := fixture.patched(items, twice)
	h := data.triggers.operational.incident_response with input as at
		with data.triggers.operational.thresholds.incident_response as object.union(thresholds, {"min_incidents": 2})
	h.trigger == set()
	verdict(h) == "false"
}

test_a_drill_does_not_count if {
	h := heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), {"tags": ["drill"]})))
	h.trigger == set()
	verdict(h) == "false"
}

test_an_automated_response_does_not_count if {
	h := heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), {"response": "automated"})))
	verdict(h) == "false"
}

test_another_environment_does_not_count if {
	verdict(heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), {"environment": "staging"})))) == "false"
	verdict(heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), {"environment": null})))) == "true"
}

test_before_the_window_does_not_count if {
	early := {"detected_at": "2026-10-24T12:59:59Z", "acknowledged_at": "2026-10-24T14:00:00Z"}
	verdict(heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), early)))) == "false"
	on_time := {"detected_at": "2026-10-24T13:00:00Z", "acknowledged_at": "2026-10-24T14:00:00Z"}
	verdict(heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), on_time)))) == "true"
}

test_an_untagged_cause_is_unknown if {
	every cause in [null, ""] {
		h := heads(one_more(incident("INC-4", slow, cause)))
		h.trigger == set()
		msgs(h.inconclusive) == {"incident INC-4: taken after 5 min 0 s, and its cause is not tagged"}
		verdict(h) == "unknown"
	}
	h := heads(one_more(json.remove(incident("INC-4", slow, null), ["cause"])))
	verdict(h) == "unknown"
}

test_a_misspelt_cause_is_unknown if {
	h := heads(one_more(incident("INC-4", slow, "monitoring_gap")))
	msgs(h.inconclusive) == {"incident INC-4: taken after 5 min 0 s, and its cause `monitoring_gap` is in no list of causes"}
	msgs(h.reading) == {"2 of 4 incidents in 30 days waited longer than 5 min 0 s to be taken, 0 of them because of a monitoring gap and 1 of unknown cause or still open; 1 is enough"}
}

test_an_open_incident if {
	open := {"acknowledged_at": null, "resolved_at": null}
	late := heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), open)))
	count(late.trigger) == 1
	recent := heads(one_more(object.union(incident("INC-4", slow, "monitoring-gap"), object.union(open, {"detected_at": "2026-11-23T12:55:00Z"}))))
	recent.trigger == set()
	msgs(recent.inconclusive) == {"incident INC-4: nobody has taken it yet"}
	other := heads(one_more(object.union(incident("INC-4", slow, "capacity"), object.union(open, {"detected_at": "2026-11-23T12:55:00Z"}))))
	verdict(other) == "false"
}

test_resolved_without_acknowledgement_was_taken_by_then if {
	h := heads(one_more(object.union(incident("INC-4", null, "monitoring-gap"), {"resolved_at": "2026-11-20T10:03:00Z"})))
	verdict(h) == "false"
	late := heads(one_more(incident("INC-4", null, "monitoring-gap")))
	verdict(late) == "true"
}

test_unreadable_incidents_are_unknown if {
	every event in [
		null, "x", {},
		object.union(incident("INC-4", slow, "capacity"), {"id": 4}),
		object.union(incident("INC-4", slow, "capacity"), {"detected_at": "yesterday"}),
		object.union(incident("INC-4", slow, "capacity"), {"acknowledged_at": "yesterday"}),
		object.union(incident("INC-4", slow, "capacity"), {"acknowledged_at": "2026-11-20T09:00:00Z"}),
		object.union(incident("INC-4", slow, "capacity"), {"acknowledged_at": "2026-11-23T13:00:01Z"}),
	] {
		h := heads(one_more(event))
		h.trigger == set()
		verdict(h) == "unknown"
		h.inconclusive == {"incidents that cannot be read: 1 (no id or detection, or instants that are none or in the wrong order)"}
	}
}

test_one_id_for_two_incidents if {
	h := heads(one_more(incident("INC-1", slow, "capacity")))
	"incident id `INC-1` names two different incidents" in h.inconclusive
}

test_an_incomplete_log_can_fire_and_is_never_clear if {
	every patch in [
		set_to("complete", false),
		set_to("from", "2026-10-24T13:00:01Z"),
		set_to("to", "2026-11-23T10:59:59Z"),
		set_to("events", null),
	] {
		h := heads(patch)
		verdict(h) == "unknown"
		count(h.inconclusive) > 0
	}
	h := heads(array.concat(set_to("complete", false), one_more(incident("INC-4", slow, "monitoring-gap"))))
	count(h.trigger) == 1
}

test_unknown_without_evidence if {
	h := heads(fixture.without("/events.incidents"))
	h.inconclusive == {"evidence `events.incidents` is missing"}
	h.reading == set()
	h.trigger == set()
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.operational.incident_response with input as at
		with data.triggers.operational.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}
