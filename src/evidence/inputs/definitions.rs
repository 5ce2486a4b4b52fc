//! The `.proto` files that say what is in input files.

use std::path::{Component, Path, PathBuf};

use super::{ITEM_SIZE_MAX, InputsError};
use crate::formats::Definitions;
use crate::tree;

/// What the files' names end in.
const SUFFIX: &str = ".proto";

/// One file of definitions.
#[derive(Debug, Clone)]
pub struct DefinitionFile {
    /// The path that other files import it by: as it was found, without `.` and `..`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads all `.proto` files below `folders`, in the order in which conftest does: the
/// folders as given, what is in them by name.
///
/// # Errors
/// Folders without such a file, and files that cannot be read or are no definitions.
pub(super) fn read(folders: &[PathBuf]) -> Result<(Vec<DefinitionFile>, Definitions), InputsError> {
    let mut files = Vec::new();
    for folder in folders {
        let before = files.len();
        for path in listed(folder)? {
            files.push(DefinitionFile {
                bytes: tree::read(&path, ITEM_SIZE_MAX)?,
                path: import_path(&path),
            });
        }
        if files.len() == before {
            let path = folder.display().to_string();
            return Err(InputsError::NoDefinitions { path });
        }
    }
    let read = files
        .iter()
        .map(|file| (file.path.as_str(), file.bytes.as_slice()));
    match Definitions::read(read) {
        Ok(definitions) => Ok((files, definitions)),
        Err((path, source)) => Err(InputsError::Definitions { path, source }),
    }
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, InputsError> {
    if !folder.is_dir() {
        let is_one = folder.to_string_lossy().ends_with(SUFFIX);
        return Ok(is_one.then(|| folder.to_owned()).into_iter().collect());
    }
    let survey = tree::survey(folder)?;
    let regular = survey.files.into_iter().map(|file| file.path);
    // Reading those that are links is an error.
    let links = survey.irregular.into_iter().map(|link| link.path);
    let all = regular.chain(links).filter(|path| path.ends_with(SUFFIX));
    let mut all: Vec<_> = all.map(|path| folder.join(path)).collect();
    // Folder by folder: paths compare by their parts.
    all.sort();
    Ok(all)
}

fn import_path(path: &Path) -> String {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if clean.file_name().is_some() => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_paths_are_those_of_conftest() {
        for (given, clean) in [
            ("protos/a.proto", "protos/a.proto"),
            ("./protos//a.proto", "protos/a.proto"),
            ("x/../protos/./a.proto", "protos/a.proto"),
            ("../../a.proto", "../../a.proto"),
            ("/x/a.proto", "/x/a.proto"),
        ] {
            assert_eq!(import_path(Path::new(given)), clean);
        }
    }
}
