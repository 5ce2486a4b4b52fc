//! SPDX 2: one object with packages, files and relationships.

use std::collections::BTreeSet;

use crate::evidence::kinds::{
    KindError,
    node::{Node, TEXT_MAX, shortened},
    sbom::{self, Component},
};

use super::{Dependencies, Document, asserted, purpose, tool};

/// Reads a document.
pub(super) fn read<'a>(root: &Node<'a>) -> Result<Document<'a>, KindError> {
    let version = root.field("spdxVersion")?;
    let spec_version = version.one_of(&["SPDX-2.2", "SPDX-2.3"])?;
    let own = root.field("SPDXID")?.words()?;
    let creation = root.field("creationInfo")?;
    let mut tools = Vec::new();
    for creator in creation.each("creators")? {
        if let Some(name) = creator.text()?.strip_prefix("Tool:") {
            tools.push(tool(name.trim()));
        }
    }
    let mut ids = BTreeSet::from([own]);
    let mut packages = Vec::new();
    for node in root.each("packages")? {
        unique(&node, &mut ids)?;
        packages.push((package(&node)?, node));
    }
    let mut files = 0;
    for node in root.each("files")? {
        unique(&node, &mut ids)?;
        files += 1;
    }
    for node in root.each("snippets")? {
        unique(&node, &mut ids)?;
    }
    let mut document = Document {
        spec_version: spec_version.strip_prefix("SPDX-").unwrap_or(spec_version),
        id: asserted(root.optional("documentNamespace")?)?,
        created_at: creation.field("created")?.timestamp()?,
        tools,
        packages,
        files,
        described: BTreeSet::new(),
        dependencies: Dependencies::default(),
        relationships: 0,
    };
    for node in root.each("documentDescribes")? {
        describe(&mut document, &ids, &node)?;
    }
    for node in root.each("relationships")? {
        relate(&mut document, &ids, own, &node)?;
    }
    Ok(document)
}

fn unique<'a>(node: &Node<'a>, ids: &mut BTreeSet<&'a str>) -> Result<(), KindError> {
    let id = node.field("SPDXID")?;
    if ids.insert(id.words()?) {
        Ok(())
    } else {
        Err(id.refuse(format!("`{}` occurs twice", shortened(id.text()?, 80))))
    }
}

fn relate(
    document: &mut Document<'_>,
    ids: &BTreeSet<&str>,
    own: &str,
    node: &Node<'_>,
) -> Result<(), KindError> {
    let kind = node.field("relationshipType")?.words()?;
    let (from, to) = (
        node.field("spdxElementId")?,
        node.field("relatedSpdxElement")?,
    );
    document.relationships += 1;
    if kind == "DESCRIBES" && from.text()? == own {
        describe(document, ids, &to)?;
    } else if kind == "DESCRIBED_BY" && to.text()? == own {
        describe(document, ids, &from)?;
    } else if kind.contains("DEPEND") && kind != "DEPENDENCY_MANIFEST_OF" {
        let ends = [from.text()?, to.text()?];
        // "It depends on nothing" and "nobody knows" are no edges.
        document.dependencies.entries += 1;
        if !ends.iter().any(|end| ["NONE", "NOASSERTION"].contains(end)) {
            document.dependencies.edges += 1;
            let unresolved = ends.iter().filter(|end| !ids.contains(*end)).count();
            document.dependencies.unresolved += unresolved;
        }
    }
    Ok(())
}

/// Notes what the document is about, which must be in it.
fn describe(
    document: &mut Document<'_>,
    ids: &BTreeSet<&str>,
    node: &Node<'_>,
) -> Result<(), KindError> {
    let id = node.words()?;
    if !ids.contains(id) && !id.starts_with("DocumentRef-") {
        let id = shortened(id, 80);
        return Err(node.refuse(format!("`{id}` is described, but not in the document")));
    }
    document.described.insert(shortened(id, TEXT_MAX));
    Ok(())
}

fn package(node: &Node<'_>) -> Result<Component, KindError> {
    let mut package = Component {
        reference: asserted(node.optional("SPDXID")?)?,
        kind: purpose(node.optional("primaryPackagePurpose")?)?,
        name: shortened(node.field("name")?.words()?, TEXT_MAX),
        version: asserted(node.optional("versionInfo")?)?,
        ..Component::default()
    };
    if let Some(supplier) = asserted(node.optional("supplier")?)? {
        let (_, name) = supplier.split_once(": ").unwrap_or(("", &supplier));
        package.supplier = Some(name.to_owned());
    }
    for name in ["licenseConcluded", "licenseDeclared"] {
        package.licenses.extend(asserted(node.optional(name)?)?);
    }
    for checksum in node.each("checksums")? {
        let algorithm = checksum.field("algorithm")?.words()?;
        package.add_hash(algorithm, &checksum.field("checksumValue")?)?;
    }
    for reference in node.each("externalRefs")? {
        let is_purl = reference.field("referenceType")?.text()? == "purl";
        if is_purl && package.purl.is_none() {
            package.purl = sbom::purl(&reference.field("referenceLocator")?)?;
        }
    }
    Ok(package)
}
