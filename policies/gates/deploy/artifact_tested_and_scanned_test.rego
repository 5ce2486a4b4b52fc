package gates.deploy.artifact_tested_and_scanned_test

import data.lib.fixture_test as fixture

items := {"change-record": fixture.change_record, "tests.junit": report, "scan.findings": scan}

report := fixture.item("junit-xml", {
	"tests": 1,
	"properties": {"artifact.sha256": fixture.digest, "git.commit": fixture.commit},
	"property_conflicts": [],
})

scan := fixture.item("sarif", {"runs": [{"artifacts": [{"uri": "x", "sha256": fixture.digest}]}]})

denied(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.artifact_tested_and_scanned.deny with input as at
		with data.gates.deploy.thresholds.artifact_tested_and_scanned as {"test_property": "artifact.sha256", "commit_property": "git.commit"}
}

unclear(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.gates.deploy.artifact_tested_and_scanned.inconclusive with input as at
		with data.gates.deploy.thresholds.artifact_tested_and_scanned as {"test_property": "artifact.sha256", "commit_property": "git.commit"}
}

terms(patch) := {f.term | some f in denied(patch)}

test_pass if {
	denied([]) == set()
	unclear([]) == set()
}

test_another_name if terms(fixture.set_to("/change-record/facts/artifact/name", "gateway")) == {"name"}

test_another_digest_in_the_change_record if terms(fixture.set_to("/change-record/facts/artifact/sha256", fixture.older)) == {"change-record"}

test_another_digest_tested if terms(fixture.set_to("/tests.junit/facts/properties/artifact.sha256", fixture.older)) == {"tests.junit"}

test_another_commit_tested if terms(fixture.set_to("/tests.junit/facts/properties/git.commit", "4444444444444444444444444444444444444444")) == {"commit"}

test_another_digest_scanned if terms(fixture.set_to("/scan.findings/facts/runs/0/artifacts/0/sha256", fixture.older)) == {"scan.findings"}

test_scanned_among_others if denied(fixture.set_to("/scan.findings/facts/runs/1", {"artifacts": [{"uri": "y", "sha256": fixture.older}]})) == set()

test_inconclusive_properties if {
	unclear(fixture.without("/tests.junit/facts/properties/artifact.sha256")) == {"evidence `tests.junit` does not say `properties.artifact.sha256`"}
	unclear(fixture.without("/tests.junit/facts/properties/git.commit")) == {"evidence `tests.junit` does not say `properties.git.commit`"}
	unclear(fixture.set_to("/tests.junit/facts/property_conflicts", ["git.commit", "other"])) == {"the suites disagree about property `git.commit`"}
}

test_inconclusive_scan if {
	unclear(fixture.set_to("/scan.findings/facts/runs/0/artifacts", [])) == {"the scan names no artifact digest"}
	unclear(fixture.set_to("/scan.findings/facts/runs/0/artifacts/0/sha256", null)) == {"the scan names no artifact digest"}
}

test_inconclusive_record if unclear(fixture.without("/change-record/facts/artifact")) == {"evidence `change-record` does not say `artifact.name`", "evidence `change-record` does not say `artifact.sha256`"}

test_inconclusive_subject if {
	every subject in [[], [{"name": "registry"}], [{"name": "registry", "digest": {"sha256": fixture.digest}}, {"name": "registry", "digest": {"sha256": fixture.older}}]] {
		at := object.union(fixture.of(items), {"subject": subject})
		gaps := data.gates.deploy.artifact_tested_and_scanned.inconclusive with input as at
		gaps == {"the input does not name exactly one artifact digest to judge"}
	}
}

test_inconclusive_without_evidence if {
	"evidence `change-record` is missing" in unclear(fixture.without("/change-record"))
	"evidence `tests.junit` is missing" in unclear(fixture.without("/tests.junit"))
	"evidence `scan.findings` is missing" in unclear(fixture.without("/scan.findings"))
}

test_inconclusive_without_thresholds if {
	at := fixture.of(items)
	gaps := data.gates.deploy.artifact_tested_and_scanned.inconclusive with input as at
		with data.gates.deploy.thresholds as {}
	count(gaps) > 0
}
