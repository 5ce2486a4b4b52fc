# METADATA
# scope: package
# title: No freeze is in force
# description: >-
#   No deployment inside a freeze of the calendar or a weekly no-change window
#   (both UTC, in data.yaml). An emergency is a signed, unexpired declaration that
#   names this change and this freeze; it turns the finding into a warning.
# custom:
#   id: deploy.freeze-window
#   severity: high
#   controls: ["SOC2:CC8.1", "ISO27001:A.8.32", "NIST-800-53:CM-3", "RTS6:8", "RTS6:11"]
#   requires: [{evidence: change-record, kind: change-record, max_age: 24h}]
#   remediation: Wait for the end of the freeze, or have an emergency declared and signed for this change and this freeze.
package gates.deploy.freeze_window

import data.lib.evidence
import data.lib.time as instants

default record := {}

record := input.evidence["change-record"].facts if evidence.usable(input.evidence["change-record"])

default calendar := {}

calendar := data.gates.deploy.freeze if is_object(data.gates.deploy.freeze)

inconclusive contains gap if some gap in evidence.gaps({"change-record": "change-record"})

inconclusive contains gap if {
	some gap in evidence.absent("change-record", record, [["id"], ["window", "from_ns"], ["window", "to_ns"]])
}

inconclusive contains gap if {
	some gap in evidence.unset("freeze", calendar, ["valid_from", "valid_until", "windows", "weekly"])
}

inconclusive contains "the freeze calendar is not kept for this date" if {
	count(calendar) > 0
	not kept
}

kept if {
	opens := instants.ns(object.get(calendar, "valid_from", null))
	closes := instants.ns(object.get(calendar, "valid_until", null))
	is_number(opens)
	is_number(closes)
	opens <= input.as_of_ns
	input.as_of_ns < closes
}

inconclusive contains sprintf("freeze `%v` has no readable beginning and end", [object.get(w, "id", null)]) if {
	some w in calendar.windows
	not readable(w)
}

inconclusive contains sprintf("weekly window `%v` needs days and hours of one day", [object.get(w, "id", null)]) if {
	some w in calendar.weekly
	not weekly_readable(w)
}

readable(w) if {
	from := instants.ns(object.get(w, "from", null))
	to := instants.ns(object.get(w, "to", null))
	is_number(from)
	is_number(to)
	from < to
}

hour := `^([01][0-9]|2[0-3]):[0-5][0-9]$`

weekdays := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

weekly_readable(w) if {
	regex.match(hour, object.get(w, "from", ""))
	regex.match(hour, object.get(w, "to", ""))
	w.from < w.to
	count(w.days) > 0
	every day in w.days {
		day in weekdays
	}
}

# "HH:MM" of an instant, UTC.
of_day(ns) := sprintf("%v:%v", [two(hours), two(minutes)]) if {
	[hours, minutes, _] := time.clock(ns)
}

two(n) := sprintf("0%d", [n]) if n < 10

two(n) := sprintf("%d", [n]) if n >= 10

# Freezes in force at the instant judged: from inclusive, to exclusive.
in_force contains w if {
	some w in calendar.windows
	readable(w)
	instants.ns(w.from) <= input.as_of_ns
	input.as_of_ns < instants.ns(w.to)
}

in_force contains w if {
	some w in calendar.weekly
	weekly_readable(w)
	time.weekday(input.as_of_ns) in w.days
	w.from <= of_day(input.as_of_ns)
	of_day(input.as_of_ns) < w.to
}

closes := record.window.to_ns if is_number(record.window.to_ns)

# Freezes that begin before the change window ends.
ahead contains w if {
	some w in calendar.windows
	readable(w)
	instants.ns(w.from) > input.as_of_ns
	instants.ns(w.from) < closes
}

ahead contains w if {
	some w in calendar.weekly
	weekly_readable(w)
	time.weekday(input.as_of_ns) in w.days
	w.from > of_day(input.as_of_ns)
	w.from < of_day(closes)
	time.weekday(input.as_of_ns) == time.weekday(closes)
}

# Optional evidence, so `requires` does not name it: without it the freeze stands.
emergencies(freeze) := {facts.id |
	some facts in evidence.declarations("emergency-change")
	facts.details.change == record.id
	facts.details.freeze == freeze.id
}

deny contains finding(sprintf("freeze `%v` is in force until %v: %v", [freeze.id, freeze.to, freeze.reason]), freeze) if {
	some freeze in in_force
	count(emergencies(freeze)) == 0
}

warn contains finding(sprintf("freeze `%v` overridden by emergency declaration %v", [freeze.id, concat(", ", sort(emergencies(freeze)))]), freeze) if {
	some freeze in in_force
	count(emergencies(freeze)) > 0
}

warn contains finding(sprintf("freeze `%v` begins at %v, before the change window ends", [freeze.id, freeze.from]), freeze) if some freeze in ahead

finding(msg, freeze) := {"msg": msg, "term": freeze.id, "evidence": ["change-record"], "details": freeze}
