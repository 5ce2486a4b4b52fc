# METADATA
# scope: package
# title: A predictive model was developed and tested
# description: >-
#   The report of a back-test names the model by digest and shows that its intervals
#   held on a stretch of time that training has not seen.
# custom:
#   id: phase4.predictive-model
#   severity: medium
#   controls: ["SOC2:CC3.2", "ISO27001:A.8.29", "NIST-800-53:SI-4", "RTS6:5"]
#   requires:
#     - {evidence: platform.model-backtest, kind: json, max_age: 30d}
#   remediation: Train the model, test it on a hold-out that training has not seen, and collect the report.
package readiness.phase4.predictive_model

import data.lib.evidence
import data.lib.readiness as proof
import data.lib.text
import data.lib.time as instants

default report := {}

report := input.evidence["platform.model-backtest"].facts if evidence.usable(input.evidence["platform.model-backtest"])

default limits := {}

limits := data.readiness.phase4.thresholds.predictive_model

trained := instants.ns(object.get(report, ["model", "trained_until"], null))

from := instants.ns(object.get(report, ["backtest", "from"], null))

to := instants.ns(object.get(report, ["backtest", "to"], null))

day_ns := 86400 * 1000000000

inconclusive contains gap if some gap in evidence.gaps({"platform.model-backtest": "json"})

inconclusive contains gap if {
	some gap in evidence.unset("predictive_model", limits, ["min_holdout_days", "min_forecasts", "min_coverage", "max_age_days"])
}

inconclusive contains gap if some gap in evidence.absent("platform.model-backtest", report, [["model", "name"]])

inconclusive contains sprintf("the report's `%s` is not an instant", [concat(".", path)]) if {
	count(report) > 0
	some path in [["model", "trained_until"], ["backtest", "from"], ["backtest", "to"]]
	not is_number(instants.ns(object.get(report, path, null)))
}

inconclusive contains "the report does not name the model by digest" if {
	count(report) > 0
	not text.is_sha256(object.get(report, ["model", "sha256"], null))
}

inconclusive contains sprintf("the report's `backtest.%s` is not a whole number", [key]) if {
	count(report) > 0
	some key in ["forecasts", "covered"]
	not is_count(object.get(report, ["backtest", key], null))
}

inconclusive contains "the hold-out ends before it begins" if {
	is_number(from)
	is_number(to)
	to <= from
}

is_count(n) if {
	is_number(n)
	n >= 0
	n == floor(n)
}

known if {
	count(report) > 0
	count(inconclusive) == 0
}

deny contains finding("the hold-out begins before the end of training: the model was tested on what it had seen", "leak") if {
	known
	from < trained
}

deny contains finding(sprintf("the hold-out has %v days, %v are needed", [floor((to - from) / day_ns), limits.min_holdout_days]), "holdout") if {
	known
	to - from < limits.min_holdout_days * day_ns
}

deny contains finding(sprintf("%v forecasts were tested, %v are needed", [report.backtest.forecasts, limits.min_forecasts]), "forecasts") if {
	known
	report.backtest.forecasts < limits.min_forecasts
}

deny contains finding(sprintf("%v of %v observations lay within their interval, %v are needed", [report.backtest.covered, report.backtest.forecasts, text.percent(text.micro(limits.min_coverage))]), "coverage") if {
	known
	report.backtest.forecasts > 0
	not proof.at_least(report.backtest.covered, report.backtest.forecasts, limits.min_coverage)
}

deny contains finding(sprintf("the model was trained on data up to %v, %v days ago, limit %v", [report.model.trained_until, instants.age_days(trained), limits.max_age_days]), "age") if {
	known
	instants.older_than_days(trained, limits.max_age_days)
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["platform.model-backtest"]}
