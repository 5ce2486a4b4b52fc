//! The arguments of `assize keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `assize keys`
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a key pair
    Generate(KeyGenerate),
    /// List key pairs with their fingerprints
    List,
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
