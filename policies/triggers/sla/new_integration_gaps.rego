# METADATA
# scope: package
# title: A new integration shows a performance gap
# description: >-
#   A production integration in its first 14 days has no telemetry at all in the
#   last 24 hours, or keeps its SLA for less than 95 % of its requests, or its own
#   P95 stays above 120 ms for more than 30 minutes. An integration with fewer than
#   1,000 requests is too quiet to be judged, which is unknown; so is an answer
#   without any series, because the question may have been wrong. New is what the
#   service catalogue saw for the first time; without a complete catalogue nobody
#   knows what is new.
# custom:
#   id: sla.new-integration-gaps
#   severity: high
#   condition: "new service integrations expose performance gaps"
#   class: measured+events
#   matrix: sla
#   controls: ["SOC2:CC3.4", "SOC2:CC8.1", "SOC2:A1.1", "ISO27001:A.8.25", "ISO27001:A.8.29", "ISO27001:A.8.32", "NIST-800-53:CM-4", "NIST-800-53:SA-11", "PCI-DSS:6.5.2", "RTS6:5", "RTS6:7", "DORA:Art.8", "DORA:Art.24"]
#   requires:
#     - {evidence: inventory.services, kind: service-inventory, max_age: 1d}
#     - {evidence: slo.integrations, kind: prometheus-matrix, max_age: 15m}
#   remediation: Instrument the integration that is named, or load-test it at its expected rate before it takes more traffic.
package triggers.sla.new_integration_gaps

import data.lib.eventlog
import data.lib.evidence
import data.lib.ratio
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads
import data.lib.window

items := ["inventory.services", "slo.integrations"]

default inventory := {}

inventory := input.evidence["inventory.services"].facts if evidence.usable(input.evidence["inventory.services"])

default matrix := {}

matrix := input.evidence["slo.integrations"].facts if evidence.usable(input.evidence["slo.integrations"])

default limits := {}

limits := data.triggers.sla.thresholds.new_integration_gaps

