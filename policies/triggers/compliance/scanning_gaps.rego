# METADATA
# scope: package
# title: A security audit identifies gaps that need automated scanning
# description: >-
#   A repository of the signed scan scope has no scan by each required tool that
#   proved to have run to its end within 24 hours; or a critical finding has been
#   open for more than 7 days or a high one for more than 30, after VEX statements
#   about the very artifact scanned; or the obligation register holds an open audit
#   finding on scanning. A log that does not prove that the tool ran is no scan and
#   no clean result: it leaves the trigger unknown. While nobody has declared what
#   is in scope, or whether an audit found gaps, the trigger is unmeasured.
# custom:
#   id: compliance.scanning-gaps
#   condition: security audit identifies gaps requiring automated scanning
#   class: measured+declared
#   matrix: compliance
#   severity: critical
#   controls: ["SOC2:CC4.2", "SOC2:CC7.1", "ISO27001:A.8.8", "ISO27001:A.8.29", "NIST-800-53:RA-5", "NIST-800-53:SI-2", "NIST-800-53:CA-5", "NIST-800-53:CA-8", "PCI-DSS:6.3.1", "PCI-DSS:6.3.3", "PCI-DSS:11.3.1", "DORA:Art.24", "DORA:Art.25", "RTS6:18"]
#   requires:
#     - {evidence: scan.scope, kind: declaration, verified: true, optional: true}
#     - {evidence: registers.obligations, kind: declaration, verified: true, optional: true}
#     - {evidence: scan.vex, kind: openvex, optional: true}
#   remediation: Schedule the scans that are missing, fix the findings past their limit or state in VEX why they do not apply, and start automated scanning in Phase 5.
package triggers.compliance.scanning_gaps

import data.lib.evidence
import data.lib.register
import data.lib.time as instants
import data.lib.trigger as heads
import data.lib.vex

default limits := {}

limits := data.triggers.compliance.thresholds.scanning_gaps

default scope_limits := {}

scope_limits := limits.scope

default audit_limits := {}

audit_limits := limits.audit

scope := register.value("scan.scope", scope_limits)

audit := register.survey("registers.obligations", "obligations", audit_limits)

default statements := {}

statements := input.evidence["scan.vex"].facts if evidence.usable(input.evidence["scan.vex"])

inconclusive contains gap if some gap in evidence.gaps({})

inconclusive contains gap if {
	some gap in evidence.unset("scanning_gaps", limits, ["scope", "audit", "required_tools", "max_scan_age_h", "max_age_days", "reading"])
}

inconclusive contains gap if {
	some gap in evidence.unset("scanning_gaps.scope", scope_limits, ["min_signers", "max_validity_days"])
}

inconclusive contains sprintf("policy data names the reading `%v`, which is none of after-vex and as-scanned", [limits.reading]) if {
	not limits.reading in {"after-vex", "as-scanned"}
}

# What is declared.

inconclusive contains heads.unmeasured("nobody has declared which repositories are in scope (`scan.scope`)", ["scan.scope"]) if {
	register.undeclared("scan.scope")
}

inconclusive contains heads.finding("scope", msg, ["scan.scope"], {}) if some msg in register.defects("scan.scope", scope_limits)

inconclusive contains heads.unmeasured(msg, ["registers.obligations"]) if some msg in audit.unmeasured

inconclusive contains heads.finding("audit", msg, ["registers.obligations"], {}) if some msg in audit.defects

repositories := [r | some r in evidence.objects(scope, ["repositories"]); is_string(object.get(r, "repository", null))]

inconclusive contains heads.finding("scope", "the scan scope names no repository, or holds an entry that is none", ["scan.scope"], {}) if {
	count(scope) > 0
	not sound_scope
}

sound_scope if {
	is_array(object.get(scope, "repositories", null))
	count(repositories) > 0
	count(repositories) == count(scope.repositories)
}

# A VEX document that is there and cannot be read takes nothing out, but may.
inconclusive contains heads.finding("vex", gap, ["scan.vex"], {}) if {
	not register.undeclared("scan.vex")
	some gap in evidence.gaps({"scan.vex": "openvex"})
}

# The scan of each repository.

