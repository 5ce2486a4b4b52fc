package readiness.phase4.chaos_framework_test

import data.lib.fixture_test as fixture

limits := {"window_days": 90, "min_experiments": 2, "environments": ["staging"]}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.chaos_framework.deny with input as at with data.readiness.phase4.thresholds.chaos_framework as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.chaos_framework.inconclusive with input as at with data.readiness.phase4.thresholds.chaos_framework as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase4.chaos_framework.inconclusive with input as at with data.readiness.phase4.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase4.chaos_framework.deny with input as at with data.readiness.phase4.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {"platform.chaos-runs": fixture.item("json", {
	"complete": true, "from": "2026-08-25T13:00:00Z", "to": "2026-11-23T06:00:00Z",
	"runs": [run("pod-kill"), run("partition")],
})}

run(name) := {
	"id": name, "experiment": name, "environment": "staging", "finished_at": "2026-11-10T02:00:00Z",
	"targets": 1, "injected": true, "steady_state": {"before": true, "after": true},
}

fact(path) := concat("/", ["/platform.chaos-runs/facts", path])

few := "1 distinct experiments of the last 90 days show something, 2 are needed"

test_what_does_not_count if {
	every patch, why in {
		{"path": "runs/0/injected", "value": false}: "it injected nothing",
		{"path": "runs/0/injected", "value": "yes"}: "it injected nothing",
		{"path": "runs/0/targets", "value": 0}: "it had no target",
		{"path": "runs/0/targets", "value": "all"}: "it had no target",
		{"path": "runs/0/steady_state/before", "value": false}: "the steady state did not hold before it",
		{"path": "runs/0/steady_state/after", "value": false}: "the steady state did not return",
		{"path": "runs/0/steady_state/after", "value": null}: "the steady state did not return",
	} {
		msgs(put(fact(patch.path), patch.value)) == {few, sprintf("run `pod-kill` does not count: %s", [why])}
	}
}

test_one_experiment_twice_is_one if msgs(put(fact("runs/0/experiment"), "partition")) == {few}

test_elsewhere_does_not_count if msgs(put(fact("runs/0/environment"), "development")) == {few}

test_long_ago_does_not_count if msgs(put(fact("runs/0/finished_at"), "2026-08-25T12:59:59Z")) == {few}

test_unclear_log if {
	unclear(fixture.without(fact("complete"))) == {"evidence `platform.chaos-runs` does not say that it is complete"}
	unclear(put(fact("runs/1/finished_at"), 7)) == {"evidence `platform.chaos-runs`: `runs[1].finished_at` is not an instant"}
	denied(put(fact("complete"), false)) == set()
}
