//! Fields of documents that a rule reads and does not require.

use super::super::super::requirement::MAPPED;
use super::super::super::{Requirement, Rule};
use super::super::{LintCode, Report};
use super::Source;

/// Kinds whose facts are whatever the document holds, or a mapping takes out of it, so
/// that a misspelt field is simply not there.
const OPEN_KINDS: [&str; 3] = ["json", "json-map", "yaml"];

/// Warns of `input.evidence["id"].facts.field` where `requires` does not say that the
/// field is there.
pub(super) fn unrequired(source: &Source<'_>, rule: &Rule, report: &mut Report) {
    for read in &source.reads {
        let path = read.constant();
        let ["input", "evidence", id, "facts", fields @ ..] = path.as_slice() else {
            continue;
        };
        let requirement = rule
            .requires
            .iter()
            .find(|required| required.evidence == *id);
        let Some(requirement) = requirement.filter(|required| is_open(required)) else {
            continue;
        };
        if fields.is_empty()
            || requirement
                .facts
                .iter()
                .any(|pointer| covers(pointer, fields))
        {
            continue;
        }
        let pointer = format!("/{}", fields.join("/"));
        report.add(
            LintCode::FactUnrequired,
            source.file(),
            read.line,
            format!("`{pointer}` of evidence `{id}` is read, and may be missing or misspelt"),
            format!("add `facts: [{pointer}]` to the requirement of `{id}`"),
        );
    }
}

/// Warns of a `json-map` whose mapping may be anybody's.
pub(super) fn unpinned(source: &Source<'_>, rule: &Rule, report: &mut Report) {
    for required in &rule.requires {
        if required.kind.as_deref() != Some(MAPPED) || !required.maps.is_empty() {
            continue;
        }
        let id = &required.evidence;
        report.add(
            LintCode::MapUnpinned,
            source.file(),
            rule.line,
            format!("evidence `{id}` may be read by any mapping, whoever seals it chooses which"),
            "add `map: DIGEST`, as `assize evidence validate --map` prints it".to_owned(),
        );
    }
}

fn is_open(requirement: &Requirement) -> bool {
    let kind = requirement.kind.as_deref();
    kind.is_some_and(|kind| OPEN_KINDS.contains(&kind))
}

/// Whether `pointer` names the field, something in it, or what it lies in.
fn covers(pointer: &str, fields: &[&str]) -> bool {
    let named = pointer.split('/').skip(1);
    named
        .zip(fields)
        .all(|(part, field)| part.replace("~1", "/").replace("~0", "~") == **field)
}
