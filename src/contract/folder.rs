//! The folder of contracts.
//!
//! A folder `contracts` may hold other things in somebody else's repository, so that there
//! only files that say they are contracts are held to that; one that the settings name is
//! for contracts alone.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{Contract, ContractError, SIZE_MAX};
use crate::tree::{self, TreeError};

/// What a file name must end with.
const EXTENSION: &str = "yaml";

/// With these it looks like a contract, and would be read by nobody.
const LOOKALIKES: [&str; 3] = [EXTENSION, "yml", "json"];

/// Stands in every contract, of whatever version.
const MARK: &[u8] = b"assize/contract/";

/// Reads `<name>.yaml` in `folder`, where there is one.
///
/// # Errors
/// As [`Contract::read`].
pub fn find(folder: &Path, name: &str) -> Result<Option<Contract>, ContractError> {
    let path = folder.join(format!("{name}.{EXTENSION}"));
    match fs::symlink_metadata(&path) {
        Err(error) if is_absent(&error) => Ok(None),
        // What else is wrong with it, reading it will tell.
        _ => Contract::read(&path).map(Some),
    }
}

/// Refuses contracts in `folder` that are for none of `known`: what they demand would be
/// in force nowhere. `is_named` says that the settings name the folder.
///
/// # Errors
/// The first such file, and a named folder that is not there.
pub fn refuse_strays(
    folder: &Path,
    known: &BTreeSet<&str>,
    is_named: bool,
) -> Result<(), ContractError> {
    let failed = |source| ContractError::Folder {
        path: folder.to_owned(),
        source,
    };
    let listed = match fs::read_dir(folder) {
        // A file or a link to nowhere in its place is there, and holds nobody to anything.
        Err(error) if is_absent(&error) && !is_named && !is_there(folder) => return Ok(()),
        listed => listed.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in listed {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        if looks_like_one(&path) && !is_known(&path, known) && says_so(&path, is_named)? {
            let expected = known.iter().map(|name| format!("`{name}.{EXTENSION}`"));
            return Err(ContractError::Stray {
                path,
                expected: expected.collect::<Vec<_>>().join(", "),
            });
        }
    }
    Ok(())
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn is_there(path: &Path) -> bool {
    !matches!(fs::symlink_metadata(path), Err(error) if is_absent(&error))
}

fn extension(path: &Path) -> &str {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.unwrap_or_default()
}

fn looks_like_one(path: &Path) -> bool {
    let is_hidden = path
        .file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let extension = extension(path);
    let is_one = LOOKALIKES
        .iter()
        .any(|one| one.eq_ignore_ascii_case(extension));
    !is_hidden && is_one && !path.is_dir()
}

fn is_known(path: &Path, known: &BTreeSet<&str>) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    extension(path) == EXTENSION && stem.is_some_and(|stem| known.contains(stem))
}

fn says_so(path: &Path, is_named: bool) -> Result<bool, ContractError> {
    if is_named {
        return Ok(true);
    }
    match tree::read(path, SIZE_MAX) {
        Ok(bytes) => Ok(bytes.windows(MARK.len()).any(|window| window == MARK)),
        // Too large for a contract, or a link: somebody else's.
        Err(TreeError::Size { .. } | TreeError::Irregular { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
