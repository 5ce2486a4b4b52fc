//! The key that signs when none is named, and the identity of a new ledger.

use std::io::Write;

use super::config::Config;
use super::error::CliError;
use super::{keys, passphrase};
use crate::digest::Digest;
use crate::ledger::Origin;
use crate::signing::{SecretKey, Signer, keyfile};

/// The key that signs, and what is known of it.
#[derive(Debug)]
pub struct SigningKey {
    /// The key.
    pub key: Signer,
    /// Whether Assize made it on first use.
    pub development: bool,
}

/// Returns the key that `reference` names, or the development key, which is made
/// on first use and then said so on `err`.
///
/// # Errors
/// Unreadable keys, keys that others can read, and folders that cannot be written.
pub fn signing_key(
    reference: Option<&str>,
    config: &Config,
    err: &mut impl Write,
) -> Result<SigningKey, CliError> {
    if let Some(reference) = reference {
        return Ok(SigningKey {
            key: named(reference, config)?,
            development: false,
        });
    }
    let path = keys::pair_path(config, keys::DEVELOPMENT);
    // Most runs find it there, and need not make a key to learn that.
    if path.exists() {
        let key = keyfile::load(&path, &passphrase::ask)?;
        return Ok(SigningKey {
            key: key.into(),
            development: true,
        });
    }
    let mut key = SecretKey::generate()?;
    if keys::store(&path, &key, None)? {
        let _ = writeln!(
            err,
            "made a development key, {}: for trying things out; it proves nothing to others",
            path.display()
        );
    } else {
        // Another process was first; its key is as good.
        key = keyfile::load(&path, &passphrase::ask)?;
        keyfile::store_new_public(&keyfile::public_path(&path), &key.public())?;
    }
    Ok(SigningKey {
        key: key.into(),
        development: true,
    })
}

/// Returns the key that `reference` names.
///
/// # Errors
/// Keys that cannot be used.
pub fn named(reference: &str, _config: &Config) -> Result<Signer, CliError> {
    Ok(keyfile::load_reference(reference, &passphrase::ask)?)
}

/// Returns the identity of a ledger that is yet to be made: the configured one, or one
/// that no other ledger has.
///
/// # Errors
/// An origin that a checkpoint cannot carry.
pub fn origin(config: &Config) -> Result<Origin, CliError> {
    let text = if let Some(text) = &config.origin {
        text.clone()
    } else {
        // A fresh public key is as good as any 32 random bytes.
        let random = Digest::of(SecretKey::generate()?.public().as_bytes());
        format!("assize.local/{}", random.short())
    };
    Ok(text.parse()?)
}
