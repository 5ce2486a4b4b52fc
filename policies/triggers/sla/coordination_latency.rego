# METADATA
# scope: package
# title: Coordination latency stays above 120 ms
# description: >-
#   In the two hours before the instant judged, the P95 of some cluster was above
#   120 ms for more than 30 minutes without a break. 30 minutes exactly are not
#   more than 30 minutes, 120 ms are not above 120 ms, and one missed sample is no
#   break. A hole that could hide the end of a breach leaves the answer unknown,
#   unless what is certain is long enough by itself. The P95 comes from a
#   histogram, so it can be trusted at 120 ms only where a bucket ends there: a
#   cluster without that edge is unknown. A second reading, which does not decide,
#   takes short holes in a breach for a breach.
# custom:
#   id: sla.coordination-latency
#   severity: critical
#   condition: "registry coordination latency exceeds 120 ms P95 for > 30 minutes"
#   class: measured
#   matrix: sla
#   controls: ["SOC2:A1.1", "SOC2:CC7.2", "ISO27001:A.8.6", "ISO27001:A.8.16", "NIST-800-53:SI-4", "NIST-800-53:SI-4(5)", "NIST-800-53:CP-2(2)", "RTS6:16", "DORA:Art.7", "DORA:Art.10"]
#   requires:
#     - {evidence: slo.coordination-latency, kind: prometheus-matrix, max_age: 15m}
#     - {evidence: slo.coordination-buckets, kind: prometheus-vector, max_age: 1d}
#   remediation: Find what the coordination waits for in the cluster that is named, and start the predictive trend analysis of Phase 4.
package triggers.sla.coordination_latency

import data.lib.evidence
import data.lib.histogram
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads
import data.lib.window

items := ["slo.coordination-latency", "slo.coordination-buckets"]

default matrix := {}

matrix := input.evidence["slo.coordination-latency"].facts if evidence.usable(input.evidence["slo.coordination-latency"])

default buckets := {}

buckets := input.evidence["slo.coordination-buckets"].facts if evidence.usable(input.evidence["slo.coordination-buckets"])

default limits := {}

limits := data.triggers.sla.thresholds.coordination_latency

inconclusive contains gap if {
	some gap in evidence.gaps({"slo.coordination-latency": "prometheus-matrix", "slo.coordination-buckets": "prometheus-vector"})
}

inconclusive contains gap if {
	some gap in evidence.unset("coordination_latency", limits, ["threshold_ms", "longer_than_s", "window_s", "settle_s", "step_s", "hold_steps", "clusters", "bridge"])
}

inconclusive contains gap if some gap in evidence.absent("slo.coordination-latency", matrix, [["series"]])

# Those that must be there, and those that are.
clusters := {cluster | some cluster in limits.clusters} | {named(s) | some s in sustained.series}

# Clusters whose P95 can be trusted at the threshold.
edged := {cluster |
	some cluster in clusters
	histogram.edge(bounds(cluster), limits.threshold_ms).verdict == "true"
}

bounds(cluster) := histogram.les({"samples": [s |
	some s in evidence.objects(buckets, ["samples"])
	object.get(s, ["labels", "cluster"], null) == cluster
]})

inconclusive contains sprintf("%v: no histogram bucket ends at %v ms, so its P95 cannot be compared with that", [cluster, limits.threshold_ms]) if {
	count(buckets) > 0
	some cluster in (clusters - edged)
}

spec := {
	"from_ms": span.from_ms,
	"to_ms": span.to_ms,
	"step_s": limits.step_s,
	"hold_steps": limits.hold_steps,
	"threshold": limits.threshold_ms,
	"longer_than_s": limits.longer_than_s,
	"reducer": "any",
} if {
	span := instants.window(limits.window_s, limits.settle_s)
}

default sustained := {"verdict": "unknown", "reason": "the predicate has no result", "series": []}

sustained := window.sustained_above(matrix, spec)

default bridged := {"verdict": "unknown", "reason": "the predicate has no result", "series": []}

bridged := window.sustained_above(matrix, object.union(spec, {"bridge": limits.bridge}))

silent := clusters - {named(s) | some s in sustained.series}

# A cluster that sends no series is not thereby fast.
inconclusive contains sprintf("%v: no series of the P95", [cluster]) if {
	count(matrix) > 0
	some cluster in silent
}

inconclusive contains sprintf("the latency cannot be judged: %v", [sustained.reason]) if {
	count(matrix) > 0
	count(sustained.series) == 0
}

named(s) := object.get(s.labels, "cluster", "all")

# What the series says, where its histogram lets it.
trusted(s) := s.verdict if {
	named(s) in edged
} else := "unknown"

verdict(outcome) := heads.any_of({trusted(s) | some s in outcome.series} | {"unknown" | some _ in silent})

# The series that tells most: a breach before a doubt before none, then the
# longest one.
rank := {"true": 2, "unknown": 1, "false": 0}

telling(outcome) := ordered[count(ordered) - 1][3] if {
	ordered := sort([[rank[trusted(s)], s.possible_ms, named(s), s] | some s in outcome.series])
	count(ordered) > 0
}

lasted(s) := sprintf("%s: P95 above %v ms for certainly %s, possibly %s", [named(s), limits.threshold_ms, text.duration(s.certain_ms), text.duration(s.possible_ms)])

limit := sprintf("limit more than %s in %s", [text.duration(limits.longer_than_s * 1000), text.duration(limits.window_s * 1000)])

numbers(s) := object.union(s, {"threshold_ms": limits.threshold_ms, "longer_than_s": limits.longer_than_s, "step_s": limits.step_s, "hold_steps": limits.hold_steps})

reading contains heads.reading("sustained", true, verdict(sustained), sprintf("%s, %s", [lasted(s), limit]), items, {
	"threshold_ms": limits.threshold_ms, "longer_than_s": limits.longer_than_s,
	"series": sustained.series, "warnings": object.get(sustained, "warnings", []),
	"plot": {
		"evidence": "slo.coordination-latency", "labels": s.labels, "threshold": limits.threshold_ms, "side": "above",
		"from_ms": spec.from_ms, "to_ms": spec.to_ms, "step_s": limits.step_s, "unit": "ms",
	},
}) if {
	s := telling(sustained)
}

reading contains heads.reading(
	"bridged", false, verdict(bridged), sprintf("%s: P95 above %v ms for %s of which %s are not known, holes of up to %s bridged, %s", [
		named(s),
		limits.threshold_ms,
		text.duration(s.run_ms),
		text.duration(s.bridged_ms),
		text.duration(limits.bridge.max_gap_s * 1000),
		limit,
	]),
	items, {"bridge": limits.bridge, "series": bridged.series},
) if {
	s := telling(bridged)
}

trigger contains heads.finding(named(s), sprintf("%s, %s", [lasted(s), limit]), items, numbers(s)) if {
	some s in sustained.series
	trusted(s) == "true"
}

inconclusive contains heads.finding(named(s), sprintf("%s, longest gap %s, %s", [lasted(s), text.duration(s.max_gap_ms), limit]), items, numbers(s)) if {
	some s in sustained.series
	s.verdict == "unknown"
}
