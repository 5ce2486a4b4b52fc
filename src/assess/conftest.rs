//! Plain policies over plain files, as conftest evaluates them.
//!
//! What this module knows of conftest: a head may be an array, `data.conftest.file`
//! names the file, `--combine` makes one input of all files, `*` in `-n` matches dots,
//! and folders below a data folder are part of
//! the path in `data`. The last cannot be had the same way, and is refused here rather
//! than passed over.

use std::path::{Component, Path, PathBuf};

use super::{AssessError, Request};
use crate::engine::wire;
use crate::evidence::inputs::Inputs;
use crate::json::{self, Map, Value, json};
use crate::policy::{Family, HeadForm, PolicySet, Rule};
use crate::tree;

/// Package of the rules that take arrays apart.
const PACKAGE: &str = "conftest_values";

/// Returns the heads of `rule` that may be arrays, which conftest reads like sets.
pub fn value_heads(rule: &Rule) -> Vec<String> {
    let heads = rule.heads.iter();
    heads
        .filter(|head| rule.family == Family::Plain && head.form == HeadForm::Value)
        .map(|head| head.name.clone())
        .collect()
}

/// Returns the package that [`module`] declares for rule number `index`.
pub fn package(index: usize) -> String {
    format!("{PACKAGE}.rule_{index}")
}

/// Returns a module whose sets hold the elements of the arrays that `heads` of `rule`
/// are. Elements cross the border to the engine's worker only in sets.
pub fn module(index: usize, rule: &Rule, heads: &[String]) -> wire::Module {
    let path = rule.package.replace('.', "\"][\"");
    let mut lines = vec![format!("package {}", package(index))];
    for head in heads {
        lines.push(format!(
            "{head} contains element if some element in data[\"{path}\"].{head}"
        ));
    }
    wire::Module {
        path: format!("{PACKAGE}/{index}.rego"),
        source: lines.join("\n"),
    }
}

/// Returns `direct` as conftest reads it: a head in `heads` that is an array has the
/// elements found in `gathered`, and one without a value says nothing.
pub fn settled(
    direct: &wire::CallResult,
    gathered: Option<&wire::CallResult>,
    heads: &[String],
) -> wire::CallResult {
    let mut result = direct.clone();
    for head in &mut result.heads {
        if !heads.contains(&head.head) {
            continue;
        }
        match &head.outcome {
            wire::Outcome::Undefined => head.outcome = wire::Outcome::Set(Vec::new()),
            wire::Outcome::NotASet { found } if found == "array" => {
                let elements = gathered
                    .into_iter()
                    .flat_map(|gathered| &gathered.heads)
                    .find(|other| other.head == head.head);
                if let Some(elements) = elements {
                    head.outcome = elements.outcome.clone();
                }
            }
            _ => {}
        }
    }
    result
}

/// What conftest calls the one input that many files are together.
pub const COMBINED: &str = "Combined";

/// Returns that input: a list of path and contents, in the order of the paths.
pub fn combined(files: &Inputs) -> Value {
    let mut files: Vec<_> = files.files().iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    // Named twice is there once.
    files.dedup_by(|a, b| a.path == b.path);
    let documents = files.into_iter().flat_map(|file| {
        let documents = file.documents.iter();
        documents.map(|document| json!({"path": file.path, "contents": document}))
    });
    Value::Array(documents.collect())
}

/// Returns whether any policy may look at `data.conftest`.
pub fn reads_file_names(policies: &PolicySet) -> bool {
    policies
        .modules()
        .any(|file| file.text().contains("conftest"))
}

/// Returns what `data.conftest` is for the file at `path`: its name and its absolute
/// folder.
///
/// # Errors
/// A working directory that cannot be found out.
pub fn file_names(path: &str) -> Result<Value, AssessError> {
    let absolute =
        std::path::absolute(path).map_err(|source| AssessError::WorkingDirectory { source })?;
    let mut clean = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    let text = |part: Option<&Path>| part.map(|part| part.to_string_lossy().into_owned());
    Ok(json!({"file": {
        "name": text(clean.file_name().map(Path::new)),
        "dir": text(clean.parent()),
    }}))
}

