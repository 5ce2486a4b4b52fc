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
    /// Where to; standard output by default
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Ledger folder
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "FOLDER")]
    pub ledger: Option<PathBuf>,
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
}
