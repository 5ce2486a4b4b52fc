//! Arguments of what people answer for: declarations, readiness, reviews, baselines.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Place, Sources};

/// `assize declare`
#[derive(Debug, Args)]
pub struct Declare {
    /// File to write; must not be there yet
    #[arg(
        long,
        short,
        value_name = "FILE",
        required_unless_present = "add_signature"
    )]
    pub output: Option<PathBuf>,
    /// Sign what is declared in this file, too, instead of making a declaration
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "id", "statement", "value", "declared_by", "declared_at", "expires_at", "details"])]
    pub add_signature: Option<PathBuf>,
    /// Name of the declaration
    #[arg(long, value_name = "TEXT")]
    pub id: Option<String>,
    /// What is declared, in words
    #[arg(long, value_name = "TEXT")]
    pub statement: Option<String>,
    /// What is declared, as policies read it: JSON, or @ and a file that holds it
    #[arg(long, value_name = "JSON|@FILE")]
    pub value: Option<String>,
    /// Who declares it
    #[arg(long, value_name = "NAME")]
    pub declared_by: Option<String>,
    /// When it was declared, as 2026-11-23T13:00:00Z; now by default
    #[arg(long, value_name = "TIME")]
    pub declared_at: Option<String>,
    /// Until when it holds
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<String>,
    /// More about it: a JSON object, or @ and a file that holds one
    #[arg(long, value_name = "JSON|@FILE")]
    pub details: Option<String>,
    /// Key that signs: a file, `env://NAME` or `signer:NAME`
    #[arg(long, env = "ASSIZE_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: String,
    /// Which keys may sign declarations
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}

/// `assize readiness`
#[derive(Debug, Args)]
pub struct Readiness {
    /// Which phase, such as phase4; all of them by default
    #[arg(value_name = "PHASE")]
    pub phase: Option<String>,
    #[command(flatten)]
    pub sources: Sources,
    /// Evidence folder
    #[arg(long, short, env = "ASSIZE_EVIDENCE", value_name = "FOLDER")]
    pub evidence: Option<PathBuf>,
    /// Report: text, json, or FORMAT=PATH; repeatable
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
}

/// `assize review`
#[derive(Debug, Subcommand)]
pub enum Review {
    /// Record the monthly review
    Monthly(ReviewHold),
    /// Record the quarterly review
    Quarterly(ReviewHold),
    /// Record the annual review
    Annual(ReviewHold),
    /// Which reviews are due, held and missed; exits 1 when one is missed
    Status(ReviewStatus),
}

/// A review that is held.
#[derive(Debug, Args)]
pub struct ReviewHold {
    /// Who attended, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub attended: Vec<String>,
    /// Who approved it
    #[arg(long, value_name = "NAME")]
    pub approved_by: String,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Which period, as 2026-10, 2026-Q4 or 2026; by default the one that is due
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// The instant as of which it is held; goes into the document
    #[arg(long, env = "ASSIZE_AS_OF", value_name = "TIME")]
    pub as_of: Option<String>,
    #[command(flatten)]
    pub sources: Sources,
    #[command(flatten)]
    pub place: Place,
    /// Which keys may have signed the ledger so far
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize review status`
#[derive(Debug, Args)]
pub struct ReviewStatus {
    #[command(flatten)]
    pub sources: Sources,
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
    /// The instant as of which to look
    #[arg(long, env = "ASSIZE_AS_OF", value_name = "TIME")]
    pub as_of: Option<String>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize baseline`
#[derive(Debug, Subcommand)]
pub enum Baseline {
    /// Every baseline, since when, and by which record
    Show(BaselineShow),
    /// Change one: a record first, then the data file
    Set(BaselineSet),
}

/// `assize baseline show`
#[derive(Debug, Args)]
pub struct BaselineShow {
    #[command(flatten)]
    pub sources: Sources,
    /// Ledger: a folder, or `s3://BUCKET/PREFIX`, `gs://…` or `az://…`
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<PathBuf>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}

/// `assize baseline set`
#[derive(Debug, Args)]
pub struct BaselineSet {
    /// Which metric
    pub metric: String,
    /// Its new baseline
    #[arg(allow_negative_numbers = true)]
    pub value: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who asks for it
    #[arg(long, value_name = "NAME")]
    pub requested_by: String,
    /// Who approves it; somebody else
    #[arg(long, value_name = "NAME")]
    pub approved_by: String,
    /// File that speaks for it; repeatable
    #[arg(long, short, value_name = "FILE")]
    pub evidence: Vec<PathBuf>,
    #[command(flatten)]
    pub sources: Sources,
    #[command(flatten)]
    pub place: Place,
    /// Which keys may have signed the ledger so far
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}
