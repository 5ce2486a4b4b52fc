# METADATA
# scope: package
# title: More than one region needs coordination across regions
# description: >-
#   More than one production region carried at least 1 % of the traffic for 24
#   hours, or a signed plan opens another within 90 days. "For 24 hours" is read
#   as in each of the 24 hours; the share of the whole day is shown beside it.
#   Shares are computed from the requests counted in the inventory. While nobody
#   has declared the plans for regions the trigger is unmeasured unless traffic
#   fires it.
# custom:
#   id: business.multi-region
#   condition: multi-region deployment requires advanced coordination monitoring
#   class: events
#   matrix: business
#   severity: medium
#   controls: ["SOC2:A1.2", "SOC2:A1.3", "SOC2:CC9.1", "ISO27001:A.5.29", "ISO27001:A.5.30", "ISO27001:A.8.14", "NIST-800-53:CP-6", "NIST-800-53:CP-7", "DORA:Art.11", "DORA:Art.12", "RTS6:14"]
#   requires:
#     - {evidence: inventory.services, kind: service-inventory, max_age: 24h}
#     - {evidence: registers.region-plan, kind: declaration, verified: true, optional: true}
#   remediation: Plan coordination monitoring across regions before the second region takes real traffic.
package triggers.business.multi_region

import data.lib.evidence
import data.lib.register
import data.lib.text
import data.lib.time as instants
import data.lib.trigger as heads

default inventory := {}

inventory := input.evidence["inventory.services"].facts if evidence.usable(input.evidence["inventory.services"])

default limits := {}

limits := data.triggers.business.thresholds.multi_region

default plan_limits := {}

plan_limits := limits.plan

items := ["inventory.services"]

plan := register.survey("registers.region-plan", "plans", plan_limits)

inconclusive contains gap if some gap in evidence.gaps({"inventory.services": "service-inventory"})

inconclusive contains gap if {
	some gap in evidence.unset("multi_region", limits, ["max_regions", "min_share", "window_h", "max_lag_h", "environments", "plan", "reading"])
}

inconclusive contains sprintf("policy data names the reading `%v`, which is none of every-hour and whole-window", [limits.reading]) if {
	not limits.reading in {"every-hour", "whole-window"}
}

inconclusive contains heads.unmeasured(msg, ["registers.region-plan"]) if some msg in plan.unmeasured

inconclusive contains heads.finding("plan", msg, ["registers.region-plan"], {}) if some msg in plan.defects

# Regions and what they carried.

regions := [r |
	some r in evidence.objects(inventory, ["regions"])
	concerned(r)
]

concerned(region) if region.environment in limits.environments

# A region that does not say where it belongs may be in production.
concerned(region) if not is_string(object.get(region, "environment", null))

id_of(region) := object.get(region, "id", "without id")

complete if {
	object.get(inventory, "complete", null) == true
	is_array(object.get(inventory, "regions", null))
	count(inventory.regions) > 0
	count(evidence.objects(inventory, ["regions"])) == count(inventory.regions)
}

hour_ns := 3600000000000

# Whole hours of one region that end in the window: start → requests. An hour that
# is told twice, or that is no hour, is not known.
hours(region) := {from: requests[0] |
	some from in {b.from | some b in buckets(region)}
	requests := [b.requests | some b in buckets(region); b.from == from]
	count(requests) == 1
}

buckets(region) := [{"from": from, "requests": b.requests} |
	some b in evidence.objects(region, ["traffic"])
	from := instants.ns(object.get(b, "from", null))
	to := instants.ns(object.get(b, "to", null))
	is_number(from)
	is_number(to)
	to - from == hour_ns
	is_number(object.get(b, "requests", null))
	b.requests >= 0
]

# The window ends with the latest hour that any region tells of.
default hours_judged := []

