//! A folder that a web server can serve as a tiled log.
//!
//! INVARIANT: a file that is there is never changed, but for the checkpoint, and that only to
//! one of the same log with as many records or more.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::files;
use crate::interop::tiles;
use crate::ledger::read::Reader;
use crate::ledger::{CHECKPOINT, Checkpoint, RECORDS};
use crate::signing::note;
use crate::tree;

/// Writes the log of a ledger to `folder`, or what is new of it.
///
/// # Errors
/// A folder of something else, and files that cannot be read or written.
pub(super) fn write(folder: &Path, reader: Reader) -> Result<(), CliError> {
    fit(folder, reader.checkpoint())?;
    tiles::files(reader, |path, bytes| {
        let path = folder.join(path);
        let there = match fs::symlink_metadata(&path) {
            Ok(_) => Some(read(&path)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(CliError::Read { path, source }),
        };
        match there {
            Some(there) if there == bytes => return Ok(()),
            Some(_) if !path.ends_with(CHECKPOINT) => {
                return Err(unfit(&path, "is there with another content"));
            }
            _ => {}
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| CliError::Write {
                path: parent.to_owned(),
                source,
            })?;
        }
        files::replace(&path, bytes)
    })
}

/// Refuses a folder that is a ledger, or holds another log or a later one.
fn fit(folder: &Path, own: &Checkpoint) -> Result<(), CliError> {
    if fs::symlink_metadata(folder.join(RECORDS)).is_ok() {
        return Err(unfit(folder, "is a ledger itself"));
    }
    let path = folder.join(CHECKPOINT);
    if fs::symlink_metadata(&path).is_err() {
        return Ok(());
    }
    let Ok((there, _)) = Checkpoint::parse(&read(&path)?) else {
        return Err(unfit(&path, "is there and is no checkpoint"));
    };
    if there.origin != own.origin {
        return Err(unfit(&path, &format!("is of the log `{}`", there.origin)));
    }
    if there.size > own.size {
        let (there, own) = (there.size, own.size);
        let reason = format!("has {there} records already, more than the ledger's {own}");
        return Err(unfit(&path, &reason));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    Ok(tree::read(path, 256 * (1 << 16) + note::SIZE_MAX as u64)?)
}

fn unfit(path: &Path, reason: &str) -> CliError {
    CliError::Argument {
        argument: format!("--output: `{}`", path.display()),
        reason: reason.to_owned(),
    }
}
