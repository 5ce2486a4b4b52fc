//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::terminal::Color;

#[cfg(feature = "engine")]
mod evidence;
mod export;
#[cfg(feature = "engine")]
mod governance;
mod keys;
#[cfg(feature = "engine")]
mod log;

#[cfg(feature = "engine")]
pub use evidence::{
    Collect, CollectCommand, CollectRun, CollectSources, Evidence, EvidenceDisclosed, EvidenceList,
    EvidenceRedact, EvidenceShow, EvidenceValidate, Seal,
};

pub use export::{ExportFormat, LogExport};

#[cfg(feature = "engine")]
pub use log::LogAnchor;

#[cfg(feature = "engine")]
pub use governance::{
    Baseline, BaselineSet, BaselineShow, Declare, Readiness, Review, ReviewHold, ReviewStatus,
};

#[cfg(feature = "engine")]
pub use keys::KeyRotate;
pub use keys::{KeyGenerate, KeyRevoke, KeyTrust, Keys, TrustAdd, TrustList};

/// Weighs evidence against policy and signs the verdict.
#[derive(Debug, Parser)]
#[command(name = "assize", version, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Settings file
    #[arg(
        long,
        short = 'c',
        global = true,
        env = "ASSIZE_CONFIG",
        value_name = "FILE"
    )]
    pub config: Option<PathBuf>,
    /// When to colour
    #[arg(long, global = true, env = "ASSIZE_COLOR", value_enum, default_value_t)]
    pub color: Color,
    /// No progress, and of the text report only the last line
    #[arg(long, short = 'q', global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 allow or verified, 1 deny or something is wrong, \
2 could not run, 3 inconclusive or cannot be verified with what was given.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the files that a new repository starts from
    Init(Init),
    /// Seal an evidence folder: write its bundle.json
    #[cfg(feature = "engine")]
    Seal(Seal),
    /// Look at evidence
    #[cfg(feature = "engine")]
    #[command(subcommand)]
    Evidence(Evidence),
    /// Ask other systems for evidence, and seal what they say
    #[cfg(feature = "engine")]
    Collect(Collect),
    /// Make a declaration and sign it, or add a signature to one
    #[cfg(feature = "engine")]
    Declare(Declare),
    /// Evaluate a gate over evidence, record the verdict, answer
    #[cfg(feature = "engine")]
    Gate(Gate),
    /// Evaluate every trigger, record where each stands, show what is due
    #[cfg(feature = "engine")]
    Triggers(Triggers),
    /// Evaluate the prerequisites of a phase, record the answer, show what is missing
    #[cfg(feature = "engine")]
    Readiness(Readiness),
    /// Hold a review of the triggers, or look at the schedule
    #[cfg(feature = "engine")]
    #[command(subcommand)]
    Review(Review),
    /// Look at baselines, or change one with a record
    #[cfg(feature = "engine")]
    #[command(subcommand)]
    Baseline(Baseline),
    /// Look at policies
    #[cfg(feature = "engine")]
    #[command(subcommand)]
    Policy(Policy),
    /// Look at the ledger
    #[command(subcommand)]
    Log(Log),
    /// Verify a ledger: every signature, the chain, the tree, every blob
    Verify(Box<Verify>),
    /// Manage signing keys
    #[command(subcommand)]
    Keys(Keys),
    /// Evaluate one request from standard input (used by Assize itself)
    #[cfg(feature = "engine")]
    #[command(hide = true)]
    EngineWorker,
}

/// `assize init`
#[derive(Debug, Args)]
pub struct Init {
    /// Where
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

/// Where policies come from.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// Folder or file of policies; repeatable
    #[arg(long, short, env = "ASSIZE_POLICY", value_name = "PATH")]
    pub policy: Vec<PathBuf>,
    /// Data file or folder, mounted at the root; repeatable
    #[arg(long, short, value_name = "PATH")]
    pub data: Vec<PathBuf>,
}

