//! `command-run`: that a command ran, how it ended and what it wrote. Our own format,
//! `assize/command-run/v1`; `docs/evidence/command-run.md`.
//!
//! INVARIANTS
//! - Facts are shown only of a command that ended by itself. One that could not be started,
//!   was killed or took too long proves nothing, and is an error.
//! - A nonzero exit code is a fact.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, put, put_instant, shortened};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

const SCHEMA: &str = "assize/command-run/v1";
/// Most arguments, files and names of the environment.
const LIST_MAX: usize = 1_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::CommandRun,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/command-run/"),
        read,
    },
};

/// Reads a command run.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[SCHEMA])?;
    root.only(&[
        "schema",
        "argv",
        "directory",
        "outcome",
        "exit_code",
        "signal",
        "reason",
        "started_at",
        "finished_at",
        "duration_ms",
        "time_limit_ms",
        "stdout",
        "stderr",
        "files",
        "environment",
        "tool_version",
    ])?;
    let mut facts = Map::new();
    facts.insert("schema".to_owned(), SCHEMA.into());
    facts.insert("argv".to_owned(), argv(&root.field("argv")?)?);
    let directory = root.field("directory")?.words()?;
    facts.insert("directory".to_owned(), directory.into());
    let started_at = put_instant(&mut facts, &root, "started_at")?;
    let finished_at = put_instant(&mut facts, &root, "finished_at")?;
    if finished_at < started_at {
        let node = root.field("finished_at")?;
        return Err(node.refuse("must not be earlier than `started_at`"));
    }
    for name in ["duration_ms", "time_limit_ms"] {
        facts.insert(name.to_owned(), root.field(name)?.count()?.into());
    }
    let failure = ending(&root, &mut facts)?;
    let (files, unwritten) = files(&root)?;
    facts.insert("files".to_owned(), files);
    facts.insert("environment".to_owned(), environment(&root)?);
    let version = root.optional("tool_version")?;
    let version = version.map(|node| node.words()).transpose()?;
    let version = version.map(|text| shortened(text, TEXT_MAX));
    facts.insert("tool_version".to_owned(), json!(version));
    let mut reading = Reading::of(Kind::CommandRun, facts.into());
    reading.collected_at = Some(finished_at);
    reading.observed = Some(Observed {
        from: started_at,
        to: finished_at,
    });
    if let Some(reason) = failure {
        reading.facts = Value::Null;
        return Ok(reading.found(Status::Error, reason));
    }
    match unwritten {
        Some(reason) => Ok(reading.found(Status::Partial, reason)),
        None => Ok(reading),
    }
}

fn argv(node: &Node<'_>) -> Result<Value, KindError> {
    let mut argv = Vec::new();
    for argument in node.nodes()? {
        // The first one is what was started.
        argv.push(if argv.is_empty() {
            argument.words()?
        } else {
            argument.text()?
        });
        if argv.len() > LIST_MAX {
            return Err(node.refuse(format!("more than {LIST_MAX} arguments")));
        }
    }
    if argv.is_empty() {
        return Err(node.refuse("must not be empty"));
    }
    Ok(json!(argv))
}

/// How it ended; the reason why that is no ending of its own.
fn ending(root: &Node<'_>, facts: &mut Map<String, Value>) -> Result<Option<String>, KindError> {
    let outcome =
        root.field("outcome")?
            .one_of(&["exited", "killed", "timed-out", "not-started"])?;
    facts.insert("outcome".to_owned(), outcome.into());
    let exited = outcome == "exited";
    for (name, wanted) in [
        ("exit_code", exited),
        ("signal", outcome == "killed"),
        ("reason", !exited),
    ] {
        if wanted {
            root.field(name)?;
        } else if let Some(node) = root.optional(name)? {
            return Err(node.refuse(format!("must be absent where it is `{outcome}`")));
        }
    }
    if exited {
        let node = root.field("exit_code")?;
        let code = u32::try_from(node.count()?);
        let code = code.map_err(|_| node.refuse("expected an exit code"))?;
        facts.insert("exit_code".to_owned(), code.into());
        for name in ["stdout", "stderr"] {
            let node = root.field(name)?;
            node.only(&["size", "sha256"])?;
            facts.insert(name.to_owned(), bytes(&node)?);
        }
        return Ok(None);
    }
    if let Some(signal) = root.optional("signal")? {
        signal.count()?;
    }
    let reason = root.field("reason")?.words()?;
    Ok(Some(shortened(reason, TEXT_MAX)))
}

fn bytes(node: &Node<'_>) -> Result<Value, KindError> {
    Ok(json!({
        "size": node.field("size")?.count()?,
        "sha256": node.field("sha256")?.digest()?.hex(),
    }))
}

/// The files that the command should have written; the first that it has not.
fn files(root: &Node<'_>) -> Result<(Value, Option<String>), KindError> {
    let mut unwritten = None;
    let mut paths = BTreeSet::new();
    let mut files = Vec::new();
    for node in root.field("files")?.nodes()? {
        node.only(&["path", "item_path", "size", "sha256", "reason"])?;
        let path = node.field("path")?.words()?;
        if !paths.insert(path) {
            return Err(node.refuse(format!("`{}` is named twice", shortened(path, 80))));
        }
        let item_path = node.field("item_path")?.words()?;
        let reason = node.optional("reason")?;
        let mut file = match &reason {
            None => bytes(&node)?,
            Some(reason) => {
                for name in ["size", "sha256"] {
                    if let Some(node) = node.optional(name)? {
                        return Err(node.refuse("must be absent where there is a reason"));
                    }
                }
                let reason = shortened(reason.words()?, TEXT_MAX);
                unwritten.get_or_insert_with(|| format!("`{}` {reason}", shortened(path, 200)));
                json!({"size": null, "sha256": null, "reason": reason})
            }
        };
        put(&mut file, "path", path);
        put(&mut file, "item_path", item_path);
        if reason.is_none() {
            put(&mut file, "reason", Value::Null);
        }
        files.push(file);
        if files.len() > LIST_MAX {
            return Err(root.refuse(format!("more than {LIST_MAX} files")));
        }
    }
    Ok((files.into(), unwritten))
}

/// Names with their values; null where the environment had none.
fn environment(root: &Node<'_>) -> Result<Value, KindError> {
    let node = root.field("environment")?;
    let names = node.object()?;
    if names.len() > LIST_MAX {
        return Err(node.refuse(format!("more than {LIST_MAX} names")));
    }
    for name in names.keys() {
        if let Some(value) = node.optional(name)? {
            value.text()?;
        }
    }
    Ok(node.value().clone())
}
