//! Plain input files, as conftest has them: each document is an `input` of its own.
//!
//! They have no manifest that was sealed beforehand, no facts and no freshness; a rule
//! that `requires` evidence finds none here.

use std::path::PathBuf;

use thiserror::Error;

use crate::digest::Digest;
use crate::formats::{Format, FormatError};
use crate::json::{self, JsonError, Limits, Value, json};
use crate::tree::{self, TreeError};

use super::ITEM_SIZE_MAX;

/// `schema` of the list of files that a record binds in place of a bundle's manifest.
pub const SCHEMA: &str = "assize/inputs/v1";

/// Input files that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InputsError {
    /// Cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Cannot be parsed.
    #[error("input `{path}`: {source}")]
    Content {
        /// The file, as it was given.
        path: String,
        /// What and where.
        source: FormatError,
    },
    /// The list of files cannot be written.
    #[error("the list of input files: {source}")]
    List {
        /// Why.
        source: JsonError,
    },
    /// A name that stands for no format we read.
    #[error("input `{path}` has no known format")]
    Format {
        /// The file, as it was given.
        path: String,
    },
    /// A folder.
    #[error("input `{path}` is a folder: name its files, as `{path}/*.yaml`")]
    Folder {
        /// The folder, as it was given, without a slash at the end.
        path: String,
    },
    /// Nothing that a policy could look at.
    #[error("input `{path}` holds no document")]
    Empty {
        /// The file, as it was given.
        path: String,
    },
}

/// Input files with their documents.
#[derive(Debug, Clone)]
pub struct Inputs {
    files: Vec<InputFile>,
    manifest_bytes: Vec<u8>,
}

/// One input file.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// The path as it was given.
    pub path: String,
    /// What it was read as.
    pub format: Format,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its documents: one, or each element of a list, or each document of a stream.
    pub documents: Vec<Value>,
}

impl Inputs {
    /// Reads `paths`, in the order given, all as `parser` or each as its name says.
    ///
    /// # Errors
    /// Files that cannot be read or parsed, names that stand for no format, and a file
    /// that holds no document at all.
    pub fn read(paths: &[PathBuf], parser: Option<Format>) -> Result<Self, InputsError> {
        let mut files = Vec::new();
        for path in paths {
            if path.is_dir() {
                let path = path.to_string_lossy();
                return Err(InputsError::Folder {
                    path: path.trim_end_matches('/').to_owned(),
                });
            }
            let bytes = tree::read(path, ITEM_SIZE_MAX)?;
            let shown = path.to_string_lossy().into_owned();
            let Some(format) = parser.or_else(|| Format::of_path(path)) else {
                return Err(InputsError::Format { path: shown });
            };
            let documents = match format.documents(&bytes, Limits::EVIDENCE) {
                Ok(documents) => taken_apart(documents),
                Err(source) => {
                    return Err(InputsError::Content {
                        path: shown,
                        source,
                    });
                }
            };
            if documents.is_empty() {
                return Err(InputsError::Empty { path: shown });
            }
            files.push(InputFile {
                path: shown,
                format,
                bytes,
                documents,
            });
        }
        let listed: Vec<_> = files
            .iter()
            .map(|file| {
                json!({
                    "path": file.path,
                    "format": file.format.name(),
                    "size": file.bytes.len(),
                    "sha256": Digest::of(&file.bytes),
                })
            })
            .collect();
        let manifest = json!({"schema": SCHEMA, "files": listed});
        let manifest_bytes =
            json::canonical(&manifest).map_err(|source| InputsError::List { source })?;
        Ok(Self {
            files,
            manifest_bytes,
        })
    }

    /// Returns the files, in the order given.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Returns canonical JSON of the files' paths, sizes and digests.
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.manifest_bytes
    }
}

/// conftest evaluates each element of a list, or each document of a stream: what is a list
/// within a stream stays one.
fn taken_apart(documents: Vec<Value>) -> Vec<Value> {
    match <[Value; 1]>::try_from(documents) {
        Ok([Value::Array(elements)]) => elements,
        Ok(only) => only.into(),
        Err(several) => several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(name: &str, text: &str) -> Result<Inputs, InputsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Inputs::read(&[path], None)
    }

    #[test]
    fn a_list_or_a_stream_is_taken_apart_and_not_both() {
        for (name, text, documents) in [
            ("a.yaml", "- b: 2\n- [3]\n", json!([{"b": 2}, [3]])),
            (
                "a.yaml",
                "---\na: 1\n---\n- 2\n---\n# nothing\n---\n",
                json!([{"a": 1}, [2], null, null]),
            ),
            (
                "a.yml",
                "a: 1\r\n---\r\n\r\n---\r\nb: 2",
                json!([{"a": 1}, null, {"b": 2}]),
            ),
            // conftest takes the first of these and passes over the other.
            (
                "a.yaml",
                "a: 1\n--- # x\nb: 2\n",
                json!([{"a": 1}, {"b": 2}]),
            ),
            ("a.yaml", "%YAML 1.2\n---\na: 1\n", json!([{"a": 1}])),
            ("a.json", "[[1], null]", json!([[1], null])),
            ("a.json", "null", json!([null])),
            ("A.TOML", "a = 1", json!([{"a": 1}])),
        ] {
            let inputs = read(name, text).unwrap();
            assert_eq!(json!(inputs.files()[0].documents), documents, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, text, what) in [
            ("a.json", "{", "a.json"),
            ("a.json", "[]", "no document"),
            ("a.yaml", "", "no document"),
            ("a.yaml", "---\n# nothing\n---\n", "no document"),
            ("a.yaml", "a: 1\nb: yes\n", "line 2: `yes` is true"),
            ("a.txt", "a = 1", "a.txt` has no known format"),
            ("a", "{}", "no known format"),
            ("a.json", "{\"a\":1,\"a\":2}", "duplicate key"),
        ] {
            let error = read(name, text).unwrap_err();
            assert!(error.to_string().contains(what), "{name}: {error}");
        }
        assert!(Inputs::read(&[PathBuf::from("missing.json")], None).is_err());
        let folder = Inputs::read(&[PathBuf::from("src/")], None).unwrap_err();
        assert!(folder.to_string().contains("`src/*.yaml`"), "{folder}");
    }
}
