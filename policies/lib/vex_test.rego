package lib.vex_test

import data.lib.fixture_test as fixture
import data.lib.vex

product := sprintf("pkg:oci/registry@sha256:%s", [fixture.digest])

base := {
	"vulnerability": "CVE-1", "aliases": ["GHSA-1"], "products": [product], "status": "not_affected",
	"justification": "vulnerable_code_not_present", "impact_statement": null, "timestamp": "2026-11-01T00:00:00Z",
}

excludes(statements, vulnerability) if {
	digest := fixture.digest
	at := fixture.of({})
	vex.excludes({"timestamp": "2026-11-01T00:00:00Z", "statements": statements}, vulnerability, digest) with input as at
}

changed(fields) := object.union(base, fields)

test_not_affected if excludes([base], "CVE-1")

test_alias if excludes([base], "GHSA-1")

test_fixed if excludes([changed({"status": "fixed", "justification": null})], "CVE-1")

test_impact_statement_instead_of_justification if excludes([changed({"justification": null, "impact_statement": "never called"})], "CVE-1")

test_needs_a_reason if not excludes([changed({"justification": null})], "CVE-1")

test_another_vulnerability if not excludes([base], "CVE-2")

test_another_artifact if not excludes([changed({"products": [sprintf("pkg:oci/registry@sha256:%s", [fixture.older])]})], "CVE-1")

test_the_name_alone_is_no_match if not excludes([changed({"products": ["pkg:oci/registry"]})], "CVE-1")

test_no_products if {
	not excludes([changed({"products": null})], "CVE-1")
	not excludes([changed({"products": [null]})], "CVE-1")
	not excludes([json.remove(base, ["products"])], "CVE-1")
}

test_other_statuses if {
	not excludes([changed({"status": "affected"})], "CVE-1")
	not excludes([changed({"status": "under_investigation"})], "CVE-1")
}

test_the_latest_wins if {
	later := changed({"status": "affected", "timestamp": "2026-11-02T00:00:00Z"})
	not excludes([base, later], "CVE-1")
	not excludes([later, base], "CVE-1")
	excludes([changed({"status": "affected", "timestamp": "2026-10-01T00:00:00Z"}), base], "CVE-1")
}

test_of_two_at_once_the_worse_counts if not excludes([base, changed({"status": "under_investigation"})], "CVE-1")

test_a_statement_from_the_future_is_not_yet_made if {
	excludes([base, changed({"status": "affected", "timestamp": "2027-01-01T00:00:00Z"})], "CVE-1")
	not excludes([changed({"timestamp": "2027-01-01T00:00:00Z"})], "CVE-1")
}

test_the_document_dates_its_statements if {
	excludes([changed({"timestamp": null})], "CVE-1")
	not excludes([changed({"timestamp": "yesterday"})], "CVE-1")
}

test_no_statements if {
	not excludes([], "CVE-1")
	not excludes(null, "CVE-1")
}
