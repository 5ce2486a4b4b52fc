//! Plain input files, as conftest has them: each document is an `input` of its own.
//!
//! They have no manifest that was sealed beforehand, no facts and no freshness; a rule
//! that `requires` evidence finds none here.

use std::error::Error;
use std::path::PathBuf;

use thiserror::Error;

use crate::digest::Digest;
use crate::formats::{Definitions, Format, FormatError};
use crate::json::{self, JsonError, Limits, Value, json};
use crate::tree::{self, TreeError};

use super::ITEM_SIZE_MAX;

mod definitions;

pub use definitions::DefinitionFile;

/// `schema` of the list of files that a record binds in place of a bundle's manifest.
pub const SCHEMA: &str = "assize/inputs/v1";

/// Why a program gives no value.
pub type ProgramError = Box<dyn Error + Send + Sync>;

/// Evaluates a program: in a process that may run for ever, and be ended.
pub type Evaluate<'e> = &'e dyn Fn(&[u8]) -> Result<Value, ProgramError>;

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
    /// A program that gives no value.
    #[error("input `{path}`: {source}")]
    Program {
        /// The file, as it was given.
        path: String,
        /// What and where.
        source: ProgramError,
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
    /// A `.proto` file that defines nothing that can be used.
    #[error("definitions `{path}`: {source}")]
    Definitions {
        /// The file.
        path: String,
        /// What and where.
        source: FormatError,
    },
    /// A folder of definitions without any.
    #[error("`{path}` holds no `.proto` file")]
    NoDefinitions {
        /// The folder, as it was given.
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
    definitions: Vec<DefinitionFile>,
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
    /// Reads `paths`, in the order given, all as `parser` or each as its name says; where
    /// that takes definitions, by those below `definitions`. Programs are handed to
    /// `evaluate`.
    ///
    /// # Errors
    /// Files that cannot be read or parsed, names that stand for no format, programs that
    /// give no value, and a file that holds no document at all.
    pub fn read(
        paths: &[PathBuf],
        parser: Option<Format>,
        definitions: &[PathBuf],
        evaluate: Evaluate<'_>,
    ) -> Result<Self, InputsError> {
        let mut files = Vec::new();
        let format = |path: &PathBuf| parser.or_else(|| Format::of_path(path));
        let takes_definitions = paths
            .iter()
            .filter_map(format)
            .any(Format::takes_definitions);
        let (definition_files, definitions) = if takes_definitions {
            definitions::read(definitions)?
        } else {
            (Vec::new(), Definitions::default())
        };
        for path in paths {
            if path.is_dir() {
                let path = path.to_string_lossy();
                return Err(InputsError::Folder {
                    path: path.trim_end_matches('/').to_owned(),
                });
            }
            let bytes = tree::read(path, ITEM_SIZE_MAX)?;
            let shown = path.to_string_lossy().into_owned();
            let Some(format) = format(path) else {
                return Err(InputsError::Format { path: shown });
            };
            let reading = Reading {
                path: &shown,
                format,
                definitions: &definitions,
                evaluate,
            };
            let documents = taken_apart(reading.documents(&bytes)?);
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
        let manifest_bytes = json::canonical(&manifest(&files, &definition_files))
            .map_err(|source| InputsError::List { source })?;
        Ok(Self {
            files,
            definitions: definition_files,
            manifest_bytes,
        })
    }

    /// Returns the files, in the order given.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Returns the files that say what is in the others.
    pub fn definitions(&self) -> &[DefinitionFile] {
        &self.definitions
    }

    /// Returns canonical JSON of the paths, sizes and digests of all files.
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.manifest_bytes
    }
}

fn manifest(files: &[InputFile], definitions: &[DefinitionFile]) -> Value {
    let files: Vec<_> = files
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
    let mut manifest = json!({"schema": SCHEMA, "files": files});
    if !definitions.is_empty() {
        let definitions: Vec<_> = definitions
            .iter()
            .map(|file| {
                json!({
                    "path": file.path,
                    "size": file.bytes.len(),
                    "sha256": Digest::of(&file.bytes),
                })
            })
            .collect();
        if let Value::Object(manifest) = &mut manifest {
            manifest.insert("definitions".to_owned(), json!(definitions));
        }
    }
    manifest
}

/// How one file is read.
struct Reading<'r> {
    path: &'r str,
    format: Format,
    definitions: &'r Definitions,
    evaluate: Evaluate<'r>,
}

