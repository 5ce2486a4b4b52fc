//! `[[timestamp-authority]]` in `trust.toml`: who is trusted to tell the time.
//!
//! ```toml
//! [[timestamp-authority]]
//! name = "tsa-2026"
//! ca = "trust/tsa-2026.pem"     # its root certificates, relative to this file
//! ```
//!
//! Only read here: what certificates are is not this module's business.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::TrustError;

/// Most bytes in a file of certificates.
const SIZE_MAX: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireAuthority {
    name: String,
    ca: PathBuf,
}

/// An authority, by the PEM of its root certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedAuthority {
    /// What the policy calls it.
    pub name: String,
    /// The file as it was read.
    pub pem: Vec<u8>,
}

impl WireAuthority {
    /// Reads the file that is named, relative to `folder`.
    pub(super) fn load(self, folder: &Path) -> Result<TrustedAuthority, TrustError> {
        let conflict = |reason: &str| TrustError::Conflict {
            name: self.name.clone(),
            reason: reason.to_owned(),
        };
        if self.name.is_empty() {
            return Err(conflict("needs a name"));
        }
        let path = folder.join(&self.ca);
        let pem = std::fs::read(&path).map_err(|source| TrustError::Io { path, source })?;
        if pem.len() > SIZE_MAX {
            return Err(conflict("names a file of more than 1 MiB"));
        }
        Ok(TrustedAuthority {
            name: self.name,
            pem,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::TrustPolicy;
    use super::*;

    fn load(text: &str) -> Result<TrustPolicy, TrustError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), b"pem").unwrap();
        let path = folder.path().join("trust.toml");
        std::fs::write(&path, text).unwrap();
        TrustPolicy::load(&path)
    }

    #[test]
    fn authorities_are_read_beside_keys_and_alone() {
        let policy = load("[[timestamp-authority]]\nname = 'a'\nca = 'ca.pem'\n").unwrap();
        let [authority] = policy.authorities() else {
            panic!("{policy:?}");
        };
        assert_eq!(
            (authority.name.as_str(), authority.pem.as_slice()),
            ("a", &b"pem"[..])
        );
        assert!(load("key = []\n").unwrap().authorities().is_empty());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in [
            "",
            "[[timestamp-authority]]\nname = 'a'\n",
            "[[timestamp-authority]]\nname = ''\nca = 'ca.pem'\n",
            "[[timestamp-authority]]\nname = 'a'\nca = 'none.pem'\n",
            "[[timestamp-authority]]\nname = 'a'\nca = 'ca.pem'\nurl = 'x'\n",
            "[[timestamp-authority]]\nname = 'a'\nca = 'ca.pem'\n\
             [[timestamp-authority]]\nname = 'a'\nca = 'ca.pem'\n",
        ] {
            assert!(load(text).is_err(), "{text}");
        }
    }
}
