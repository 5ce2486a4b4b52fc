package triggers.business.customer_sla_precision_test

import data.lib.fixture_test as fixture

limits := {
	"metric": "coordination-latency", "min_scrapes": 4, "default_precision_share": 0.05, "reading": "bucket-width",
	"contracts": {
		"kinds": ["latency"], "min_signers": 1, "max_validity_days": 366,
		"readings": {"in-force": {"days": 0, "states": ["open"]}}, "reading": "in-force",
	},
}

contract := {
	"id": "SLA-1", "kind": "latency", "title": "P95 below 120 ms", "authority": "Customer A",
	"effective_on": "2026-10-01T00:00:00Z", "status": "open",
	"metric": "coordination-latency", "quantile": 0.95, "threshold_ms": 120, "window_s": 300, "precision_ms": 5,
}

bucket(le) := {"labels": {"le": le}, "value": 1}

items := {
	"slo.coordination-latency": fixture.matrix([object.union(fixture.series({"cluster": "a"}, []), {"step_s": 30})]),
	"slo.coordination-buckets": fixture.item("prometheus-vector", {"samples": [bucket("100.0"), bucket("120.0"), bucket("130.0"), bucket("+Inf")]}),
	"registers.customer-slas": fixture.item("declaration", {
		"id": "SLAS-1",
		"declared_at": "2026-11-02T10:00:00Z",
		"expires_at": "2027-01-29T00:00:00Z",
		"signed_by": ["SHA256:a"],
		"value": {"covers": ["latency"], "contracts": [contract]},
	}),
}

heads(patch, rules) := {"trigger": fired, "inconclusive": unclear, "reading": said} if {
	at := fixture.patched(items, patch)
	fired := data.triggers.business.customer_sla_precision.trigger with input as at
		with data.triggers.business.thresholds.customer_sla_precision as rules
	unclear := data.triggers.business.customer_sla_precision.inconclusive with input as at
		with data.triggers.business.thresholds.customer_sla_precision as rules
	said := data.triggers.business.customer_sla_precision.reading with input as at
		with data.triggers.business.thresholds.customer_sla_precision as rules
}

fired(patch) := {f.msg | some f in heads(patch, limits).trigger}

unclear(patch) := {f.msg | some f in heads(patch, limits).inconclusive}

verdicts(patch) := {r.id: r.details.verdict | some r in heads(patch, limits).reading}

with_contracts(list) := fixture.set_to("/registers.customer-slas/facts/value/contracts", list)

changed(fields) := with_contracts([object.union(contract, fields)])

test_clear_on_an_edge if {
	h := heads([], limits)
	h.trigger == set()
	h.inconclusive == set()
	{[r.id, r.msg, r.details.verdict, r.details.used] | some r in h.reading} == {
		["bucket-width", "0 of 1 contracts in force ask for more than buckets no wider than the contracted precision and 4 scrapes a window give", "false", true],
		["bucket-edge", "0 of 1 contracts in force ask for more than a bucket edge at the threshold and 4 scrapes a window give", "false", false],
	}
}

test_clear_without_contracts if {
	fired(with_contracts([])) == set()
	unclear(with_contracts([])) == set()
	verdicts(with_contracts([])) == {"bucket-width": "false", "bucket-edge": "false"}
}

test_fired_by_a_wide_bucket if {
	patch := changed({"threshold_ms": 110})
	fired(patch) == {"SLA-1: 95.00 % within 110 ms over 300 s; bucket width 20 ms, contracted precision 5 ms, scrape interval 30 s"}
	verdicts(patch) == {"bucket-width": "true", "bucket-edge": "true"}
	some f in heads(patch, limits).trigger
	f.term == "SLA-1"
	f.details.bucket_width_ms == 20
}

test_the_readings_differ_within_a_bucket if {
	patch := changed({"threshold_ms": 125, "precision_ms": 10})
	fired(patch) == set()
	verdicts(patch) == {"bucket-width": "false", "bucket-edge": "true"}
	count(heads(patch, object.union(limits, {"reading": "bucket-edge"})).trigger) == 1
	count(fired(changed({"threshold_ms": 125, "precision_ms": 9.999}))) == 1
}

test_the_default_precision if {
	patch := with_contracts([json.remove(object.union(contract, {"threshold_ms": 125}), ["precision_ms"])])
	count(fired(patch)) == 1
	heads(patch, object.union(limits, {"default_precision_share": 0.08})).trigger == set()
}

test_below_the_first_edge if {
	some f in heads(changed({"threshold_ms": 50}), limits).trigger
	f.details.bucket_width_ms == 100
}

test_above_the_last_edge if {
	fired(changed({"threshold_ms": 200})) == {"SLA-1: 95.00 % within 200 ms over 300 s; bucket width unbounded, contracted precision 5 ms, scrape interval 30 s"}
}

