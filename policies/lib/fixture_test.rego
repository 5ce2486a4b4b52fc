# Sound evidence that the tests of the rules break in one place at a time.
package lib.fixture_test

as_of_ns := 1795438800000000000 # 2026-11-23T13:00:00Z, a Monday

hour_ns := 3600000000000

day_ns := 24 * hour_ns

digest := "1111111111111111111111111111111111111111111111111111111111111111"

older := "2222222222222222222222222222222222222222222222222222222222222222"

commit := "3333333333333333333333333333333333333333"

item(kind, facts) := {"kind": kind, "status": "ok", "reason": null, "facts": facts}

of(items) := {
	"schema": "assize/input/v1",
	"as_of": "2026-11-23T13:00:00Z",
	"as_of_ns": as_of_ns,
	"subject": [{"name": "registry", "digest": {"sha256": digest}, "environment": "production"}],
	"params": {},
	"evidence": items,
}

# The evidence with a JSON patch applied.
patched(items, patch) := of(json.patch(items, patch))

set_to(path, value) := [{"op": "add", "path": path, "value": value}]

without(path) := [{"op": "remove", "path": path}]

change_record := item("change-record", {
	"id": "CHG-1",
	"title": "Deploy registry",
	"author": "ann@example.com",
	"implementer": "bob@example.com",
	"risk": "medium",
	"created_at": "2026-11-20T13:00:00Z",
	"created_at_ns": as_of_ns - (3 * day_ns),
	"commit": commit,
	"artifact": {"name": "registry", "sha256": digest},
	"window": {
		"from": "2026-11-23T12:30:00Z",
		"from_ns": as_of_ns - (hour_ns / 2),
		"to": "2026-11-23T13:20:00Z",
		"to_ns": as_of_ns + (hour_ns / 3),
	},
	"approvals": [approval("cid@example.com", "engineering-lead", "approved", 20)],
	"rollback": {
		"plan": "Shift traffic back.",
		"target": {"name": "registry", "sha256": older},
		"rehearsed_at": "2026-11-18T10:00:00Z",
		"rehearsal": "passed",
	},
	"links": [],
})

# A decision made some hours before the instant judged.
approval(by, role, decision, hours_ago) := {
	"by": by,
	"role": role,
	"decision": decision,
	"at": sprintf("%d h before", [hours_ago]),
	"at_ns": as_of_ns - (hours_ago * hour_ns),
	"commit": commit,
}

# `n` samples every `step_s` seconds, the last one minute before the instant
# judged; `value(i)` is a constant here, tests change single samples.
samples(n, step_s, value) := [[((as_of_ns / 1000000000) - 60) - (((n - 1) - i) * step_s), value] | some i in numbers.range(0, n - 1)]

counting(n, step_s, start, per_step) := [[((as_of_ns / 1000000000) - 60) - (((n - 1) - i) * step_s), start + (i * per_step)] |
	some i in numbers.range(0, n - 1)
]

series(labels, points) := {"labels": labels, "samples": points, "infinite": []}

matrix(list) := item("prometheus-matrix", {"series": list, "series_count": count(list), "warnings": [], "infos": []})
