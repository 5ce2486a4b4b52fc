# METADATA
# scope: package
# title: Real-time trading demands coordination in less than 50 ms
# description: >-
#   The signed obligation register holds a latency requirement that is in force,
#   and the measured coordination latency is at or above 50 ms. The condition names
#   no statistic: the P95 decides, as it does for the SLA, and the P50 and P99 are
#   shown beside it where the histogram has a bucket edge at 50 ms. Either half
#   alone fires nothing. While nobody has declared a register that covers latency
#   requirements the trigger is unmeasured.
# custom:
#   id: business.realtime-latency
#   condition: real-time trading requirements demand < 50 ms coordination latency
#   class: measured+declared
#   matrix: business
#   severity: high
#   controls: ["SOC2:A1.1", "ISO27001:A.8.6", "NIST-800-53:CP-2(2)", "NIST-800-53:SC-5", "DORA:Art.7", "RTS6:10", "RTS6:15", "RTS6:16"]
#   requires:
#     - {evidence: slo.coordination-latency, kind: prometheus-matrix, max_age: 15m}
#     - {evidence: slo.coordination-buckets, kind: prometheus-vector, max_age: 15m, optional: true}
#     - {evidence: registers.obligations, kind: declaration, verified: true, optional: true}
#   remediation: Plan the work on coordination latency for the quarter in which the requirement takes effect.
package triggers.business.realtime_latency

import data.lib.evidence
import data.lib.histogram
import data.lib.register
import data.lib.series
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads

default matrix := {}

matrix := input.evidence["slo.coordination-latency"].facts if evidence.usable(input.evidence["slo.coordination-latency"])

default buckets := {}

buckets := input.evidence["slo.coordination-buckets"].facts if evidence.usable(input.evidence["slo.coordination-buckets"])

default limits := {}

limits := data.triggers.business.thresholds.realtime_latency

default requirement_limits := {}

requirement_limits := limits.requirement

requirement := register.survey("registers.obligations", "obligations", requirement_limits)

inconclusive contains gap if some gap in evidence.gaps({"slo.coordination-latency": "prometheus-matrix"})

inconclusive contains gap if {
	not register.undeclared("slo.coordination-buckets")
	some gap in evidence.gaps({"slo.coordination-buckets": "prometheus-vector"})
}

inconclusive contains gap if {
	some gap in evidence.unset("realtime_latency", limits, ["threshold_ms", "window_s", "settle_s", "step_s", "max_share", "min_coverage", "max_gap_s", "quantiles", "requirement", "reading"])
}

inconclusive contains sprintf("policy data names the reading `%v`, which is neither p95 nor one of `quantiles`", [limits.reading]) if {
	not limits.reading in ({"p95"} | {id | some id, _ in limits.quantiles})
}

inconclusive contains heads.unmeasured(msg, ["registers.obligations"]) if some msg in requirement.unmeasured

inconclusive contains heads.finding("requirement", msg, ["registers.obligations"], {}) if some msg in requirement.defects

# What is measured: is the statistic at or above the threshold?

span := instants.window(limits.window_s, limits.settle_s)

default outcome := {"verdict": "unknown", "series": []}

outcome := series.within(matrix, object.union(object.union(limits, span), {"side": "below", "bound": limits.threshold_ms}))

# The predicate answers whether the P95 stayed below; the trigger asks whether it did not.
opposite := {"true": "false", "false": "true", "unknown": "unknown"}

measured[id] := {"verdict": opposite[outcome.verdict], "words": p95_words, "evidence": ["slo.coordination-latency"], "numbers": numbers} if {
	id := "p95"
	numbers := {
		"max_share": limits.max_share,
		"series": [{"labels": s.labels, "beyond_ms": s.beyond_ms, "known_ms": s.known_ms, "window_ms": s.window_ms, "worst": s.worst} | some s in outcome.series],
		"plot": {"evidence": "slo.coordination-latency", "labels": null, "threshold": limits.threshold_ms, "side": "above", "from_ms": span.from_ms, "to_ms": span.to_ms, "step_s": limits.step_s, "unit": "ms"},
	}
}

