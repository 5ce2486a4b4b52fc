//! The document itself: metadata, components, services, compositions, annotations.

use super::crypto::CRYPTO_PROPERTIES;
use super::declarations::{DECLARATIONS, DEFINITIONS, PATENT_ASSERTION};
use super::formulation::FORMULA;
use super::model::{COMPONENT_DATA, MODEL_CARD};
use super::parts::{
    ATTACHED_TEXT, DATA_CLASSIFICATION, DEPENDENCY, EXTERNAL_REFERENCE, HASH, ISSUE, JSF_SIGNATURE,
    ORGANIZATIONAL_CONTACT, ORGANIZATIONAL_ENTITY, PROPERTY, RELEASE_NOTES,
};
use super::row::{Object, Shape, attribute, content, each, json, label, list, one, text};
use super::vulnerability::VULNERABILITY;

pub static BOM: Object = Object(&[
    json("$schema", Shape::Text),
    json("bomFormat", Shape::Text),
    json("specVersion", Shape::SpecVersion),
    label("serialNumber"),
    attribute("version", Shape::Int).always(),
    one("metadata", Shape::Object(&METADATA)),
    list("components", "component", Shape::Object(&COMPONENT)),
    list("services", "service", Shape::Object(&SERVICE)),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
    list("dependencies", "dependency", Shape::Object(&DEPENDENCY)),
    list("compositions", "composition", Shape::Object(&COMPOSITION)),
    list("properties", "property", Shape::Object(&PROPERTY)),
    list(
        "vulnerabilities",
        "vulnerability",
        Shape::Object(&VULNERABILITY),
    ),
    list("annotations", "annotation", Shape::Object(&ANNOTATION)),
    list("formulation", "formula", Shape::Object(&FORMULA)),
    one("declarations", Shape::Object(&DECLARATIONS)),
    one("definitions", Shape::Object(&DEFINITIONS)),
    list("citations", "citation", Shape::Object(&CITATION)),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static METADATA: Object = Object(&[
    text("timestamp"),
    list("lifecycles", "lifecycle", Shape::Object(&LIFECYCLE)),
    one("tools", Shape::Tools),
    list("authors", "author", Shape::Object(&ORGANIZATIONAL_CONTACT)),
    one("component", Shape::Object(&COMPONENT)),
    one("manufacture", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("manufacturer", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("supplier", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("licenses", Shape::Licenses),
    list("properties", "property", Shape::Object(&PROPERTY)),
    one(
        "distributionConstraints",
        Shape::Object(&DISTRIBUTION_CONSTRAINTS),
    ),
]);

pub static DISTRIBUTION_CONSTRAINTS: Object = Object(&[text("tlp")]);

pub static LIFECYCLE: Object = Object(&[text("name"), text("phase"), text("description")]);

pub static TOOL: Object = Object(&[
    text("vendor"),
    text("name").always(),
    text("version"),
    list("hashes", "hash", Shape::Object(&HASH)),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
]);

pub static COMPONENT: Object = Object(&[
    label("bom-ref"),
    label("mime-type"),
    label("type").always(),
    one("supplier", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("manufacturer", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    text("author"),
    list("authors", "author", Shape::Object(&ORGANIZATIONAL_CONTACT)),
    text("publisher"),
    text("group"),
    text("name").always(),
    text("version"),
    text("description"),
    text("scope"),
    list("hashes", "hash", Shape::Object(&HASH)),
    one("licenses", Shape::Licenses),
    text("copyright"),
    text("cpe"),
    text("purl"),
    each("omniborId", Shape::Text),
    each("swhid", Shape::Text),
    one("swid", Shape::Object(&SWID)),
    one("modified", Shape::Bool),
    one("pedigree", Shape::Object(&PEDIGREE)),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
    list("properties", "property", Shape::Object(&PROPERTY)),
    list("components", "component", Shape::Object(&COMPONENT)),
    one("evidence", Shape::Object(&EVIDENCE)),
    one("releaseNotes", Shape::Object(&RELEASE_NOTES)),
    one("modelCard", Shape::Object(&MODEL_CARD)),
    each("data", Shape::Object(&COMPONENT_DATA)),
    one("cryptoProperties", Shape::Object(&CRYPTO_PROPERTIES)),
    list("tags", "tag", Shape::Text),
    one("isExternal", Shape::Bool),
    json("patentAssertions", Shape::Object(&PATENT_ASSERTION)).many(),
    text("versionRange"),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static SWID: Object = Object(&[
    one("text", Shape::Object(&ATTACHED_TEXT)),
    label("url"),
    label("tagId").always(),
    label("name").always(),
    label("version"),
    attribute("tagVersion", Shape::Int),
    attribute("patch", Shape::Bool),
]);

pub static PEDIGREE: Object = Object(&[
    list("ancestors", "component", Shape::Object(&COMPONENT)),
    list("descendants", "component", Shape::Object(&COMPONENT)),
    list("variants", "component", Shape::Object(&COMPONENT)),
    list("commits", "commit", Shape::Object(&COMMIT)),
    list("patches", "patch", Shape::Object(&PATCH)),
    text("notes"),
]);

pub static COMMIT: Object = Object(&[
    text("uid"),
    text("url"),
    one("author", Shape::Object(&IDENTIFIABLE_ACTION)),
    one("committer", Shape::Object(&IDENTIFIABLE_ACTION)),
    text("message"),
]);

pub static IDENTIFIABLE_ACTION: Object = Object(&[text("timestamp"), text("name"), text("email")]);

pub static PATCH: Object = Object(&[
    one("diff", Shape::Object(&DIFF)),
    list("resolves", "issue", Shape::Object(&ISSUE)),
    label("type").always(),
]);

pub static DIFF: Object = Object(&[one("text", Shape::Object(&ATTACHED_TEXT)), text("url")]);

pub static EVIDENCE: Object = Object(&[
    each("identity", Shape::OneOrMany(&EVIDENCE_IDENTITY)),
    list(
        "occurrences",
        "occurrence",
        Shape::Object(&EVIDENCE_OCCURRENCE),
    ),
    one("callstack", Shape::Object(&CALLSTACK)).unless_empty(),
    one("licenses", Shape::Licenses).unless_empty(),
    list("copyright", "text", Shape::Object(&COPYRIGHT)),
]);

pub static EVIDENCE_IDENTITY: Object = Object(&[
    text("field"),
    one("confidence", Shape::Single),
    text("concludedValue"),
    list(
        "methods",
        "method",
        Shape::Object(&EVIDENCE_IDENTITY_METHOD),
    ),
    list("tools", "tool", Shape::Reference),
]);

pub static EVIDENCE_IDENTITY_METHOD: Object = Object(&[
    text("technique"),
    one("confidence", Shape::Single),
    text("value"),
]);

pub static EVIDENCE_OCCURRENCE: Object = Object(&[
    label("bom-ref"),
    text("location"),
    attribute("line", Shape::Int),
    attribute("offset", Shape::Int),
    label("symbol"),
    label("additionalContext"),
]);

pub static CALLSTACK: Object = Object(&[list("frames", "frame", Shape::Object(&CALLSTACK_FRAME))]);

pub static CALLSTACK_FRAME: Object = Object(&[
    text("package"),
    text("module"),
    text("function"),
    list("parameters", "parameter", Shape::Text),
    one("line", Shape::Int),
    one("column", Shape::Int),
    text("fullFilename"),
]);

pub static COPYRIGHT: Object = Object(&[content("text").always()]);

pub static SERVICE: Object = Object(&[
    label("bom-ref"),
    one("provider", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    text("group"),
    text("name").always(),
    text("version"),
    text("description"),
    list("endpoints", "endpoint", Shape::Text),
    one("authenticated", Shape::Bool),
    one("x-trust-boundary", Shape::Bool),
    list("data", "dataflow", Shape::Dataflow(&DATA_CLASSIFICATION)),
    one("licenses", Shape::Licenses),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
    list("properties", "property", Shape::Object(&PROPERTY)),
    list("services", "service", Shape::Object(&SERVICE)),
    one("releaseNotes", Shape::Object(&RELEASE_NOTES)),
    list("tags", "tag", Shape::Text),
    text("trustZone"),
    json("patentAssertions", Shape::Object(&PATENT_ASSERTION)).many(),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static COMPOSITION: Object = Object(&[
    label("bom-ref"),
    text("aggregate").always(),
    list("assemblies", "assembly", Shape::Reference),
    list("dependencies", "dependency", Shape::Reference),
    list("vulnerabilities", "vulnerability", Shape::Reference),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static ANNOTATION: Object = Object(&[
    label("bom-ref"),
    list("subjects", "subject", Shape::Reference),
    one("annotator", Shape::Object(&ANNOTATOR)),
    text("timestamp"),
    text("text"),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);

pub static ANNOTATOR: Object = Object(&[
    one("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("individual", Shape::Object(&ORGANIZATIONAL_CONTACT)),
    one("component", Shape::Object(&COMPONENT)),
    one("service", Shape::Object(&SERVICE)),
]);

pub static CITATION: Object = Object(&[
    label("bom-ref"),
    list("pointers", "pointer", Shape::Text),
    list("expressions", "expression", Shape::Text),
    text("timestamp"),
    one("attributedTo", Shape::Reference).kept(),
    text("process"),
    text("note"),
    json("signature", Shape::Object(&JSF_SIGNATURE)),
]);
