# METADATA
# scope: package
# title: The cache hit rate has degraded by more than 5 % for a day
# description: >-
#   Over the last 24 hours the hit rate (hits divided by lookups, sums of counters)
#   lies more than 5 % below the baseline of 93.5 %, and so does the rate of at least
#   80 % of the hours. "5 %" can be read as points (below 88.5 %, which is used) or
#   as a share of the baseline (below 88.825 %); both are computed, and where they
#   disagree both are shown. Fewer than 22 measured hours are unknown. The target
#   of more than 90 % is another number: a rate between the two misses its target
#   and fires nothing.
# custom:
#   id: sla.cache-hit-rate
#   severity: high
#   condition: "cache hit rate degradation > 5 % sustained over 24 hours"
#   class: measured
#   matrix: sla
#   controls: ["SOC2:A1.1", "SOC2:CC7.2", "ISO27001:A.8.6", "ISO27001:A.8.16", "NIST-800-53:SI-4", "NIST-800-53:CP-2(2)", "DORA:Art.7"]
#   requires: [{evidence: slo.cache-hit-rate, kind: prometheus-matrix, max_age: 15m}]
#   remediation: Find the key churn or the eviction that began with the first degraded hour, and start the predictive trend analysis of Phase 4.
package triggers.sla.cache_hit_rate

import data.lib.evidence
import data.lib.ratio
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads

items := ["slo.cache-hit-rate"]

default matrix := {}

matrix := input.evidence["slo.cache-hit-rate"].facts if evidence.usable(input.evidence["slo.cache-hit-rate"])

default limits := {}

limits := data.triggers.sla.thresholds.cache_hit_rate

default objective := {}

objective := data.baselines.cache_hit_rate

inconclusive contains gap if some gap in evidence.gaps({"slo.cache-hit-rate": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("cache_hit_rate", limits, [
		"reading", "delta", "window_s", "bucket_s", "bucket_share", "min_buckets",
		"min_total", "settle_s", "step_s", "caches",
	])
}

inconclusive contains gap if some gap in evidence.unset("baselines.cache_hit_rate", objective, ["baseline", "target"])

inconclusive contains gap if some gap in evidence.absent("slo.cache-hit-rate", matrix, [["series"]])

modes := ["points", "relative"]

inconclusive contains sprintf("policy data asks for the reading `%v`, which is none of %s", [limits.reading, concat(", ", modes)]) if {
	not limits.reading in modes
}

span := instants.window(limits.window_s, limits.settle_s)

# Those that must be there, and those that are.
caches := {cache | some cache in limits.caches} | {cache |
	some s in evidence.objects(matrix, ["series"])
	cache := object.get(s, ["labels", "cache"], null)
	is_string(cache)
}

members(cache) := {"series": [s |
	some s in evidence.objects(matrix, ["series"])
	object.get(s, ["labels", "cache"], null) == cache
]}

buckets[cache] := ratio.buckets(members(cache), {
	"outcome": "result", "good": "hit", "bad": "miss", "step_s": limits.step_s,
	"from_ms": span.from_ms, "to_ms": span.to_ms, "bucket_s": limits.bucket_s,
}) if {
	some cache in caches
}

outcome(cache, mode) := ratio.degradation_sustained(buckets[cache], {
	"baseline": objective.baseline, "delta": limits.delta, "mode": mode, "min_total": limits.min_total,
	"bucket_share": limits.bucket_share, "min_buckets": limits.min_buckets,
	"buckets": floor(limits.window_s / limits.bucket_s),
})

judged := [{"cache": cache, "mode": mode, "outcome": outcome(cache, mode)} |
	some cache in sort([c | some c in caches])
	some mode in modes
]

by_mode(mode) := [j | some j in judged; j.mode == mode]

inconclusive contains "the degradation predicate has no result for some cache" if {
	count(matrix) > 0
	count(judged) != count(caches) * count(modes)
}

inconclusive contains "there is no cache to judge" if {
	count(matrix) > 0
	count(caches) == 0
}

# The cache that tells most: degraded before in doubt before neither, then the
# one with the lowest rate.
rank := {"true": 2, "unknown": 1, "false": 0}

telling(mode) := ordered[count(ordered) - 1][2] if {
	ordered := sort([[rank[j.outcome.verdict], 1000000 - object.get(j.outcome, "ratio_micro", 0), j] | some j in by_mode(mode)])
	count(ordered) > 0
}

sentence(j) := sprintf("%s: %s of %v lookups hit, %s the baseline of %s, limit %s, which is %s; %v of %v hours are below that, %s needed", [
	j.cache,
	text.percent(j.outcome.ratio_micro),
	j.outcome.total,
	drop(j),
	text.percent(j.outcome.baseline_micro),
	amount(text.micro(limits.delta), j.mode),
	thousandths(j.outcome.limit_micro),
	j.outcome.buckets.degraded,
	j.outcome.buckets.expected,
	text.percent(j.outcome.buckets.required_micro),
]) if {
	is_number(object.get(j.outcome, "ratio_micro", null))
} else := sprintf("%s: %v", [j.cache, j.outcome.reason])

drop(j) := sprintf("%s below", [amount(dropped(j), j.mode)]) if {
	dropped(j) >= 0
} else := sprintf("%s above", [amount(0 - dropped(j), j.mode)])

dropped(j) := j.outcome.drop_micro if j.mode == "points"

dropped(j) := j.outcome.drop_relative_micro if j.mode == "relative"

# 49000 → "4.90 points" or "4.90 %".
amount(micro, mode) := replace(text.percent(micro), "%", "points") if mode == "points"

amount(micro, mode) := text.percent(micro) if mode == "relative"

# 888250 → "88.825 %"; the two limits differ in the third digit.
thousandths(micro) := sprintf("%d.%s%s %s", [floor(micro / 10000), zeros(floor((micro % 10000) / 10)), format_int(floor((micro % 10000) / 10), 10), "%"])

zeros(n) := "00" if n < 10

zeros(n) := "0" if {
	n >= 10
	n < 100
}

zeros(n) := "" if n >= 100

# Above the limit of the trigger, at or below the target: both numbers as they
# were written.
below_target(j) if {
	j.outcome.verdict == "false"
	j.outcome.ratio_micro <= text.micro(objective.target)
}

aside(j) := sprintf("; below target %s", [text.percent(text.micro(objective.target))]) if {
	below_target(j)
} else := ""

reading contains heads.reading(mode, limits.reading == mode, heads.any_of({one.outcome.verdict | some one in by_mode(mode)}), sprintf("%s%s", [sentence(j), aside(j)]), items, {
	"delta": limits.delta,
	"baseline": objective.baseline,
	"target": objective.target,
	"caches": [object.union(one.outcome, {"cache": one.cache}) | some one in by_mode(mode)],
	"plot": heads.plot("slo.cache-hit-rate", {"cache": j.cache}, buckets[j.cache], object.get(j.outcome, "limit_micro", null), limits.bucket_s),
}) if {
	count(matrix) > 0
	some mode in modes
	j := telling(mode)
}

numbers(j) := object.union(j.outcome, {"cache": j.cache, "delta": limits.delta})

trigger contains heads.finding(j.cache, sentence(j), items, numbers(j)) if {
	some j in judged
	j.mode == limits.reading
	j.outcome.verdict == "true"
}

inconclusive contains heads.finding(j.cache, sprintf("cannot be judged: %s; %v", [sentence(j), j.outcome.reason]), items, numbers(j)) if {
	some j in judged
	j.mode == limits.reading
	j.outcome.verdict == "unknown"
}