/// `assize gate`
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Gate {
    /// Gate to evaluate (default `deploy`); or files, which conftest policies then see as input
    #[arg(value_name = "NAME|FILE")]
    pub targets: Vec<PathBuf>,
    #[command(flatten)]
    pub sources: Sources,
    /// Rego package to evaluate instead of a gate, `*` matches; repeatable
    #[arg(long, short, value_name = "PACKAGE")]
    pub namespace: Vec<String>,
    /// Evaluate every package that has a verdict
    #[arg(long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// What the files are read as, whatever their names
    #[arg(long, value_name = "FORMAT")]
    pub parser: Option<String>,
    /// Folders of .proto files, for input in textproto; repeatable
    #[arg(long, value_name = "FOLDER", value_delimiter = ',')]
    pub proto_file_dirs: Vec<PathBuf>,
    /// All files as one input, a list of `path` and `contents`
    #[arg(long)]
    pub combine: bool,
    /// Evidence folder
    #[arg(long, short, env = "ASSIZE_EVIDENCE", value_name = "FOLDER")]
    pub evidence: Option<PathBuf>,
    /// Evaluate the gate over every folder in this one, a record each
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["evidence", "receipt", "subject"])]
    pub each: Option<PathBuf>,
    /// Report: text, json, or FORMAT=PATH; repeatable
    #[arg(long, short, env = "ASSIZE_OUTPUT", value_name = "FORMAT[=PATH]")]
    pub output: Vec<String>,
    /// Warnings deny
    #[arg(long, env = "ASSIZE_FAIL_ON_WARN")]
    pub fail_on_warn: bool,
    /// Waiver file
    #[arg(long, env = "ASSIZE_WAIVERS", value_name = "FILE")]
    pub waivers: Option<PathBuf>,
    /// Contract: the evidence that must be there besides what rules require
    #[arg(long, env = "ASSIZE_CONTRACT", value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// The instant that policies see, as 2026-11-23T13:00:00Z; goes into the record
    #[arg(long, env = "ASSIZE_AS_OF", value_name = "TIME")]
    pub as_of: Option<String>,
    /// Write the proof that the record is in the ledger
    #[arg(long, env = "ASSIZE_RECEIPT", value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// What is judged, as name@sha256:…, instead of what the evidence says; goes into the record
    #[arg(long, env = "ASSIZE_SUBJECT", value_name = "NAME@sha256:HEX")]
    pub subject: Vec<String>,
    #[command(flatten)]
    pub place: Place,
    /// Which keys may sign declarations
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Exit 0 whatever the verdict; the word goes into the record
    #[arg(long, env = "ASSIZE_ADVISORY")]
    pub advisory: bool,
}

/// `assize triggers`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Triggers {
    #[command(subcommand)]
    pub command: Option<TriggersCommand>,
    #[command(flatten)]
    pub run: TriggersRun,
}

/// What else there is to do with triggers.
#[derive(Debug, Subcommand)]
pub enum TriggersCommand {
    /// Show one trigger in full, as it was last recorded
    Explain(TriggersExplain),
}

/// A run over the triggers.
#[derive(Debug, Args)]
pub struct TriggersRun {
    #[command(flatten)]
    pub sources: Sources,
    /// Evidence folder
    #[arg(long, short, env = "ASSIZE_EVIDENCE", value_name = "FOLDER")]
    pub evidence: Option<PathBuf>,
    /// Report: text, json, markdown, html, or FORMAT=PATH; repeatable
    #[arg(long, short, env = "ASSIZE_OUTPUT", value_name = "FORMAT[=PATH]")]
    pub output: Vec<String>,
    /// Contract: the evidence that must be there besides what rules require
    #[arg(long, env = "ASSIZE_CONTRACT", value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// The instant that policies see, as 2026-11-23T13:00:00Z; goes into the record
    #[arg(long, env = "ASSIZE_AS_OF", value_name = "TIME")]
    pub as_of: Option<String>,
    #[command(flatten)]
    pub place: Place,
    /// Which keys may sign declarations
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Exit 1 when a trigger fired, 3 when one is unknown or unmeasured, instead of 0
    #[arg(long)]
    pub exit_code: bool,
    /// Exit 1 when a trigger that fired is overdue, 3 when that cannot be told
    #[arg(long)]
    pub fail_on_overdue: bool,
}

/// `assize triggers explain`
#[derive(Debug, Args)]
pub struct TriggersExplain {
    /// Id of the trigger, such as sla.coordination-latency
    pub id: String,
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
    /// Draw in ASCII
    #[arg(long)]
    pub ascii: bool,
}

/// Where records go, and who signs them.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
    /// Key that signs: a file, `env://NAME` or `signer:NAME`
    #[arg(long, env = "ASSIZE_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: Option<String>,
}

/// `assize policy`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Report what would pass silently, or differ between engines
    Lint(Sources),
    /// List rules with what they require
    List(List),
    /// Run the tests of policies
    Test(Test),
    /// Everything about one rule: METADATA, what it reads, its tests, its last results
    Explain(Explain),
}

