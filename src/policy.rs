//! A folder of Rego, data and METADATA → a [`PolicySet`].
//!
//! Knows of Rego what text shows: packages, imports, rule heads, comments. It does
//! not evaluate, and does not name the engine; what an engine must be asked (unknown
//! functions, recursion) is asked in `engine`. It does not know what a waiver says.
//!
//! INVARIANTS
//! - Nothing reaches the engine's parser that is beyond [`bounds`](BoundError): its
//!   cost is exponential in nested literals, and it stops reading at NUL.
//! - [`PolicySet::digest`] and [`PolicySet::data_digest`] are functions of paths and
//!   bytes alone: not of the order of the folder, of where it lies, or of the machine.
//! - No data lies where a rule is.
//! - Every verdict head of every rule of the set is in [`Rule::heads`].

use std::path::PathBuf;

use thiserror::Error;

use crate::digest::Digest;
use crate::json::{self, JsonError, Limits, Value, json};
use crate::tree::TreeError;

mod about;
mod assemble;
mod bounds;
mod custom;
mod data;
mod file;
mod lexer;
mod lint;
mod load;
mod metadata;
mod module;
mod reads;
mod requirement;
mod rule;
mod select;
mod spelling;
mod test_rule;

pub use about::About;
pub use bounds::{
    BRACKET_DEPTH_MAX, BoundError, CHAIN_MAX, FILE_SIZE_MAX, LINE_WIDTH_MAX, LINES_MAX,
    LITERAL_DEPTH_MAX, PARSE_WORK_MAX,
};
pub use custom::CLASSES;
pub use data::DataError;
pub use file::{FileError, FileRole, PolicyFile};
pub use lexer::LexError;
pub use lint::{LintCode, LintFinding, LintSeverity, lint, remarks};
pub use load::{DATA_SIZE_MAX, FILES_MAX, LoadLimits, LoadOptions};
pub use metadata::RelatedResource;
pub use module::HeadForm;
pub use requirement::{KINDS, read_requirement};
pub use rule::{Family, Head, HeadKind, Requirement, Rule, Severity};
pub use test_rule::TestRule;

/// `schema` of the manifest.
pub const MANIFEST_SCHEMA: &str = "assize/policies/v1";

/// Policies that cannot be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A file or folder that cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A Rego file that cannot be part of a set.
    #[error("policy `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        source: FileError,
    },
    /// Data that cannot be mounted.
    #[error(transparent)]
    Data(#[from] DataError),
    /// More Rego files than allowed.
    #[error("more than {files_max} Rego files")]
    Count {
        /// Most files allowed.
        files_max: usize,
    },
    /// Two roots with a waiver file.
    #[error("`{path}` and `{other}` are both waiver files; name one with `--waivers`")]
    Waivers {
        /// The second file.
        path: String,
        /// The first file.
        other: String,
    },
    /// Two files of one manifest path.
    #[error("policy `{path}` occurs twice")]
    Duplicate {
        /// The path.
        path: String,
    },
    /// A document that has no canonical form.
    #[error("policy data: {0}")]
    Json(#[from] JsonError),
}

/// The `waivers.yaml` at a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiversFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its bytes, as read.
    pub bytes: Vec<u8>,
}

/// Policies, their data and what they ask for.
#[derive(Debug, Clone)]
pub struct PolicySet {
    shown: String,
    files: Vec<PolicyFile>,
    rules: Vec<Rule>,
    data: Value,
    data_bytes: Vec<u8>,
    data_sources: Vec<data::Source>,
    manifest: Vec<u8>,
    waivers: Option<WaiversFile>,
}

impl PolicySet {
    /// Loads the policies and data that `options` names.
    ///
    /// # Errors
    /// Files that cannot be read, are not Rego or are beyond a limit, and data that
    /// conflicts with data or rules. What is merely wrong is left to [`lint()`].
    pub fn load(options: &LoadOptions) -> Result<Self, PolicyError> {
        let loaded = load::load(options)?;
        loaded.data.refuse_shadowing(loaded.files.iter())?;
        let roots = options.roots.iter();
        let shown: Vec<_> = roots.map(|root| root.to_string_lossy()).collect();
        Self::assembled(
            shown.join(", "),
            loaded.files,
            loaded.data.into_parts(),
            loaded.waivers,
        )
    }

