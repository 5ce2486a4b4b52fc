# METADATA
# scope: package
# title: Teams wait for each other
# description: >-
#   Over the last 90 days, the median lead time of changes that need two teams or
#   more (from opening to deployment) is longer than 1.5 times its baseline, of at
#   least 20 such changes; or half of the approvals took longer than 24 hours.
#   Medians of durations, the lower of two middle ones, compared strictly; no test
#   of significance such as Mann-Whitney is made, because the baseline is one
#   number and not a sample. A change that is still open took at least as long as
#   it has been open, so it can make a median too long but never short enough.
#   Withdrawn and rejected changes do not count.
# custom:
#   id: operational.team-friction
#   severity: medium
#   condition: "cross-team coordination friction due to manual processes"
#   class: events
#   matrix: operational
#   controls: ["SOC2:CC1.3", "SOC2:CC2.2", "SOC2:CC5.3", "ISO27001:A.5.2", "ISO27001:A.5.3", "ISO27001:A.5.37", "NIST-800-53:AC-5", "NIST-800-53:IR-8", "RTS6:1", "DORA:Art.5"]
#   requires: [{evidence: events.changes, kind: change-tickets, max_age: 1d}]
#   remediation: Take the manual step that the slowest changes waited for and make it a policy that is evaluated, with a person for what it cannot decide.
package triggers.operational.team_friction

import data.lib.eventlog
import data.lib.events
import data.lib.evidence
import data.lib.text
import data.lib.trigger as heads

items := ["events.changes"]

default log := {}

log := input.evidence["events.changes"].facts if evidence.usable(input.evidence["events.changes"])

default limits := {}

limits := data.triggers.operational.thresholds.team_friction

inconclusive contains gap if some gap in evidence.gaps({"events.changes": "change-tickets"})

inconclusive contains gap if {
	some gap in evidence.unset("team_friction", limits, [
		"window_days", "min_teams", "lead_time_factor", "lead_time_baseline_s", "min_changes",
		"approval_wait_s", "min_approvals", "abandoned", "max_lag_s",
	])
}

window_from := input.as_of_ns - (limits.window_days * 86400000000000)

log_gaps := eventlog.gaps(log, window_from, limits.max_lag_s)

inconclusive contains sprintf("changes: %s", [gap]) if some gap in log_gaps

# What decides of each change, once however often it was delivered. Instants
# that are not there are "none"; those that cannot be read are null.
records contains record if {
	some event in eventlog.listed(log)
	not object.get(event, "status", null) in limits.abandoned
	record := {
		"id": object.get(event, "id", null),
		"teams": object.get(event, "teams", null),
		"opened": eventlog.at(event, "opened_at"),
		"requested": if_any(event, "approval_requested_at"),
		"approved": if_any(event, "approved_at"),
		"deployed": if_any(event, "deployed_at"),
	}
}

if_any(event, field) := "none" if {
	object.get(event, field, null) == null
} else := eventlog.at(event, field)

readable(record) if {
	is_string(record.id)
	is_array(record.teams)
	is_number(record.opened)
	every field in ["requested", "approved", "deployed"] {
		in_order(record.opened, record[field])
	}
	in_order(record.requested, record.approved)
}

in_order(_, stop) if stop == "none"

in_order(start, stop) if {
	is_number(start)
	is_number(stop)
	start <= stop
	stop <= input.as_of_ns
}

unreadable := [r | some r in records; not readable(r)]

inconclusive contains sprintf("changes that cannot be read: %v (no id, teams or opening, or instants that are none or in the wrong order)", [count(unreadable)]) if {
	count(unreadable) > 0
}

inconclusive contains sprintf("change id `%v` names two different changes", [id]) if some id in eventlog.conflicting(records)

changes := [r | some r in records; readable(r)]