/// Returns `data` with `data.conftest.file` in it.
///
/// # Errors
/// As [`json::canonical`].
pub fn with_file_names(data: &Value, conftest: &Value) -> Result<Vec<u8>, AssessError> {
    let mut root = data.as_object().cloned().unwrap_or_default();
    let own = root.get("conftest").and_then(Value::as_object).cloned();
    let mut merged: Map<String, Value> = own.unwrap_or_default();
    merged.extend(conftest.as_object().cloned().unwrap_or_default());
    root.insert("conftest".to_owned(), Value::Object(merged));
    Ok(json::canonical(&root)?)
}

/// Returns the pattern that matches here what `pattern` matches in conftest, where `*`
/// goes over the dots of a namespace.
pub fn pattern(pattern: &str) -> String {
    let parts: Vec<_> = pattern.split('*').collect();
    parts.join("**")
}

/// Refuses data files below a data folder: conftest mounts `-d data` with
/// `data/sub/a.yaml` at `data.sub`.
///
/// # Errors
/// [`AssessError::NestedData`], and folders that cannot be listed.
pub fn refuse_nested_data(request: &Request<'_>) -> Result<(), AssessError> {
    for folder in request.data.iter().filter(|path| path.is_dir()) {
        let nested = tree::list(folder)?.into_iter().find(|file| {
            let extension = file.path.rsplit_once('.').map(|(_, extension)| extension);
            file.path.contains('/') && matches!(extension, Some("json" | "yaml" | "yml"))
        });
        if let Some(file) = nested {
            return Err(AssessError::NestedData {
                path: file.path,
                folder: folder.display().to_string(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_dots() {
        assert_eq!(pattern("*"), "**");
        assert_eq!(pattern("main.*"), "main.**");
        assert_eq!(pattern("main"), "main");
    }

    #[test]
    fn files_are_named_as_conftest_names_them() {
        assert_eq!(
            file_names("/a/b/../c/./d.yaml").unwrap(),
            json!({"file": {"name": "d.yaml", "dir": "/a/c"}})
        );
    }

    #[test]
    fn file_names_join_the_data_that_is_there() {
        let data = json!({"x": 1, "conftest": {"y": 2}});
        let bytes = with_file_names(&data, &json!({"file": {"name": "a"}})).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            r#"{"conftest":{"file":{"name":"a"},"y":2},"x":1}"#
        );
    }

    #[test]
    fn only_arrays_and_what_has_no_value_are_settled() {
        let call = |outcome| wire::CallResult {
            id: "main".into(),
            heads: vec![wire::HeadResult {
                head: "deny".into(),
                outcome,
            }],
            prints: Vec::new(),
        };
        let not_a_set = |found: &str| wire::Outcome::NotASet {
            found: found.to_owned(),
        };
        let gathered = call(wire::Outcome::Set(vec![json!("no")]));
        let heads = ["deny".to_owned()];
        for (outcome, heads, settled_to) in [
            (
                not_a_set("array"),
                &heads[..],
                wire::Outcome::Set(vec![json!("no")]),
            ),
            (
                wire::Outcome::Undefined,
                &heads[..],
                wire::Outcome::Set(Vec::new()),
            ),
            (not_a_set("object"), &heads[..], not_a_set("object")),
            (not_a_set("array"), &[], not_a_set("array")),
            (wire::Outcome::Undefined, &[], wire::Outcome::Undefined),
        ] {
            let result = settled(&call(outcome), Some(&gathered), heads);
            assert_eq!(result.heads[0].outcome, settled_to);
        }
        let alone = settled(&call(not_a_set("array")), None, &heads);
        assert_eq!(alone.heads[0].outcome, not_a_set("array"));
    }
}
