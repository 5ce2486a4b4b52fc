//! Arguments of the commands that make evidence or look at it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `assize seal`
#[derive(Debug, Args)]
pub struct Seal {
    /// Evidence folder
    pub folder: PathBuf,
    /// What the evidence is about, as name@sha256:…
    #[arg(long, value_name = "NAME@sha256:HEX")]
    pub subject: Vec<String>,
    /// Environment of the subjects, such as production
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Collection time for items that do not carry their own: `now`, or as 2026-11-23T13:00:00Z
    #[arg(long, value_name = "TIME")]
    pub collected_at: Option<String>,
    /// Key that signs the manifest: a file, or `env://NAME`
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Sign the manifest that is there, too, instead of sealing
    #[arg(long, requires = "key", conflicts_with_all = ["subject", "environment", "collected_at"])]
    pub add_signature: bool,
}

/// `assize collect`
#[derive(Debug, Args)]
pub struct Collect {
    /// Only these sources; repeatable
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Evidence folder of sources that name none
    #[arg(long, short, env = "ASSIZE_EVIDENCE", value_name = "FOLDER")]
    pub evidence: Option<PathBuf>,
    /// Longest time for all sources together, as 90s
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    pub time_limit: String,
    /// Most sources at once
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    pub parallel: usize,
    /// Collect as things stood at this instant, as 2026-11-23T13:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Key that signs what is sealed: a file, or `env://NAME`
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// `assize evidence`
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// List the items of a folder, with how far each can be relied on
    List(EvidenceList),
    /// Show an item as policies see it
    Show(EvidenceShow),
    /// Read files as the kinds that they are, and say what is wrong
    Validate(EvidenceValidate),
    /// Print the JSON Schema of a kind's facts, or list the kinds
    Schema(EvidenceSchema),
}

/// `assize evidence list`
#[derive(Debug, Args)]
pub struct EvidenceList {
    /// Evidence folder
    pub folder: Option<PathBuf>,
    /// Judge at this instant, as 2026-11-23T13:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Trust policy
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize evidence show`
#[derive(Debug, Args)]
pub struct EvidenceShow {
    /// Id of the item
    pub id: String,
    /// Evidence folder
    #[arg(long, short, env = "ASSIZE_EVIDENCE", value_name = "FOLDER")]
    pub evidence: Option<PathBuf>,
    /// Judge at this instant, as 2026-11-23T13:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Trust policy
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}

/// `assize evidence validate`
#[derive(Debug, Args)]
pub struct EvidenceValidate {
    /// Files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What they are to be; otherwise what their content says
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
}

/// `assize evidence schema`
#[derive(Debug, Args)]
pub struct EvidenceSchema {
    /// Kind; all are listed where none is named
    pub kind: Option<String>,
}
