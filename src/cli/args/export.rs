//! Arguments of `assize log export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `assize log export`
#[derive(Debug, Args)]
pub struct LogExport {
    /// 0-based number of the record; the last one by default, all of them for jsonl
    #[arg(conflicts_with_all = ["from", "to"])]
    pub index: Option<u64>,
    /// Which form
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// First record, for jsonl and sigstore-bundle (one a line)
    #[arg(long, value_name = "INDEX")]
    pub from: Option<u64>,
    /// Record to stop before
    #[arg(long, value_name = "INDEX")]
    pub to: Option<u64>,
    /// Where to; standard output by default. A folder for tiles
    #[arg(long, short, value_name = "PATH", required_if_eq("format", "tiles"))]
    pub output: Option<PathBuf>,
    /// Ledger folder
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "FOLDER")]
    pub ledger: Option<PathBuf>,
    #[command(flatten)]
    pub summary: SummaryArgs,
}

/// What a verification summary takes besides the record.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of --format vsa")]
pub struct SummaryArgs {
    /// Who answers for the summary
    #[arg(long, value_name = "URI", required_if_eq("format", "vsa"))]
    pub verifier_id: Option<String>,
    /// Where consumers fetch what was judged
    #[arg(long, value_name = "URI", required_if_eq("format", "vsa"))]
    pub resource_uri: Option<String>,
    /// What the policies are called; made of the gate's name by default
    #[arg(long, value_name = "URI")]
    pub policy_uri: Option<String>,
    /// Say PASSED of an allow although this bent it: as-of, override or namespaces; repeatable
    #[arg(long, value_name = "KIND", value_parser = ["as-of", "override", "namespaces"])]
    pub accept: Vec<String>,
    /// Key that signs the summary: a file, or `env://NAME`
    #[arg(long, env = "ASSIZE_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: Option<String>,
    /// Trust policy that the record must hold by
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}

/// Forms that other tools read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Sigstore bundle v0.3, which cosign 3 and @sigstore/verify read
    SigstoreBundle,
    /// The record's envelope as it is
    Dsse,
    /// in-toto bundle (.intoto.jsonl): one envelope a line
    Jsonl,
    /// SLSA verification summary of a gate's record, which is verified first; signed anew
    Vsa,
    /// The whole ledger as a tiled log with entry bundles, to be served over HTTP
    Tiles,
}

impl SummaryArgs {
    /// Returns an option that was given and that only a summary takes.
    pub fn given(&self) -> Option<&'static str> {
        [
            ("--verifier-id", self.verifier_id.is_some()),
            ("--resource-uri", self.resource_uri.is_some()),
            ("--policy-uri", self.policy_uri.is_some()),
            ("--accept", !self.accept.is_empty()),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }
}