impl Reading<'_> {
    fn documents(&self, bytes: &[u8]) -> Result<Vec<Value>, InputsError> {
        let path = || self.path.to_owned();
        if self.format.is_program() {
            let value = (self.evaluate)(bytes).map_err(|source| InputsError::Program {
                path: path(),
                source,
            })?;
            return Ok(vec![value]);
        }
        self.format
            .documents_by(bytes, Limits::EVIDENCE, self.definitions)
            .map_err(|source| InputsError::Content {
                path: path(),
                source,
            })
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

    const NO_PROGRAMS: Evaluate<'static> = &|_| Err("no evaluator".into());

    fn read(name: &str, text: &str) -> Result<Inputs, InputsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Inputs::read(&[path], None, &[], NO_PROGRAMS)
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
    fn definitions_are_listed_where_they_decide_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("protos/sub")).unwrap();
        let proto = "syntax = \"proto3\"; message A { string b = 1; }";
        fs::write(path("protos/sub/a.proto"), proto).unwrap();
        fs::write(path("c.textpb"), "# proto-message: A\nb: \"x\"").unwrap();
        fs::write(path("d.json"), "{}").unwrap();
        let protos = [path("protos")];
        let inputs = Inputs::read(&[path("c.textpb")], None, &protos, NO_PROGRAMS).unwrap();
        assert_eq!(inputs.files()[0].documents, [json!({"b": "x"})]);
        let [definition] = inputs.definitions() else {
            panic!("one file")
        };
        assert_eq!(definition.bytes, proto.as_bytes());
        let list = String::from_utf8_lossy(inputs.manifest_bytes()).into_owned();
        assert!(list.contains("/sub/a.proto\""), "{list}");

        let plain = Inputs::read(&[path("d.json")], None, &[path("missing")], NO_PROGRAMS).unwrap();
        assert!(plain.definitions().is_empty());
        let list = String::from_utf8_lossy(plain.manifest_bytes()).into_owned();
        assert!(!list.contains("definitions"), "{list}");

        for (folders, what) in [
            (vec![], "needs `--proto-file-dirs`"),
            (vec![path("missing")], "missing` holds no `.proto` file"),
        ] {
            let error = Inputs::read(&[path("c.textpb")], None, &folders, NO_PROGRAMS).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
        }
        fs::write(path("protos/b.proto"), "syntax = \"proto3\";\nmessage B").unwrap();
        let error = Inputs::read(&[path("c.textpb")], None, &protos, NO_PROGRAMS).unwrap_err();
        assert!(error.to_string().contains("b.proto`: line 2"), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, text, what) in [
            ("a.json", "{", "a.json"),
            ("a.json", "[]", "no document"),
            ("a.yaml", "", "no document"),
            ("a.yaml", "---\n# nothing\n---\n", "no document"),
            ("a.yaml", "a: 1\nb: yes\n", "line 2: `yes` is true"),
            ("a.jsonnet", "{}", "a.jsonnet`: no evaluator"),
            ("a.txt", "a = 1", "a.txt` has no known format"),
            ("a", "{}", "no known format"),
            ("a.json", "{\"a\":1,\"a\":2}", "duplicate key"),
        ] {
            let error = read(name, text).unwrap_err();
            assert!(error.to_string().contains(what), "{name}: {error}");
        }
        let of = |path: &str| Inputs::read(&[PathBuf::from(path)], None, &[], NO_PROGRAMS);
        assert!(of("missing.json").is_err());
        let folder = of("src/").unwrap_err();
        assert!(folder.to_string().contains("`src/*.yaml`"), "{folder}");
    }
}