# Facts of a log that may be incomplete: what it does not prove is asked for below.
log_of(repository) := item.facts if {
	item := register.item(object.get(repository, "scan", ""))
	item.kind == "sarif"
	item.status in {"ok", "partial", "empty"}
	is_object(item.facts)
	is_array(object.get(item.facts, "runs", null))
	is_array(object.get(item.facts, "results", null))
} else := null

scanned(repository) := {"verdict": "true", "msg": "has no scan"} if {
	register.undeclared(object.get(repository, "scan", ""))
} else := {"verdict": "unknown", "msg": sprintf("has a scan that cannot be read: `%v`", [repository.scan])} if {
	log_of(repository) == null
} else := {"verdict": heads.any_of({o.verdict | some o in outcomes}), "msg": concat("; ", sort([o.msg | some o in outcomes; o.verdict != "false"]))} if {
	outcomes := [by_tool(log_of(repository), tool) | some tool in limits.required_tools]
}

by_tool(log, tool) := {"verdict": "true", "msg": sprintf("was never scanned by %v", [tool])} if {
	count(runs_of(log, tool)) == 0
} else := {"verdict": "unknown", "msg": sprintf("has a scan by %v that does not prove that it ran to its end", [tool])} if {
	count(ends(log, tool)) == 0
} else := {"verdict": "unknown", "msg": sprintf("has a scan by %v that ended in the future", [tool])} if {
	max(ends(log, tool)) > input.as_of_ns
} else := {"verdict": "true", "msg": sprintf("was last scanned by %v %v h ago, limit %v h", [tool, age_h, limits.max_scan_age_h])} if {
	age_ns := input.as_of_ns - max(ends(log, tool))
	age_ns > limits.max_scan_age_h * 3600000000000
	age_h := floor(age_ns / 3600000000000)
} else := {"verdict": "false", "msg": ""}

runs_of(log, tool) := [run | some run in evidence.objects(log, ["runs"]); object.get(run, ["tool", "name"], null) == tool]

ends(log, tool) := [end |
	some run in runs_of(log, tool)
	object.get(run, "executed", null) == "proved"
	end := instants.ns(object.get(run, "ended_at", null))
	is_number(end)
]

coverage := [object.union(scanned(repository), {"repository": repository.repository, "scan": object.get(repository, "scan", null)}) |
	some repository in repositories
]

late := [c | some c in coverage; c.verdict == "true"]

inconclusive contains heads.finding(c.repository, sprintf("%v %v", [c.repository, c.msg]), scan_items(c.scan), {}) if {
	some c in coverage
	c.verdict == "unknown"
}

trigger contains heads.finding(c.repository, sprintf("%v %v", [c.repository, c.msg]), scan_items(c.scan), {}) if {
	some c in coverage
	c.verdict == "true"
}

scan_items(scan) := ["scan.scope", scan] if {
	not register.undeclared(scan)
} else := ["scan.scope"]

default coverage_verdict := "unknown"

coverage_verdict := heads.any_of({c.verdict | some c in coverage}) if sound_scope

coverage_verdict := "true" if {
	not sound_scope
	count(late) > 0
}

reading contains heads.reading("scan-age", true, coverage_verdict, msg, ["scan.scope"], numbers) if {
	count(repositories) > 0
	msg := sprintf("%v of %v repositories in scope have no proved scan within %v h", [count(late), count(repositories), limits.max_scan_age_h])
	numbers := {"term": "coverage", "repositories": count(repositories), "late": sort([c.repository | some c in late]), "max_scan_age_h": limits.max_scan_age_h, "required_tools": limits.required_tools}
}

# The findings of each scan.

results := [object.union(named, {"repository": repository.repository, "scan": repository.scan, "excused": excused(log, named.rule_id)}) |
	some repository in repositories
	log := log_of(repository)
	log != null
	some result in evidence.objects(log, ["results"])
	named := object.union({"severity": "unknown"}, object.union(result, {"rule_id": rule_of(result)}))
]

rule_of(result) := result.rule_id if {
	is_string(object.get(result, "rule_id", null))
} else := "unnamed"

# VEX speaks about artifacts by digest: it must take the finding out of each that
# was scanned.
excused(log, rule_id) if {
	count(artifacts(log)) > 0
	every digest in artifacts(log) {
		vex.excludes(statements, rule_id, digest)
	}
} else := false

