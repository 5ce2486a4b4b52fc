# METADATA
# scope: package
# title: What a VEX document says about one vulnerability in one artifact
# description: >-
#   A statement counts only when one of its products names the very digest
#   judged, and only when it was made by the instant judged. The latest
#   statement wins; of several at one instant the least favourable. Only
#   `not_affected` with a justification or an impact statement, and `fixed`,
#   take a finding out.
package lib.vex

import data.lib.evidence
import data.lib.time as instants

concerns(statement, vulnerability) if statement.vulnerability == vulnerability

concerns(statement, vulnerability) if vulnerability in statement.aliases

covers(statement, digest) if {
	is_array(statement.products)
	some product in statement.products
	is_string(product)
	contains(product, digest)
}

# A statement without its own time has the document's.
said_at(statement, doc) := instants.ns(object.get(statement, "timestamp", null)) if {
	object.get(statement, "timestamp", null) != null
} else := instants.ns(object.get(doc, "timestamp", null))

applicable(doc, vulnerability, digest) := [{"at": at, "statement": s} |
	some s in evidence.objects(doc, ["statements"])
	concerns(s, vulnerability)
	covers(s, digest)
	at := said_at(s, doc)
	is_number(at)
	at <= input.as_of_ns
]

latest(doc, vulnerability, digest) := [entry.statement | some entry in entries; entry.at == newest] if {
	entries := applicable(doc, vulnerability, digest)
	newest := max([entry.at | some entry in entries])
}

exonerates(statement) if statement.status == "fixed"

exonerates(statement) if {
	statement.status == "not_affected"
	some field in ["justification", "impact_statement"]
	not object.get(statement, field, null) in {null, ""}
}

excludes(doc, vulnerability, digest) if {
	statements := latest(doc, vulnerability, digest)
	count(statements) > 0
	every s in statements {
		exonerates(s)
	}
}
