# METADATA
# scope: package
# title: Customer SLAs ask for more precision than monitoring has
# description: >-
#   A customer contract in force names a quantile, a threshold and a window, and
#   monitoring cannot show whether it is kept: the histogram bucket around the
#   threshold is wider than the contracted precision, or the window holds too few
#   scrapes. A threshold on a bucket edge is exact. By the stricter reading, shown
#   beside it, nothing but an edge will do. While nobody has declared the contracts
#   the trigger is unmeasured.
# custom:
#   id: business.customer-sla-precision
#   condition: customer SLA requirements exceed current monitoring precision
#   class: measured+declared
#   matrix: business
#   severity: medium
#   controls: ["SOC2:CC2.3", "SOC2:A1.1", "ISO27001:A.8.16", "ISO27001:A.8.17", "NIST-800-53:AU-8", "NIST-800-53:SI-4", "DORA:Art.30"]
#   requires:
#     - {evidence: slo.coordination-latency, kind: prometheus-matrix, max_age: 15m}
#     - {evidence: slo.coordination-buckets, kind: prometheus-vector, max_age: 15m}
#     - {evidence: registers.customer-slas, kind: declaration, verified: true, optional: true}
#   remediation: Add a bucket edge at the contracted threshold or scrape more often, before the contract is measured against.
package triggers.business.customer_sla_precision

import data.lib.evidence
import data.lib.histogram
import data.lib.register
import data.lib.text
import data.lib.trigger as heads

default matrix := {}

matrix := input.evidence["slo.coordination-latency"].facts if evidence.usable(input.evidence["slo.coordination-latency"])

default buckets := {}

buckets := input.evidence["slo.coordination-buckets"].facts if evidence.usable(input.evidence["slo.coordination-buckets"])

default limits := {}

limits := data.triggers.business.thresholds.customer_sla_precision

default contract_limits := {}

contract_limits := limits.contracts

items := ["registers.customer-slas", "slo.coordination-latency", "slo.coordination-buckets"]

survey := register.survey("registers.customer-slas", "contracts", contract_limits)

inconclusive contains gap if {
	some gap in evidence.gaps({"slo.coordination-latency": "prometheus-matrix", "slo.coordination-buckets": "prometheus-vector"})
}

inconclusive contains gap if {
	some gap in evidence.unset("customer_sla_precision", limits, ["contracts", "metric", "min_scrapes", "default_precision_share", "reading"])
}

inconclusive contains sprintf("policy data names the reading `%v`, which is none of bucket-width and bucket-edge", [limits.reading]) if {
	not limits.reading in {"bucket-width", "bucket-edge"}
}

inconclusive contains heads.unmeasured(msg, ["registers.customer-slas"]) if some msg in survey.unmeasured

inconclusive contains heads.finding("register", msg, ["registers.customer-slas"], {}) if some msg in survey.defects

# What monitoring can resolve.

# Scrape interval: the longest of all series.
steps := [s.step_s |
	some s in evidence.objects(matrix, ["series"])
	is_number(object.get(s, "step_s", null))
]

default step_s := null

step_s := max(steps) if {
	count(steps) > 0
	count(steps) == count(evidence.objects(matrix, ["series"]))
	max(steps) > 0
}

edges := histogram.edges(histogram.les(buckets))

edge(threshold) := histogram.edge(histogram.les(buckets), threshold)

# The width of the bucket that holds the threshold: nothing at an edge, null above
# the last edge, where a value may be anything.
width_ms(threshold) := 0 if {
	edge(threshold).verdict == "true"
} else := edge(threshold).above - below(edge(threshold)) if {
	edge(threshold).above != null
} else := null

below(found) := 0 if {
	found.below == null
} else := found.below

# What contracts ask for.

contracts := survey.readings[contract_limits.reading].found

readable(contract) if {
	object.get(contract, "metric", null) == limits.metric
	every field in ["quantile", "threshold_ms", "window_s"] {
		is_number(object.get(contract, field, null))
		contract[field] > 0
	}
	contract.quantile < 1
	precision_ms(contract) >= 0
}

precision_ms(contract) := contract.precision_ms if {
	is_number(object.get(contract, "precision_ms", null))
} else := contract.threshold_ms * limits.default_precision_share if {
	object.get(contract, "precision_ms", null) == null
}

coarse("bucket-edge", _, width) if width != 0

coarse("bucket-width", _, width) if width == null

coarse("bucket-width", contract, width) if {
	is_number(width)
	width * 1000000 > round(precision_ms(contract) * 1000000)
}

by_bucket(id, contract) := "unknown" if {
	edge(contract.threshold_ms).verdict == "unknown"
} else := "true" if {
	coarse(id, contract, width_ms(contract.threshold_ms))
} else := "false"

by_scrape(contract) := "unknown" if {
	step_s == null
} else := "true" if {
	contract.window_s < limits.min_scrapes * step_s
} else := "false"

judge(id, contract) := {"contract": register.name(contract), "verdict": "unknown"} if {
	not readable(contract)
} else := {
	"contract": register.name(contract),
	"verdict": heads.any_of({by_bucket(id, contract), by_scrape(contract)}),
	"quantile": contract.quantile,
	"threshold_ms": contract.threshold_ms,
	"window_s": contract.window_s,
	"precision_ms": precision_ms(contract),
	"bucket_width_ms": width_ms(contract.threshold_ms),
	"step_s": step_s,
}

judged[id] := [judge(id, c) | some c in contracts] if {
	is_array(contracts)
	some id in {"bucket-width", "bucket-edge"}
}

# No contract in force asks for nothing; a register that cannot be read may.
verdict(list) := "true" if {
	some c in list
	c.verdict == "true"
} else := "unknown" if {
	some c in list
	c.verdict == "unknown"
} else := register.verdict([], survey.defects)

named(list, fate) := sort([c.contract | some c in list; c.verdict == fate])

words := {"bucket-width": "buckets no wider than the contracted precision", "bucket-edge": "a bucket edge at the threshold"}

reading contains heads.reading(id, id == limits.reading, verdict(list), msg, items, numbers) if {
	some id, list in judged
	msg := sprintf("%v of %v contracts in force ask for more than %v and %v scrapes a window give", [count(named(list, "true")), count(list), words[id], limits.min_scrapes])
	numbers := {"contracts": list, "step_s": step_s, "edges_ms": sort([e | some e in edges])}
}

trigger contains heads.finding(c.contract, msg, items, c) if {
	some c in judged[limits.reading]
	c.verdict == "true"
	msg := sprintf("%v: %v within %v ms over %v s; bucket width %v, contracted precision %v ms, scrape interval %v", [
		c.contract, text.percent(text.micro(c.quantile)), c.threshold_ms, c.window_s, width_words(c.bucket_width_ms), c.precision_ms, step_words,
	])
}

width_words(null) := "unbounded"

width_words(width) := sprintf("%v ms", [width]) if is_number(width)

step_words := "unknown" if {
	step_s == null
} else := sprintf("%v s", [step_s])

inconclusive contains heads.finding(c.contract, msg, items, {}) if {
	some c in judged[limits.reading]
	c.verdict == "unknown"
	msg := sprintf("%v cannot be compared with what is measured: another metric, a number left out, no buckets or no scrape interval", [c.contract])
}
