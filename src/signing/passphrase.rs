//! The passphrase of an encrypted key: from the environment or from a file, never from an
//! argument, which every process can see.

use std::env::{self, VarError};
use std::path::Path;

use thiserror::Error;
use zeroize::Zeroizing;

use super::keyfile::{self, KeyFileError};

/// The variable that holds a passphrase. No program that we start gets it.
pub const VARIABLE: &str = "ASSIZE_KEY_PASSPHRASE";
/// The variable that names a file with the passphrase in it.
pub const FILE_VARIABLE: &str = "ASSIZE_KEY_PASSPHRASE_FILE";

/// Gives the passphrase of the key that it is told.
pub type Ask<'a> = &'a dyn Fn(&str) -> Result<Zeroizing<String>, PassphraseError>;

/// Why there is no passphrase.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Nobody gave one.
    #[error(
        "is encrypted: set `{VARIABLE}`, or `{FILE_VARIABLE}` to the file that holds the passphrase"
    )]
    Missing,
    /// Two were given.
    #[error("is encrypted, and both `{VARIABLE}` and `{FILE_VARIABLE}` are set: set one")]
    Ambiguous,
    /// A variable that is no text.
    #[error("is encrypted, and `{name}` is not UTF-8")]
    Encoding {
        /// Which.
        name: &'static str,
    },
    /// No characters.
    #[error("is encrypted, and the passphrase in `{origin}` is empty")]
    Empty {
        /// Where it was looked for.
        origin: String,
    },
    /// The file cannot be read.
    #[error("is encrypted, and the file of its passphrase cannot be used")]
    File(#[source] Box<KeyFileError>),
    /// The terminal cannot be asked.
    #[error("is encrypted, and the terminal gave no passphrase: {reason}")]
    Terminal {
        /// Why.
        reason: String,
    },
}

/// Returns the passphrase that the environment gives, if it gives one.
///
/// # Errors
/// Two of them, an empty one, and a file that cannot be read or that others can.
pub fn from_environment() -> Result<Option<Zeroizing<String>>, PassphraseError> {
    let (given, origin) = match (variable(VARIABLE)?, variable(FILE_VARIABLE)?) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(PassphraseError::Ambiguous),
        (Some(text), None) => (text, VARIABLE.to_owned()),
        (None, Some(path)) => (read(Path::new(path.as_str()))?, path.to_string()),
    };
    if given.is_empty() {
        return Err(PassphraseError::Empty { origin });
    }
    Ok(Some(given))
}

/// Reads a file of a passphrase. Editors and `echo` end a file with a newline; it is not
/// part of the passphrase.
fn read(path: &Path) -> Result<Zeroizing<String>, PassphraseError> {
    let text = keyfile::read_secret(path).map_err(|error| PassphraseError::File(error.into()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    Ok(Zeroizing::new(line.to_owned()))
}

fn variable(name: &'static str) -> Result<Option<Zeroizing<String>>, PassphraseError> {
    match env::var(name) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(PassphraseError::Encoding { name }),
    }
}
