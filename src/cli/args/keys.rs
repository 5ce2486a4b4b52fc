//! The arguments of `assize keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[cfg(feature = "engine")]
use super::Place;
use crate::signing::Role;

/// `assize keys`
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a key pair
    Generate(KeyGenerate),
    /// List key pairs with their fingerprints
    List,
    /// Hand over to a new key: the old one announces it in the ledger, then trust.toml says so
    #[cfg(feature = "engine")]
    Rotate(KeyRotate),
    /// End the indexes for which a key may sign records and checkpoints
    Revoke(KeyRevoke),
    /// The keys in trust.toml
    #[command(subcommand)]
    Trust(KeyTrust),
    /// Show one key pair's public half
    Show(KeyName),
    /// Write a public key as PEM
    Export(KeyExport),
}

/// One key.
#[derive(Debug, Args)]
pub struct KeyName {
    /// Name of the key pair in .assize/keys
    #[arg(default_value = "development")]
    pub name: String,
}

/// `assize keys generate`
#[derive(Debug, Args)]
pub struct KeyGenerate {
    #[command(flatten)]
    pub key: KeyName,
    /// Encrypt the private key with the passphrase that `ASSIZE_KEY_PASSPHRASE` holds, that is
    /// in the file `ASSIZE_KEY_PASSPHRASE_FILE` names, or that is typed at the terminal
    #[arg(long)]
    pub encrypt: bool,
}

/// `assize keys export`
#[derive(Debug, Args)]
pub struct KeyExport {
    #[command(flatten)]
    pub key: KeyName,
    /// Where to; standard output by default
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `assize keys rotate`
#[cfg(feature = "engine")]
#[derive(Debug, Args)]
pub struct KeyRotate {
    /// Name of the new key in trust.toml; its pair in .assize/keys is made unless it is there
    pub name: String,
    /// The new key, where it is another than that pair: a file, `env://NAME` or `signer:NAME`
    #[arg(long, value_name = "KEY")]
    pub new_key: Option<String>,
    /// Encrypt the new pair, as `keys generate --encrypt` does
    #[arg(long, conflicts_with = "new_key")]
    pub encrypt: bool,
    /// Who approved it
    #[arg(long, value_name = "NAME")]
    pub approved_by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    #[command(flatten)]
    pub place: Place,
    /// Which keys may sign
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}

/// `assize keys revoke`
#[derive(Debug, Args)]
pub struct KeyRevoke {
    /// Name of the key in trust.toml
    pub name: String,
    /// First index that it may not sign
    #[arg(long, value_name = "INDEX")]
    pub from_index: u64,
    /// Which keys may sign
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}

/// `assize keys trust`
#[derive(Debug, Subcommand)]
pub enum KeyTrust {
    /// Add a public key
    Add(TrustAdd),
    /// List the keys with what they may sign, for which indexes
    List(TrustList),
}

/// `assize keys trust add`
#[derive(Debug, Args)]
pub struct TrustAdd {
    /// Public key, as PEM
    pub file: PathBuf,
    /// What to call it
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What it may sign: record, checkpoint, waiver, declaration or evidence; repeatable
    #[arg(long, value_name = "ROLE", required = true)]
    pub role: Vec<Role>,
    /// First index that it may sign
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    pub from_index: u64,
    /// Which keys may sign
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}

/// `assize keys trust list`
#[derive(Debug, Args)]
pub struct TrustList {
    /// Which keys may sign
    #[arg(long, env = "ASSIZE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
}