    /// Makes a set of what a ledger or pack kept: files by manifest path, and the
    /// bytes of the data document.
    ///
    /// # Errors
    /// As [`PolicySet::load`].
    pub fn from_parts(files: Vec<(String, Vec<u8>)>, data: &[u8]) -> Result<Self, PolicyError> {
        let mut read = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            let file = PolicyFile::read(path.clone(), path.clone(), path.clone(), bytes);
            read.push(file.map_err(|source| PolicyError::File { path, source })?);
        }
        read.sort_by(|a, b| a.path.cmp(&b.path));
        let mut mounted = data::Data::new();
        mounted.add("data.json", &[], data)?;
        mounted.refuse_shadowing(read.iter())?;
        Self::assembled("policies".to_owned(), read, mounted.into_parts(), None)
    }

    fn assembled(
        shown: String,
        files: Vec<PolicyFile>,
        (data, data_sources): (Value, Vec<data::Source>),
        waivers: Option<WaiversFile>,
    ) -> Result<Self, PolicyError> {
        let twice = files
            .windows(2)
            .find(|pair| matches!(pair, [a, b] if a.path == b.path));
        if let Some([file, ..]) = twice {
            let path = file.path.clone();
            return Err(PolicyError::Duplicate { path });
        }
        Ok(Self {
            shown,
            rules: assemble::rules(&files),
            manifest: manifest(&files)?,
            data_bytes: json::canonical(&data)?,
            data_sources,
            files,
            data,
            waivers,
        })
    }

    /// Every Rego file, tests included, sorted by manifest path.
    pub fn files(&self) -> &[PolicyFile] {
        &self.files
    }

    /// The files that are evaluated.
    pub fn modules(&self) -> impl Iterator<Item = &PolicyFile> {
        let is_module = |file: &&PolicyFile| file.role == FileRole::Module;
        self.files.iter().filter(is_module)
    }

    /// The files that hold tests.
    pub fn tests(&self) -> impl Iterator<Item = &PolicyFile> {
        let is_test = |file: &&PolicyFile| file.role == FileRole::Test;
        self.files.iter().filter(is_test)
    }

    /// Every package that is not in `lib`, sorted by package path.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The ids of [`PolicySet::rules`], sorted.
    pub fn rule_ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        ids.sort_unstable();
        ids
    }

    /// The rules of `gates.<name>`.
    pub fn select_gate(&self, name: &str) -> Vec<&Rule> {
        let is_gate =
            |rule: &&Rule| matches!(&rule.family, Family::Gate(gate) if gate.as_str() == name);
        self.rules.iter().filter(is_gate).collect()
    }

    /// The names of the gates that have rules, sorted.
    pub fn gates(&self) -> Vec<&str> {
        let mut names: Vec<_> = self
            .rules
            .iter()
            .filter_map(|rule| match &rule.family {
                Family::Gate(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The rules of `family`.
    pub fn select_family(&self, family: &Family) -> Vec<&Rule> {
        let rules = self.rules.iter();
        rules.filter(|rule| rule.family == *family).collect()
    }

    /// The rules with verdict heads whose package matches one of `patterns`, in which
    /// `*` stands for any text between dots and `**` for any text. No patterns select
    /// every package, as conftest's `--all-namespaces` does.
    pub fn select_namespace<S: AsRef<str>>(&self, patterns: &[S]) -> Vec<&Rule> {
        let wanted = |package: &str| {
            patterns.is_empty()
                || patterns
                    .iter()
                    .any(|pattern| select::matches(pattern.as_ref(), package))
        };
        let rules = self.rules.iter();
        rules
            .filter(|rule| rule.has_verdict() && wanted(&rule.package))
            .collect()
    }

    /// SHA-256 of [`PolicySet::manifest_bytes`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// The manifest: canonical JSON of every file's path, size and SHA-256.
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.manifest
    }

    /// The merged data document.
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// Canonical JSON of [`PolicySet::data`].
    pub fn data_bytes(&self) -> &[u8] {
        &self.data_bytes
    }

    /// SHA-256 of [`PolicySet::data_bytes`].
    pub fn data_digest(&self) -> Digest {
        Digest::of(&self.data_bytes)
    }

    /// The `waivers.yaml` at a root, where there is one. Not part of either digest.
    pub fn waivers_file(&self) -> Option<&WaiversFile> {
        self.waivers.as_ref()
    }
}

/// Reads the paths and digests out of a manifest.
///
/// # Errors
/// Bytes that are not a manifest of version 1.
pub fn manifest_entries(bytes: &[u8]) -> Result<Vec<(String, Digest)>, JsonError> {
    let shape = |message: &str| JsonError::Shape {
        message: format!("policy manifest: {message}"),
    };
    let value = json::parse(bytes, Limits::AUTHORED)?;
    if value.get("schema").and_then(Value::as_str) != Some(MANIFEST_SCHEMA) {
        return Err(shape("`schema` is not `assize/policies/v1`"));
    }
    let files = value.get("files").and_then(Value::as_array);
    files
        .ok_or_else(|| shape("`files` is not a list"))?
        .iter()
        .map(|file| {
            let text = |key| file.get(key).and_then(Value::as_str);
            let path = text("path").ok_or_else(|| shape("a file has no `path`"))?;
            let sha256 = text("sha256").and_then(|hex| hex.parse().ok());
            Ok((
                path.to_owned(),
                sha256.ok_or_else(|| shape("a file has no `sha256`"))?,
            ))
        })
        .collect()
}

fn manifest(files: &[PolicyFile]) -> Result<Vec<u8>, JsonError> {
    let files: Vec<Value> = files
        .iter()
        .map(|file| {
            json!({
                "path": file.path,
                "size": file.text().len(),
                "sha256": file.sha256.hex(),
            })
        })
        .collect();
    json::canonical(&json!({"schema": MANIFEST_SCHEMA, "files": files}))
}

#[cfg(test)]
mod tests;