hours_judged := [(latest - (i * hour_ns)) | some i in numbers.range(0, limits.window_h - 1)] if {
	is_number(limits.window_h)
	starts := {b.from | some r in regions; some b in buckets(r); b.from + hour_ns <= input.as_of_ns}
	count(starts) > 0
	latest := max(starts)
	input.as_of_ns - (latest + hour_ns) <= limits.max_lag_h * hour_ns
}

per_region := [{"id": id_of(r), "hours": hours(r)} | some r in regions]

# What all regions carried in an hour, where each of them tells.
total(from) := sum([r.hours[from] | some r in per_region]) if {
	every r in per_region {
		is_number(object.get(r.hours, from, null))
	}
}

# Whether a region carried its share in an hour.
carried(region, from) := "true" if {
	total(from) > 0
	region.hours[from] * 1000000 >= text.micro(limits.min_share) * total(from)
} else := "false" if {
	total(from) > 0
} else := "unknown"

served["every-hour"] := [{"id": r.id, "verdict": heads.all_of(fates), "hours": count([f | some f in told; f == "true"])} |
	some r in per_region
	told := [carried(r, from) | some from in hours_judged]
	fates := {f | some f in told}
]

served["whole-window"] := [{"id": r.id, "verdict": day_verdict(r), "share_micro": day_share(r)} | some r in per_region]

day_share(region) := floor((mine * 1000000) / all_of_them) if {
	count(hours_judged) > 0
	every from in hours_judged {
		total(from) >= 0
	}
	all_of_them := sum([total(from) | some from in hours_judged])
	all_of_them > 0
	mine := sum([region.hours[from] | some from in hours_judged])
} else := null

day_verdict(region) := "unknown" if {
	day_share(region) == null
} else := "true" if {
	mine := sum([region.hours[from] | some from in hours_judged])
	mine * 1000000 >= text.micro(limits.min_share) * sum([total(from) | some from in hours_judged])
} else := "false"

verdict(judged) := "true" if {
	count([r | some r in judged; r.verdict == "true"]) > limits.max_regions
} else := "false" if {
	complete
	count(judged) > 0
	count([r | some r in judged; r.verdict != "false"]) <= limits.max_regions
} else := "unknown"

names(judged, fate) := sort([r.id | some r in judged; r.verdict == fate])

words := {"every-hour": "in every hour of", "whole-window": "over the whole of"}

line(id, judged) := sprintf("%v of %v production regions carried at least %v of the traffic %v %v h, limit %v", [
	count(names(judged, "true")), count(judged), text.percent(text.micro(limits.min_share)), words[id], limits.window_h, limits.max_regions,
])

reading contains heads.reading(id, id == limits.reading, verdict(judged), line(id, judged), items, numbers) if {
	count(inventory) > 0
	some id, judged in served
	numbers := {"term": "traffic", "regions": judged, "min_share": limits.min_share, "window_h": limits.window_h, "max_regions": limits.max_regions}
}

trigger contains heads.finding("traffic", line(limits.reading, judged), items, {"regions": names(judged, "true"), "max_regions": limits.max_regions}) if {
	judged := served[limits.reading]
	verdict(judged) == "true"
}

inconclusive contains heads.finding("traffic", msg, items, {"unclear": names(judged, "unknown")}) if {
	count(inventory) > 0
	judged := served[limits.reading]
	verdict(judged) == "unknown"
	msg := sprintf("traffic is not known for each of the %v h, or not all regions are", [limits.window_h])
}

# What is planned.

reading contains heads.reading(id, id == plan_limits.reading, r.verdict, msg, ["registers.region-plan"], numbers) if {
	some id, r in plan.readings
	msg := sprintf("%v of %v plans for regions in the register are open and %v", [count(r.found), plan.entries, register.horizon(r.days)])
	numbers := {"term": "plan", "plans": register.named(r.found), "within_days": r.days, "registered": plan.entries}
}

trigger contains heads.finding(register.name(entry), msg, ["registers.region-plan"], numbers) if {
	some entry in plan.readings[plan_limits.reading].found
	msg := sprintf("another region is planned: %v", [register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null)}
}