artifacts(log) := {artifact.sha256 |
	some run in evidence.objects(log, ["runs"])
	some artifact in evidence.objects(run, ["artifacts"])
	is_string(object.get(artifact, "sha256", null))
}

open_results := [object.union(result, {"limit_days": limit}) |
	some result in results
	object.get(result, "suppressed", false) != true
	object.get(result, "baseline_state", null) != "absent"
	limit := object.get(limits.max_age_days, result.severity, null)
	is_number(limit)
]

overdue := [object.union(result, {"age_days": instants.age_days(since)}) |
	some result in open_results
	since := instants.ns(object.get(result, "first_detected_at", null))
	is_number(since)
	instants.older_than_days(since, result.limit_days)
]

undated := [result |
	some result in open_results
	not is_number(instants.ns(object.get(result, "first_detected_at", null)))
]

severities := {"critical", "high", "medium", "low", "none"}

unreadable := ({c.repository | some c in coverage; c.verdict == "unknown"} | {result.repository | some result in results; not result.severity in severities}) | {repository.repository |
	some repository in repositories
	log := log_of(repository)
	log != null
	count(evidence.objects(log, ["results"])) != count(log.results)
}

inconclusive contains heads.finding(repository, sprintf("%v has findings that cannot be read", [repository]), ["scan.scope"], {}) if {
	some repository in unreadable
}

inconclusive contains heads.finding(result.rule_id, sprintf("%v in %v: %v finding without a date of first detection", [result.rule_id, result.repository, result.severity]), scan_items(result.scan), {}) if {
	some result in counted(undated, limits.reading)
}

# What a reading counts: everything as scanned, or what VEX leaves of it.
counted(list, "as-scanned") := list

counted(list, "after-vex") := [result | some result in list; result.excused == false]

# A repository whose findings nobody has seen may hold one past its limit.
findings_verdict(id) := "true" if {
	count(counted(overdue, id)) > 0
} else := "false" if {
	sound_scope
	count(counted(undated, id)) == 0
	count(unreadable) == 0
	every repository in repositories {
		log_of(repository) != null
	}
} else := "unknown"

reading contains heads.reading(id, id == limits.reading, findings_verdict(id), msg, ["scan.scope", "scan.vex"], numbers) if {
	count(repositories) > 0
	some id, words in {"after-vex": "after VEX", "as-scanned": "as scanned"}
	found := counted(overdue, id)
	msg := sprintf("findings open past their limit (%v) %v: %v", [limits_in_words, words, count(found)])
	numbers := {"term": "findings", "overdue": sort([sprintf("%v in %v", [r.rule_id, r.repository]) | some r in found]), "undated": count(counted(undated, id)), "max_age_days": limits.max_age_days}
}

limits_in_words := concat(", ", [sprintf("%v %v days", [severity, limits.max_age_days[severity]]) |
	some severity in sort([s | some s, _ in limits.max_age_days])
])

trigger contains heads.finding(result.rule_id, msg, array.concat(scan_items(result.scan), vex_items), numbers) if {
	some result in counted(overdue, limits.reading)
	msg := sprintf("%v in %v: %v finding open for %v days, limit %v", [result.rule_id, result.repository, result.severity, result.age_days, result.limit_days])
	numbers := {"age_days": result.age_days, "limit_days": result.limit_days, "severity": result.severity, "repository": result.repository, "first_detected_at": result.first_detected_at}
}

vex_items := [] if {
	register.undeclared("scan.vex")
} else := ["scan.vex"]

# What auditors found.

reading contains heads.reading(id, id == audit_limits.reading, r.verdict, msg, ["registers.obligations"], numbers) if {
	some id, r in audit.readings
	msg := sprintf("%v of %v audit findings on scanning in the register are open and %v", [count(r.found), audit.entries, register.horizon(r.days)])
	numbers := {"term": "audit", "findings": register.named(r.found), "within_days": r.days, "registered": audit.entries}
}

trigger contains heads.finding(register.name(entry), msg, ["registers.obligations"], numbers) if {
	some entry in audit.readings[audit_limits.reading].found
	msg := sprintf("open audit finding: %v", [register.described(entry)])
	numbers := {"effective_on": object.get(entry, "effective_on", null), "kind": object.get(entry, "kind", null)}
}
