//! `change-record`: what is to change, why, when, who approved it and how to go back.
//! Our own format, `assize/change-record/v1`; `docs/evidence/change-record.md`.
//!
//! INVARIANT: the facts are the document with its instants in UTC and a `<name>_ns`
//! beside each. No field is optional that a rule may rest on; unknown fields are
//! refused, so that a misspelt one is not an absent one.

use crate::clock::Timestamp;
use crate::evidence::Kind;
use crate::json::{Map, Value, json};

use super::node::{Node, put_instant};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

const SCHEMA: &str = "assize/change-record/v1";

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::ChangeRecord,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/change-record/"),
        read,
    },
};

/// Reads a change record.
pub(super) fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[SCHEMA])?;
    root.only(&[
        "schema",
        "id",
        "title",
        "author",
        "risk",
        "created_at",
        "commit",
        "artifact",
        "window",
        "approvals",
        "rollback",
        "implementer",
        "links",
    ])?;
    let mut facts = Map::new();
    facts.insert("schema".to_owned(), SCHEMA.into());
    for name in ["id", "title", "author", "implementer"] {
        facts.insert(name.to_owned(), root.field(name)?.words()?.into());
    }
    let risk = root.field("risk")?.one_of(&["low", "medium", "high"])?;
    facts.insert("risk".to_owned(), risk.into());
    let created_at = put_instant(&mut facts, &root, "created_at")?;
    facts.insert(
        "commit".to_owned(),
        root.field("commit")?.commit_id()?.into(),
    );
    facts.insert("artifact".to_owned(), artifact(&root.field("artifact")?)?);
    facts.insert("window".to_owned(), window(&root.field("window")?)?);
    let mut approvals = Vec::new();
    let mut latest = created_at;
    for node in root.field("approvals")?.nodes()? {
        let (approval, at) = approval(&node)?;
        latest = latest.max(at);
        approvals.push(approval);
    }
    facts.insert("approvals".to_owned(), approvals.into());
    facts.insert("rollback".to_owned(), rollback(&root.field("rollback")?)?);
    let mut links = Vec::new();
    for link in root.each("links")? {
        links.push(link.words()?);
    }
    facts.insert("links".to_owned(), json!(links));
    let mut reading = Reading::of(Kind::ChangeRecord, facts.into());
    // The record is as recent as the last thing that it tells.
    reading.collected_at = Some(latest);
    Ok(reading)
}

fn approval(node: &Node<'_>) -> Result<(Value, Timestamp), KindError> {
    node.only(&["by", "role", "decision", "at", "commit"])?;
    let mut facts = Map::new();
    for name in ["by", "role"] {
        facts.insert(name.to_owned(), node.field(name)?.words()?.into());
    }
    let decision = node.field("decision")?.one_of(&["approved", "rejected"])?;
    facts.insert("decision".to_owned(), decision.into());
    facts.insert(
        "commit".to_owned(),
        node.field("commit")?.commit_id()?.into(),
    );
    let at = put_instant(&mut facts, node, "at")?;
    Ok((facts.into(), at))
}

fn artifact(node: &Node<'_>) -> Result<Value, KindError> {
    node.only(&["name", "sha256"])?;
    Ok(json!({
        "name": node.field("name")?.words()?,
        "sha256": node.field("sha256")?.digest()?.hex(),
    }))
}

fn window(node: &Node<'_>) -> Result<Value, KindError> {
    node.only(&["from", "to"])?;
    let mut facts = Map::new();
    let from = put_instant(&mut facts, node, "from")?;
    let to = put_instant(&mut facts, node, "to")?;
    if from >= to {
        return Err(node.refuse("`to` must be later than `from`"));
    }
    Ok(facts.into())
}

fn rollback(node: &Node<'_>) -> Result<Value, KindError> {
    node.only(&["plan", "target", "rehearsed_at", "rehearsal"])?;
    let mut facts = Map::new();
    facts.insert("plan".to_owned(), node.field("plan")?.words()?.into());
    facts.insert("target".to_owned(), artifact(&node.field("target")?)?);
    let rehearsal = node
        .field("rehearsal")?
        .one_of(&["passed", "failed", "not-rehearsed"])?;
    facts.insert("rehearsal".to_owned(), rehearsal.into());
    let is_rehearsed = rehearsal != "not-rehearsed";
    match node.optional("rehearsed_at")? {
        Some(at) if !is_rehearsed => {
            return Err(at.refuse("must be absent where nothing was rehearsed"));
        }
        None if !is_rehearsed => {
            facts.insert("rehearsed_at".to_owned(), Value::Null);
            facts.insert("rehearsed_at_ns".to_owned(), Value::Null);
        }
        _ => {
            put_instant(&mut facts, node, "rehearsed_at")?;
        }
    }
    Ok(facts.into())
}