/// `assize policy explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// Id of the rule, or its package
    pub rule: String,
    #[command(flatten)]
    pub sources: Sources,
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
    /// How many results to look for
    #[arg(long, default_value_t = 5, value_name = "COUNT")]
    pub last: usize,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize policy test`
#[derive(Debug, Args)]
pub struct Test {
    #[command(flatten)]
    pub sources: Sources,
    /// Only tests whose name holds this; `*` stands for any text
    #[arg(long, short, value_name = "PATTERN")]
    pub run: Option<String>,
    /// Report which rules and lines the tests reach
    #[arg(long)]
    pub coverage: bool,
    /// Least share of rules that the tests must reach, in percent
    #[arg(long, requires = "coverage", value_name = "PERCENT", value_parser = percent)]
    pub threshold_rules: Option<f64>,
    /// Least share of lines that the tests must reach, in percent
    #[arg(long, requires = "coverage", value_name = "PERCENT", value_parser = percent)]
    pub threshold_lines: Option<f64>,
    /// Report: text, json, junit, or FORMAT=PATH; repeatable
    #[arg(long, short, value_name = "FORMAT[=PATH]")]
    pub output: Vec<String>,
    /// The instant that `time.now_ns()` tells, instead of 2026-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Every test, with its time and whole values
    #[arg(long, short)]
    pub verbose: bool,
    /// Run again whenever a file changes, until ctrl-c
    #[arg(long)]
    pub watch: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 100".into()),
    }
}

/// `assize policy list`
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub sources: Sources,
    /// Only Rego packages that match: `*` within a part of the name, `**` across; repeatable
    #[arg(long, short, value_name = "PACKAGE")]
    pub namespace: Vec<String>,
    /// text, json or markdown
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize log`
#[derive(Debug, Subcommand)]
pub enum Log {
    /// One line per record
    List(LogArgs),
    /// One record with its decision, or one of its documents as bytes
    Show(LogShow),
    /// Size, last record and checkpoint
    Head(LogHead),
    /// Write the proof that a record is in the ledger, or that the ledger only grew
    Prove(LogProve),
    /// Write records in the forms that other tools read
    Export(LogExport),
    /// Have witnesses cosign the checkpoint, and authorities stamp it with the time
    #[cfg(feature = "engine")]
    Anchor(LogAnchor),
}

/// Which ledger.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize log head`
#[derive(Debug, Args)]
pub struct LogHead {
    /// Public key of the checkpoint: show it as the verifier key that witnesses are given
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    #[command(flatten)]
    pub place: LogArgs,
}

/// `assize log show`
#[derive(Debug, Args)]
pub struct LogShow {
    /// 0-based number of the record; the last one by default
    pub index: Option<u64>,
    /// Write one document as it is: envelope, payload, decision, input, bundle, bundle-signature, policies, data, waivers, trust or contract; of an act, document or what else its digests name
    #[arg(long, value_name = "NAME")]
    pub document: Option<String>,
    #[command(flatten)]
    pub place: LogArgs,
}

/// `assize log prove`
#[derive(Debug, Args)]
pub struct LogProve {
    /// 0-based number of the record; the last one by default
    #[arg(conflicts_with = "from")]
    pub index: Option<u64>,
    /// Prove instead that the ledger continues what it was at this many records
    #[arg(long, value_name = "SIZE")]
    pub from: Option<u64>,
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
}

/// `assize verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(conflicts_with_all = ["receipt", "growth"])]
    pub ledger: Option<PathBuf>,
    /// Verify a receipt instead of a ledger
    #[arg(long, value_name = "FILE", conflicts_with_all = ["since", "growth"])]
    pub receipt: Option<PathBuf>,
    /// Fail unless the receipt's record allows this, as sha256:… or NAME@sha256:…
    #[arg(long, value_name = "SUBJECT", requires = "receipt")]
    pub allows: Option<String>,
    /// And unless it is a decision of this gate
    #[arg(long, value_name = "NAME", requires = "allows")]
    pub gate: Option<String>,
    /// And unless it was made by the policies with this digest, as sha256:…
    #[arg(long, value_name = "DIGEST", requires = "allows")]
    pub policy: Option<String>,
    /// And unless these policies had the data with this digest, as sha256:…
    #[arg(long, value_name = "DIGEST", requires = "allows")]
    pub data: Option<String>,
    /// And unless it was made, of an instant, no longer ago than this, as 24h
    #[arg(long, value_name = "DURATION", requires = "allows")]
    pub max_age: Option<String>,
    /// The instant that --max-age counts back from, instead of now
    #[arg(long, value_name = "INSTANT", requires = "max_age")]
    pub as_of: Option<String>,
    /// Take an allow although this bent it: as-of, override or namespaces; repeatable
    #[arg(long, value_name = "KIND", requires = "allows", value_parser = ["as-of", "override", "namespaces"])]
    pub accept: Vec<String>,
    /// Verify instead, by what `assize log prove --from` wrote, that a ledger continues the checkpoint of --since
    #[arg(long, value_name = "FILE", requires = "since")]
    pub growth: Option<PathBuf>,
    /// Trust policy
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Public key to trust for records and checkpoints; repeatable
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    pub key: Vec<PathBuf>,
    /// A checkpoint kept elsewhere, which this ledger must extend
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Read only the records after --since: those before it rest on whoever verified them then
    #[arg(long, requires = "since", conflicts_with_all = ["growth", "witnesses", "tsa_ca"])]
    pub incremental: bool,
    /// Witness policy (c2sp.org/tlog-policy), whose quorum must have cosigned
    #[arg(long, value_name = "FILE", conflicts_with = "growth")]
    pub witnesses: Option<PathBuf>,
    /// Root certificates of time-stamping authorities, as PEM: every record needs a time stamp; repeatable
    #[arg(long, value_name = "FILE", conflicts_with_all = ["receipt", "growth"])]
    pub tsa_ca: Vec<PathBuf>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}
