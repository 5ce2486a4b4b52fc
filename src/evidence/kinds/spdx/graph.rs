//! SPDX 3: a graph of elements that refer to each other by identifier.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::kinds::{
    KindError,
    node::{Node, TEXT_MAX, shortened},
    sbom::{self, Component},
};
use crate::json::Value;

use super::{Dependencies, Document, asserted, purpose, tool};

/// Elements by identifier.
type Elements<'a> = BTreeMap<&'a str, Node<'a>>;

/// Whether `value` is a graph in the vocabulary of SPDX 3.
pub(super) fn is(value: &Value) -> bool {
    let names = |context: &Value| {
        let text = context.as_str();
        text.is_some_and(|text| text.starts_with("https://spdx.org/rdf/"))
    };
    let is_spdx = match value.get("@context") {
        Some(Value::Array(contexts)) => contexts.iter().any(names),
        Some(context) => names(context),
        None => false,
    };
    is_spdx && value.get("@graph").is_some()
}

/// Reads a document.
pub(super) fn read<'a>(root: &Node<'a>) -> Result<Document<'a>, KindError> {
    let mut elements = Elements::new();
    let mut documents = Vec::new();
    let mut files = 0;
    for node in root.field("@graph")?.nodes()? {
        let kind = kind(&node)?;
        files += usize::from(kind == "software_File");
        if kind == "SpdxDocument" {
            documents.push(node.clone());
        }
        if let Some(id) = id(&node)?
            && elements.insert(id, node.clone()).is_some()
        {
            return Err(node.refuse(format!("`{}` occurs twice", shortened(id, 80))));
        }
    }
    let [own] = documents.as_slice() else {
        let found = documents.len();
        return Err(root.refuse(format!(
            "holds {found} elements `SpdxDocument`, expected one"
        )));
    };
    let creation = creation(own, &elements)?;
    let version = creation.field("specVersion")?;
    let mut tools = Vec::new();
    for reference in creation.each("createdUsing")? {
        if let Some(tool_node) = elements.get(reference.text()?) {
            tools.extend(asserted(tool_node.optional("name")?)?.map(|name| tool(&name)));
        }
    }
    let mut document = Document {
        spec_version: version.one_of(&["3.0.0", "3.0.1"])?,
        id: asserted(own.optional("spdxId")?)?,
        created_at: creation.field("created")?.timestamp()?,
        tools,
        packages: packages(root, &elements)?,
        files,
        described: described(own, &elements)?,
        dependencies: Dependencies::default(),
        relationships: 0,
    };
    relate(&mut document, &elements)?;
    Ok(document)
}

fn kind<'a>(node: &Node<'a>) -> Result<&'a str, KindError> {
    match node.optional("type")? {
        Some(kind) => kind.words(),
        None => node.field("@type")?.words(),
    }
}

fn id<'a>(node: &Node<'a>) -> Result<Option<&'a str>, KindError> {
    let id = match node.optional("spdxId")? {
        Some(id) => Some(id),
        None => node.optional("@id")?,
    };
    id.map(|id| id.words()).transpose()
}

/// The creation info of the document, which stands in it or beside it.
fn creation<'a>(own: &Node<'a>, elements: &Elements<'a>) -> Result<Node<'a>, KindError> {
    let node = own.field("creationInfo")?;
    let Some(reference) = node.value().as_str() else {
        return Ok(node);
    };
    let found = elements.get(reference).cloned();
    found.ok_or_else(|| node.refuse("refers to nothing in the document"))
}

fn packages<'a>(
    root: &Node<'a>,
    elements: &Elements<'a>,
) -> Result<Vec<(Component, Node<'a>)>, KindError> {
    let mut packages = Vec::new();
    for node in root.field("@graph")?.nodes()? {
        if kind(&node)? == "software_Package" {
            let id = node.field("spdxId")?.words()?;
            packages.push((package(id, &node, elements)?, node));
        }
    }
    Ok(packages)
}

