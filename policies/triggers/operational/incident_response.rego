# METADATA
# scope: package
# title: Manual incident response is slow because of monitoring gaps
# description: >-
#   In the last 30 days somebody took more than 5 minutes to take a production
#   incident (first acknowledgement minus detection), and the incident's cause is
#   tagged as a monitoring gap. One such incident is enough. A slow incident whose
#   cause nobody has tagged could be one and is unknown, never "no". Incidents
#   that were resolved without a person and drills, by their tag, do not count. An
#   incident that nobody has taken yet counts from the moment the limit is past.
# custom:
#   id: operational.incident-response
#   severity: medium
#   condition: "manual incident response > 5 minutes due to monitoring gaps"
#   class: events
#   matrix: operational
#   controls: ["SOC2:CC7.3", "SOC2:CC7.4", "ISO27001:A.5.24", "ISO27001:A.5.26", "NIST-800-53:IR-4(1)", "NIST-800-53:IR-5(1)", "NIST-800-53:SI-4(5)", "PCI-DSS:12.10", "RTS6:16", "DORA:Art.10", "DORA:Art.17"]
#   requires: [{evidence: events.incidents, kind: incidents, max_age: 1d}]
#   remediation: Close the monitoring gap that each incident names, tag the causes that are missing, or plan the anomaly detection of Phase 4.
package triggers.operational.incident_response

import data.lib.eventlog
import data.lib.evidence
import data.lib.text
import data.lib.trigger as heads

items := ["events.incidents"]

default log := {}

log := input.evidence["events.incidents"].facts if evidence.usable(input.evidence["events.incidents"])

default limits := {}

limits := data.triggers.operational.thresholds.incident_response

inconclusive contains gap if some gap in evidence.gaps({"events.incidents": "incidents"})

inconclusive contains gap if {
	some gap in evidence.unset("incident_response", limits, ["limit_s", "min_incidents", "window_days", "gap_causes", "other_causes", "drill_tags", "environments", "max_lag_s"])
}

window_from := input.as_of_ns - (limits.window_days * 86400000000000)

inconclusive contains sprintf("incidents: %s", [gap]) if some gap in log_gaps

log_gaps := eventlog.gaps(log, window_from, limits.max_lag_s)

# What decides of each event, once however often it was delivered.
records contains record if {
	some event in eventlog.listed(log)
	counted(event)
	record := {
		"id": object.get(event, "id", null),
		"detected": eventlog.at(event, "detected_at"),
		"taken": taken(event),
		"cause": object.get(event, "cause", null),
	}
}

counted(event) if {
	somewhere_relevant(event)
	not eventlog.tagged(event, limits.drill_tags)
	object.get(event, "response", "manual") != "automated"
}

somewhere_relevant(event) if event.environment in limits.environments

somewhere_relevant(event) if not is_string(object.get(event, "environment", null))

# The first acknowledgement by a person; an incident resolved without one was
# taken when it was resolved, at the latest. Null while nobody has.
taken(event) := eventlog.at(event, field) if {
	field := [f | some f in ["acknowledged_at", "resolved_at"]; object.get(event, f, null) != null][0]
} else := input.as_of_ns

readable(record) if {
	is_string(record.id)
	is_number(record.detected)
	is_number(record.taken)
	record.detected <= record.taken
	record.taken <= input.as_of_ns
}

unreadable := [r | some r in records; not readable(r)]

inconclusive contains sprintf("incidents that cannot be read: %v (no id or detection, or instants that are none or in the wrong order)", [count(unreadable)]) if {
	count(unreadable) > 0
}

inconclusive contains sprintf("incident id `%v` names two different incidents", [id]) if some id in eventlog.conflicting(records)

incidents := [object.union(r, {"took_ms": floor((r.taken - r.detected) / 1000000), "slow": slow(r), "gap": gap_of(r.cause)}) |
	some r in records
	readable(r)
	r.detected >= window_from
]

# Nanoseconds, strictly longer. Not yet taken and not yet late is not "in time".
slow(record) := "true" if {
	record.taken - record.detected > limits.limit_s * 1000000000
} else := "unknown" if {
	record.taken == input.as_of_ns
} else := "false"

gap_of(cause) := "true" if {
	cause in limits.gap_causes
} else := "false" if {
	cause in limits.other_causes
} else := "unknown"

late := [i | some i in incidents; i.slow == "true"]

certain := [i | some i in incidents; heads.all_of({i.slow, i.gap}) == "true"]

possible := [i | some i in incidents; heads.all_of({i.slow, i.gap}) == "unknown"]

verdict := "true" if {
	count(certain) >= limits.min_incidents
} else := "unknown" if {
	count(log_gaps) + count(unreadable) > 0
} else := "unknown" if {
	count(certain) + count(possible) >= limits.min_incidents
} else := "false"

msg := sprintf("%v of %v incidents in %v days waited longer than %v to be taken, %v of them because of a monitoring gap%s; %v is enough", [
	count(late),
	count(incidents),
	limits.window_days,
	text.duration(limits.limit_s * 1000),
	count([i | some i in late; i.gap == "true"]),
	aside,
	limits.min_incidents,
])

aside := sprintf(" and %v of unknown cause or still open", [count(possible)]) if {
	count(possible) > 0
} else := ""

numbers := {
	"incidents": count(incidents),
	"late": [shown(i) | some i in late],
	"because_of_a_gap": count(certain),
	"undecided": count(possible),
	"limit_s": limits.limit_s,
	"min_incidents": limits.min_incidents,
	"window_days": limits.window_days,
}

shown(incident) := {"id": incident.id, "took_ms": incident.took_ms, "cause": incident.cause}

reading contains heads.reading("first-acknowledgement", true, verdict, msg, items, numbers) if count(log) > 0

trigger contains heads.finding(i.id, sprintf("incident %s was taken after %s because of a monitoring gap, limit %s", [i.id, text.duration(i.took_ms), text.duration(limits.limit_s * 1000)]), items, object.union(shown(i), {"limit_s": limits.limit_s})) if {
	verdict == "true"
	some i in certain
}

inconclusive contains heads.finding(i.id, sprintf("incident %s: %s", [i.id, why(i)]), items, shown(i)) if {
	verdict == "unknown"
	some i in possible
}

why(incident) := "nobody has taken it yet" if {
	incident.slow == "unknown"
} else := sprintf("taken after %s, and its cause is not tagged", [text.duration(incident.took_ms)]) if {
	incident.cause in {null, ""}
} else := sprintf("taken after %s, and its cause `%v` is in no list of causes", [text.duration(incident.took_ms), incident.cause])
