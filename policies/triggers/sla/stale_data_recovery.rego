# METADATA
# scope: package
# title: Stale data recovers too slowly, again and again
# description: >-
#   Of the stale-data recoveries of the last seven days, five or more, at least 80 %
#   took longer than 10 s from detection to recovery; 10 s exactly are not longer.
#   Fewer than five recoveries cannot be "consistently" anything: if one of them was
#   slow the answer is unknown, and if none was and the log is complete the trigger
#   does not apply.
# custom:
#   id: sla.stale-data-recovery
#   severity: high
#   condition: "stale data recovery time exceeds 10 s consistently"
#   class: events
#   matrix: sla
#   controls: ["SOC2:A1.2", "SOC2:CC7.5", "SOC2:PI1.3", "ISO27001:A.5.30", "ISO27001:A.8.14", "NIST-800-53:CP-10", "NIST-800-53:SC-24", "NIST-800-53:SI-7", "RTS6:14", "RTS6:16", "DORA:Art.11", "DORA:Art.12"]
#   requires: [{evidence: events.stale-data-recovery, kind: recoveries, max_age: 1h}]
#   remediation: Find what the slow recoveries have in common (source, key, time of day), and plan the automated detection of Phase 4.
package triggers.sla.stale_data_recovery

import data.lib.eventlog
import data.lib.events
import data.lib.evidence
import data.lib.text
import data.lib.trigger as heads

items := ["events.stale-data-recovery"]

default log := {}

log := input.evidence["events.stale-data-recovery"].facts if evidence.usable(input.evidence["events.stale-data-recovery"])

default limits := {}

limits := data.triggers.sla.thresholds.stale_data_recovery

inconclusive contains gap if some gap in evidence.gaps({"events.stale-data-recovery": "recoveries"})

inconclusive contains gap if {
	some gap in evidence.unset("stale_data_recovery", limits, ["limit_s", "min_events", "share", "window_days", "max_lag_s"])
}

window_from := input.as_of_ns - (limits.window_days * 86400000000000)

log_gaps := eventlog.gaps(log, window_from, limits.max_lag_s)

inconclusive contains sprintf("recoveries: %s", [gap]) if some gap in log_gaps

# What decides of each event, once however often it was delivered.
records contains {
	"id": object.get(event, "id", null),
	"detected": eventlog.at(event, "detected_at"),
	"recovered": eventlog.at(event, "recovered_at"),
} if {
	some event in eventlog.listed(log)
}

readable(record) if {
	is_string(record.id)
	is_number(record.detected)
	is_number(record.recovered)
	record.detected <= record.recovered
	record.recovered <= input.as_of_ns
}

unreadable := [r | some r in records; not readable(r)]

inconclusive contains sprintf("recoveries that cannot be read: %v (no id, no detection or no recovery, or in the wrong order)", [count(unreadable)]) if {
	count(unreadable) > 0
}

inconclusive contains sprintf("recovery id `%v` names two different recoveries", [id]) if some id in eventlog.conflicting(records)

recoveries := [{"id": r.id, "ms": floor((r.recovered - r.detected) / 1000000)} |
	some r in records
	readable(r)
	r.detected >= window_from
]

durations := [r.ms | some r in recoveries]

default outcome := {"verdict": "unknown"}

outcome := events.consistently(durations, {"limit": limits.limit_s * 1000, "min_events": limits.min_events, "share": limits.share})

slow := sort([r.id | some r in recoveries; r.ms > limits.limit_s * 1000])

# A log with holes cannot show a share.
verdict := "unknown" if {
	count(log_gaps) + count(unreadable) > 0
} else := outcome.verdict

msg := sprintf("%v of %v recoveries in %v days took longer than %v s%s; consistently is %s of at least %v", [
	count(slow),
	count(durations),
	limits.window_days,
	limits.limit_s,
	aside,
	text.percent(text.micro(limits.share)),
	limits.min_events,
])

aside := sprintf(" (median %v ms, slowest %v ms)", [events.median(durations), max(durations)]) if {
	count(durations) > 0
} else := ""

numbers := object.union(outcome, {
	"slow": slow, "median_ms": events.median(durations), "limit_s": limits.limit_s,
	"min_events": limits.min_events, "share": limits.share, "window_days": limits.window_days,
})

reading contains heads.reading("consistently", true, verdict, msg, items, numbers) if count(log) > 0

trigger contains heads.finding("recovery-time", msg, items, numbers) if verdict == "true"

inconclusive contains heads.finding("recovery-time", sprintf("too few to judge: %s", [msg]), items, numbers) if {
	count(log) > 0
	verdict == "unknown"
	count(slow) > 0
}

# Nothing was slow, and too little happened for it to have been "consistently".
not_applicable contains heads.finding("recovery-time", sprintf("too few to judge, and none slow: %s", [msg]), items, numbers) if {
	count(log) > 0
	count(log_gaps) + count(unreadable) == 0
	verdict == "unknown"
	count(slow) == 0
}
