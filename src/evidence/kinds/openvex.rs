//! `openvex`: statements on whether a product is affected by a vulnerability
//! (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>, version 0.2.0).
//!
//! INVARIANT: a statement that the specification calls invalid makes the document an
//! error: a `not_affected` that says no reason must not silence a finding.

use crate::clock::Timestamp;
use crate::evidence::Kind;
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

const CONTEXT: &str = "https://openvex.dev/ns/v0.2.0";

const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Openvex,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "@context", "https://openvex.dev/ns"),
        read,
    },
};

/// Reads a document.
pub(super) fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("@context")?.one_of(&[CONTEXT])?;
    let issued_at = root.field("timestamp")?.timestamp()?;
    let updated_at = match root.optional("last_updated")? {
        Some(at) => at.timestamp()?,
        None => issued_at,
    };
    let mut statements = Vec::new();
    for node in root.field("statements")?.nodes()? {
        statements.push(statement(&node, issued_at)?);
    }
    let facts = json!({
        "author": root.field("author")?.words()?,
        "timestamp": issued_at.to_string(),
        "statements": statements,
    });
    let mut reading = Reading::of(Kind::Openvex, facts);
    reading.collected_at = Some(updated_at.max(issued_at));
    Ok(reading)
}

fn statement(node: &Node<'_>, issued_at: Timestamp) -> Result<Value, KindError> {
    let vulnerability = node.field("vulnerability")?;
    let mut aliases = Vec::new();
    for alias in vulnerability.each("aliases")? {
        aliases.push(alias.words()?);
    }
    let mut products = Vec::new();
    for product in node.field("products")?.nodes()? {
        products.push(product_id(&product)?);
    }
    if products.is_empty() {
        return Err(node
            .field("products")?
            .refuse("a statement must name a product"));
    }
    let status = node.field("status")?.one_of(&[
        "not_affected",
        "affected",
        "fixed",
        "under_investigation",
    ])?;
    let justification = match node.optional("justification")? {
        Some(justification) => Some(justification.one_of(&JUSTIFICATIONS)?),
        None => None,
    };
    let impact = text(node, "impact_statement")?;
    let action = text(node, "action_statement")?;
    if status == "not_affected" && justification.is_none() && impact.is_none() {
        return Err(node.refuse("`not_affected` needs a `justification` or an `impact_statement`"));
    }
    if status != "not_affected" && justification.is_some() {
        return Err(node.refuse(format!("`{status}` takes no `justification`")));
    }
    if status == "affected" && action.is_none() {
        return Err(node.refuse("`affected` needs an `action_statement`"));
    }
    let at = match node.optional("timestamp")? {
        Some(at) => at.timestamp()?,
        None => issued_at,
    };
    Ok(json!({
        "vulnerability": vulnerability.field("name")?.words()?,
        "aliases": aliases,
        "products": products,
        "status": status,
        "justification": justification,
        "impact_statement": impact,
        "action_statement": action,
        "timestamp": at.to_string(),
    }))
}

/// A product's `@id`, or else its package URL.
fn product_id<'a>(product: &Node<'a>) -> Result<&'a str, KindError> {
    if let Some(id) = product.optional("@id")? {
        return id.words();
    }
    match product.optional("identifiers")? {
        Some(identifiers) => identifiers.field("purl")?.words(),
        None => product.field("@id")?.words(),
    }
}

fn text(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    let text = node.optional(name)?;
    text.map(|text| Ok(shortened(text.words()?, TEXT_MAX)))
        .transpose()
}
