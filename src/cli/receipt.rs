//! The receipt of a record that was just appended.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::error::CliError;
use super::files;
use super::location::Location;
use crate::ledger::read::{self, Entry};
use crate::ledger::{Appended, Receipt};
#[cfg(feature = "object-store")]
use crate::remote;
use crate::tree;

/// Takes away the receipt that an earlier run has left at `path`: a run that fails leaves
/// none that could be taken for its own.
///
/// # Errors
/// Anything else that is there, which would be lost, and folders that cannot be written.
pub fn clear(path: &Path) -> Result<(), CliError> {
    let failed = |source| CliError::Write {
        path: path.to_owned(),
        source,
    };
    if fs::symlink_metadata(path).is_ok() {
        let size_max = Receipt::SIZE_MAX as u64;
        let bytes = tree::read(path, size_max).ok();
        if bytes.is_none_or(|bytes| Receipt::parse(&bytes).is_err()) {
            return Err(CliError::Argument {
                argument: format!("--receipt `{}`", path.display()),
                reason: "is there, is no receipt, and would be lost".into(),
            });
        }
        fs::remove_file(path).map_err(failed)?;
    }
    // Found out before anything is recorded, not after.
    let tried = OpenOptions::new().write(true).create_new(true).open(path);
    tried.and_then(|_| fs::remove_file(path)).map_err(failed)
}

/// Writes the receipt of a record of `ledger`.
///
/// # Errors
/// Files that cannot be read or written; the record is in the ledger all the same.
pub fn write(path: &Path, ledger: &Location, appended: &Appended) -> Result<(), CliError> {
    let entry = Entry {
        index: appended.position.index,
        line: appended.line.clone(),
    };
    let made = match ledger {
        Location::Folder(ledger) => read::receipt(ledger, &entry).map_err(CliError::from),
        #[cfg(feature = "object-store")]
        Location::Remote { place, .. } => remote::Reader::open(place)
            .map_err(CliError::from)
            .and_then(|ledger| Ok(ledger.receipt(&entry)?)),
    };
    let written = made.and_then(|receipt| files::replace(path, &receipt.to_bytes()));
    written.map_err(|source| CliError::Receipt {
        index: entry.index,
        source: Box::new(source),
    })
}
