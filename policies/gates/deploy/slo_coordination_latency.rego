# METADATA
# scope: package
# title: Coordination latency P95 stays below its target
# description: >-
#   In the two hours before the deployment no series of the P95 spent more than
#   the allowed share of the time at or above the target (120 ms). The system is
#   in a state in which a change can be judged by its effect.
# custom:
#   id: deploy.slo-coordination-latency
#   severity: high
#   controls: ["SOC2:A1.1", "SOC2:CC7.2", "ISO27001:A.8.6", "ISO27001:A.8.16", "NIST-800-53:SI-4", "DORA:Art.10", "RTS6:16"]
#   requires: [{evidence: slo.coordination-latency, kind: prometheus-matrix, max_age: 15m, min_coverage: 0.9}]
#   remediation: Find the cause of the latency before adding a change to it; deploy when the window is within target.
package gates.deploy.slo_coordination_latency

import data.lib.evidence
import data.lib.series
import data.lib.text
import data.lib.time as instants

default matrix := {}

matrix := input.evidence["slo.coordination-latency"].facts if evidence.usable(input.evidence["slo.coordination-latency"])

default limits := {}

limits := data.gates.deploy.thresholds.slo_coordination_latency

default objective := {}

objective := data.baselines.coordination_latency

inconclusive contains gap if some gap in evidence.gaps({"slo.coordination-latency": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("slo_coordination_latency", limits, ["window_s", "settle_s", "step_s", "max_share", "min_coverage", "max_gap_s", "clusters"])
}

inconclusive contains gap if some gap in evidence.unset("baselines.coordination_latency", objective, ["target", "baseline"])

inconclusive contains gap if some gap in evidence.absent("slo.coordination-latency", matrix, [["series"]])

spec := object.union(object.union(limits, instants.window(limits.window_s, limits.settle_s)), {"side": "below", "bound": objective.target})

default outcome := {"verdict": "unknown", "series": []}

outcome := series.within(matrix, spec)

# A cluster that sends no series is not thereby fast.
inconclusive contains sprintf("no series of the P95 for cluster `%v`", [cluster]) if {
	count(matrix) > 0
	some cluster in limits.clusters
	not cluster in {object.get(s.labels, "cluster", null) | some s in outcome.series}
}

inconclusive contains finding(msg, s) if {
	some s in outcome.series
	s.verdict == "unknown"
	msg := sprintf("P95 is known for %v of %v, longest gap %v", [text.duration(s.known_ms), text.duration(s.window_ms), text.duration(s.max_gap_ms)])
}

inconclusive contains "the latency predicate has no series to judge" if {
	count(matrix) > 0
	count(outcome.series) == 0
}

deny contains finding(msg, s) if {
	some s in outcome.series
	s.verdict == "false"
	msg := sprintf("P95 at or above %v ms for %v of %v", [objective.target, text.duration(s.beyond_ms), text.duration(s.window_ms)])
}

finding(msg, s) := {
	"msg": msg,
	"term": object.get(s.labels, "cluster", "all"),
	"evidence": ["slo.coordination-latency"],
	"details": object.union(s, {"target_ms": objective.target, "baseline_ms": objective.baseline, "max_share": limits.max_share}),
}
