package readiness.phase4.predictive_model_test

import data.lib.fixture_test as fixture

limits := {"min_holdout_days": 28, "min_forecasts": 100, "min_coverage": 0.85, "max_age_days": 90}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.predictive_model.deny with input as at with data.readiness.phase4.thresholds.predictive_model as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.predictive_model.inconclusive with input as at with data.readiness.phase4.thresholds.predictive_model as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase4.predictive_model.inconclusive with input as at with data.readiness.phase4.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase4.predictive_model.deny with input as at with data.readiness.phase4.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {"platform.model-backtest": fixture.item("json", {
	"model": {"name": "latency", "sha256": fixture.digest, "trained_until": "2026-10-01T00:00:00Z"},
	"backtest": {"from": "2026-10-01T00:00:00Z", "to": "2026-10-29T00:00:00Z", "forecasts": 100, "covered": 85},
})}

fact(path) := concat("/", ["/platform.model-backtest/facts", path])

test_leak if msgs(put(fact("model/trained_until"), "2026-10-01T00:00:01Z")) == {"the hold-out begins before the end of training: the model was tested on what it had seen"}

test_holdout if msgs(put(fact("backtest/to"), "2026-10-28T23:59:59Z")) == {"the hold-out has 27 days, 28 are needed"}

test_forecasts if msgs(put(fact("backtest/forecasts"), 99)) == {"99 forecasts were tested, 100 are needed"}

test_nothing_forecast if {
	at := json.patch(put(fact("backtest/forecasts"), 0), [{"op": "add", "path": "/-", "value": {"op": "add", "path": fact("backtest/covered"), "value": 0}}])
	msgs(at) == {"0 forecasts were tested, 100 are needed"}
}

test_coverage if msgs(put(fact("backtest/covered"), 84)) == {"84 of 100 observations lay within their interval, 85.00 % are needed"}

test_age if {
	found := msgs(put(fact("model/trained_until"), "2026-08-25T12:59:59Z"))
	found == {"the model was trained on data up to 2026-08-25T12:59:59Z, 90 days ago, limit 90"}
}

test_unclear_report if {
	every path, value in {"model/trained_until": "autumn", "backtest/from": null, "backtest/to": 7, "model/sha256": "latest", "backtest/forecasts": "100", "backtest/covered": -1, "model/name": ""} {
		count(unclear(put(fact(path), value))) == 1
		denied(put(fact(path), value)) == set()
	}
	unclear(put(fact("backtest/to"), "2026-10-01T00:00:00Z")) == {"the hold-out ends before it begins"}
}
