//! `spdx`: a bill of materials in SPDX JSON 2.2 and 2.3
//! (<https://spdx.github.io/spdx-spec/v2.3/>) or in the JSON-LD graph of SPDX 3.0
//! (<https://spdx.github.io/spdx-spec/v3.0.1/>).
//!
//! INVARIANT: `NOASSERTION` is nothing said, and never a licence, a version or a name.
//! What is described is the subject and not one of its own components.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, number, shortened};
use super::reader::{Form, Reader, starts};
use super::sbom::{self, Component, Components};
use super::{KindError, Reading};

mod graph;
mod tag;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Spdx,
    media_type: "application/spdx+json",
    form: Form::Json {
        is: |value| starts(value, "spdxVersion", "SPDX-") || graph::is(value),
        read,
    },
};

/// A document of either version, as far as facts go.
struct Document<'a> {
    spec_version: &'a str,
    id: Option<String>,
    created_at: Timestamp,
    tools: Vec<Value>,
    /// With the places where they stand.
    packages: Vec<(Component, Node<'a>)>,
    files: usize,
    /// References to packages, files or other elements.
    described: BTreeSet<String>,
    dependencies: Dependencies,
    relationships: usize,
}

#[derive(Default)]
struct Dependencies {
    entries: usize,
    edges: usize,
    unresolved: usize,
}

fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let document = if graph::is(value) {
        graph::read(&root)?
    } else {
        tag::read(&root)?
    };
    document.into_reading()
}

impl Document<'_> {
    fn into_reading(self) -> Result<Reading, KindError> {
        let is_described = |component: &Component| {
            let reference = component.reference.as_ref();
            reference.is_some_and(|reference| self.described.contains(reference))
        };
        // A list of packages that are all described has no root: each is a component.
        let packages = self.packages.len();
        let is_list = packages > 1
            && self
                .packages
                .iter()
                .all(|(package, _)| is_described(package));
        let mut components = Components::default();
        components.add_files(self.files);
        let mut subjects = Vec::new();
        for (package, place) in &self.packages {
            let is_subject = is_described(package);
            if is_subject {
                subjects.push(package.subject());
            }
            if is_list || !is_subject {
                components.add(package, place)?;
            }
        }
        let (is_empty, has_files) = (components.is_empty(), components.has_files());
        let facts = json!({
            "spec_version": self.spec_version,
            "id": self.id,
            "created_at": self.created_at.to_string(),
            "tools": self.tools,
            "subjects": subjects,
            "counts": components.counts(),
            "no_assertion_ratio": components.license_gap().map(number),
            "components": components.facts(),
            "dependencies": {
                "entries": self.dependencies.entries,
                "edges": self.dependencies.edges,
                "unresolved": self.dependencies.unresolved,
            },
            "relationships": self.relationships,
        });
        let mut reading = Reading::of(Kind::Spdx, facts);
        reading.collected_at = Some(self.created_at);
        Ok(if is_empty && has_files {
            reading.found(Status::Partial, "holds files, but no component")
        } else if is_empty {
            reading.found(Status::Empty, "holds no component")
        } else {
            reading
        })
    }
}

/// Text that asserts something.
fn asserted(node: Option<Node<'_>>) -> Result<Option<String>, KindError> {
    let Some(node) = node else {
        return Ok(None);
    };
    let text = node.text()?.trim();
    let says = !text.is_empty() && text != "NOASSERTION";
    Ok(says.then(|| shortened(text, TEXT_MAX)))
}

/// A purpose, in the spelling of `cyclonedx`.
fn purpose(node: Option<Node<'_>>) -> Result<Option<String>, KindError> {
    let Some(text) = asserted(node)? else {
        return Ok(None);
    };
    let mut spelled = String::new();
    let is_camel = text.contains(|c: char| c.is_ascii_lowercase());
    for character in text.chars() {
        if is_camel && character.is_ascii_uppercase() {
            spelled.push('-');
        }
        spelled.push(match character {
            '_' => '-',
            other => other.to_ascii_lowercase(),
        });
    }
    Ok(Some(spelled))
}

/// `name-1.2`, as tools call themselves.
fn tool(text: &str) -> Value {
    match text.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            sbom::tool(name, Some(version))
        }
        _ => sbom::tool(text, None),
    }
}
