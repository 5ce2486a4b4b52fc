# METADATA
# scope: package
# title: APM tooling is selected and procured
# description: >-
#   Two people have signed that a product for tracing was bought, and the order is in
#   force. No metric can know this.
# custom:
#   id: phase4.apm-tooling
#   severity: medium
#   controls: ["SOC2:CC7.2", "ISO27001:A.8.16", "NIST-800-53:SI-4", "DORA:Art.10"]
#   requires:
#     - {evidence: declarations.apm-tooling, kind: declaration, verified: true}
#   remediation: Select a product, sign the order, and have two people declare it with `assize declare`.
package readiness.phase4.apm_tooling

import data.lib.evidence
import data.lib.readiness as proof

default declared := {}

declared := input.evidence["declarations.apm-tooling"].facts if evidence.usable(input.evidence["declarations.apm-tooling"])

default limits := {}

limits := data.readiness.phase4.thresholds.apm_tooling

inconclusive contains gap if some gap in evidence.gaps({"declarations.apm-tooling": "declaration"})

inconclusive contains gap if some gap in evidence.unset("apm_tooling", limits, ["min_signers"])

inconclusive contains gap if {
	some gap in proof.purchase_gaps("declarations.apm-tooling", declared, object.get(limits, "min_signers", null))
}

deny contains {"msg": lack.msg, "term": lack.term, "evidence": ["declarations.apm-tooling"]} if {
	some lack in proof.purchase_lacks(declared)
}
