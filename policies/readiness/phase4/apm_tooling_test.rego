package readiness.phase4.apm_tooling_test

import data.lib.fixture_test as fixture

limits := {"min_signers": 2}

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.apm_tooling.deny with input as at with data.readiness.phase4.thresholds.apm_tooling as limits
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.readiness.phase4.apm_tooling.inconclusive with input as at with data.readiness.phase4.thresholds.apm_tooling as limits
}

msgs(patch) := {f.msg | some f in denied(patch)}

put(path, value) := fixture.set_to(path, value)

test_ready if {
	denied([]) == set()
	unclear([]) == set()
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.readiness.phase4.apm_tooling.inconclusive with input as at with data.readiness.phase4.thresholds as {}
	count(gaps) > 0
	found := data.readiness.phase4.apm_tooling.deny with input as at with data.readiness.phase4.thresholds as {}
	found == set()
}

test_inconclusive_without_evidence if {
	every id, _ in items {
		sprintf("evidence `%s` is missing", [id]) in unclear(fixture.without(concat("", ["/", id])))
	}
}

items := {"declarations.apm-tooling": fixture.item("declaration", {
	"id": "P-1", "signed_by": ["SHA256:a", "SHA256:b"],
	"value": {"product": "Tempo", "stage": "procured", "order": {"number": "PO-1", "valid_until": "2027-01-01T00:00:00Z"}},
})}

value(path) := concat("/", ["/declarations.apm-tooling/facts/value", path])

test_not_procured if {
	msgs(put(value("stage"), "selected")) == {"Tempo is selected, not procured"}
	msgs(put(value("stage"), "considered")) == {"Tempo is considered, not procured"}
}

test_order_ended if {
	msgs(put(value("order/valid_until"), "2026-11-23T13:00:00Z")) == {"the order of Tempo ended at 2026-11-23T13:00:00Z"}
	denied(put(value("order/valid_until"), "2026-11-23T13:00:01Z")) == set()
}

test_one_signer if {
	unclear(put("/declarations.apm-tooling/facts/signed_by", ["SHA256:a"])) == {"evidence `declarations.apm-tooling` is signed by 1, 2 are needed where money is spent"}
	every odd in [[], "SHA256:a", null, ["SHA256:a", "SHA256:a"], [1, 2]] {
		count(unclear(put("/declarations.apm-tooling/facts/signed_by", odd))) == 1
	}
}

test_unclear_value if {
	every odd in [null, [], "procured", {}] {
		unclear(put("/declarations.apm-tooling/facts/value", odd)) == {"evidence `declarations.apm-tooling` does not say `value.stage`: considered, selected or procured"}
	}
	unclear(fixture.without(value("product"))) == {"evidence `declarations.apm-tooling` does not say `value.product`"}
	unclear(put(value("product"), " ")) == {"evidence `declarations.apm-tooling` does not say `value.product`"}
	unclear(fixture.without(value("order"))) == {"evidence `declarations.apm-tooling` does not say `value.order.valid_until`"}
	unclear(put(value("order"), "soon")) == {"evidence `declarations.apm-tooling` does not say `value.order.valid_until`"}
}
