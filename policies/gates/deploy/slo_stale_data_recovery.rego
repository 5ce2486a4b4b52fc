# METADATA
# scope: package
# title: Stale data recovers in time
# description: >-
#   Of the stale-data recoveries of the last seven days at most one in ten took
#   10 s or longer. Too few to judge, all in time and the log complete: the rule
#   does not apply, and says why. Too few and one late: inconclusive.
# custom:
#   id: deploy.slo-stale-data-recovery
#   severity: medium
#   controls: ["SOC2:A1.2", "ISO27001:A.8.16", "NIST-800-53:SI-4", "RTS6:16"]
#   requires: [{evidence: slo.stale-data-recovery, kind: json, max_age: 1h}]
#   remediation: Find why recoveries are slow before adding a change.
package gates.deploy.slo_stale_data_recovery

import data.lib.events
import data.lib.evidence
import data.lib.time as instants

default log := {}

log := input.evidence["slo.stale-data-recovery"].facts if evidence.usable(input.evidence["slo.stale-data-recovery"])

default limits := {}

limits := data.gates.deploy.thresholds.slo_stale_data_recovery

default objective := {}

objective := data.baselines.stale_data_recovery

inconclusive contains gap if some gap in evidence.gaps({"slo.stale-data-recovery": "json"})

inconclusive contains gap if {
	some gap in evidence.unset("slo_stale_data_recovery", limits, ["window_days", "min_events", "max_share"])
}

inconclusive contains gap if some gap in evidence.unset("baselines.stale_data_recovery", objective, ["target", "baseline"])

listed := object.get(log, "events", null)

inconclusive contains "the recovery log has no list of events" if {
	count(log) > 0
	not is_array(listed)
}

window_from := input.as_of_ns - (limits.window_days * 86400000000000)

inconclusive contains sprintf("the recovery log does not cover the last %v days", [limits.window_days]) if {
	count(log) > 0
	not covered
}

covered if {
	log.complete == true
	from := instants.ns(object.get(log, "from", null))
	to := instants.ns(object.get(log, "to", null))
	is_number(from)
	is_number(to)
	from <= window_from
	input.as_of_ns - to <= 3600000000000
}

# Each event once: its id and its instants (null where there is none).
parsed := [entry |
	is_array(listed)
	some event in listed
	fields := object_of(event)
	entry := {
		"id": object.get(fields, "id", null),
		"detected": instants.ns(object.get(fields, "detected_at", null)),
		"recovered": instants.ns(object.get(fields, "recovered_at", null)),
	}
]

object_of(x) := x if is_object(x)

object_of(x) := {} if not is_object(x)

inconclusive contains sprintf("recovery event %v has no id, no detection or no recovery, or their order is wrong", [i + 1]) if {
	some i, event in parsed
	not readable(event)
}

readable(event) if {
	is_string(event.id)
	is_number(event.detected)
	is_number(event.recovered)
	event.detected <= event.recovered
	event.recovered <= input.as_of_ns
}

# Milliseconds from detection to recovery of each event in the window, by id: an
# event bus delivers at least once, and the same event twice is one.
took contains [event.id, ms] if {
	some event in parsed
	readable(event)
	event.detected >= window_from
	ms := floor((event.recovered - event.detected) / 1000000)
}

inconclusive contains "one event id names two different recoveries" if {
	count({id | some [id, _] in took}) != count(took)
}

durations := [ms | some [_, ms] in took]

default outcome := {"verdict": "unknown", "over": 0, "events": 0}

outcome := events.mostly_over(durations, objective.target * 1000, limits.min_events, limits.max_share)

inconclusive contains finding(sprintf("%v recoveries are fewer than %v, and %v took %v s or longer", [outcome.events, limits.min_events, outcome.over, objective.target])) if {
	outcome.verdict == "unknown"
	outcome.over > 0
}

not_applicable contains finding(sprintf("%v recoveries in %v days are too few to judge; none took %v s", [outcome.events, limits.window_days, objective.target])) if {
	outcome.verdict == "unknown"
	outcome.over == 0
	covered
}

deny contains finding(sprintf("%v of %v recoveries took %v s or longer", [outcome.over, outcome.events, objective.target])) if {
	outcome.verdict == "true"
}

warn contains finding(sprintf("the median recovery took %v ms: target met, baseline %v s not", [median, objective.baseline])) if {
	outcome.verdict == "false"
	median := events.median(durations)
	median >= objective.baseline * 1000
}

finding(msg) := {
	"msg": msg,
	"term": "recovery-time",
	"evidence": ["slo.stale-data-recovery"],
	"details": object.union(outcome, {"median_ms": events.median(durations), "target_s": objective.target, "baseline_s": objective.baseline, "max_share": limits.max_share}),
}
