//! Where a ledger is: what `--ledger` and `ledger =` name.
//!
//! INVARIANT: a URL is never taken for a folder. Records in a folder called `s3:` would
//! look as if they were in a bucket.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::CliError;
#[cfg(feature = "object-store")]
use crate::digest::Digest;
use crate::ledger::read::Reader;
#[cfg(feature = "object-store")]
use crate::remote::{self, Extent, Place};

/// What a ledger can be named by.
const EXPECTED: &str = if cfg!(feature = "object-store") {
    "a folder, s3://BUCKET/PREFIX, gs://… or az://…"
} else {
    "a folder: this build knows no object stores"
};
/// Folder of the copies of ledgers in object stores.
#[cfg(feature = "object-store")]
const MIRRORS: &str = ".assize/mirror";

/// Where a ledger is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder on this machine.
    Folder(PathBuf),
    /// An object store.
    #[cfg(feature = "object-store")]
    Remote {
        /// Where.
        place: Place,
        /// The folder of the copy that is read.
        mirror: PathBuf,
    },
}

impl Location {
    /// Reads what was given; `resolve` says where a relative folder starts.
    ///
    /// # Errors
    /// A URL of something that cannot hold a ledger.
    pub fn parse(given: &Path, resolve: impl FnOnce(&Path) -> PathBuf) -> Result<Self, CliError> {
        #[cfg(feature = "object-store")]
        if let Some(place) = given.to_str().and_then(Place::parse) {
            let place = place?;
            let name = Digest::of(place.as_str().as_bytes()).hex();
            let mirror = resolve(&Path::new(MIRRORS).join(name));
            return Ok(Self::Remote { place, mirror });
        }
        let Some(scheme) = given.to_str().and_then(scheme) else {
            return Ok(Self::Folder(resolve(given)));
        };
        Err(CliError::Argument {
            argument: format!("ledger `{}`", given.display()),
            reason: format!("no ledger can be kept at `{scheme}:`; expected {EXPECTED}"),
        })
    }

    /// Returns what reads the ledger; none where there is none. Of one in an object store
    /// the copy is brought up to date.
    ///
    /// # Errors
    /// A folder that holds no ledger, and a malformed checkpoint.
    pub fn reader(&self) -> Result<Option<Reader>, CliError> {
        match self {
            Self::Folder(path) if !path.is_dir() => Ok(None),
            Self::Folder(path) => Ok(Some(Reader::open(path)?)),
            #[cfg(feature = "object-store")]
            Self::Remote { place, mirror } => {
                let remote = remote::Reader::open(place)?;
                Ok(match remote.copy_to(mirror, Extent::Records)? {
                    Some(_) => Some(Reader::open(mirror)?.with_blobs_of(Box::new(remote))),
                    None => None,
                })
            }
        }
    }

    /// Returns what reads the ledger, which must be there.
    ///
    /// # Errors
    /// As [`Location::reader`], and no folder.
    pub fn present(&self) -> Result<Reader, CliError> {
        self.reader()?.ok_or_else(|| CliError::NoLedger {
            path: self.as_path().to_owned(),
        })
    }

    /// Returns it for messages and reports.
    pub fn as_path(&self) -> &Path {
        match self {
            Self::Folder(path) => path,
            #[cfg(feature = "object-store")]
            Self::Remote { place, .. } => Path::new(place.as_str()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().display().fmt(f)
    }
}

/// The scheme of a URL. A drive has one letter, and a folder with a colon in its name can
/// be written behind `./`.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (is_scheme && rest.starts_with('/')).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_resolved_and_urls_are_not_folders() {
        let parse =
            |text: &str| Location::parse(Path::new(text), |path| Path::new("base").join(path));
        for text in [
            "ledger",
            "a/b",
            "./s3://bucket",
            "/x/s3:/y",
            "C:/ledger",
            "a:b",
            ":/x",
        ] {
            let expected = Location::Folder(Path::new("base").join(text));
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
        #[cfg(feature = "object-store")]
        for text in ["s3:/b/x", "s3://k:s@b/x", "gs://b/../x"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(text), "{text}: {error}");
        }
        for text in ["http://x/y", "ftp:/x", "HTTPS://x", "file:///x"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains("no ledger can be kept at"),
                "{text}: {error}"
            );
        }
    }
}
