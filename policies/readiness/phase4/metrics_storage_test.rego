package readiness.phase4.metrics_storage_test

import data.lib.fixture_test as fixture

limits := {"min_retention_days": 90}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.metrics_storage.deny with input as at with data.readiness.phase4.thresholds.metrics_storage as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.metrics_storage.inconclusive with input as at with data.readiness.phase4.thresholds.metrics_storage as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase4.metrics_storage.inconclusive with input as at with data.readiness.phase4.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase4.metrics_storage.deny with input as at with data.readiness.phase4.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {
	"platform.prometheus-runtime": fixture.item("json", {"status": "success", "data": {
		"storageRetention": "90d", "reloadConfigSuccess": true, "corruptionCount": 0,
	}}),
	"platform.prometheus-history": fixture.item("prometheus-vector", {
		"samples": [{"labels": {}, "t": 1, "value": oldest}, {"labels": {"instance": "b"}, "t": 1, "value": oldest - 86400}],
		"infinite": [],
	}),
}

oldest := (fixture.as_of_ns / 1000000000) - (90 * 86400)

runtime(name) := concat("/", ["/platform.prometheus-runtime/facts/data", name])

test_retention if {
	msgs(put(runtime("storageRetention"), "15d")) == {"samples are kept for 15 days, 90 are needed"}
	msgs(put(runtime("storageRetention"), "12w or 500GiB")) == {"samples are kept for 84 days, 90 are needed"}
	denied(put(runtime("storageRetention"), "1y or 500GiB")) == set()
}

test_unread_retention if {
	every form in ["500GiB", "90", "1y2w", "d", "-1d", null, 90] {
		count(unclear(put(runtime("storageRetention"), form))) == 1
		denied(put(runtime("storageRetention"), form)) == set()
	}
}

# The server with the shortest reach decides.
test_history if {
	msgs(put("/platform.prometheus-history/facts/samples/1/value", oldest + 1)) == {"samples reach back 89 days, 90 are needed"}
}

test_no_history if {
	every odd in [[], "none", [{"labels": {}}]] {
		unclear(put("/platform.prometheus-history/facts/samples", odd)) == {"no sample says how far back the samples reach"}
	}
}

test_server_state if {
	msgs(put(runtime("reloadConfigSuccess"), false)) == {"the last load of the configuration failed"}
	msgs(put(runtime("corruptionCount"), 2)) == {"2 blocks are corrupt"}
	every name in ["reloadConfigSuccess", "corruptionCount"] {
		unclear(fixture.without(runtime(name))) == {sprintf("the server does not say `%s`", [name])}
	}
	count(unclear(put("/platform.prometheus-runtime/facts/data", "error"))) == 3
}