inconclusive contains gap if some gap in evidence.gaps({"inventory.services": "service-inventory", "slo.integrations": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("new_integration_gaps", limits, [
		"new_for_days", "min_requests", "min_within_share", "latency_threshold_ms", "latency_longer_than_s",
		"window_s", "settle_s", "step_s", "hold_steps", "request_metric", "latency_metric", "environments", "max_lag_s",
	])
}

inconclusive contains gap if some gap in evidence.absent("inventory.services", inventory, [["integrations"]])

inconclusive contains gap if some gap in evidence.absent("slo.integrations", matrix, [["series"]])

inconclusive contains "the inventory is not complete, or older than it may be" if {
	count(inventory) > 0
	not complete
}

complete if {
	inventory.complete == true
	count(eventlog.elements(inventory, "integrations")) > 0
	to := instants.ns(object.get(inventory, "to", null))
	is_number(to)
	input.as_of_ns - to <= limits.max_lag_s * 1000000000
}

concerned(element) if element.environment in limits.environments

# An integration that does not say where it is may be in production.
concerned(element) if not is_string(object.get(element, "environment", null))

records contains {"id": object.get(i, "id", null), "first_seen": eventlog.at(i, "first_seen")} if {
	some i in eventlog.elements(inventory, "integrations")
	concerned(i)
}

readable(record) if {
	is_string(record.id)
	is_number(record.first_seen)
	record.first_seen <= input.as_of_ns
}

unreadable := [r | some r in records; not readable(r)]

inconclusive contains sprintf("integrations that cannot be read: %v (no id, or not first seen at an instant that has come)", [count(unreadable)]) if {
	count(unreadable) > 0
}

fresh := [r |
	some r in records
	readable(r)
	input.as_of_ns - r.first_seen <= limits.new_for_days * 86400000000000
]

span := instants.window(limits.window_s, limits.settle_s)

# What is looked at of an integration begins when it was first seen.
since_ms(record) := max([span.from_ms, floor(record.first_seen / 1000000)])

series_of(record) := [s |
	some s in evidence.objects(matrix, ["series"])
	object.get(s, ["labels", "integration"], null) == record.id
]

# A sample anywhere in the window.
heard(record) if {
	some s in series_of(record)
	is_array(s.samples)
	some [t, _] in s.samples
	is_number(t)
	t * 1000 >= since_ms(record)
	t * 1000 <= span.to_ms
}

counters(record) := {"series": [s | some s in series_of(record); s.labels.__name__ == limits.request_metric]}

latencies(record) := {"series": [s | some s in series_of(record); s.labels.__name__ == limits.latency_metric]}

requests(record) := ratio.totals(counters(record), {
	"outcome": "outcome", "good": "within", "bad": "breached", "step_s": limits.step_s,
	"from_ms": since_ms(record), "to_ms": span.to_ms,
})

within(counts) := ratio.below(counts, {"target": limits.min_within_share, "min_total": limits.min_requests}) if {
	counts.known == true
} else := {"verdict": "unknown", "reason": "the counters do not cover the window"}

latency(record) := window.sustained_above(latencies(record), {
	"from_ms": since_ms(record), "to_ms": span.to_ms, "step_s": limits.step_s, "hold_steps": limits.hold_steps,
	"threshold": limits.latency_threshold_ms, "longer_than_s": limits.latency_longer_than_s, "reducer": "any",
})

judged := [judge(r) | some r in sort([one | some one in fresh])]

judge(record) := {"id": record.id, "verdict": "unknown", "msg": "first seen only now"} if {
	since_ms(record) >= span.to_ms
} else := {"id": record.id, "verdict": "unknown", "msg": "no series of any integration"} if {
	count(evidence.objects(matrix, ["series"])) == 0
} else := {"id": record.id, "verdict": "true", "msg": sprintf("no telemetry in the last %s", [eventlog.hours(span.to_ms - since_ms(record))])} if {
	not heard(record)
} else := {
	"id": record.id,
	"verdict": "unknown",
	"msg": sprintf("%v requests are fewer than %v", [round(counts.total), limits.min_requests]),
	"requests": round(counts.total),
} if {
	counts := requests(record)
	counts.known == true
	counts.total < limits.min_requests
} else := {
	"id": record.id,
	"verdict": heads.any_of({by_ratio.verdict, by_latency.verdict}),
	"msg": sprintf("%s; %s", [ratio_sentence(by_ratio), latency_sentence(by_latency)]),
	"requests": round(counts.total),
	"within": by_ratio,
	"latency": by_latency,
} if {
	counts := requests(record)
	by_ratio := within(counts)
	by_latency := latency(record)
}

ratio_sentence(r) := sprintf("%s of %v requests within SLA, at least %s wanted", [text.percent(r.ratio_micro), r.total, text.percent(r.limit_micro)]) if {
	is_number(object.get(r, "ratio_micro", null))
} else := r.reason

latency_sentence(l) := sprintf("P95 above %v ms for certainly %s, possibly %s, limit more than %s", [
	limits.latency_threshold_ms,
	text.duration(max([s.certain_ms | some s in l.series])),
	text.duration(max([s.possible_ms | some s in l.series])),
	text.duration(limits.latency_longer_than_s * 1000),
]) if {
	count(l.series) > 0
} else := sprintf("latency: %v", [l.reason])

inconclusive contains "the predicates have no result for some integration" if {
	count(judged) != count(fresh)
}

verdict := "true" if {
	some j in judged
	j.verdict == "true"
} else := "unknown" if {
	not complete
} else := "unknown" if {
	count(unreadable) > 0
} else := "unknown" if {
	some j in judged
	j.verdict != "false"
} else := "false"

sentences := concat("", [sprintf("; %s: %s", [j.id, j.msg]) | some j in judged])

reading contains heads.reading("sla-or-silence", true, verdict, sprintf("integrations in their first %v days: %v%s", [limits.new_for_days, count(fresh), sentences]), items, {
	"new_for_days": limits.new_for_days,
	"min_requests": limits.min_requests,
	"integrations": judged,
}) if {
	count(inventory) > 0
	count(matrix) > 0
}

trigger contains heads.finding(j.id, sprintf("%s: %s", [j.id, j.msg]), items, j) if {
	count(matrix) > 0
	some j in judged
	j.verdict == "true"
}

inconclusive contains heads.finding(j.id, sprintf("%s: %s", [j.id, j.msg]), items, j) if {
	count(matrix) > 0
	some j in judged
	j.verdict == "unknown"
}
