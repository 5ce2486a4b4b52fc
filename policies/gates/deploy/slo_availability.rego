# METADATA
# scope: package
# title: Production is available
# description: >-
#   In the two hours before the deployment each region served more than 99.5 % of the
#   requests it received.
# custom:
#   id: deploy.slo-availability
#   severity: high
#   controls: ["SOC2:A1.1", "SOC2:A1.2", "ISO27001:A.8.14", "NIST-800-53:CP-2", "DORA:Art.11", "RTS6:14"]
#   requires: [{evidence: slo.availability, kind: prometheus-matrix, max_age: 15m, min_coverage: 0.9}]
#   remediation: Restore the region before adding a change to it.
package gates.deploy.slo_availability

import data.lib.counter
import data.lib.evidence
import data.lib.text
import data.lib.time as instants

default matrix := {}

matrix := input.evidence["slo.availability"].facts if evidence.usable(input.evidence["slo.availability"])

default limits := {}

limits := data.gates.deploy.thresholds.slo_availability

default objective := {}

objective := data.baselines.availability

inconclusive contains gap if some gap in evidence.gaps({"slo.availability": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("slo_availability", limits, ["window_s", "settle_s", "step_s", "min_coverage", "max_gap_s", "min_total", "regions"])
}

inconclusive contains gap if some gap in evidence.unset("baselines.availability", objective, ["target", "baseline"])

inconclusive contains gap if some gap in evidence.absent("slo.availability", matrix, [["series"]])

inconclusive contains "policy data lists no regions to measure" if {
	count(limits) > 0
	count(object.get(limits, "regions", [])) == 0
}

spec := object.union(
	object.union(limits, instants.window(limits.window_s, limits.settle_s)),
	{"group": "region", "outcome": "outcome", "good": "served", "bad": "failed", "target": objective.target},
)

default outcome := {"verdict": "unknown", "groups": []}

outcome := counter.above(matrix, limits.regions, spec)

inconclusive contains "the ratio predicate has no result" if {
	count(matrix) > 0
	count(outcome.groups) == 0
}

inconclusive contains finding(sprintf("%v: %v", [g.group, g.reason]), g) if {
	some g in outcome.groups
	g.verdict == "unknown"
}

deny contains finding(sprintf("%v: %v of %v requests served, target more than %v", [g.group, text.percent(g.ratio_micro), g.total, text.percent(target)]), g) if {
	some g in outcome.groups
	g.verdict == "false"
}

warn contains finding(sprintf("%v: %v of %v requests served: target met, baseline %v not", [g.group, text.percent(g.ratio_micro), g.total, text.percent(baseline)]), g) if {
	some g in outcome.groups
	g.verdict == "true"
	g.ratio_micro < baseline
}

target := text.micro(objective.target)

baseline := text.micro(objective.baseline)

finding(msg, g) := {
	"msg": msg,
	"term": g.group,
	"evidence": ["slo.availability"],
	"details": object.union(g, {"target": objective.target, "baseline": objective.baseline}),
}
