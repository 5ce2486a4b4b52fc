# METADATA
# scope: package
# title: Somebody answers for the deployment
# description: >-
#   A signed, unexpired declaration names a primary and another secondary on
#   call, for the change window and the hours of watch after it. No metric can
#   know this.
# custom:
#   id: deploy.on-call-declared
#   severity: medium
#   controls: ["SOC2:CC7.4", "ISO27001:A.5.24", "NIST-800-53:IR-4", "RTS6:1", "RTS6:16"]
#   requires:
#     - {evidence: declarations.on-call, kind: declaration, verified: true}
#     - {evidence: change-record, kind: change-record, max_age: 24h}
#   remediation: Have the release desk sign an on-call declaration that covers the change window and the watch after it.
package gates.deploy.on_call_declared

import data.lib.evidence
import data.lib.text
import data.lib.time as instants

default declared := {}

declared := input.evidence["declarations.on-call"].facts if evidence.usable(input.evidence["declarations.on-call"])

default record := {}

record := input.evidence["change-record"].facts if evidence.usable(input.evidence["change-record"])

default limits := {}

limits := data.gates.deploy.thresholds.on_call_declared

inconclusive contains gap if some gap in evidence.gaps({"declarations.on-call": "declaration", "change-record": "change-record"})

inconclusive contains gap if {
	some gap in evidence.unset("on_call_declared", limits, ["watch_hours", "max_declaration_age_days"])
}

inconclusive contains gap if some gap in evidence.absent("change-record", record, [["window", "to_ns"]])

inconclusive contains gap if {
	some gap in evidence.absent("declarations.on-call", declared, [["value", "primary"], ["value", "secondary"], ["signed_by"]])
}

inconclusive contains sprintf("the declaration's `%v` is not an instant", [concat(".", path)]) if {
	count(declared) > 0
	some path in [["declared_at"], ["expires_at"], ["value", "from"], ["value", "to"]]
	not is_number(instants.ns(object.get(declared, path, null)))
}

declared_at := instants.ns(object.get(declared, "declared_at", null))

watch_ends := record.window.to_ns + (limits.watch_hours * 3600000000000) if is_number(record.window.to_ns)

deny contains finding("primary and secondary on call are one person", "same-person") if {
	text.person(declared.value.primary) == text.person(declared.value.secondary)
}

deny contains finding(sprintf("on call from %v only", [declared.value.from]), "cover") if {
	starts := instants.ns(declared.value.from)
	is_number(starts)
	starts > input.as_of_ns
}

deny contains finding(sprintf("on call until %v, %v h of watch after the change window are asked for", [declared.value.to, limits.watch_hours]), "cover") if {
	ends := instants.ns(declared.value.to)
	is_number(ends)
	ends < watch_ends
}

deny contains finding(sprintf("the declaration expired at %v", [declared.expires_at]), "expired") if {
	expires := instants.ns(declared.expires_at)
	is_number(expires)
	expires <= input.as_of_ns
}

deny contains finding(sprintf("declared %v days ago, limit %v", [instants.age_days(declared_at), limits.max_declaration_age_days]), "age") if {
	is_number(declared_at)
	instants.older_than_days(declared_at, limits.max_declaration_age_days)
}

deny contains finding(sprintf("declared in the future, at %v", [declared.declared_at]), "age") if {
	is_number(declared_at)
	instants.in_future(declared_at)
}

finding(msg, term) := {"msg": msg, "term": term, "evidence": ["declarations.on-call", "change-record"], "details": {"declaration": object.get(declared, "id", null)}}