# From one instant to another; one that has not come took at least until now.
# What ended before the window is left out.
spans(list, start, stop) := [span |
	some r in list
	is_number(r[start])
	end := ended(r[stop])
	end >= window_from
	span := {"id": r.id, "ms": floor((end - r[start]) / 1000000), "open": r[stop] == "none"}
]

ended(instant) := input.as_of_ns if {
	instant == "none"
} else := instant

# Longer than anything: how long an open span can still become.
endless := 9000000000000000

# The median lies between the one in which nothing open lasts longer and the one
# in which everything open lasts for ever.
summary(list) := {
	"n": count(list),
	"open": count([s | some s in list; s.open]),
	"median_ms": events.median([s.ms | some s in list]),
	"median_at_most_ms": events.median([at_most(s) | some s in list]),
}

at_most(span) := endless if {
	span.open
} else := span.ms

# `limit_ms` times `share_micro`, in whole numbers.
verdict(s, limit_ms, share_micro, min_n) := "unknown" if {
	s.n < min_n
} else := "unknown" if {
	count(log_gaps) + count(unreadable) > 0
} else := "true" if {
	s.median_ms * 1000000 > limit_ms * share_micro
} else := "unknown" if {
	s.median_at_most_ms * 1000000 > limit_ms * share_micro
} else := "false"

between_teams := [r | some r in changes; count({t | some t in r.teams}) >= limits.min_teams]

baseline_ms := limits.lead_time_baseline_s * 1000

factor_micro := text.micro(limits.lead_time_factor)

limit_ms := floor((baseline_ms * factor_micro) / 1000000)

lead_time(id, used, list, whose) := {
	"id": id, "used": used, "verdict": verdict(s, baseline_ms, factor_micro, limits.min_changes),
	"msg": sprintf("median lead time %s of %v %s in %v days, limit %s; at least %v changes wanted", [shown(s), s.n, whose, limits.window_days, eventlog.hours(limit_ms), limits.min_changes]),
	"numbers": object.union(s, {
		"term": "lead-time", "limit_ms": limit_ms, "baseline_ms": baseline_ms,
		"factor": limits.lead_time_factor, "min_n": limits.min_changes, "slowest": slowest(found),
	}),
} if {
	found := spans(list, "opened", "deployed")
	s := summary(found)
}

approval_wait(list) := {
	"id": "approval-wait", "used": true, "verdict": verdict(s, wait_ms, 1000000, limits.min_approvals),
	"msg": sprintf("median wait for an approval %s of %v approvals in %v days, limit %s; at least %v approvals wanted", [shown(s), s.n, limits.window_days, eventlog.hours(wait_ms), limits.min_approvals]),
	"numbers": object.union(s, {"term": "approval-wait", "limit_ms": wait_ms, "min_n": limits.min_approvals, "slowest": slowest(found)}),
} if {
	wait_ms := limits.approval_wait_s * 1000
	found := spans(list, "requested", "approved")
	s := summary(found)
}

shown(s) := "not known" if {
	s.n == 0
} else := eventlog.hours(s.median_ms)

# The three that took longest, for whoever looks for the cause.
slowest(list) := array.slice(array.reverse(sort([[s.ms, s.id] | some s in list])), 0, 3)

judged := [
	lead_time("lead-time", true, between_teams, sprintf("changes of at least %v teams", [limits.min_teams])),
	lead_time("lead-time-of-all-changes", false, changes, "changes"),
	approval_wait(between_teams),
]

reading contains heads.reading(j.id, j.used, j.verdict, j.msg, items, j.numbers) if {
	count(log) > 0
	some j in judged
}

trigger contains heads.finding(j.numbers.term, j.msg, items, j.numbers) if {
	some j in judged
	j.used
	j.verdict == "true"
}

inconclusive contains heads.finding(j.numbers.term, sprintf("cannot be judged: %s, %v still open", [j.msg, j.numbers.open]), items, j.numbers) if {
	count(log) > 0
	some j in judged
	j.used
	j.verdict == "unknown"
}