test_fired_by_too_few_scrapes if {
	patch := changed({"window_s": 119})
	fired(patch) == {"SLA-1: 95.00 % within 120 ms over 119 s; bucket width 0 ms, contracted precision 5 ms, scrape interval 30 s"}
	fired(changed({"window_s": 120})) == set()
}

test_the_slowest_series_counts if {
	patch := fixture.set_to("/slo.coordination-latency/facts/series/-", {"labels": {}, "samples": [], "step_s": 90})
	count(fired(patch)) == 1
}

test_a_contract_that_is_not_in_force if {
	fired(changed({"threshold_ms": 110, "effective_on": "2026-11-23T13:00:01Z"})) == set()
	fired(changed({"threshold_ms": 110, "status": "withdrawn"})) == set()
}

not_compared := "SLA-1 cannot be compared with what is measured: another metric, a number left out, no buckets or no scrape interval"

test_unknown_contracts if {
	every fields in [{"metric": "availability"}, {"quantile": 1}, {"quantile": null}, {"threshold_ms": "120"}, {"window_s": 0}, {"precision_ms": -1}, {"precision_ms": "fine"}] {
		fired(changed(fields)) == set()
		unclear(changed(fields)) == {not_compared}
		verdicts(changed(fields)) == {"bucket-width": "unknown", "bucket-edge": "unknown"}
	}
}

test_unknown_resolution if {
	every patch in [
		fixture.set_to("/slo.coordination-buckets/facts/samples", [bucket("+Inf")]),
		fixture.set_to("/slo.coordination-buckets/facts/samples", [null, {}, bucket("wide"), {"labels": {"le": 5}}]),
		fixture.set_to("/slo.coordination-latency/facts/series/0/step_s", null),
		fixture.set_to("/slo.coordination-latency/facts/series", []),
	] {
		fired(patch) == set()
		unclear(patch) == {not_compared}
	}
}

test_a_wide_bucket_is_certain_without_a_scrape_interval if {
	patch := array.concat(changed({"threshold_ms": 110}), fixture.set_to("/slo.coordination-latency/facts/series/0/step_s", null))
	fired(patch) == {"SLA-1: 95.00 % within 110 ms over 300 s; bucket width 20 ms, contracted precision 5 ms, scrape interval unknown"}
}

test_one_contract_is_enough if {
	patch := with_contracts([object.union(contract, {"id": "SLA-2", "threshold_ms": 110}), object.union(contract, {"metric": "availability"})])
	count(fired(patch)) == 1
	unclear(patch) == {not_compared}
	verdicts(patch)["bucket-width"] == "true"
}

test_unmeasured if {
	h := heads(fixture.without("/registers.customer-slas"), limits)
	h.trigger == set()
	h.reading == set()
	h.inconclusive == {{"id": "unmeasured", "msg": "nobody has declared `registers.customer-slas`", "evidence": ["registers.customer-slas"]}}
	not_covered := fixture.set_to("/registers.customer-slas/facts/value", {"covers": ["availability"], "contracts": []})
	{f.id | some f in heads(not_covered, limits).inconclusive} == {"unmeasured"}
	heads(not_covered, limits).reading == set()
}

test_unknown_with_an_expired_register if {
	unclear(fixture.set_to("/registers.customer-slas/facts/expires_at", "2026-11-23T13:00:00Z")) == {"declaration `registers.customer-slas` expired at 2026-11-23T13:00:00Z"}
	unclear(fixture.set_to("/registers.customer-slas/facts/signed_by", [])) == {"declaration `registers.customer-slas` is signed by 0 of the 1 distinct keys asked for"}
	fired(array.concat(changed({"threshold_ms": 110}), fixture.set_to("/registers.customer-slas/status", "unverified"))) == set()
}

test_a_register_with_a_fault_is_unknown if {
	patch := with_contracts([null])
	unclear(patch) == {"entry 0 of `contracts` is no object"}
	verdicts(patch) == {"bucket-width": "unknown", "bucket-edge": "unknown"}
}

test_unknown_without_evidence if {
	every id in ["slo.coordination-latency", "slo.coordination-buckets"] {
		patch := fixture.without(concat("", ["/", id]))
		sprintf("evidence `%s` is missing", [id]) in heads(patch, limits).inconclusive
		fired(patch) == set()
	}
}

test_unknown_thresholds if {
	heads([], object.union(limits, {"reading": "exact"})).inconclusive == {"policy data names the reading `exact`, which is none of bucket-width and bucket-edge"}
	at := fixture.of(items)
	found := data.triggers.business.customer_sla_precision.inconclusive with input as at
		with data.triggers.business.thresholds as {}
	"policy data does not set `customer_sla_precision.min_scrapes`" in found
}
