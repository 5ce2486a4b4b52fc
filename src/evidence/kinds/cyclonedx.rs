//! `cyclonedx`: a bill of materials in `CycloneDX` JSON 1.4 to 1.7
//! (<https://cyclonedx.org/docs/1.7/json/>).
//!
//! INVARIANT: a document without a component says nothing of what is in the product. A
//! vulnerability is closed only by an analysis that says so, and `not_affected` only with
//! a reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::sbom::{self, Component, Components};
use super::{KindError, Reading};

mod vulnerability;

const TYPES: [&str; 13] = [
    "application",
    "framework",
    "library",
    "container",
    "platform",
    "operating-system",
    "device",
    "device-driver",
    "firmware",
    "file",
    "machine-learning-model",
    "data",
    "cryptographic-asset",
];

const AGGREGATES: [&str; 10] = [
    "complete",
    "incomplete",
    "incomplete_first_party_only",
    "incomplete_first_party_proprietary_only",
    "incomplete_first_party_opensource_only",
    "incomplete_third_party_only",
    "incomplete_third_party_proprietary_only",
    "incomplete_third_party_opensource_only",
    "unknown",
    "not_specified",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Cyclonedx,
    media_type: "application/vnd.cyclonedx+json",
    form: Form::Json {
        is: |value| value.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX"),
        read,
    },
};

/// What a document's parts refer to: by `bom-ref`, the package URL or else the name.
type References = BTreeMap<String, Identity>;

/// Name, version and package URL.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    name: String,
    version: Option<String>,
    purl: Option<String>,
}

/// Reads a document.
pub(super) fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("specVersion")?
        .one_of(&["1.4", "1.5", "1.6", "1.7"])?;
    let metadata = root.optional("metadata")?;
    let mut references = References::new();
    let mut components = Components::default();
    let mut subjects = Vec::new();
    let mut created_at = None;
    let mut tools = Vec::new();
    if let Some(metadata) = &metadata {
        if let Some(at) = metadata.optional("timestamp")? {
            created_at = Some(at.timestamp()?);
        }
        tools = self::tools(metadata)?;
        if let Some(node) = metadata.optional("component")? {
            subjects.push(component(&node, &mut references)?.subject());
            nested(&node, &mut components, &mut references)?;
        }
    }
    nested(&root, &mut components, &mut references)?;
    let dependencies = dependencies(&root, &references)?;
    let (compositions, is_incomplete) = compositions(&root)?;
    let vulnerabilities = vulnerability::all(&root, &references)?;
    let is_empty = components.is_empty();
    let has_vulnerabilities = !vulnerabilities.shown.is_empty();
    let has_files = components.has_files();
    let serial = root.optional("serialNumber")?;
    let facts = json!({
        "spec_version": root.field("specVersion")?.text()?,
        "id": serial.map(|id| id.text().map(|id| shortened(id, TEXT_MAX))).transpose()?,
        "created_at": created_at.map(|at| at.to_string()),
        "tools": tools,
        "subjects": subjects,
        "counts": components.counts(),
        "components": components.facts(),
        "dependencies": dependencies,
        "compositions": compositions,
        "vulnerabilities": vulnerabilities.shown,
        "open_vulnerabilities": vulnerabilities.open.facts(),
    });
    let mut reading = Reading::of(Kind::Cyclonedx, facts);
    reading.collected_at = created_at;
    Ok(if is_empty && has_vulnerabilities {
        reading.found(Status::Partial, "holds vulnerabilities, but no component")
    } else if is_empty && has_files {
        reading.found(Status::Partial, "holds files, but no component")
    } else if is_empty {
        reading.found(Status::Empty, "holds no component")
    } else if is_incomplete {
        reading.found(Status::Partial, "says that it is incomplete")
    } else {
        reading
    })
}

/// Adds the components below `node` and those below them; the reader's limit of
/// nesting ends the recursion.
fn nested(
    node: &Node<'_>,
    components: &mut Components,
    references: &mut References,
) -> Result<(), KindError> {
    for child in node.each("components")? {
        components.add(&component(&child, references)?, &child)?;
        nested(&child, components, references)?;
    }
    Ok(())
}

