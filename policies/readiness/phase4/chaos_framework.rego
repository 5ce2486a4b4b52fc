# METADATA
# scope: package
# title: The chaos framework runs experiments that show something
# description: >-
#   An experiment counts when it injected a fault into at least one target, the
#   steady state held before it, and was there again after it.
# custom:
#   id: phase4.chaos-framework
#   severity: medium
#   controls: ["SOC2:A1.3", "ISO27001:A.5.30", "NIST-800-53:CP-4", "DORA:Art.25", "RTS6:14"]
#   requires:
#     - {evidence: platform.chaos-runs, kind: json, max_age: 2d}
#   remediation: Run experiments that inject a fault into a target and record the steady state before and after it.
package readiness.phase4.chaos_framework

import data.lib.evidence
import data.lib.readiness as proof

default log := {}

log := input.evidence["platform.chaos-runs"].facts if evidence.usable(input.evidence["platform.chaos-runs"])

default limits := {}

limits := data.readiness.phase4.thresholds.chaos_framework

runs := [run |
	some run in proof.recent(log, "runs", "finished_at", limits.window_days)
	run.environment in limits.environments
]

shows(run) if {
	run.injected == true
	is_number(run.targets)
	run.targets > 0
	run.steady_state.before == true
	run.steady_state.after == true
}

experiments := {run.experiment |
	some run in runs
	shows(run)
	proof.worded(run.experiment)
}

why(run) := "it injected nothing" if {
	object.get(run, "injected", null) != true
} else := "it had no target" if {
	not has_target(run)
} else := "the steady state did not hold before it" if {
	object.get(run, ["steady_state", "before"], null) != true
} else := "the steady state did not return"

has_target(run) if {
	is_number(run.targets)
	run.targets > 0
}

inconclusive contains gap if some gap in evidence.gaps({"platform.chaos-runs": "json"})

inconclusive contains gap if some gap in evidence.unset("chaos_framework", limits, ["window_days", "min_experiments", "environments"])

inconclusive contains gap if some gap in proof.log_gaps("platform.chaos-runs", log, "runs", "finished_at", limits.window_days)

deny contains finding(sprintf("%d distinct experiments of the last %v days show something, %v are needed", [count(experiments), limits.window_days, limits.min_experiments]), "experiments", {"experiments": experiments}) if {
	count(inconclusive) == 0
	count(experiments) < limits.min_experiments
}

deny contains finding(sprintf("run `%v` does not count: %s", [object.get(run, "id", null), why(run)]), "not-counted", {"run": object.get(run, "id", null)}) if {
	count(inconclusive) == 0
	count(experiments) < limits.min_experiments
	some run in runs
	not shows(run)
}

finding(msg, term, details) := {"msg": msg, "term": term, "evidence": ["platform.chaos-runs"], "details": details}
