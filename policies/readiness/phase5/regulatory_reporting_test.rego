package readiness.phase5.regulatory_reporting_test

import data.lib.fixture_test as fixture

limits := {"frameworks": ["DORA"], "max_age_days": 100}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.regulatory_reporting.deny with input as at with data.readiness.phase5.thresholds.regulatory_reporting as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase5.regulatory_reporting.inconclusive with input as at with data.readiness.phase5.thresholds.regulatory_reporting as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase5.regulatory_reporting.inconclusive with input as at with data.readiness.phase5.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase5.regulatory_reporting.deny with input as at with data.readiness.phase5.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {"platform.regulatory-reports": fixture.item("json", {
	"complete": true, "from": "2026-08-15T13:00:00Z", "to": "2026-11-23T06:00:00Z",
	"reports": [
		{"id": "r1", "framework": "DORA", "produced_at": "2026-10-07T06:00:00Z", "method": "automated", "sha256": fixture.digest, "controls": {"required": 27, "evidenced": 27}},
		{"id": "r2", "framework": "SOX", "produced_at": "2026-10-07T06:00:00Z", "method": "manual"},
	],
})}

fact(path) := concat("/", ["/platform.regulatory-reports/facts", path])

test_not_enough if {
	every patch, why in {
		{"path": "reports/0/method", "value": "manual"}: "was produced by the method `manual`",
		{"path": "reports/0/sha256", "value": "x"}: "is not named by its digest",
		{"path": "reports/0/controls/evidenced", "value": 26}: "has evidence for 26 of 27 controls",
		{"path": "reports/0/controls", "value": {"required": 0, "evidenced": 0}}: "has evidence for 0 of 0 controls",
	} {
		msgs(put(fact(patch.path), patch.value)) == {sprintf("the report `r1` for DORA %s", [why])}
	}
}

test_none if {
	msgs(fixture.without(fact("reports/0"))) == {"no report for DORA of the last 100 days"}
	msgs(put(fact("reports/0/produced_at"), "2026-08-15T12:59:59Z")) == {"no report for DORA of the last 100 days"}
}

test_one_good_report_is_enough if {
	manual := {"id": "r0", "framework": "DORA", "produced_at": "2026-10-01T06:00:00Z", "method": "manual"}
	denied(put(fact("reports/-"), manual)) == set()
}

test_unclear if {
	unclear(put(fact("complete"), null)) == {"evidence `platform.regulatory-reports` does not say that it is complete"}
	unclear(put(fact("from"), "2026-09-01T00:00:00Z")) == {"evidence `platform.regulatory-reports` does not reach back 100 days"}
	denied(put(fact("complete"), false)) == set()
}
