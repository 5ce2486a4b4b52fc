package gates.deploy.freeze_window_test

import data.lib.fixture_test as fixture

items := {"change-record": fixture.change_record}

calendar := {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z", "windows": [], "weekly": []}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.freeze_window.deny with input as at
		with data.gates.deploy.freeze as calendar
}

warned(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.freeze_window.warn with input as at
		with data.gates.deploy.freeze as calendar
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.freeze_window.inconclusive with input as at
		with data.gates.deploy.freeze as calendar
}

frozen(w) := object.union(calendar, {"windows": [w]})

deny_in(cal, its) := {f.term | some f in found} if {
	at := fixture.of(its)
	found := data.gates.deploy.freeze_window.deny with input as at
		with data.gates.deploy.freeze as cal
}

warn_in(cal, its) := {f.term | some f in found} if {
	at := fixture.of(its)
	found := data.gates.deploy.freeze_window.warn with input as at
		with data.gates.deploy.freeze as cal
}

gap_in(cal) := found if {
	at := fixture.of(items)
	found := data.gates.deploy.freeze_window.inconclusive with input as at
		with data.gates.deploy.freeze as cal
}

year_end := {"id": "year-end", "reason": "close", "from": "2026-11-23T13:00:00Z", "to": "2026-11-24T00:00:00Z"}

session := {"id": "session", "reason": "open market", "days": ["Monday"], "from": "13:00", "to": "21:00"}

weekly(w) := object.union(calendar, {"weekly": [w]})

test_pass if {
	denied([]) == set()
	warned([]) == set()
	unclear([]) == set()
}

test_in_a_freeze if deny_in(frozen(year_end), items) == {"year-end"}

test_the_end_is_exclusive if {
	w := object.union(year_end, {"from": "2026-11-23T00:00:00Z", "to": "2026-11-23T13:00:00Z"})
	deny_in(frozen(w), items) == set()
}

test_in_a_weekly_window if {
	deny_in(weekly(session), items) == {"session"}
	deny_in(weekly(object.union(session, {"days": ["Tuesday"]})), items) == set()
	deny_in(weekly(object.union(session, {"from": "09:05", "to": "13:00"})), items) == set()
}

test_a_freeze_ahead_warns if {
	warn_in(frozen(object.union(year_end, {"from": "2026-11-23T13:10:00Z"})), items) == {"year-end"}
	warn_in(frozen(object.union(year_end, {"from": "2026-11-23T13:20:00Z"})), items) == set()
	warn_in(weekly(object.union(session, {"from": "13:10"})), items) == {"session"}
	warn_in(weekly(object.union(session, {"from": "13:20"})), items) == set()
}

emergency := fixture.item("declaration", {
	"id": "DECL-9", "value": "emergency-change",
	"details": {"change": "CHG-1", "freeze": "year-end"}, "signed_by": ["SHA256:x"],
})

declared(patch) := json.patch(object.union(items, {"declarations.emergency": emergency}), patch)

test_an_emergency_turns_it_into_a_warning if {
	deny_in(frozen(year_end), declared([])) == set()
	warn_in(frozen(year_end), declared([])) == {"year-end"}
}

test_an_emergency_must_name_this_change_and_freeze_and_be_signed if {
	every patch in [
		fixture.set_to("/declarations.emergency/facts/value", "yes"),
		fixture.set_to("/declarations.emergency/facts/details/change", "CHG-2"),
		fixture.set_to("/declarations.emergency/facts/details/freeze", "other"),
		fixture.set_to("/declarations.emergency/facts/signed_by", []),
		fixture.set_to("/declarations.emergency/facts/signed_by", null),
		fixture.set_to("/declarations.emergency/kind", "json"),
		fixture.set_to("/declarations.emergency/status", "stale"),
		fixture.set_to("/declarations.emergency/status", "unverified"),
		fixture.set_to("/declarations.emergency/facts", null),
	] {
		deny_in(frozen(year_end), declared(patch)) == {"year-end"}
	}
}

test_inconclusive_calendar if {
	every change in [{"valid_until": "2026-11-23T13:00:00Z"}, {"valid_from": "2026-11-23T13:00:01Z"}, {"valid_until": "soon"}] {
		gap_in(object.union(calendar, change)) == {"the freeze calendar is not kept for this date"}
	}
	"policy data does not set `freeze.windows`" in gap_in(json.remove(calendar, ["windows"]))
	"policy data does not set `freeze.weekly`" in gap_in({})
	"policy data does not set `freeze.weekly`" in gap_in(null)
}

test_inconclusive_windows if {
	every change in [{"to": "2026-11-23T13:00:00Z"}, {"from": "2026-11-31T00:00:00Z"}, {"to": null}] {
		gap_in(frozen(object.union(year_end, change))) == {"freeze `year-end` has no readable beginning and end"}
	}
	every change in [{"from": "22:00", "to": "06:00"}, {"from": "9:00"}, {"to": "24:00"}, {"days": []}, {"days": ["Mon"]}] {
		gap_in(weekly(object.union(session, change))) == {"weekly window `session` needs days and hours of one day"}
	}
	gap_in(weekly(json.remove(session, ["days"]))) == {"weekly window `session` needs days and hours of one day"}
}

test_inconclusive_record if unclear(fixture.without("/change-record/facts/window/to_ns")) == {"evidence `change-record` does not say `window.to_ns`"}

test_inconclusive_without_evidence if unclear(fixture.without("/change-record")) == {"evidence `change-record` is missing"}
