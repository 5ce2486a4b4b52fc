//! The trust policy: which key may sign what, for which ledger indexes.
//!
//! ```toml
//! [[key]]
//! name = "gate-2026"
//! public_key = "trust/gate-2026.pub.pem"   # relative to this file
//! roles = ["record", "checkpoint"]
//! from_index = 0
//! until_index = 4812                       # exclusive; absent: still valid
//! ```
//!
//! TRUST: validity is bounded by ledger index, not by time: the order of records is
//! provable, the clock of whoever signed them is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

use super::keyfile::{self, KeyFileError};
use super::{KeyError, KeyId, PublicKey};
use crate::json::{self, Limits, Value, json};

mod authority;
pub mod edit;

pub use authority::TrustedAuthority;

/// `schema` of [`TrustPolicy::document`] where keys sign declarations only.
const DECLARATION_SCHEMA: &str = "assize/trusted-keys/v1";
/// The same, where keys sign evidence too.
const EVIDENCE_SCHEMA: &str = "assize/trusted-keys/v2";

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Ledger records.
    Record,
    /// Ledger checkpoints.
    Checkpoint,
    /// Waivers.
    Waiver,
    /// Declarations.
    Declaration,
    /// Bundles and attestations.
    Evidence,
}

/// Which keys may sign what.
#[derive(Debug, Clone, Default)]
pub struct TrustPolicy {
    keys: Vec<TrustedKey>,
    authorities: Vec<TrustedAuthority>,
}

/// One key of a trust policy.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    name: String,
    key: PublicKey,
    key_id: KeyId,
    roles: BTreeSet<Role>,
    indexes: Range<u64>,
}

/// A trust policy that cannot be read, or a key it does not trust.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a trust policy.
    #[error("`{path}`: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A key's PEM cannot be read.
    #[error("`{path}`: key `{name}`")]
    Key {
        /// The trust file.
        path: PathBuf,
        /// The key's name.
        name: String,
        /// What is wrong with its PEM.
        source: Box<KeyFileError>,
    },
    /// Two entries say different things of one name or key.
    #[error("key `{name}`: {reason}")]
    Conflict {
        /// The later entry's name.
        name: String,
        /// What it conflicts with.
        reason: String,
    },
    /// No entry has the key.
    #[error("no key `{key_id}` is trusted")]
    Unknown {
        /// The key.
        key_id: KeyId,
    },
    /// The key is trusted for other things.
    #[error("key `{name}` is not trusted to sign {}", role.signed())]
    Role {
        /// The key's name.
        name: String,
        /// What it signed.
        role: Role,
    },
    /// The key is trusted for other indexes.
    #[error("key `{name}` is not trusted to sign {} at index {index}", role.signed())]
    Index {
        /// The key's name.
        name: String,
        /// What it signed.
        role: Role,
        /// The index it signed.
        index: u64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    key: Option<Vec<WireKey>>,
    #[serde(default, rename = "timestamp-authority")]
    authorities: Vec<authority::WireAuthority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKey {
    name: String,
    public_key: PathBuf,
    roles: BTreeSet<Role>,
    #[serde(default)]
    from_index: u64,
    until_index: Option<u64>,
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [
            Self::Record,
            Self::Checkpoint,
            Self::Waiver,
            Self::Declaration,
            Self::Evidence,
        ];
        let found = all.into_iter().find(|role| role.to_string() == text);
        found.ok_or_else(|| {
            let names: Vec<_> = all.iter().map(ToString::to_string).collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "record",
            Self::Checkpoint => "checkpoint",
            Self::Waiver => "waiver",
            Self::Declaration => "declaration",
            Self::Evidence => "evidence",
        })
    }
}

impl Role {
    /// What is signed in this role.
    const fn signed(self) -> &'static str {
        match self {
            Self::Record => "a record",
            Self::Checkpoint => "a checkpoint",
            Self::Waiver => "a waiver",
            Self::Declaration => "a declaration",
            Self::Evidence => "evidence",
        }
    }
}

impl TrustedKey {
    /// Returns the name that the policy gives the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Returns what the key may sign.
    pub const fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// Returns the ledger indexes for which the key is trusted.
    pub const fn indexes(&self) -> &Range<u64> {
        &self.indexes
    }
}

impl TrustPolicy {
    /// Reads a trust policy and the keys it names.
    ///
    /// # Errors
    /// Unreadable files, unknown fields, weak keys, entries that conflict.
    pub fn load(path: &Path) -> Result<Self, TrustError> {
        let bytes = std::fs::read(path).map_err(|source| TrustError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes, path)
    }

