//! Arguments of `assize log` that make it talk to others.

use std::path::PathBuf;

use clap::Args;

/// `assize log anchor`
#[derive(Debug, Args)]
pub struct LogAnchor {
    /// Witness policy (c2sp.org/tlog-policy): whose cosignatures count, and whom to ask
    #[arg(long, env = "ASSIZE_WITNESSES", value_name = "FILE")]
    pub witnesses: Option<PathBuf>,
    /// Witness to ask, by its submission prefix, instead of all of the policy's; repeatable
    #[arg(long, value_name = "URL")]
    pub witness: Vec<String>,
    /// Verifier key of a witness, where no policy has it; repeatable
    #[arg(long, value_name = "VKEY", requires = "witness")]
    pub witness_key: Vec<String>,
    /// Time-stamping authority to ask (RFC 3161); repeatable
    #[arg(long, value_name = "URL")]
    pub tsa: Vec<String>,
    /// Root certificates of authorities, as PEM, besides those of the trust policy; repeatable
    #[arg(long, value_name = "FILE")]
    pub tsa_ca: Vec<PathBuf>,
    /// Trust policy
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Ledger folder
    #[arg(long, env = "ASSIZE_LEDGER", value_name = "FOLDER")]
    pub ledger: Option<PathBuf>,
    /// text or json
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: String,
}
