//! Collecting: what other systems know becomes files of an evidence folder, each with where
//! it came from and how that went.
//!
//! The only module that asks other systems for evidence, and that starts their programs.
//!
//! INVARIANTS
//! - A source always gives each of its files. One that failed gives it with the status
//!   `error` and the reason, in the place of what an earlier run has left there, so that
//!   old evidence never passes for new.
//! - Bytes are written as they were received, but for what settings have redacted, which
//!   is never written; of an answer that came in several pages, each page is a line.
//! - Secrets come from the environment or from files, and are in no file, record or
//!   message.
//! - Everything ends by its deadline.

use std::path::PathBuf;

use thiserror::Error;

use crate::clock::Timestamp;
use crate::evidence::manifest::{Method, Redaction, Source};
use crate::evidence::redaction::Rule;
use crate::evidence::{EvidenceError, Kind, Mapping};
use crate::http::TlsError;
use crate::http::secret::SecretError;
use crate::json::JsonError;
use crate::tree::TreeError;

mod drafts;
mod earlier;
mod names;
mod redact;
mod run;
mod server;
pub mod settings;
mod sources;
mod write;

pub use crate::process::Output;
pub use redact::strike;
pub use run::{Options, run};
pub use settings::{PassedOn, Plan, PlannedFile};
pub use sources::address;
pub use write::{Failure, Folder, Sealing, Written, refuse_unready, write};

/// Settings that cannot be used, and folders that cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CollectError {
    /// A secret that cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A setting that is missing, unknown or of the wrong type.
    #[error("`{table}`: {source}")]
    Settings {
        /// The table, as in the file.
        table: String,
        /// What and where.
        source: JsonError,
    },
    /// A setting that makes no sense.
    #[error("`{table}`: {reason}")]
    Setting {
        /// The table, as in the file.
        table: String,
        /// What is wrong.
        reason: String,
    },
    /// Certificates or keys that cannot be used.
    #[error("`server.{server}`: {source}")]
    Tls {
        /// The server.
        server: String,
        /// What is wrong.
        source: TlsError,
    },
    /// A name that no source has.
    #[error("there is no source `{name}`")]
    NoSuchSource {
        /// The name.
        name: String,
    },
    /// Two sources that write one file.
    #[error("`{one}` and `{other}` both write `{path}`")]
    SharedPath {
        /// One source.
        one: String,
        /// Another.
        other: String,
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A folder that cannot be sealed.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A source that writes into the folder of another.
    #[error("`{one}` gives all that is in `{path}`, and `{other}` writes there too")]
    SharedFolder {
        /// The source with the folder.
        one: String,
        /// Another.
        other: String,
        /// The folder.
        path: PathBuf,
    },
    /// One item that two sources would give.
    #[error("`{one}` and `{other}` both give the item `{id}`")]
    SharedId {
        /// One source.
        one: String,
        /// Another.
        other: String,
        /// The item.
        id: String,
    },
    /// A file that another has to be a folder for.
    #[error("`{one}` writes the file `{path}`, and `{other}` would write into it")]
    FileAsFolder {
        /// The source of the file.
        one: String,
        /// The other.
        other: String,
        /// The file.
        path: PathBuf,
    },
    /// Something that no source gave stands where a file is to be.
    #[error("cannot write `{path}`: {reason}")]
    Obstructed {
        /// The file.
        path: PathBuf,
        /// What it is.
        reason: String,
    },
    /// Files that a key would sign, and that nobody collected.
    #[error(
        "`{folder}` holds what no source gave and this key has not signed before: {}",
        listed(paths)
    )]
    Unvouched {
        /// The folder.
        folder: PathBuf,
        /// The files, sorted.
        paths: Vec<String>,
    },
    /// A file that cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Most files that a message names.
const TOLD_MAX: usize = 20;

fn listed(paths: &[String]) -> String {
    let told = paths.iter().take(TOLD_MAX).map(|path| format!("`{path}`"));
    let told = told.collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(TOLD_MAX) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// One file that a source gives.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The source's name.
    pub name: String,
    /// The evidence folder.
    pub folder: PathBuf,
    /// The file, relative to it.
    pub path: String,
    /// A folder in it whose imported files are those that came with this one, and no others.
    pub whole: Option<String>,
    /// Its bytes, as received; none where nothing was.
    pub bytes: Vec<u8>,
    /// What the item is to be; content that does not match is an error.
    pub kind: Option<Kind>,
    /// The mapping that takes its facts out of it.
    pub map: Option<Mapping>,
    /// When it was obtained; its content says so where this does not.
    pub collected_at: Option<Timestamp>,
    /// How long after it was obtained it may be used.
    pub valid_for: Option<std::time::Duration>,
    /// How it came.
    pub method: Method,
    /// Where from.
    pub source: Option<Source>,
    /// Why it cannot be relied on.
    pub fault: Option<String>,
    /// Whether its source lists the others in it.
    pub is_list: bool,
    /// What is to be taken out of it before it is written.
    pub redact: Vec<Rule>,
    /// Why it is partial at best.
    pub gap: Option<String>,
    /// What was taken out of it.
    pub redactions: Vec<Redaction>,
}
