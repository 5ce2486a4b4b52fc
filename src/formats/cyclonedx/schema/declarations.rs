//! Claims, attestations and the standards and patents they are about.

use super::bom::{COMPONENT, SERVICE};
use super::parts::{
    ATTACHED_TEXT, DATA_CLASSIFICATION, DATA_GOVERNANCE, EXTERNAL_REFERENCE, JSF_SIGNATURE,
    ORGANIZATIONAL_CONTACT, ORGANIZATIONAL_ENTITY, ORGANIZATIONAL_ENTITY_OR_CONTACT, PROPERTY,
};
use super::row::{Object, Shape, each, json, label, list, one, text};

pub static DECLARATIONS: Object = Object(&[
    list("assessors", "assessor", Shape::Object(&ASSESSOR)),
    list("attestations", "attestation", Shape::Object(&ATTESTATION)),
    list("claims", "claim", Shape::Object(&CLAIM)),
    list("evidence", "evidence", Shape::Object(&DECLARATION_EVIDENCE)),
    one("targets", Shape::Object(&TARGETS)),
    one("affirmation", Shape::Object(&AFFIRMATION)),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static ASSESSOR: Object = Object(&[
    label("bom-ref"),
    one("thirdParty", Shape::Bool).unless_false(),
    one("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)),
]);

pub static ATTESTATION: Object = Object(&[
    text("summary"),
    one("assessor", Shape::Reference),
    each("map", Shape::Object(&ATTESTATION_MAP)),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static ATTESTATION_MAP: Object = Object(&[
    text("requirement"),
    list("claims", "claim", Shape::Reference),
    list("counterClaims", "counterClaim", Shape::Reference),
    one("conformance", Shape::Object(&ATTESTATION_CONFORMANCE)),
    one("confidence", Shape::Object(&ATTESTATION_CONFIDENCE)),
]);

pub static ATTESTATION_CONFIDENCE: Object =
    Object(&[one("score", Shape::Number), text("rationale")]);

pub static ATTESTATION_CONFORMANCE: Object = Object(&[
    one("score", Shape::Number),
    text("rationale"),
    list(
        "mitigationStrategies",
        "mitigationStrategy",
        Shape::Reference,
    ),
]);

pub static CLAIM: Object = Object(&[
    label("bom-ref"),
    one("target", Shape::Reference),
    text("predicate"),
    list(
        "mitigationStrategies",
        "mitigationStrategy",
        Shape::Reference,
    ),
    text("reasoning"),
    each("evidence", Shape::Reference),
    each("counterEvidence", Shape::Reference),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static DECLARATION_EVIDENCE: Object = Object(&[
    label("bom-ref"),
    text("propertyName"),
    text("description"),
    each("data", Shape::Object(&EVIDENCE_DATA)),
    text("created"),
    text("expires"),
    one("author", Shape::Object(&ORGANIZATIONAL_CONTACT)),
    one("reviewer", Shape::Object(&ORGANIZATIONAL_CONTACT)),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static EVIDENCE_DATA: Object = Object(&[
    text("name"),
    one("contents", Shape::Object(&EVIDENCE_DATA_CONTENTS)),
    json("classification", Shape::Dataflow(&DATA_CLASSIFICATION)),
    each("sensitiveData", Shape::Text),
    one("governance", Shape::Object(&DATA_GOVERNANCE)),
]);

pub static EVIDENCE_DATA_CONTENTS: Object = Object(&[
    one("attachment", Shape::Object(&ATTACHED_TEXT)),
    text("url"),
]);

pub static TARGETS: Object = Object(&[
    list(
        "organizations",
        "organization",
        Shape::Object(&ORGANIZATIONAL_ENTITY),
    ),
    list("components", "component", Shape::Object(&COMPONENT)),
    list("services", "service", Shape::Object(&SERVICE)),
]);

pub static AFFIRMATION: Object = Object(&[
    text("statement"),
    list("signatories", "signatory", Shape::Object(&SIGNATORY)),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static SIGNATORY: Object = Object(&[
    text("name"),
    text("role"),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
    one("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("externalReference", Shape::Object(&EXTERNAL_REFERENCE)),
]);

pub static DEFINITIONS: Object = Object(&[
    list("standards", "standard", Shape::Object(&STANDARD_DEFINITION)),
    json("patents", Shape::Object(&PATENT_CHOICE)).many(),
]);

pub static STANDARD_DEFINITION: Object = Object(&[
    label("bom-ref"),
    text("name"),
    text("version"),
    text("description"),
    text("owner"),
    list(
        "requirements",
        "requirement",
        Shape::Object(&STANDARD_REQUIREMENT),
    ),
    list("levels", "level", Shape::Object(&STANDARD_LEVEL)),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static STANDARD_REQUIREMENT: Object = Object(&[
    label("bom-ref"),
    text("identifier"),
    text("title"),
    text("text"),
    list("descriptions", "description", Shape::Text),
    each("openCre", Shape::Text),
    text("parent"),
    list("properties", "property", Shape::Object(&PROPERTY)),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
]);

pub static STANDARD_LEVEL: Object = Object(&[
    label("bom-ref"),
    text("identifier"),
    text("title"),
    text("description"),
    list("requirements", "requirement", Shape::Text),
]);

pub static PATENT_CHOICE: Object = Object(&[
    json("bom-ref", Shape::Text),
    json("patentNumber", Shape::Text),
    json("applicationNumber", Shape::Text),
    json("jurisdiction", Shape::Text),
    json("priorityApplication", Shape::Object(&PRIORITY_APPLICATION)),
    json("publicationNumber", Shape::Text),
    json("title", Shape::Text),
    json("abstract", Shape::Text),
    json("filingDate", Shape::Text),
    json("grantDate", Shape::Text),
    json("patentExpirationDate", Shape::Text),
    json("patentLegalStatus", Shape::Text),
    json(
        "patentAssignee",
        Shape::Object(&ORGANIZATIONAL_ENTITY_OR_CONTACT),
    )
    .many(),
    json("externalReferences", Shape::Object(&EXTERNAL_REFERENCE)).many(),
    json("familyId", Shape::Text),
    json("members", Shape::Reference).many(),
]);

pub static PATENT_ASSERTION: Object = Object(&[
    label("bom-ref"),
    list("patentRefs", "bom-ref", Shape::Reference),
    text("assertionType").always(),
    json("asserter", Shape::Object(&ASSERTER_CHOICE)),
    text("notes"),
]);

pub static ASSERTER_CHOICE: Object = Object(&[
    json("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    json("individual", Shape::Object(&ORGANIZATIONAL_CONTACT)),
    json("ref", Shape::Reference),
]);

pub static PRIORITY_APPLICATION: Object = Object(&[
    text("applicationNumber").always(),
    text("jurisdiction").always(),
    text("filingDate").always(),
]);