fn package(id: &str, node: &Node<'_>, elements: &Elements<'_>) -> Result<Component, KindError> {
    let mut package = Component {
        reference: Some(shortened(id, TEXT_MAX)),
        kind: purpose(node.optional("software_primaryPurpose")?)?,
        name: shortened(node.field("name")?.words()?, TEXT_MAX),
        version: asserted(node.optional("software_packageVersion")?)?,
        ..Component::default()
    };
    if let Some(supplier) = node.optional("suppliedBy")?
        && let Some(agent) = elements.get(supplier.text()?)
    {
        package.supplier = asserted(agent.optional("name")?)?;
    }
    if let Some(purl) = node.optional("software_packageUrl")? {
        package.purl = sbom::purl(&purl)?;
    }
    for identifier in node.each("externalIdentifier")? {
        let is_purl = identifier.field("externalIdentifierType")?.text()? == "packageUrl";
        if is_purl && package.purl.is_none() {
            package.purl = sbom::purl(&identifier.field("identifier")?)?;
        }
    }
    for hash in node.each("verifiedUsing")? {
        if kind(&hash)? == "Hash" {
            let algorithm = hash.field("algorithm")?.words()?;
            let algorithm = algorithm.replace('_', "-");
            package.add_hash(&algorithm, &hash.field("hashValue")?)?;
        }
    }
    Ok(package)
}

/// The root elements, through the bills of materials that the document may name first.
fn described(own: &Node<'_>, elements: &Elements<'_>) -> Result<BTreeSet<String>, KindError> {
    let mut described = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut left = own.each("rootElement")?;
    while let Some(reference) = left.pop() {
        let id = reference.words()?;
        if !seen.insert(id) {
            continue;
        }
        let Some(element) = elements.get(id) else {
            let id = shortened(id, 80);
            return Err(reference.refuse(format!("`{id}` is described, but not in the document")));
        };
        if element.optional("rootElement")?.is_some() {
            left.extend(element.each("rootElement")?);
        } else {
            described.insert(shortened(id, TEXT_MAX));
        }
    }
    Ok(described)
}

/// Gives packages the licences that relationships give them, and counts dependencies.
fn relate(document: &mut Document<'_>, elements: &Elements<'_>) -> Result<(), KindError> {
    let mut licenses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in elements.values() {
        if !matches!(kind(node)?, "Relationship" | "LifecycleScopedRelationship") {
            continue;
        }
        document.relationships += 1;
        let from = node.field("from")?.words()?;
        match node.field("relationshipType")?.words()? {
            "hasConcludedLicense" | "hasDeclaredLicense" => {
                for to in node.each("to")? {
                    let of = licenses.entry(shortened(from, TEXT_MAX)).or_default();
                    of.extend(license(to.words()?, elements)?);
                }
            }
            "dependsOn" => {
                let dependencies = &mut document.dependencies;
                dependencies.entries += 1;
                dependencies.unresolved += usize::from(!elements.contains_key(from));
                for to in node.each("to")? {
                    dependencies.edges += 1;
                    let is_known = elements.contains_key(to.words()?);
                    dependencies.unresolved += usize::from(!is_known);
                }
            }
            _ => {}
        }
    }
    for (package, _) in &mut document.packages {
        if let Some(reference) = &package.reference {
            package.licenses = licenses.remove(reference).unwrap_or_default();
        }
    }
    Ok(())
}

/// A licence by its expression, its name or the last part of its identifier.
fn license(id: &str, elements: &Elements<'_>) -> Result<Option<String>, KindError> {
    let last = id.rsplit('/').next().unwrap_or(id);
    match last {
        "NoAssertionLicense" => return Ok(None),
        "NoneLicense" => return Ok(Some("NONE".to_owned())),
        _ => {}
    }
    if let Some(element) = elements.get(id) {
        for name in ["simplelicensing_licenseExpression", "name"] {
            if let Some(text) = element.optional(name)? {
                return asserted(Some(text));
            }
        }
    }
    Ok(Some(shortened(last, TEXT_MAX)))
}
