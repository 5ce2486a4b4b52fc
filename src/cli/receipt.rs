//! The receipt of a record that was just appended.

use std::fs;
use std::io;
use std::path::Path;

use super::error::CliError;
use super::files;
use crate::ledger::Appended;
use crate::ledger::read::{self, Entry};

/// Takes away what an earlier run has left at `path`: a run that fails leaves no receipt
/// that could be taken for its own.
///
/// # Errors
/// Folders that cannot be written.
pub fn clear(path: &Path) -> Result<(), CliError> {
    let cleared = match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        // Found out before anything is recorded, not after.
        _ => fs::write(path, "").and_then(|()| fs::remove_file(path)),
    };
    cleared.map_err(|source| CliError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes the receipt of a record of `ledger`.
///
/// # Errors
/// Files that cannot be read or written; the record is in the ledger all the same.
pub fn write(path: &Path, ledger: &Path, appended: &Appended) -> Result<(), CliError> {
    let entry = Entry {
        index: appended.position.index,
        line: appended.line.clone(),
    };
    let made = read::receipt(ledger, &entry).map_err(CliError::from);
    let written = made.and_then(|receipt| files::replace(path, &receipt.to_bytes()));
    written.map_err(|source| CliError::Receipt {
        index: entry.index,
        source: Box::new(source),
    })
}
