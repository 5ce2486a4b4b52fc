# METADATA
# scope: package
# title: The scanning platform reaches every repository
# description: >-
#   The inventory of repositories, which says that it is complete, shows a finished
#   scan by each tool, no older than a day, of each repository in scope.
# custom:
#   id: phase5.security-scanning
#   severity: high
#   controls: ["SOC2:CC7.1", "ISO27001:A.8.8", "NIST-800-53:RA-5", "PCI-DSS:11.3.1", "DORA:Art.24"]
#   requires:
#     - {evidence: platform.scan-inventory, kind: json, max_age: 24h}
#   remediation: Connect the repositories that are named to both scanners, and mend scans that fail.
package readiness.phase5.security_scanning

import data.lib.evidence
import data.lib.readiness as proof
import data.lib.time as instants

default inventory := {}

inventory := input.evidence["platform.scan-inventory"].facts if evidence.usable(input.evidence["platform.scan-inventory"])

default limits := {}

limits := data.readiness.phase5.thresholds.security_scanning

repositories := evidence.objects(inventory, "repositories")

in_scope := [repository | some repository in repositories; repository.in_scope == true]

inconclusive contains gap if some gap in evidence.gaps({"platform.scan-inventory": "json"})

inconclusive contains gap if some gap in evidence.unset("security_scanning", limits, ["tools", "max_scan_age_hours"])

inconclusive contains "the inventory does not say that it is complete" if {
	count(inventory) > 0
	object.get(inventory, "complete", null) != true
}

inconclusive contains "the inventory names no repository in scope" if {
	count(inventory) > 0
	count(in_scope) == 0
}

inconclusive contains sprintf("the inventory does not say whether `%v` is in scope", [object.get(repository, "name", null)]) if {
	some repository in repositories
	not is_boolean(object.get(repository, "in_scope", null))
}

scanned(repository, tool) if {
	some scan in evidence.objects(repository, "scans")
	scan.tool == tool
	scan.result == "completed"
	at := instants.ns(object.get(scan, "finished_at", null))
	is_number(at)
	not instants.in_future(at)
	instants.age_s(at) <= limits.max_scan_age_hours * 3600
}

deny contains {"msg": msg, "term": repository.name, "evidence": ["platform.scan-inventory"], "details": {"tool": tool}} if {
	is_number(limits.max_scan_age_hours)
	some repository in in_scope
	some tool in limits.tools
	not scanned(repository, tool)
	msg := sprintf("`%v` has no finished scan by %v of the last %v hours", [repository.name, tool, limits.max_scan_age_hours])
}

inconclusive contains "the inventory has a repository in scope without a name" if {
	some repository in in_scope
	not proof.worded(object.get(repository, "name", null))
}
