//! Where things are: flag before environment before `assize.toml` before default.
//! (clap has merged flag and environment already.)

use std::path::{Path, PathBuf};

use super::config::Config;
use super::error::CliError;
use super::keys;
use super::location::Location;
use crate::signing::trust::TrustedKey;
use crate::signing::{Role, TrustPolicy, keyfile};

/// Default ledger folder.
const LEDGER: &str = ".assize/ledger";
/// Default trust policy, used when it is there.
const TRUST: &str = "trust.toml";

/// Returns where the ledger is.
///
/// # Errors
/// A URL of something that cannot hold a ledger.
pub fn ledger(flag: Option<&PathBuf>, config: &Config) -> Result<Location, CliError> {
    match (flag, &config.ledger) {
        (Some(path), _) => Location::parse(path, Path::to_owned),
        (None, Some(path)) => Location::parse(path, |path| config.resolve(path)),
        (None, None) => Ok(Location::Folder(config.resolve(Path::new(LEDGER)))),
    }
}

/// Returns the trust policy that flag or settings name, or the one that lies there.
///
/// # Errors
/// A policy that cannot be used, and a named one that is not there.
pub fn trust(flag: Option<&PathBuf>, config: &Config) -> Result<Option<TrustPolicy>, CliError> {
    let (path, named) = trust_file(flag, config);
    if named || path.exists() {
        Ok(Some(TrustPolicy::load(&path)?))
    } else {
        Ok(None)
    }
}

/// Returns where the trust policy is, and whether somebody said so.
pub fn trust_file(flag: Option<&PathBuf>, config: &Config) -> (PathBuf, bool) {
    match (flag, &config.trust) {
        (Some(path), _) => (path.clone(), true),
        (None, Some(path)) => (config.resolve(path), true),
        (None, None) => (config.resolve(Path::new(TRUST)), false),
    }
}

/// What `verify` trusts, and why.
#[derive(Debug)]
pub struct Trusted {
    /// The keys.
    pub policy: TrustPolicy,
    /// Where they come from, for people.
    pub source: String,
}

/// Returns the keys that may sign records and checkpoints: those given, else the trust
/// policy's, else this machine's own development key.
///
/// # Errors
/// Unreadable keys and trust policies.
pub fn verifier_trust(
    keys: &[PathBuf],
    flag: Option<&PathBuf>,
    config: &Config,
) -> Result<Trusted, CliError> {
    let roles = [Role::Record, Role::Checkpoint];
    if !keys.is_empty() {
        let mut named = Vec::new();
        for path in keys {
            named.push((path.display().to_string(), keyfile::load_public(path)?));
        }
        let named: Vec<_> = named
            .iter()
            .map(|(name, key)| (name.as_str(), *key))
            .collect();
        let policy = TrustPolicy::of_keys(&named, &roles)?;
        let source = source("the keys given", &policy, config);
        return Ok(Trusted { policy, source });
    }
    let policy = trust(flag, config)?.unwrap_or_default();
    if policy.keys(Role::Record).next().is_some() {
        let source = source("the trust policy", &policy, config);
        return Ok(Trusted { policy, source });
    }
    if flag.is_none()
        && let Some(key) = keys::development_public(config)?
    {
        let policy = TrustPolicy::of_keys(&[(keys::DEVELOPMENT, key)], &roles)?;
        let source = "this machine's own development key, which proves nothing to others";
        return Ok(Trusted {
            policy,
            source: source.into(),
        });
    }
    Ok(Trusted {
        policy,
        source: "no key".into(),
    })
}

/// Says so where a key is trusted that proves nothing to others.
fn source(given: &str, policy: &TrustPolicy, config: &Config) -> String {
    let own = keys::development_public(config).ok().flatten();
    let is_own = |key: &TrustedKey| own.as_ref() == Some(key.key());
    let mut signers = policy
        .keys(Role::Record)
        .chain(policy.keys(Role::Checkpoint));
    if signers.any(is_own) {
        return format!(
            "{given}, among them this machine's own development key, which proves nothing to others"
        );
    }
    given.to_owned()
}