p95_words := "no series of the P95" if {
	count(outcome.series) == 0
} else := sprintf("P95 at or above %v ms in %v: %v", [
	limits.threshold_ms, text.duration(span.to_ms - span.from_ms),
	concat(", ", [sprintf("%v %v", [object.get(s.labels, "cluster", "all"), text.duration(s.beyond_ms)]) | some s in outcome.series]),
])

# A quantile is at or above a bucket edge when no larger share of the requests lies
# at or below it. Without an edge at the threshold the histogram cannot tell.
measured[id] := {"verdict": verdict, "words": words, "evidence": ["slo.coordination-buckets"], "numbers": {"quantile": quantile, "within": requests_within, "total": requests}} if {
	some id, quantile in limits.quantiles
	id != "p95"
	verdict := at_or_above(requests_within, requests, quantile)
	words := quantile_words(id, requests_within, requests)
}

# The requests counted in the buckets that end at the threshold, and in all of
# them; null where not every histogram has an edge there.
at_threshold := [s.value |
	some s in samples
	histogram.micro(histogram.number(s.labels.le)) == histogram.micro(limits.threshold_ms)
]

in_all := [s.value | some s in samples; histogram.infinite(s.labels.le)]

requests_within := sum(at_threshold) if {
	count(at_threshold) == count(in_all)
	count(in_all) > 0
} else := null

requests := sum(in_all) if {
	count(in_all) > 0
} else := null

samples := [s |
	some s in evidence.objects(buckets, ["samples"])
	is_string(object.get(s, ["labels", "le"], null))
	is_number(object.get(s, "value", null))
]

at_or_above(within, all_of_them, quantile) := "unknown" if {
	not counted(within, all_of_them)
} else := "true" if {
	within * 1000000 <= text.micro(quantile) * all_of_them
} else := "false"

counted(within, all_of_them) if {
	is_number(within)
	is_number(all_of_them)
	all_of_them > 0
}

quantile_words(id, within, all_of_them) := sprintf("%v: %v of the requests within %v ms", [upper(id), text.percent(floor((within * 1000000) / all_of_them)), limits.threshold_ms]) if {
	counted(within, all_of_them)
} else := sprintf("%v: no bucket edge at %v ms tells", [upper(id), limits.threshold_ms])

# The requirement and the measurement, together.

demanded[id] := r if some id, r in requirement.readings

judged[id] := {"verdict": heads.all_of({demand.verdict, m.verdict}), "days": demand.days, "found": demand.found, "measured": m} if {
	demand := demanded[requirement_limits.reading]
	some id, m in measured
}

# The other horizons of the requirement, by the statistic that decides.
judged[horizon] := {"verdict": heads.all_of({demand.verdict, m.verdict}), "days": demand.days, "found": demand.found, "measured": m} if {
	m := measured[limits.reading]
	some horizon, demand in demanded
	horizon != requirement_limits.reading
}

reading contains heads.reading(id, id == limits.reading, j.verdict, line(j), array.concat(["registers.obligations"], j.measured.evidence), numbers) if {
	some id, j in judged
	numbers := object.union(j.measured.numbers, {"requirements": register.named(j.found), "within_days": j.days, "threshold_ms": limits.threshold_ms})
}

line(j) := sprintf("%v latency requirements %v; %v", [count(j.found), register.horizon(j.days), j.measured.words])

trigger contains heads.finding(register.name(entry), msg, array.concat(["registers.obligations"], j.measured.evidence), {"threshold_ms": limits.threshold_ms, "effective_on": object.get(entry, "effective_on", null)}) if {
	j := judged[limits.reading]
	j.verdict == "true"
	some entry in j.found
	msg := sprintf("required: %v; %v", [register.described(entry), j.measured.words])
}

inconclusive contains heads.finding("latency", line(j), array.concat(["registers.obligations"], j.measured.evidence), {"threshold_ms": limits.threshold_ms}) if {
	j := judged[limits.reading]
	j.verdict == "unknown"
}
