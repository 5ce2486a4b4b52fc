//! SLSA provenance, v0.2 and v1, in one form: who built it, from what, when.
//!
//! Sources: <https://slsa.dev/spec/v0.2/provenance>, <https://slsa.dev/spec/v1.1/provenance>.

use crate::clock::Timestamp;
use crate::evidence::manifest::Observed;
use crate::json::{Value, json};

use super::super::KindError;
use super::super::node::{Node, TEXT_MAX, shortened};
use super::{RESOURCES_MAX, digests, resource};

/// What the predicate types of all versions begin with.
const FAMILY: &str = "https://slsa.dev/provenance/";

/// A provenance of either version.
pub(super) struct Provenance {
    facts: Value,
    started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
}

/// Where the two versions have the same thing.
struct Paths {
    version: &'static str,
    build: &'static [&'static str],
    builder: &'static [&'static str],
    metadata: &'static [&'static str],
    parameters: &'static [&'static str],
    materials: (&'static [&'static str], &'static str),
    invocation_id: &'static str,
    started_at: &'static str,
    finished_at: &'static str,
}

const V1: Paths = Paths {
    version: "v1",
    build: &["buildDefinition"],
    builder: &["runDetails", "builder"],
    metadata: &["runDetails", "metadata"],
    parameters: &["buildDefinition", "externalParameters"],
    materials: (&["buildDefinition"], "resolvedDependencies"),
    invocation_id: "invocationId",
    started_at: "startedOn",
    finished_at: "finishedOn",
};

const V0_2: Paths = Paths {
    version: "v0.2",
    build: &[],
    builder: &["builder"],
    metadata: &["metadata"],
    parameters: &["invocation", "parameters"],
    materials: (&[], "materials"),
    invocation_id: "buildInvocationId",
    started_at: "buildStartedOn",
    finished_at: "buildFinishedOn",
};

/// Reads the predicate, if it is a provenance.
///
/// # Errors
/// Versions that are not known: their fields could mean something else.
pub(super) fn read(
    predicate_type: &Node<'_>,
    predicate: &Node<'_>,
) -> Result<Option<Provenance>, KindError> {
    let paths = match predicate_type.words()?.strip_prefix(FAMILY) {
        None => return Ok(None),
        Some("v1") => V1,
        Some("v0.2") => V0_2,
        Some(other) => {
            return Err(predicate_type.refuse(format!(
                "is version `{}` of SLSA provenance; v0.2 and v1 are read",
                shortened(other, 80)
            )));
        }
    };
    provenance(predicate, &paths).map(Some)
}

impl Provenance {
    pub(super) fn facts(&self) -> &Value {
        &self.facts
    }

    pub(super) fn observed(&self) -> Option<Observed> {
        let (from, to) = (self.started_at?, self.finished_at?);
        Some(Observed { from, to })
    }
}

fn provenance(predicate: &Node<'_>, paths: &Paths) -> Result<Provenance, KindError> {
    let metadata = optional(predicate, paths.metadata)?;
    let of_metadata = |name: &str| match &metadata {
        Some(metadata) => metadata.optional(name),
        None => Ok(None),
    };
    let instant = |name: &str| match of_metadata(name)? {
        Some(instant) => instant.timestamp().map(Some),
        None => Ok(None),
    };
    let (started_at, finished_at) = (instant(paths.started_at)?, instant(paths.finished_at)?);
    if let (Some(from), Some(to), Some(node)) =
        (started_at, finished_at, of_metadata(paths.finished_at)?)
        && from > to
    {
        return Err(node.refuse("is earlier than the start"));
    }
    let complete = match of_metadata("completeness")? {
        Some(completeness) => match completeness.optional("materials")? {
            Some(materials) => Some(materials.boolean()?),
            None => None,
        },
        None => None,
    };
    let builder = required(predicate, paths.builder)?.field("id")?;
    let build_type = required(predicate, paths.build)?.field("buildType")?;
    let parameters = match paths.version {
        // Without them nobody knows what was asked of the builder.
        "v1" => Some(required(predicate, paths.parameters)?),
        _ => optional(predicate, paths.parameters)?,
    };
    if let Some(parameters) = &parameters {
        parameters.object()?;
    }
    let invocation_id = of_metadata(paths.invocation_id)?;
    let invocation_id = invocation_id.map(|id| id.text().map(cut)).transpose()?;
    let facts = json!({
        "version": paths.version,
        "builder_id": cut(builder.words()?),
        "build_type": cut(build_type.words()?),
        "invocation_id": invocation_id,
        "started_at": started_at.map(|at| at.to_string()),
        "finished_at": finished_at.map(|at| at.to_string()),
        "parameters": parameters.map(|parameters| parameters.value().clone()),
        "source": source(predicate)?,
        "materials": materials(predicate, paths)?,
        "materials_complete": complete,
    });
    Ok(Provenance {
        facts,
        started_at,
        finished_at,
    })
}

/// Version 0.2 says which source the build was configured by.
fn source(predicate: &Node<'_>) -> Result<Option<Value>, KindError> {
    let Some(source) = optional(predicate, &["invocation", "configSource"])? else {
        return Ok(None);
    };
    let text = |name: &str| match source.optional(name)? {
        Some(text) => Ok(Some(cut(text.text()?))),
        None => Ok::<_, KindError>(None),
    };
    Ok(Some(json!({
        "uri": text("uri")?,
        "digest": digests(&source)?,
        "entry_point": text("entryPoint")?,
    })))
}

fn materials(predicate: &Node<'_>, paths: &Paths) -> Result<Vec<Value>, KindError> {
    let (parent, name) = paths.materials;
    let parent = required(predicate, parent)?;
    let listed = parent.each(name)?;
    if listed.len() > RESOURCES_MAX {
        let list = parent.field(name)?;
        return Err(list.refuse(format!("more than {RESOURCES_MAX} materials")));
    }
    listed.iter().map(resource).collect()
}

fn required<'a>(node: &Node<'a>, path: &[&str]) -> Result<Node<'a>, KindError> {
    let mut node = node.clone();
    for name in path {
        node = node.field(name)?;
    }
    Ok(node)
}

fn optional<'a>(node: &Node<'a>, path: &[&str]) -> Result<Option<Node<'a>>, KindError> {
    let mut node = node.clone();
    for name in path {
        match node.optional(name)? {
            Some(child) => node = child,
            None => return Ok(None),
        }
    }
    Ok(Some(node))
}

fn cut(text: &str) -> String {
    shortened(text, TEXT_MAX)
}
