package gates.deploy.change_record_complete_test

import data.lib.fixture_test as fixture

items := {"change-record": fixture.change_record}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.change_record_complete.deny with input as at
		with data.gates.deploy.thresholds.change_record_complete as {"max_window_hours": 4, "min_lead_minutes": {"low": 0, "medium": 60, "high": 1440}}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.change_record_complete.inconclusive with input as at
		with data.gates.deploy.thresholds.change_record_complete as {"max_window_hours": 4, "min_lead_minutes": {"low": 0, "medium": 60, "high": 1440}}
}

terms(patch) := {f.term | some f in denied(patch)}

test_pass if {
	denied([]) == set()
	unclear([]) == set()
}

test_every_mandatory_field if {
	every field in ["id", "title", "author", "implementer", "risk", "created_at_ns", "commit", "artifact/name", "artifact/sha256", "window/from_ns", "window/to_ns"] {
		path := concat("/", ["/change-record/facts", field])
		"incomplete" in terms(fixture.without(path))
		"incomplete" in terms(fixture.set_to(path, null))
	}
}

test_unknown_risk if terms(fixture.set_to("/change-record/facts/risk", "none")) == {"risk"}

test_short_commit if terms(fixture.set_to("/change-record/facts/commit", "3333333")) == {"commit"}

test_no_digest if terms(fixture.set_to("/change-record/facts/artifact/sha256", "latest")) == {"artifact"}

test_before_the_window if terms(fixture.set_to("/change-record/facts/window/from_ns", fixture.as_of_ns + 1)) == {"window"}

test_at_the_opening if denied(fixture.set_to("/change-record/facts/window/from_ns", fixture.as_of_ns)) == set()

test_at_the_close if terms(fixture.set_to("/change-record/facts/window/to_ns", fixture.as_of_ns)) == {"window"}

test_window_the_wrong_way_round if {
	msgs := {f.msg | some f in denied(fixture.set_to("/change-record/facts/window/to_ns", 0))}
	"the window ends before it begins" in msgs
}

test_window_too_long if {
	f := denied(fixture.set_to("/change-record/facts/window/to_ns", fixture.as_of_ns + (4 * fixture.hour_ns)))
	{x.msg | some x in f} == {"the window is longer than 4 h"}
}

test_raised_too_late if {
	late := fixture.set_to("/change-record/facts/created_at_ns", fixture.as_of_ns - fixture.hour_ns)
	terms(late) == {"lead-time"}
	terms(array.concat(late, fixture.set_to("/change-record/facts/risk", "low"))) == set()
}

test_inconclusive_without_evidence if {
	unclear(fixture.without("/change-record")) == {"evidence `change-record` is missing"}
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.change_record_complete.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}

test_no_record_is_no_finding if denied(fixture.without("/change-record")) == set()
