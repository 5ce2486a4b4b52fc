//! Arguments of the commands that make evidence or look at it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Sources;

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
    /// Read this item by a mapping, as a `json-map`; repeatable
    #[arg(long, value_name = "ITEM=FILE")]
    pub map: Vec<String>,
    /// Key that signs the manifest: a file, `env://NAME` or `signer:NAME`
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Sign the manifest that is there, too, instead of sealing
    #[arg(long, requires = "key", conflicts_with_all = ["subject", "environment", "collected_at", "map"])]
    pub add_signature: bool,
}

/// `assize collect`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Collect {
    #[command(subcommand)]
    pub command: Option<CollectCommand>,
    #[command(flatten)]
    pub sources: CollectSources,
}

/// What else there is to collect.
#[derive(Debug, Subcommand)]
pub enum CollectCommand {
    /// Run a command, and make evidence of how it ended and what it wrote
    Run(CollectRun),
}

/// `assize collect run`
#[derive(Debug, Args)]
pub struct CollectRun {
    /// Name of the evidence; that of the program by default
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Evidence folder
    #[arg(long, short, env = "ASSIZE_EVIDENCE", value_name = "FOLDER")]
    pub evidence: Option<PathBuf>,
    /// File that the command writes, which becomes evidence too; repeatable
    #[arg(long, value_name = "PATH")]
    pub file: Vec<String>,
    /// Keep standard output as a file of this name
    #[arg(long, value_name = "NAME")]
    pub stdout: Option<String>,
    /// Read what it writes by this mapping, as a `json-map`
    #[arg(long, value_name = "FILE")]
    pub map: Option<String>,
    /// Name in the environment whose value is recorded; repeatable
    #[arg(long, value_name = "NAME")]
    pub env: Vec<String>,
    /// What the tool says of its version
    #[arg(long, value_name = "TEXT")]
    pub tool_version: Option<String>,
    /// Longest time, as 90s; then it is killed with all that it started
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub time_limit: String,
    /// Key that signs what is sealed: a file, `env://NAME` or `signer:NAME`
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Exit with the command's own code once the evidence is there
    #[arg(long)]
    pub propagate: bool,
    /// Program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub run: Vec<String>,
}

/// A run over the sources in the settings.
#[derive(Debug, Args)]
pub struct CollectSources {
    /// Show what runs need of evidence, what of it is there and what collects it; ask nothing
    #[arg(long, conflicts_with_all = ["only", "key", "disclosures"])]
    pub plan: bool,
    /// With --plan: a gate, `triggers` or `readiness`, instead of all; repeatable
    #[arg(long = "for", value_name = "NAME", requires = "plan")]
    pub plan_for: Vec<String>,
    /// With --plan: text or json
    #[arg(
        long,
        short,
        value_name = "FORMAT",
        default_value = "text",
        requires = "plan"
    )]
    pub output: String,
    /// With --plan: policies
    #[command(flatten)]
    pub policies: Sources,
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
    /// Key that signs what is sealed: a file, `env://NAME` or `signer:NAME`
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// New file to keep in private, with what `redact` in the settings takes out
    #[arg(long, value_name = "FILE")]
    pub disclosures: Option<PathBuf>,
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
    /// Take values out of an item, each of which leaves a salted digest behind
    Redact(EvidenceRedact),
    /// Show that a bundle commits to values that were taken out of it
    Disclosed(EvidenceDisclosed),
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
    /// Read them by this mapping, and print the facts
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    pub map: Option<PathBuf>,
}

/// `assize evidence redact`
#[derive(Debug, Args)]
pub struct EvidenceRedact {
    /// Evidence folder, which is sealed
    pub folder: PathBuf,
    /// Id of the item
    pub id: String,
    /// What to take out, as /items/*/token, where * is any name or index; repeatable
    #[arg(long, required = true, value_name = "POINTER")]
    pub pointer: Vec<String>,
    /// Why; stands in the manifest
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// New file to keep in private, with what is taken out; lost where none is named
    #[arg(long, value_name = "FILE")]
    pub disclosures: Option<PathBuf>,
    /// The folder is signed, and its signature, which is not that of what is left, goes
    #[arg(long)]
    pub drop_signature: bool,
}

/// `assize evidence disclosed`
#[derive(Debug, Args)]
pub struct EvidenceDisclosed {
    /// Evidence folder
    pub folder: PathBuf,
    /// File of disclosures
    pub disclosures: PathBuf,
}

/// `assize evidence schema`
#[derive(Debug, Args)]
pub struct EvidenceSchema {
    /// Kind; all are listed where none is named
    pub kind: Option<String>,
}
