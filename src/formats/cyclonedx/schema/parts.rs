//! What many objects hold: hashes, references, people, licences, release notes, signatures.

use super::row::{Object, Shape, content, each, json, label, list, one, text};

pub static PROPERTY: Object = Object(&[label("name").always(), content("value").always()]);

pub static HASH: Object = Object(&[label("alg").always(), content("content").always()]);

pub static ATTACHED_TEXT: Object = Object(&[
    content("content").always(),
    label("content-type").named("contentType"),
    label("encoding"),
]);

pub static EXTERNAL_REFERENCE: Object = Object(&[
    text("url").always(),
    text("comment"),
    list("hashes", "hash", Shape::Object(&HASH)),
    label("type").always(),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static ORGANIZATIONAL_ENTITY: Object = Object(&[
    label("bom-ref"),
    text("name").always(),
    one("address", Shape::Object(&POSTAL_ADDRESS)),
    each("url", Shape::Text),
    each("contact", Shape::Object(&ORGANIZATIONAL_CONTACT)),
]);

pub static ORGANIZATIONAL_CONTACT: Object =
    Object(&[label("bom-ref"), text("name"), text("email"), text("phone")]);

pub static ORGANIZATIONAL_ENTITY_OR_CONTACT: Object = Object(&[
    one("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("individual", Shape::Object(&ORGANIZATIONAL_CONTACT)),
]);

pub static POSTAL_ADDRESS: Object = Object(&[
    label("bom-ref"),
    text("country"),
    text("region"),
    text("locality"),
    text("postOfficeBoxNumber"),
    text("postalCode"),
    text("streetAddress"),
]);

pub static SOURCE: Object = Object(&[text("name"), text("url")]);

pub static LICENSE: Object = Object(&[
    label("bom-ref"),
    text("id"),
    text("name"),
    label("acknowledgement"),
    one("text", Shape::Object(&ATTACHED_TEXT)),
    text("url"),
    one("licensing", Shape::Object(&LICENSING)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static LICENSE_CHOICE: Object = Object(&[
    json("license", Shape::License),
    json("expression", Shape::Text),
    json(
        "expressionDetails",
        Shape::Object(&LICENSE_EXPRESSION_DETAIL),
    )
    .many(),
    json("acknowledgement", Shape::Text),
    json("bom-ref", Shape::Text),
    json("licensing", Shape::Object(&LICENSING)),
    json("properties", Shape::Object(&PROPERTY)).many(),
]);

pub static LICENSE_EXPRESSION_DETAIL: Object = Object(&[
    json("licenseIdentifier", Shape::Text),
    json("bom-ref", Shape::Text),
    json("text", Shape::Object(&ATTACHED_TEXT)),
    json("url", Shape::Text),
]);

pub static LICENSING: Object = Object(&[
    list("altIds", "altId", Shape::Text),
    one("licensor", Shape::Object(&ORGANIZATIONAL_ENTITY_OR_CONTACT)),
    one("licensee", Shape::Object(&ORGANIZATIONAL_ENTITY_OR_CONTACT)),
    one(
        "purchaser",
        Shape::Object(&ORGANIZATIONAL_ENTITY_OR_CONTACT),
    ),
    text("purchaseOrder"),
    list("licenseTypes", "licenseType", Shape::Text),
    text("lastRenewal"),
    text("expiration"),
]);

pub static ISSUE: Object = Object(&[
    text("id").always(),
    text("name"),
    text("description").always(),
    one("source", Shape::Object(&SOURCE)),
    list("references", "url", Shape::Text),
    label("type").always(),
]);

pub static NOTE: Object = Object(&[
    text("locale"),
    one("text", Shape::Object(&ATTACHED_TEXT)).always(),
]);

pub static RELEASE_NOTES: Object = Object(&[
    text("type").always(),
    text("title"),
    text("featuredImage"),
    text("socialImage"),
    text("description"),
    text("timestamp"),
    list("aliases", "alias", Shape::Text),
    list("tags", "tag", Shape::Text),
    list("resolves", "issue", Shape::Object(&ISSUE)),
    list("notes", "note", Shape::Object(&NOTE)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static DEPENDENCY: Object = Object(&[
    label("ref").always(),
    each("dependency", Shape::Reference).named("dependsOn"),
    each("provides", Shape::Reference),
]);

pub static DATA_CLASSIFICATION: Object = Object(&[
    json("flow", Shape::Text),
    json("classification", Shape::Text),
    json("name", Shape::Text),
    json("description", Shape::Text),
    json("governance", Shape::Object(&DATA_GOVERNANCE)),
    json("source", Shape::Text).many(),
    json("destination", Shape::Text).many(),
]);

pub static DATA_GOVERNANCE: Object = Object(&[
    list(
        "custodians",
        "custodian",
        Shape::Object(&COMPONENT_DATA_GOVERNANCE_RESPONSIBLE_PARTY),
    ),
    list(
        "stewards",
        "steward",
        Shape::Object(&COMPONENT_DATA_GOVERNANCE_RESPONSIBLE_PARTY),
    ),
    list(
        "owners",
        "owner",
        Shape::Object(&COMPONENT_DATA_GOVERNANCE_RESPONSIBLE_PARTY),
    ),
]);

pub static COMPONENT_DATA_GOVERNANCE_RESPONSIBLE_PARTY: Object = Object(&[
    one("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)),
    one("contact", Shape::Object(&ORGANIZATIONAL_CONTACT)),
]);

pub static JSF_SIGNATURE: Object = Object(&[
    json("signers", Shape::Object(&JSF_SIGNER)).many(),
    json("chain", Shape::Object(&JSF_SIGNER)).many(),
]);

pub static JSF_SIGNER: Object = Object(&[
    json("algorithm", Shape::Text),
    json("keyId", Shape::Text),
    json("publicKey", Shape::Object(&JSF_PUBLIC_KEY)),
    json("certificatePath", Shape::Text).many(),
    json("excludes", Shape::Text).many(),
    json("value", Shape::Text),
]);

pub static JSF_PUBLIC_KEY: Object = Object(&[
    json("kty", Shape::Text),
    json("crv", Shape::Text),
    json("x", Shape::Text),
    json("y", Shape::Text),
    json("n", Shape::Text),
    json("e", Shape::Text),
]);
