package gates.deploy.rollback_rehearsed_test

import data.lib.fixture_test as fixture

items := {"change-record": fixture.change_record, "rollback.rehearsal": rehearsal}

rehearsal := fixture.item("json", {
	"from": {"sha256": fixture.digest}, "to": {"sha256": fixture.older},
	"finished_at": "2026-11-18T10:00:00Z", "duration_s": 41, "result": "passed",
})

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.rollback_rehearsed.deny with input as at
		with data.gates.deploy.thresholds.rollback_rehearsed as {"max_age_days": 30, "max_duration_s": 60}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.rollback_rehearsed.inconclusive with input as at
		with data.gates.deploy.thresholds.rollback_rehearsed as {"max_age_days": 30, "max_duration_s": 60}
}

terms(patch) := {f.term | some f in denied(patch)}

test_pass if {
	denied([]) == set()
	unclear([]) == set()
}

test_no_plan if {
	terms(fixture.without("/change-record/facts/rollback/plan")) == {"plan"}
	terms(fixture.set_to("/change-record/facts/rollback/plan", "")) == {"plan"}
}

test_no_target if terms(fixture.without("/change-record/facts/rollback/target")) == {"target"}

test_back_to_itself if terms(fixture.set_to("/change-record/facts/rollback/target/sha256", fixture.digest)) == {"target", "rehearsal"}

test_not_rehearsed if {
	terms(fixture.set_to("/change-record/facts/rollback/rehearsal", "not-rehearsed")) == {"rehearsal"}
	terms(fixture.set_to("/rollback.rehearsal/facts/result", "failed")) == {"rehearsal"}
}

test_another_artifact_rehearsed if {
	terms(fixture.set_to("/rollback.rehearsal/facts/from/sha256", fixture.older)) == {"rehearsal"}
	terms(fixture.set_to("/rollback.rehearsal/facts/to/sha256", fixture.digest)) == {"rehearsal"}
}

test_too_slow if {
	terms(fixture.set_to("/rollback.rehearsal/facts/duration_s", 60.5)) == {"duration"}
	denied(fixture.set_to("/rollback.rehearsal/facts/duration_s", 60)) == set()
}

test_too_old if {
	terms(fixture.set_to("/rollback.rehearsal/facts/finished_at", "2026-10-24T12:59:59Z")) == {"age"}
	denied(fixture.set_to("/rollback.rehearsal/facts/finished_at", "2026-10-24T13:00:00Z")) == set()
}

test_from_the_future if terms(fixture.set_to("/rollback.rehearsal/facts/finished_at", "2026-11-23T13:00:01Z")) == {"age"}

test_inconclusive_fields if {
	every path in [["from", "sha256"], ["to", "sha256"], ["result"], ["finished_at"]] {
		unclear(fixture.without(sprintf("/rollback.rehearsal/facts/%s", [concat("/", path)]))) == {sprintf("evidence `rollback.rehearsal` does not say `%s`", [concat(".", path)])}
	}
}

test_inconclusive_duration if {
	every value in ["41", -1, null] {
		unclear(fixture.set_to("/rollback.rehearsal/facts/duration_s", value)) == {"the rehearsal log gives no duration in seconds"}
	}
}

test_inconclusive_end if unclear(fixture.set_to("/rollback.rehearsal/facts/finished_at", "last week")) == {"the rehearsal log's end `last week` is not an instant"}

test_inconclusive_record if unclear(fixture.without("/change-record/facts/rollback/rehearsal")) == {"evidence `change-record` does not say `rollback.rehearsal`"}

test_inconclusive_without_evidence if {
	"evidence `change-record` is missing" in unclear(fixture.without("/change-record"))
	"evidence `rollback.rehearsal` is missing" in unclear(fixture.without("/rollback.rehearsal"))
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.rollback_rehearsed.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
