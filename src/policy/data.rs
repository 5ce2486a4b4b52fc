//! Data documents, mounted and merged as OPA does it.
//!
//! INVARIANT: no value of the merged document lies at, above or below a package
//! that has rules. The engine would let the data win without a word, and a
//! `deny` that the data says is empty never fires.

use std::collections::BTreeMap;
use std::path::Path;

use thiserror::Error;

use super::file::PolicyFile;
use crate::json::yaml::OtherReader;
use crate::json::{self, JsonError, Limits, Map, Value};

/// Data that cannot be mounted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// Not JSON or YAML.
    #[error("data `{path}`: {source}")]
    Syntax {
        /// The file.
        path: String,
        /// Why not.
        source: JsonError,
    },
    /// A value other than an object at the root.
    #[error("data `{path}`: the document at the root of the data must be an object")]
    Root {
        /// The file.
        path: String,
    },
    /// Two files give one place a value.
    #[error("data `{path}` and `{other}` both define `data.{at}`")]
    Conflict {
        /// The file read second.
        path: String,
        /// The file read first.
        other: String,
        /// The place.
        at: String,
    },
    /// The data lies where rules are.
    #[error(
        "data `{path}` defines `data.{at}`, which would hide `data.{rule}` at {rule_path}:{line}; move the data elsewhere"
    )]
    Shadow {
        /// The data file.
        path: String,
        /// Where the data lies.
        at: String,
        /// The package or rule.
        rule: String,
        /// The file of the rule.
        rule_path: String,
        /// 1-based line of the rule.
        line: usize,
    },
}

/// A part of the merged document, and the file each part came from.
enum Node {
    Object {
        children: BTreeMap<String, Node>,
        path: String,
    },
    Leaf {
        value: Value,
        path: String,
    },
}

/// A data file, as it was read: where lint looks for the line of a number.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The file, as the user would open it.
    pub(super) path: String,
    /// Where it is mounted.
    pub(super) mount: Vec<String>,
    /// Its text.
    pub(super) text: String,
}

/// Data being merged.
pub(super) struct Data {
    root: Node,
    sources: Vec<Source>,
}

impl Data {
    pub(super) fn new() -> Self {
        Self {
            root: Node::Object {
                children: BTreeMap::new(),
                path: String::new(),
            },
            sources: Vec::new(),
        }
    }

    /// Reads `bytes` and mounts them at `mount`.
    ///
    /// # Errors
    /// Malformed documents, and values where another file has one already.
    pub(super) fn add(
        &mut self,
        path: &str,
        mount: &[&str],
        bytes: &[u8],
    ) -> Result<(), DataError> {
        let extension = Path::new(path).extension();
        let is_json = extension.is_some_and(|extension| extension == "json");
        let read = || {
            if is_json {
                return json::parse(bytes, Limits::AUTHORED);
            }
            let value = json::yaml::parse(bytes, Limits::AUTHORED)?;
            // Stock OPA reads the same file.
            json::yaml::refuse_ambiguous(bytes, std::slice::from_ref(&value), OtherReader::Opa)?;
            Ok(value)
        };
        let value = read().map_err(|source| DataError::Syntax {
            path: path.to_owned(),
            source,
        })?;
        if mount.is_empty() && !value.is_object() {
            return Err(DataError::Root {
                path: path.to_owned(),
            });
        }
        let mounted = mount.iter().rev().fold(value, |value, step| {
            Value::Object(Map::from_iter([((*step).to_owned(), value)]))
        });
        self.root.merge(node(mounted, path), &mut Vec::new())?;
        self.sources.push(Source {
            path: path.to_owned(),
            mount: mount.iter().map(|step| (*step).to_owned()).collect(),
            text: String::from_utf8_lossy(bytes).into_owned(),
        });
        Ok(())
    }

    /// Refuses values that lie where `files` have rules.
    ///
    /// # Errors
    /// [`DataError::Shadow`] for the first such value.
    pub(super) fn refuse_shadowing<'a>(
        &self,
        files: impl Iterator<Item = &'a PolicyFile>,
    ) -> Result<(), DataError> {
        for file in files {
            let Some(first) = file.outline.rules.first() else {
                continue;
            };
            if let Some((at, path)) = self.root.at_or_above(&file.outline.package, &[]) {
                let name = at.get(file.outline.package.len());
                let rule = file
                    .outline
                    .rules
                    .iter()
                    .find(|rule| name.is_some_and(|name| name == rule.first_name()));
                return Err(DataError::Shadow {
                    path: path.to_owned(),
                    at: at.join("."),
                    rule: format!("{}.{}", file.package(), rule.unwrap_or(first).first_name()),
                    rule_path: file.shown.clone(),
                    line: rule.unwrap_or(first).line,
                });
            }
        }
        Ok(())
    }

    /// The merged document, and the files it comes from.
    pub(super) fn into_parts(self) -> (Value, Vec<Source>) {
        (self.root.into_value(), self.sources)
    }
}

