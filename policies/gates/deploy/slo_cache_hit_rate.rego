# METADATA
# scope: package
# title: The cache hit rate stays above its target
# description: >-
#   In the two hours before the deployment more than 90 % of the lookups hit. Between
#   88.5 and 90 % the target is missed although the degradation trigger, which is
#   five points below the baseline, does not fire: the finding says so.
# custom:
#   id: deploy.slo-cache-hit-rate
#   severity: medium
#   controls: ["SOC2:A1.1", "ISO27001:A.8.6", "NIST-800-53:SI-4"]
#   requires: [{evidence: slo.cache-hit-rate, kind: prometheus-matrix, max_age: 15m, min_coverage: 0.9}]
#   remediation: Restore the cache (warm it, or find the key churn) before adding a change.
package gates.deploy.slo_cache_hit_rate

import data.lib.counter
import data.lib.evidence
import data.lib.text
import data.lib.time as instants

default matrix := {}

matrix := input.evidence["slo.cache-hit-rate"].facts if evidence.usable(input.evidence["slo.cache-hit-rate"])

default limits := {}

limits := data.gates.deploy.thresholds.slo_cache_hit_rate

default objective := {}

objective := data.baselines.cache_hit_rate

inconclusive contains gap if some gap in evidence.gaps({"slo.cache-hit-rate": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("slo_cache_hit_rate", limits, ["window_s", "settle_s", "step_s", "min_coverage", "max_gap_s", "min_total", "caches"])
}

inconclusive contains gap if some gap in evidence.unset("baselines.cache_hit_rate", objective, ["target", "baseline"])

inconclusive contains gap if some gap in evidence.absent("slo.cache-hit-rate", matrix, [["series"]])

inconclusive contains "policy data lists no caches to measure" if {
	count(limits) > 0
	count(object.get(limits, "caches", [])) == 0
}

spec := object.union(
	object.union(limits, instants.window(limits.window_s, limits.settle_s)),
	{"group": "cache", "outcome": "result", "good": "hit", "bad": "miss", "target": objective.target},
)

default outcome := {"verdict": "unknown", "groups": []}

outcome := counter.above(matrix, limits.caches, spec)

inconclusive contains "the ratio predicate has no result" if {
	count(matrix) > 0
	count(outcome.groups) == 0
}

inconclusive contains finding(sprintf("%v: %v", [g.group, g.reason]), g) if {
	some g in outcome.groups
	g.verdict == "unknown"
}

deny contains finding(sprintf("%v: %v of %v lookups hit, target more than %v%v", [g.group, text.percent(g.ratio_micro), g.total, text.percent(target), aside(g)]), g) if {
	some g in outcome.groups
	g.verdict == "false"
}

warn contains finding(sprintf("%v: %v of %v lookups hit: target met, baseline %v not", [g.group, text.percent(g.ratio_micro), g.total, text.percent(baseline)]), g) if {
	some g in outcome.groups
	g.verdict == "true"
	g.ratio_micro < baseline
}

target := text.micro(objective.target)

baseline := text.micro(objective.baseline)

# The two numbers as they were written down contradict each other.
in_between(g) if {
	g.ratio_micro >= text.micro(objective.trigger)
	objective.trigger < objective.target
}

aside(g) := sprintf(" (the trigger fires only below %v)", [text.percent(text.micro(objective.trigger))]) if {
	in_between(g)
} else := ""

finding(msg, g) := {
	"msg": msg,
	"term": g.group,
	"evidence": ["slo.cache-hit-rate"],
	"details": object.union(g, {"target": objective.target, "baseline": objective.baseline, "trigger": object.get(objective, "trigger", null)}),
}