    /// Reads a trust policy that lies, or is to lie, at `path`, and the keys it names.
    ///
    /// # Errors
    /// As [`TrustPolicy::load`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, TrustError> {
        let shape = |reason: String| TrustError::Shape {
            path: path.to_owned(),
            reason,
        };
        let value = json::toml::parse(bytes, Limits::AUTHORED).map_err(|e| shape(e.to_string()))?;
        let wire: Wire = json::decode(value).map_err(|e| shape(e.to_string()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let mut policy = Self::default();
        if wire.key.is_none() && wire.authorities.is_empty() {
            return Err(shape("has no `[[key]]`".to_owned()));
        }
        for entry in wire.authorities {
            let authority = entry.load(folder)?;
            if policy
                .authorities
                .iter()
                .any(|other| other.name == authority.name)
            {
                return Err(shape(format!(
                    "authority `{}`: occurs twice",
                    authority.name
                )));
            }
            policy.authorities.push(authority);
        }
        for entry in wire.key.unwrap_or_default() {
            let key = keyfile::load_public(&folder.join(&entry.public_key)).map_err(|source| {
                TrustError::Key {
                    path: path.to_owned(),
                    name: entry.name.clone(),
                    source: Box::new(source),
                }
            })?;
            let indexes = entry.from_index..entry.until_index.unwrap_or(u64::MAX);
            policy
                .add(&entry.name, key, entry.roles, indexes)
                .map_err(|error| shape(error.to_string()))?;
        }
        Ok(policy)
    }

    /// Returns who is trusted to tell the time.
    pub fn authorities(&self) -> &[TrustedAuthority] {
        &self.authorities
    }

    /// Returns a policy that trusts `keys` for `roles` at every index.
    ///
    /// # Errors
    /// Names or keys that occur twice.
    pub fn of_keys(keys: &[(&str, PublicKey)], roles: &[Role]) -> Result<Self, TrustError> {
        let mut policy = Self::default();
        for (name, key) in keys {
            policy.add(name, *key, roles.iter().copied().collect(), 0..u64::MAX)?;
        }
        Ok(policy)
    }

    /// Adds a key.
    ///
    /// # Errors
    /// A name that occurs already, a key whose roles and indexes overlap with those it
    /// has already, no role, and an empty range of indexes.
    pub fn add(
        &mut self,
        name: &str,
        key: PublicKey,
        roles: BTreeSet<Role>,
        indexes: Range<u64>,
    ) -> Result<(), TrustError> {
        let conflict = |reason: String| TrustError::Conflict {
            name: name.to_owned(),
            reason,
        };
        if name.is_empty() || roles.is_empty() {
            return Err(conflict("needs a name and at least one role".to_owned()));
        }
        if indexes.is_empty() {
            return Err(conflict(format!(
                "`until_index` {} is not after `from_index` {}",
                indexes.end, indexes.start
            )));
        }
        let key_id = key.id();
        for other in &self.keys {
            if other.name == name {
                return Err(conflict("occurs twice".to_owned()));
            }
            let apart = indexes.end <= other.indexes.start || other.indexes.end <= indexes.start;
            if other.key_id == key_id && !apart && !other.roles.is_disjoint(&roles) {
                // A revocation in one entry must not be undone by another.
                return Err(conflict(format!("is the same key as `{}`", other.name)));
            }
        }
        self.keys.push(TrustedKey {
            name: name.to_owned(),
            key,
            key_id,
            roles,
            indexes,
        });
        Ok(())
    }

    /// Returns the key with `key_id`, if it may sign as `role`, and at `index` where one is given.
    ///
    /// # Errors
    /// Keys that are unknown or trusted for other roles or indexes only.
    pub fn key(
        &self,
        key_id: &KeyId,
        role: Role,
        index: Option<u64>,
    ) -> Result<&PublicKey, TrustError> {
        let mut error = TrustError::Unknown { key_id: *key_id };
        for trusted in self.keys.iter().filter(|trusted| trusted.key_id == *key_id) {
            let name = || trusted.name.clone();
            if !trusted.roles.contains(&role) {
                if matches!(error, TrustError::Unknown { .. }) {
                    error = TrustError::Role { name: name(), role };
                }
                continue;
            }
            match index {
                Some(index) if !trusted.indexes.contains(&index) => {
                    error = TrustError::Index {
                        name: name(),
                        role,
                        index,
                    };
                }
                _ => return Ok(&trusted.key),
            }
        }
        Err(error)
    }

    /// Returns the name of the key with `key_id`, whatever it may sign.
    pub fn name(&self, key_id: &KeyId) -> Option<&str> {
        self.keys
            .iter()
            .find(|trusted| trusted.key_id == *key_id)
            .map(|trusted| trusted.name.as_str())
    }

    /// Returns the ids and keys that may sign declarations and evidence, in one form for
    /// one set of keys: what a record binds when these keys had a say in a verdict. `None`
    /// without any. Keys of declarations alone keep the form of the first version.
    ///
    /// # Errors
    /// None that is known; the encoder's type has them.
    pub fn document(&self) -> Result<Option<Value>, KeyError> {
        let declaration = self.pems(Role::Declaration)?;
        let evidence = self.pems(Role::Evidence)?;
        let role = Role::Declaration.to_string();
        Ok(match (declaration.is_empty(), evidence.is_empty()) {
            (true, true) => None,
            (false, true) => {
                Some(json!({"schema": DECLARATION_SCHEMA, "role": role, "keys": declaration}))
            }
            (_, false) => Some(json!({
                "schema": EVIDENCE_SCHEMA,
                "roles": {"declaration": declaration, "evidence": evidence},
            })),
        })
    }

    /// Id → key of all that may sign as `role`.
    fn pems(&self, role: Role) -> Result<BTreeMap<String, String>, KeyError> {
        self.keys(role)
            .map(|trusted| Ok((trusted.key_id.to_string(), trusted.key.to_pem()?)))
            .collect()
    }

    /// Returns every entry, in order.
    pub fn all(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// Returns the keys that may sign as `role`, at some index.
    pub fn keys(&self, role: Role) -> impl Iterator<Item = &TrustedKey> {
        self.keys
            .iter()
            .filter(move |trusted| trusted.roles.contains(&role))
    }
}

#[cfg(test)]
mod tests;
