//! Where a key is that signs: what names it, the key when none is named, and the identity
//! of a new ledger.

#[cfg(feature = "engine")]
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::config::{Config, SignerConfig};
use super::error::CliError;
use super::{keys, passphrase};
use crate::clock::parse_duration;
#[cfg(feature = "engine")]
use crate::digest::Digest;
#[cfg(feature = "engine")]
use crate::ledger::Origin;
use crate::report::visible;
use crate::signing::command::{CommandSigner, TIME_LIMIT};
use crate::signing::{SecretKey, Signer, keyfile};

/// The key that signs, and what is known of it.
#[derive(Debug)]
pub struct SigningKey {
    /// The key.
    pub key: Signer,
    /// Whether it is the key that Assize makes on first use.
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
        let key = named(reference, config)?;
        return Ok(SigningKey {
            development: keys::is_development(&key.public().id(), config),
            key,
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

/// What begins the name of a program that signs.
const SCHEME: &str = "signer:";

/// Returns the key that `reference` names: a file, `env://NAME`, or `signer:NAME` for a
/// program in the settings.
///
/// # Errors
/// Keys that cannot be used, and programs that the settings do not have.
pub fn named(reference: &str, config: &Config) -> Result<Signer, CliError> {
    if let Some(name) = reference.strip_prefix(SCHEME) {
        let found = config.signer.get(name);
        let found = found.ok_or_else(|| argument(reference, "the settings have no such signer"))?;
        return program(reference, found, config);
    }
    if reference.starts_with("pkcs11:") {
        return token(reference);
    }
    Ok(keyfile::load_reference(reference, &passphrase::ask)?)
}

#[cfg(feature = "pkcs11")]
fn token(uri: &str) -> Result<Signer, CliError> {
    Ok(crate::signing::pkcs11::open(uri)?)
}

#[cfg(not(feature = "pkcs11"))]
fn token(_uri: &str) -> Result<Signer, CliError> {
    Err(CliError::Argument {
        argument: "--key `pkcs11:…`".to_owned(),
        reason: "this build knows no PKCS#11: build it with `--features pkcs11`".to_owned(),
    })
}

fn program(reference: &str, settings: &SignerConfig, config: &Config) -> Result<Signer, CliError> {
    let mut argv = settings.command.iter();
    let first = argv.next().filter(|program| !program.is_empty());
    let first = first.ok_or_else(|| argument(reference, "`command` names no program"))?;
    let time_limit = settings.time_limit.as_deref().map(parse_duration);
    let time_limit = time_limit
        .transpose()
        .map_err(|error| argument(reference, &format!("time_limit: {error}")))?;
    let is_name = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
    if let Some(name) = settings.environment.iter().find(is_name) {
        let reason = format!("environment: `{name}` is no name of a variable");
        return Err(argument(reference, &reason));
    }
    let here = |path: &Path| {
        std::path::absolute(config.resolve(path)).map_err(|source| CliError::Read {
            path: path.to_owned(),
            source,
        })
    };
    let custodian = CommandSigner {
        name: reference.to_owned(),
        // A bare name is looked up; a path is seen from the settings.
        program: if first.contains('/') {
            here(Path::new(first))?.into()
        } else {
            first.into()
        },
        arguments: argv.cloned().collect(),
        directory: here(Path::new("."))?,
        environment: settings.environment.clone(),
        time_limit: time_limit.unwrap_or(TIME_LIMIT),
        tell: |line| {
            let _ = writeln!(std::io::stderr(), "{}", visible(line));
        },
    };
    let public = keyfile::load_public(&config.resolve(&settings.public_key))?;
    Ok(Signer::kept(public, Arc::new(custodian)))
}

fn argument(reference: &str, reason: &str) -> CliError {
    CliError::Argument {
        argument: format!("--key `{reference}`"),
        reason: reason.to_owned(),
    }
}

/// Names in the environment that hold a key, by `reference` or by `ASSIZE_KEY`, and what opens
/// one. Nobody whom we start is to have them.
#[cfg(feature = "engine")]
pub fn withheld(reference: Option<&str>) -> BTreeSet<String> {
    const KEY: &str = "ASSIZE_KEY";
    const PASSPHRASE: &str = "ASSIZE_KEY_PASSPHRASE";
    let named = |reference: &str| reference.strip_prefix("env://").map(str::to_owned);
    let mut names = BTreeSet::from([PASSPHRASE.to_owned()]);
    names.extend(reference.and_then(named));
    let configured = std::env::var(KEY).ok();
    if let Some(name) = configured.as_deref().and_then(named) {
        names.extend([name, KEY.to_owned()]);
    }
    names
}

/// Returns the identity of a ledger that is yet to be made: the configured one, or one
/// that no other ledger has.
///
/// # Errors
/// An origin that a checkpoint cannot carry.
#[cfg(feature = "engine")]
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
