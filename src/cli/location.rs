//! Where a ledger is: what `--ledger` and `ledger =` name.
//!
//! INVARIANT: a URL is never taken for a folder. Records in a folder called `s3:` would
//! look as if they were in a bucket.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::CliError;
use crate::ledger::read::Reader;

/// Where a ledger is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder on this machine.
    Folder(PathBuf),
}

impl Location {
    /// Reads what was given; `resolve` says where a relative folder starts.
    ///
    /// # Errors
    /// A URL of something that cannot hold a ledger.
    pub fn parse(given: &Path, resolve: impl FnOnce(&Path) -> PathBuf) -> Result<Self, CliError> {
        let Some(scheme) = given.to_str().and_then(scheme) else {
            return Ok(Self::Folder(resolve(given)));
        };
        Err(CliError::Argument {
            argument: format!("ledger `{}`", given.display()),
            reason: format!("no ledger can be kept at `{scheme}:`; expected a folder"),
        })
    }

    /// Returns what reads the ledger; none where there is no folder.
    ///
    /// # Errors
    /// A folder that holds no ledger, and a malformed checkpoint.
    pub fn reader(&self) -> Result<Option<Reader>, CliError> {
        match self {
            Self::Folder(path) if !path.is_dir() => Ok(None),
            Self::Folder(path) => Ok(Some(Reader::open(path)?)),
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
        for text in ["http://x/y", "ftp:/x", "HTTPS://x", "file:///x"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains("no ledger can be kept at"),
                "{text}: {error}"
            );
        }
    }
}