fn component(node: &Node<'_>, references: &mut References) -> Result<Component, KindError> {
    let mut component = Component {
        reference: text(node, "bom-ref")?,
        kind: Some(node.field("type")?.one_of(&TYPES)?.to_owned()),
        name: shortened(node.field("name")?.words()?, TEXT_MAX),
        version: text(node, "version")?,
        supplier: supplier(node)?,
        licenses: licenses(node)?,
        ..Component::default()
    };
    if let Some(group) = text(node, "group")? {
        component.name = format!("{group}/{}", component.name);
    }
    if let Some(purl) = node.optional("purl")? {
        component.purl = sbom::purl(&purl)?;
    }
    if let Some(scope) = node.optional("scope")? {
        let scope = scope.one_of(&["required", "optional", "excluded"])?;
        component.scope = Some(scope.to_owned());
    }
    for hash in node.each("hashes")? {
        component.add_hash(hash.field("alg")?.words()?, &hash.field("content")?)?;
    }
    if let Some(reference) = &component.reference {
        let identity = Identity {
            name: component.name.clone(),
            version: component.version.clone(),
            purl: component.purl.clone(),
        };
        // Tools repeat a component; two that share a reference are a contradiction.
        match references.get(reference) {
            Some(other) if *other != identity => {
                let place = node.field("bom-ref")?;
                return Err(place.refuse(format!("is also that of `{}`", other.name)));
            }
            _ => references.insert(reference.clone(), identity),
        };
    }
    Ok(component)
}

fn supplier(node: &Node<'_>) -> Result<Option<String>, KindError> {
    for name in ["supplier", "manufacturer"] {
        if let Some(entity) = node.optional(name)?
            && let Some(name) = text(&entity, "name")?
        {
            return Ok(Some(name));
        }
    }
    text(node, "publisher")
}

/// Ids, names and expressions; an empty list where the document says nothing.
fn licenses(node: &Node<'_>) -> Result<BTreeSet<String>, KindError> {
    let mut licenses = BTreeSet::new();
    for choice in node.each("licenses")? {
        let stated = if let Some(expression) = choice.optional("expression")? {
            expression
        } else {
            let license = choice.field("license")?;
            match license.optional("id")? {
                Some(id) => id,
                None => license.field("name")?,
            }
        };
        let stated = stated.words()?;
        if stated != "NOASSERTION" {
            licenses.insert(shortened(stated, TEXT_MAX));
        }
    }
    Ok(licenses)
}

/// A list of tools, as 1.4 has it, or components and services.
fn tools(metadata: &Node<'_>) -> Result<Vec<Value>, KindError> {
    let Some(node) = metadata.optional("tools")? else {
        return Ok(Vec::new());
    };
    let listed = if let Value::Array(_) = node.value() {
        node.nodes()?.collect()
    } else {
        let mut listed = node.each("components")?;
        listed.extend(node.each("services")?);
        listed
    };
    let mut tools = Vec::new();
    for tool in listed {
        let version = text(&tool, "version")?;
        if let Some(name) = text(&tool, "name")? {
            tools.push(sbom::tool(&name, version.as_deref()));
        }
    }
    Ok(tools)
}

fn dependencies(root: &Node<'_>, references: &References) -> Result<Value, KindError> {
    let (mut entries, mut edges, mut unresolved) = (0_usize, 0_usize, 0_usize);
    for entry in root.each("dependencies")? {
        entries += 1;
        let from = entry.field("ref")?.text()?;
        unresolved += usize::from(!references.contains_key(from));
        for to in entry.each("dependsOn")? {
            edges += 1;
            unresolved += usize::from(!references.contains_key(to.text()?));
        }
    }
    Ok(json!({"entries": entries, "edges": edges, "unresolved": unresolved}))
}

/// What the document says of its own completeness, and whether any of it is "no".
fn compositions(root: &Node<'_>) -> Result<(Vec<Value>, bool), KindError> {
    let mut compositions = Vec::new();
    let mut is_incomplete = false;
    for node in root.each("compositions")? {
        let aggregate = node.field("aggregate")?.one_of(&AGGREGATES)?;
        is_incomplete |= aggregate.starts_with("incomplete");
        compositions.push(json!({
            "aggregate": aggregate,
            "assemblies": node.each("assemblies")?.len(),
            "dependencies": node.each("dependencies")?.len(),
        }));
    }
    Ok((compositions, is_incomplete))
}

/// The text in the field `name`; none where it is empty.
fn text(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    let Some(node) = node.optional(name)? else {
        return Ok(None);
    };
    let text = node.text()?;
    Ok((!text.trim().is_empty()).then(|| shortened(text, TEXT_MAX)))
}
