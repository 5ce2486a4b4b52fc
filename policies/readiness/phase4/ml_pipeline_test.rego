package readiness.phase4.ml_pipeline_test

import data.lib.fixture_test as fixture

limits := {"window_days": 30, "min_runs": 2, "max_age_days": 7, "min_share": 0.9}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.ml_pipeline.deny with input as at with data.readiness.phase4.thresholds.ml_pipeline as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.ml_pipeline.inconclusive with input as at with data.readiness.phase4.thresholds.ml_pipeline as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase4.ml_pipeline.inconclusive with input as at with data.readiness.phase4.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase4.ml_pipeline.deny with input as at with data.readiness.phase4.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {"platform.ml-pipeline": fixture.item("json", {
	"complete": true, "from": "2026-10-24T13:00:00Z", "to": "2026-11-23T06:00:00Z",
	"runs": [run("2026-11-10T02:00:00Z"), run("2026-11-17T02:00:00Z")],
})}

run(at) := {"id": at, "finished_at": at, "status": "succeeded", "dataset_sha256": fixture.digest, "model_sha256": fixture.older}

fact(path) := concat("/", ["/platform.ml-pipeline/facts", path])

test_too_few_runs if {
	msgs(fixture.without(fact("runs/0"))) == {"1 of 1 runs in 30 days trained a model from pinned data, 2 are needed"}
	msgs(put(fact("runs"), [])) == {"0 of 0 runs in 30 days trained a model from pinned data, 2 are needed"}
}

test_unpinned_runs_do_not_count if {
	every name in ["dataset_sha256", "model_sha256"] {
		msgs(put(fact(concat("/", ["runs/0", name])), "latest")) == {"1 of 2 runs in 30 days trained a model from pinned data, 2 are needed"}
	}
}

test_old_runs_do_not_count if "1 of 1 runs in 30 days trained a model from pinned data, 2 are needed" in msgs(put(fact("runs/0/finished_at"), "2026-10-24T12:59:59Z"))

test_future_runs_do_not_count if "1 of 1 runs in 30 days trained a model from pinned data, 2 are needed" in msgs(put(fact("runs/0/finished_at"), "2026-11-23T13:00:01Z"))

test_last_run_too_old if {
	msgs(put(fact("runs/1/finished_at"), "2026-11-14T02:00:00Z")) == {"the last such run is 9 days old, limit 7"}
	denied(put(fact("runs/1/finished_at"), "2026-11-16T13:00:00Z")) == set()
}

test_failures if {
	failed := object.union(run("2026-11-18T02:00:00Z"), {"status": "failed"})
	msgs(put(fact("runs/-"), failed)) == {"2 of 3 runs succeeded, 90.00 % are needed"}
}

test_unclear_log if {
	unclear(put(fact("complete"), false)) == {"evidence `platform.ml-pipeline` does not say that it is complete"}
	unclear(put(fact("from"), "2026-10-24T13:00:01Z")) == {"evidence `platform.ml-pipeline` does not reach back 30 days"}
	unclear(put(fact("to"), "2026-11-20T06:00:00Z")) == {"evidence `platform.ml-pipeline` does not reach back 30 days"}
	unclear(put(fact("runs"), {})) == {"evidence `platform.ml-pipeline` does not list `runs`"}
	unclear(put(fact("runs/0/finished_at"), "last week")) == {"evidence `platform.ml-pipeline`: `runs[0].finished_at` is not an instant"}
	unclear(put(fact("runs/0"), 7)) == {"evidence `platform.ml-pipeline`: `runs[0].finished_at` is not an instant"}
	unclear(put(fact("runs/0/status"), "skipped")) == {"run `2026-11-10T02:00:00Z` has the status `skipped`: succeeded or failed is expected"}
}

test_an_incomplete_log_denies_nothing if denied(json.patch([], [])) == set() with items as {"platform.ml-pipeline": fixture.item("json", {"complete": false, "runs": []})}
