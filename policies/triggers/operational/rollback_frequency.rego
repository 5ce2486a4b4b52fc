# METADATA
# scope: package
# title: Deployments are rolled back more than once a month
# description: >-
#   More than one production rollback in a calendar month, or in 30 days up to the
#   instant judged; either is enough, because two rollbacks on the last and the
#   first of a month are one in each of them. A month begins where the declared
#   time zone says. The running month is judged by what has happened so far, and the
#   one before it is still looked at, so that a review after its end sees it.
#   Distinct rollbacks, by id; drills do not count, by their tag, and are named.
# custom:
#   id: operational.rollback-frequency
#   severity: medium
#   condition: "deployment rollback frequency > 1 per month"
#   class: events
#   matrix: operational
#   controls: ["SOC2:CC8.1", "SOC2:CC4.2", "ISO27001:A.8.32", "ISO27001:A.5.27", "NIST-800-53:CM-3", "NIST-800-53:CM-3(2)", "NIST-800-53:SA-10", "PCI-DSS:6.5.1", "RTS6:5", "RTS6:8", "RTS6:11", "DORA:Art.13"]
#   requires: [{evidence: events.deployments, kind: deployments, max_age: 1d}]
#   remediation: Find what let each of the changes through that were rolled back, and add the missing test or gate.
package triggers.operational.rollback_frequency

import data.lib.eventlog
import data.lib.events
import data.lib.evidence
import data.lib.time as instants
import data.lib.trigger as heads

items := ["events.deployments"]

default log := {}

log := input.evidence["events.deployments"].facts if evidence.usable(input.evidence["events.deployments"])

default limits := {}

limits := data.triggers.operational.thresholds.rollback_frequency

inconclusive contains gap if some gap in evidence.gaps({"events.deployments": "deployments"})

inconclusive contains gap if {
	some gap in evidence.unset("rollback_frequency", limits, [
		"limit", "reading", "zone", "months", "rolling_days", "rollback_kinds", "other_kinds",
		"drill_tags", "environments", "max_lag_s",
	])
}

modes := ["calendar-month", "either", "rolling"]

inconclusive contains sprintf("policy data asks for the reading `%v`, which is none of %s", [limits.reading, concat(", ", modes)]) if {
	not limits.reading in modes
}

rolling_from := input.as_of_ns - (limits.rolling_days * 86400000000000)

log_gaps := eventlog.gaps(log, rolling_from, limits.max_lag_s)

inconclusive contains sprintf("deployments: %s", [gap]) if some gap in log_gaps

relevant := [event |
	some event in eventlog.listed(log)
	somewhere_relevant(event)
	not object.get(event, "kind", null) in limits.other_kinds
]

somewhere_relevant(event) if event.environment in limits.environments

somewhere_relevant(event) if not is_string(object.get(event, "environment", null))

drills := {object.get(event, "id", null) | some event in relevant; eventlog.tagged(event, limits.drill_tags)}

# Rollbacks with the instant they began; what may be one has no instant.
rollbacks := [{"id": object.get(event, "id", null), "at_ns": began(event)} |
	some event in relevant
	not eventlog.tagged(event, limits.drill_tags)
]

began(event) := eventlog.at(event, "started_at") if {
	event.kind in limits.rollback_kinds
} else := null

from_ns := instants.ns(object.get(log, "from", null))

to_ns := instants.ns(object.get(log, "to", null))

# The months looked at, the running one first.
this_month := events.month_of(input.as_of_ns, limits.zone) if limits.zone in data.lib.zones.names

months := array.slice([this_month, events.month_before(this_month)], 0, limits.months)

counts := [object.union(found, {"so_far": so_far(found), "verdict": by_month(found)}) |
	some month in months
	found := events.count_calendar_month(rollbacks, {
		"limit": limits.limit, "zone": limits.zone, "month": month,
		"complete": object.get(log, "complete", false), "from_ns": from_ns, "to_ns": to_ns,
	})
]

so_far(found) if {
	found.open == true
} else := false

# The running month cannot be "no" for good, but it can be "not so far".
by_month(found) := "false" if {
	found.verdict == "unknown"
	found.open == true
	count(log_gaps) == 0
	is_number(from_ns)
	from_ns > 0
	events.month_of(from_ns - 1, limits.zone) < found.month
	found.possible <= limits.limit
} else := found.verdict

calendar := heads.any_of({c.verdict | some c in counts})

default rolling := {"verdict": "unknown"}

rolling := events.count_rolling(rollbacks, {
	"limit": limits.limit, "days": limits.rolling_days,
	"complete": count(log_gaps) == 0, "from_ns": from_ns,
})

verdicts := {
	"calendar-month": calendar,
	"rolling": rolling.verdict,
	"either": heads.any_of({calendar, rolling.verdict}),
}

month_sentence := concat(", ", [sprintf("%v in %s%s", [c.n, c.month, suffix(c)]) | some c in counts])

suffix(c) := " so far" if {
	c.so_far
} else := ""

sentences := {
	"calendar-month": sprintf("rollbacks: %s (%s), limit %v a month%s", [month_sentence, limits.zone, limits.limit, aside]),
	"rolling": sprintf("rollbacks: %v in %v days, limit %v%s", [rolling.n, limits.rolling_days, limits.limit, aside]),
	"either": sprintf("rollbacks: %s (%s), %v in %v days, limit %v%s", [month_sentence, limits.zone, rolling.n, limits.rolling_days, limits.limit, aside]),
}

aside := sprintf("; drills left out: %s", [concat(", ", [sprintf("%v", [id]) | some id in drills])]) if {
	count(drills) > 0
} else := ""

numbers := {
	"calendar-month": {"zone": limits.zone, "limit": limits.limit, "months": counts, "drills": drills},
	"rolling": {"limit": limits.limit, "days": limits.rolling_days, "rolling": rolling, "drills": drills},
	"either": {"zone": limits.zone, "limit": limits.limit, "months": counts, "days": limits.rolling_days, "rolling": rolling, "drills": drills},
}

reading contains heads.reading(mode, limits.reading == mode, verdicts[mode], sentences[mode], items, numbers[mode]) if {
	count(log) > 0
	some mode in modes
}

trigger contains heads.finding("rollbacks", sentences[limits.reading], items, numbers[limits.reading]) if {
	verdicts[limits.reading] == "true"
}

inconclusive contains heads.finding("rollbacks", sprintf("cannot be judged: %s", [sentences[limits.reading]]), items, numbers[limits.reading]) if {
	count(log) > 0
	verdicts[limits.reading] == "unknown"
}

inconclusive contains "the count of rollbacks has no result" if {
	count(log) > 0
	not judged
}

judged if sentences[limits.reading]

inconclusive contains sprintf("deployment events that may be rollbacks and cannot be read: %v", [rolling.unreadable]) if rolling.unreadable > 0
