# METADATA
# scope: package
# title: Metrics are kept for a quarter
# description: >-
#   The server says how long it keeps samples, that its configuration is loaded and
#   its blocks are sound (/api/v1/status/runtimeinfo), and how far back its samples
#   really reach (prometheus_tsdb_lowest_timestamp_seconds).
# custom:
#   id: phase4.metrics-storage
#   severity: medium
#   controls: ["SOC2:CC7.2", "ISO27001:A.8.15", "NIST-800-53:AU-11", "PCI-DSS:10.5.1", "DORA:Art.10"]
#   requires:
#     - {evidence: platform.prometheus-runtime, kind: json, facts: [/data], max_age: 24h}
#     - {evidence: platform.prometheus-history, kind: prometheus-vector, max_age: 24h}
#   remediation: Set the retention to 90 days or more, mend the configuration, and wait until the samples reach back that far.
package readiness.phase4.metrics_storage

import data.lib.evidence

default runtime := {}

runtime := status if {
	evidence.usable(input.evidence["platform.prometheus-runtime"])
	status := input.evidence["platform.prometheus-runtime"].facts.data
	is_object(status)
}

default history := {}

history := input.evidence["platform.prometheus-history"].facts if evidence.usable(input.evidence["platform.prometheus-history"])

default limits := {}

limits := data.readiness.phase4.thresholds.metrics_storage

ids := ["platform.prometheus-runtime", "platform.prometheus-history"]

unit_days := {"y": 365, "w": 7, "d": 1}

default retention_days := null

# "120d", "1y" or "120d or 500GiB": with a size beside it samples may go earlier, and
# the samples themselves say so. Other forms are not read.
retention_days := to_number(trim_suffix(part, unit)) * unit_days[unit] if {
	is_string(runtime.storageRetention)
	part := split(runtime.storageRetention, " or ")[0]
	regex.match(`^[0-9]{1,5}[ywd]$`, part)
	unit := substring(part, count(part) - 1, 1)
}

# The shortest reach, where several servers answer.
oldest_s := max(lowest) if count(lowest) > 0

lowest := [sample.value | some sample in evidence.objects(history, "samples"); is_number(sample.value)]

default reach_days := null

reach_days := floor(((input.as_of_ns / 1000000000) - oldest_s) / 86400)

inconclusive contains gap if {
	some gap in evidence.gaps({"platform.prometheus-runtime": "json", "platform.prometheus-history": "prometheus-vector"})
}

inconclusive contains gap if some gap in evidence.unset("metrics_storage", limits, ["min_retention_days"])

inconclusive contains sprintf("the retention `%v` does not say for how many days samples are kept", [object.get(runtime, "storageRetention", null)]) if {
	evidence.usable(input.evidence["platform.prometheus-runtime"])
	not is_number(retention_days)
}

inconclusive contains "no sample says how far back the samples reach" if {
	count(history) > 0
	not is_number(reach_days)
}

inconclusive contains sprintf("the server does not say `%s`", [key]) if {
	evidence.usable(input.evidence["platform.prometheus-runtime"])
	some key in ["reloadConfigSuccess", "corruptionCount"]
	object.get(runtime, key, null) == null
}

deny contains finding(sprintf("samples are kept for %v days, %v are needed", [retention_days, limits.min_retention_days]), "retention") if {
	is_number(retention_days)
	retention_days < limits.min_retention_days
}

deny contains finding(sprintf("samples reach back %v days, %v are needed", [reach_days, limits.min_retention_days]), "history") if {
	is_number(reach_days)
	reach_days < limits.min_retention_days
}

deny contains finding("the last load of the configuration failed", "configuration") if runtime.reloadConfigSuccess == false

deny contains finding(sprintf("%v blocks are corrupt", [runtime.corruptionCount]), "corruption") if {
	is_number(runtime.corruptionCount)
	runtime.corruptionCount > 0
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ids}