fn node(value: Value, path: &str) -> Node {
    let path = path.to_owned();
    match value {
        Value::Object(object) => Node::Object {
            children: object
                .into_iter()
                .map(|(key, value)| (key, node(value, &path)))
                .collect(),
            path,
        },
        value => Node::Leaf { value, path },
    }
}

impl Node {
    fn path(&self) -> &str {
        match self {
            Self::Object { path, .. } | Self::Leaf { path, .. } => path,
        }
    }

    fn merge(&mut self, other: Self, at: &mut Vec<String>) -> Result<(), DataError> {
        match (self, other) {
            (Self::Object { children, .. }, Self::Object { children: more, .. }) => {
                for (key, child) in more {
                    at.push(key.clone());
                    match children.get_mut(&key) {
                        Some(present) => present.merge(child, at)?,
                        None => {
                            children.insert(key, child);
                        }
                    }
                    at.pop();
                }
                Ok(())
            }
            (present, other) => Err(DataError::Conflict {
                path: other.path().to_owned(),
                other: present.path().to_owned(),
                at: at.join("."),
            }),
        }
    }

    /// The first value that lies at `package`, on the way to it, or below it.
    fn at_or_above(&self, package: &[String], at: &[String]) -> Option<(Vec<String>, &str)> {
        match (self, package.split_first()) {
            (Self::Leaf { path, .. }, _) => Some((at.to_vec(), path)),
            (Self::Object { children, .. }, Some((step, rest))) => {
                let below = [at, std::slice::from_ref(step)].concat();
                children.get(step)?.at_or_above(rest, &below)
            }
            (Self::Object { children, path }, None) => {
                let first = children.keys().next().cloned();
                Some(([at, first.as_slice()].concat(), path))
            }
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Leaf { value, .. } => value,
            Self::Object { children, .. } => Value::Object(
                children
                    .into_iter()
                    .map(|(key, child)| (key, child.into_value()))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn merged(files: &[(&str, &[&str], &str)]) -> Result<Data, DataError> {
        let mut data = Data::new();
        for (path, mount, text) in files {
            data.add(path, mount, text.as_bytes())?;
        }
        Ok(data)
    }

    fn refuse(files: &[(&str, &[&str], &str)]) -> String {
        merged(files).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn documents_merge_deeply_where_they_are_mounted() {
        let data = merged(&[
            ("data.json", &[], r#"{"a": {"x": 1}}"#),
            ("a/data.yaml", &["a"], "y: 2\nb:\n  z: 3\n"),
            ("a/b/data.yml", &["a", "b"], "w: [4]\n"),
        ]);
        assert_eq!(
            data.unwrap().into_parts().0,
            json!({"a": {"x": 1, "y": 2, "b": {"z": 3, "w": [4]}}})
        );
    }

    #[test]
    fn conflicts_name_both_files() {
        assert_eq!(
            refuse(&[
                ("data.json", &[], r#"{"a": {"x": 1}}"#),
                ("a/data.yaml", &["a"], "x: 1\n")
            ]),
            "data `a/data.yaml` and `data.json` both define `data.a.x`"
        );
        refuse(&[
            ("data.json", &[], r#"{"a": 1}"#),
            ("a/data.yaml", &["a"], "x: 1\n"),
        ]);
        assert!(refuse(&[("data.json", &[], "[1]")]).contains("must be an object"));
        assert!(refuse(&[("data.json", &[], "{\"a\": 1, \"a\": 2}")]).contains("duplicate key"));
    }

    fn shadows(data: &str) -> Option<String> {
        let text = "package gates.deploy\n\nlimit := 1\ndeny contains 1\n";
        let file = PolicyFile::read(
            "p.rego".into(),
            "p.rego".into(),
            "policies/p.rego".into(),
            text.into(),
        );
        let data = merged(&[("data.json", &[], data)]).unwrap();
        let result = data.refuse_shadowing([file.unwrap()].iter());
        result.err().map(|error| error.to_string())
    }

    #[test]
    fn data_does_not_lie_where_rules_are() {
        assert_eq!(
            shadows(r#"{"gates": {"deploy": {"deny": []}}}"#).unwrap(),
            "data `data.json` defines `data.gates.deploy.deny`, which would hide `data.gates.deploy.deny` at policies/p.rego:4; move the data elsewhere"
        );
        for data in [
            r#"{"gates": 1}"#,
            r#"{"gates": {"deploy": null}}"#,
            r#"{"gates": {"deploy": {}}}"#,
            r#"{"gates": {"deploy": {"deny": {}}}}"#,
            r#"{"gates": {"deploy": {"deny": {"x": 1}}}}"#,
            r#"{"gates": {"deploy": {"other": 1}}}"#,
        ] {
            assert!(shadows(data).is_some(), "{data}");
        }
        for data in [
            "{}",
            r#"{"gates": {}}"#,
            r#"{"gates": {"release": 1}, "deploy": {"deny": []}}"#,
        ] {
            assert_eq!(shadows(data), None, "{data}");
        }
    }
}
