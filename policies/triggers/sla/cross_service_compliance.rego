# METADATA
# scope: package
# title: A service stays below its cross-service SLA
# description: >-
#   In the two hours before the instant judged, some service answered less than
#   95 % of its calls within their SLA for more than one hour without a break.
#   Judged on slices of five minutes, each the ratio of sums of counters; a slice
#   with fewer than 100 calls is unknown. Twelve slices are exactly one hour, which
#   is not more than one hour. The target is 96 %: a service between the two
#   misses its target and fires nothing. That contradiction is in the numbers as
#   they were written; a second reading, which does not decide, shows what the
#   target would say.
# custom:
#   id: sla.cross-service-compliance
#   severity: critical
#   condition: "cross-service SLA compliance below 95 % for > 1 hour"
#   class: measured
#   matrix: sla
#   controls: ["SOC2:A1.1", "SOC2:CC4.1", "SOC2:CC7.2", "ISO27001:A.5.22", "ISO27001:A.8.16", "NIST-800-53:CA-7", "NIST-800-53:SI-4", "NIST-800-53:SA-9", "RTS6:16", "DORA:Art.10", "DORA:Art.30"]
#   requires: [{evidence: slo.cross-service-compliance, kind: prometheus-matrix, max_age: 15m}]
#   remediation: Restore the service that is named, and start the predictive trend analysis of Phase 4.
package triggers.sla.cross_service_compliance

import data.lib.evidence
import data.lib.ratio
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads

items := ["slo.cross-service-compliance"]

default matrix := {}

matrix := input.evidence["slo.cross-service-compliance"].facts if evidence.usable(input.evidence["slo.cross-service-compliance"])

default limits := {}

limits := data.triggers.sla.thresholds.cross_service_compliance

default objective := {}

objective := data.baselines.cross_service_compliance

inconclusive contains gap if some gap in evidence.gaps({"slo.cross-service-compliance": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("cross_service_compliance", limits, ["threshold", "longer_than_s", "slice_s", "min_events", "window_s", "settle_s", "step_s", "services"])
}

inconclusive contains gap if some gap in evidence.unset("baselines.cross_service_compliance", objective, ["target"])

inconclusive contains gap if some gap in evidence.absent("slo.cross-service-compliance", matrix, [["series"]])

span := instants.window(limits.window_s, limits.settle_s)

# Those that must be there, and those that are.
services := {service | some service in limits.services} | {service |
	some s in evidence.objects(matrix, ["series"])
	service := object.get(s, ["labels", "service"], null)
	is_string(service)
}

# The good and all events of each slice, oldest first.
slices(service) := ratio.buckets(matrix, {
	"group": "service", "name": service, "outcome": "outcome", "good": "within", "bad": "breached",
	"step_s": limits.step_s, "from_ms": span.from_ms, "to_ms": span.to_ms, "bucket_s": limits.slice_s,
})

below(list, threshold) := ratio.sustained_below(list, {
	"threshold": threshold, "longer_than_s": limits.longer_than_s,
	"min_total": limits.min_events, "bucket_s": limits.slice_s,
})

judged := [judge(service) | some service in sort([s | some s in services])]

judge(service) := {
	"service": service,
	"by_threshold": below(list, limits.threshold),
	"by_target": below(list, objective.target),
	"slices": count(measured),
	"good": good,
	"total": total,
	"ratio_micro": share(good, total),
	"lowest_micro": lowest([share(slice.good, slice.total) | some slice in measured]),
} if {
	list := slices(service)
	measured := [slice | some slice in list; slice.known == true; slice.total > 0; slice.total >= limits.min_events]
	good := round(sum([slice.good | some slice in measured]))
	total := round(sum([slice.total | some slice in measured]))
}

share(_, total) := null if total == 0

share(good, total) := floor((good * 1000000) / total) if total > 0

lowest(list) := null if count(list) == 0

lowest(list) := min(list) if count(list) > 0

inconclusive contains "the compliance predicate has no result for some service" if {
	count(matrix) > 0
	count(judged) != count(services)
}

inconclusive contains "there is no service to judge" if {
	count(matrix) > 0
	count(judged) == 0
}

# The service that tells most: a breach before a doubt before none, then the
# longest one, then the lowest slice.
rank := {"true": 2, "unknown": 1, "false": 0}

telling(by) := ordered[count(ordered) - 1][3] if {
	ordered := sort([[rank[j[by].verdict], lasted(j[by]).possible_ms, 1000000 - shown(j), j] | some j in judged])
	count(ordered) > 0
}

shown(j) := j.lowest_micro if {
	is_number(j.lowest_micro)
} else := 0

# Without a result nothing is certain and all is possible.
lasted(outcome) := {
	"certain_ms": object.get(outcome, "certain_ms", 0),
	"possible_ms": object.get(outcome, "possible_ms", span.to_ms - span.from_ms),
}

sentence(j, by, threshold) := sprintf("%s: below %s for certainly %s, possibly %s, limit more than %s; %s", [
	j.service,
	text.percent(text.micro(threshold)),
	text.duration(lasted(j[by]).certain_ms),
	text.duration(lasted(j[by]).possible_ms),
	text.duration(limits.longer_than_s * 1000),
	counted(j),
])

counted(j) := sprintf("%s of %v calls in %v slices, the lowest %s", [text.percent(j.ratio_micro), j.total, j.slices, text.percent(j.lowest_micro)]) if {
	j.total > 0
} else := sprintf("no slice with %v calls", [limits.min_events])

# Below the target and not below the threshold: the gap between the two numbers.
below_target := [sprintf("%s %s", [j.service, text.percent(j.ratio_micro)]) |
	some j in judged
	is_number(j.ratio_micro)
	j.ratio_micro <= text.micro(objective.target)
	j.ratio_micro >= text.micro(limits.threshold)
]

aside := sprintf(", below target %s: %s", [text.percent(text.micro(objective.target)), concat(", ", below_target)]) if {
	count(below_target) > 0
} else := ""

numbers(j, by) := object.union(lasted(j[by]), {
	"service": j.service, "verdict": j[by].verdict, "good": j.good, "total": j.total, "slices": j.slices,
	"ratio_micro": j.ratio_micro, "lowest_micro": j.lowest_micro,
})

reading contains heads.reading("threshold", true, heads.any_of({j.by_threshold.verdict | some j in judged}), sprintf("%s%s", [sentence(telling("by_threshold"), "by_threshold", limits.threshold), aside]), items, {
	"threshold": limits.threshold, "longer_than_s": limits.longer_than_s, "below_target": below_target,
	"services": [numbers(j, "by_threshold") | some j in judged],
	"plot": plot(telling("by_threshold").service),
}) if {
	count(matrix) > 0
}

plot(service) := heads.plot("slo.cross-service-compliance", {"service": service}, slices(service), text.micro(limits.threshold), limits.slice_s)

reading contains heads.reading("target", false, heads.any_of({j.by_target.verdict | some j in judged}), sentence(telling("by_target"), "by_target", objective.target), items, {
	"threshold": objective.target, "longer_than_s": limits.longer_than_s,
	"services": [numbers(j, "by_target") | some j in judged],
}) if {
	count(matrix) > 0
}

trigger contains heads.finding(j.service, sentence(j, "by_threshold", limits.threshold), items, numbers(j, "by_threshold")) if {
	some j in judged
	j.by_threshold.verdict == "true"
}

inconclusive contains heads.finding(j.service, sprintf("cannot be judged: %s", [sentence(j, "by_threshold", limits.threshold)]), items, numbers(j, "by_threshold")) if {
	some j in judged
	j.by_threshold.verdict == "unknown"
}
