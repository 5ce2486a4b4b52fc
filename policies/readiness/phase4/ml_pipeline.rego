# METADATA
# scope: package
# title: The ML pipeline trains models
# description: >-
#   The log of the training pipeline shows recent runs that made a model, named by
#   digest, from a data set, named by digest, and that hardly any run failed.
# custom:
#   id: phase4.ml-pipeline
#   severity: medium
#   controls: ["SOC2:CC8.1", "ISO27001:A.8.25", "NIST-800-53:CM-2", "RTS6:5"]
#   requires:
#     - {evidence: platform.ml-pipeline, kind: json, max_age: 2d}
#   remediation: Run the training pipeline on schedule, pin its data set and model by digest, and mend what fails.
package readiness.phase4.ml_pipeline

import data.lib.evidence
import data.lib.readiness as proof
import data.lib.text
import data.lib.time as instants

default log := {}

log := input.evidence["platform.ml-pipeline"].facts if evidence.usable(input.evidence["platform.ml-pipeline"])

default limits := {}

limits := data.readiness.phase4.thresholds.ml_pipeline

finished := proof.recent(log, "runs", "finished_at", limits.window_days)

succeeded := [run | some run in finished; run.status == "succeeded"]

proven := [run |
	some run in succeeded
	text.is_sha256(object.get(run, "dataset_sha256", null))
	text.is_sha256(object.get(run, "model_sha256", null))
]

last_ns := max([instants.ns(run.finished_at) | some run in proven]) if count(proven) > 0

inconclusive contains gap if some gap in evidence.gaps({"platform.ml-pipeline": "json"})

inconclusive contains gap if some gap in evidence.unset("ml_pipeline", limits, ["window_days", "min_runs", "max_age_days", "min_share"])

inconclusive contains gap if some gap in proof.log_gaps("platform.ml-pipeline", log, "runs", "finished_at", limits.window_days)

inconclusive contains sprintf("run `%v` has the status `%v`: succeeded or failed is expected", [object.get(run, "id", null), object.get(run, "status", null)]) if {
	some run in finished
	not object.get(run, "status", null) in {"succeeded", "failed"}
}

deny contains finding(sprintf("%d of %d runs in %v days trained a model from pinned data, %v are needed", [count(proven), count(finished), limits.window_days, limits.min_runs]), "runs") if {
	known
	count(proven) < limits.min_runs
}

deny contains finding(sprintf("the last such run is %v days old, limit %v", [instants.age_days(last_ns), limits.max_age_days]), "age") if {
	known
	instants.older_than_days(last_ns, limits.max_age_days)
}

deny contains finding(sprintf("%d of %d runs succeeded, %v are needed", [count(succeeded), count(finished), text.percent(text.micro(limits.min_share))]), "failures") if {
	known
	count(finished) > 0
	not proof.at_least(count(succeeded), count(finished), limits.min_share)
}

# An incomplete log does not show that something has not run.
known if count(inconclusive) == 0

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["platform.ml-pipeline"]}
