//! Sorted listing of a folder that refuses what could lead outside it.
//!
//! The only module that names `walkdir`. It does not look into files.
//!
//! INVARIANT: every [`Listed::path`] is relative, `/`-separated, UTF-8, free of
//! `.` and `..`, names a regular file, and the listing is sorted by bytes: the
//! order in which the file system returns names never reaches a digest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;
use walkdir::WalkDir;

/// Most files in one folder tree.
pub const FILES_MAX: usize = 10_000;
/// Most levels of folders.
pub const DEPTH_MAX: usize = 32;

/// A folder that cannot be listed, or a file that cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The operating system refused.
    #[error("cannot read `{path}`")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A symbolic link, device, socket or pipe.
    #[error("`{path}` is a {what}: only regular files and folders are accepted")]
    Irregular {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A name that is not UTF-8, or holds a control character or backslash.
    #[error("`{}` has a name that does not travel: use printable UTF-8 without `\\`", path.to_string_lossy().escape_debug())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// More than [`FILES_MAX`] files.
    #[error("`{path}` holds more than {FILES_MAX} files")]
    Count {
        /// The folder.
        path: PathBuf,
    },
    /// More than [`DEPTH_MAX`] levels of folders.
    #[error("`{path}` lies more than {DEPTH_MAX} folders deep")]
    Depth {
        /// The folder.
        path: PathBuf,
    },
    /// A file beyond the caller's limit.
    #[error("`{path}` is larger than the limit of {size_max} bytes")]
    Size {
        /// The file.
        path: PathBuf,
        /// Most bytes allowed.
        size_max: u64,
    },
    /// A relative path that leads outside its folder.
    #[error("path `{path}` leads outside its folder")]
    Escape {
        /// The path.
        path: String,
    },
}

/// One regular file below a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Path relative to the folder, `/`-separated.
    pub path: String,
    /// Bytes in the file when it was listed.
    pub size: u64,
}

/// What a folder holds, for a caller that reports irregular files itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Its regular files, sorted.
    pub files: Vec<Listed>,
    /// Symbolic links, devices, sockets and pipes, sorted; none was followed.
    pub irregular: Vec<Irregular>,
}

/// A file that is not a regular one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Irregular {
    /// Path relative to the folder, `/`-separated.
    pub path: String,
    /// What it is.
    pub what: &'static str,
}

/// Lists the regular files below `root`, sorted; names that start with a dot are left out.
///
/// # Errors
/// Symbolic links and other irregular files, names that do not travel, and
/// trees beyond [`FILES_MAX`] or [`DEPTH_MAX`].
pub fn list(root: &Path) -> Result<Vec<Listed>, TreeError> {
    let survey = survey(root)?;
    match survey.irregular.into_iter().next() {
        None => Ok(survey.files),
        Some(Irregular { path, what }) => Err(TreeError::Irregular {
            path: root.join(path),
            what,
        }),
    }
}

/// As [`list`], but irregular files are reported instead of refused.
///
/// # Errors
/// As [`list`].
pub fn survey(root: &Path) -> Result<Survey, TreeError> {
    let mut found = Survey::default();
    let walk = WalkDir::new(root)
        .max_depth(DEPTH_MAX + 1)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    for entry in walk {
        let entry = entry.map_err(|error| TreeError::Io {
            path: error.path().unwrap_or(root).to_owned(),
            source: error.into(),
        })?;
        let path = entry.path();
        let kind = entry.file_type();
        if kind.is_dir() {
            if entry.depth() > DEPTH_MAX {
                return Err(TreeError::Depth {
                    path: path.to_owned(),
                });
            }
            continue;
        }
        let relative = relative_name(root, path)?;
        if kind.is_file() {
            let size = entry
                .metadata()
                .map_err(|error| TreeError::Io {
                    path: path.to_owned(),
                    source: error.into(),
                })?
                .len();
            found.files.push(Listed {
                path: relative,
                size,
            });
        } else {
            found.irregular.push(Irregular {
                path: relative,
                what: irregular_name(kind),
            });
        }
        if found.files.len() + found.irregular.len() > FILES_MAX {
            return Err(TreeError::Count {
                path: root.to_owned(),
            });
        }
    }
    found.files.sort();
    found.irregular.sort();
    Ok(found)
}

/// Reads the whole of a regular file, refusing symbolic links and more than `size_max` bytes.
///
/// # Errors
/// As [`list`], and files larger than `size_max`.
pub fn read(path: &Path, size_max: u64) -> Result<Vec<u8>, TreeError> {
    let io = |source| TreeError::Io {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::symlink_metadata(path).map_err(io)?;
    let kind = metadata.file_type();
    if !kind.is_file() {
        return Err(irregular(path, kind));
    }
    // One read for most files: without room for all of it there would be many small ones.
    let expected = metadata.len().min(size_max).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    // One byte beyond the limit tells a file that grew since it was listed.
    File::open(path)
        .and_then(|file| {
            file.take(size_max.saturating_add(1))
                .read_to_end(&mut bytes)
        })
        .map_err(io)?;
    if bytes.len() as u64 > size_max {
        return Err(TreeError::Size {
            path: path.to_owned(),
            size_max,
        });
    }
    Ok(bytes)
}

/// Joins `relative` to `root`, refusing absolute paths and any `.` or `..`.
///
/// # Errors
/// Paths that are not in the form of [`Listed::path`].
pub fn join(root: &Path, relative: &str) -> Result<PathBuf, TreeError> {
    let sound = !relative.is_empty()
        && travels(relative)
        && relative
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".."));
    if sound {
        Ok(root.join(relative))
    } else {
        Err(TreeError::Escape {
            path: relative.to_owned(),
        })
    }
}

fn hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

fn travels(name: &str) -> bool {
    !name.chars().any(|c| c.is_control() || c == '\\')
}

fn relative_name(root: &Path, path: &Path) -> Result<String, TreeError> {
    let name = || TreeError::Name {
        path: path.to_owned(),
    };
    let relative = path.strip_prefix(root).map_err(|_| name())?;
    let mut parts = Vec::new();
    for part in relative.components() {
        let part = part.as_os_str().to_str().ok_or_else(name)?;
        if !travels(part) {
            return Err(name());
        }
        parts.push(part);
    }
    Ok(parts.join("/"))
}

fn irregular(path: &Path, kind: fs::FileType) -> TreeError {
    TreeError::Irregular {
        path: path.to_owned(),
        what: irregular_name(kind),
    }
}

fn irregular_name(kind: fs::FileType) -> &'static str {
    if kind.is_symlink() {
        "symbolic link"
    } else if kind.is_dir() {
        "folder"
    } else {
        "device, socket or pipe"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        root
    }

    #[test]
    fn lists_sorted_relative_paths_without_hidden_files() {
        let root = folder(&[
            "b/z.json",
            "b.json",
            "a/x/y.json",
            ".git/config",
            "a/.hidden",
        ]);
        let paths: Vec<_> = list(root.path())
            .unwrap()
            .into_iter()
            .map(|f| f.path)
            .collect();
        assert_eq!(paths, ["a/x/y.json", "b.json", "b/z.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn refuses_links_and_pipes() {
        let root = folder(&["a.json"]);
        std::os::unix::fs::symlink("a.json", root.path().join("b.json")).unwrap();
        let error = list(root.path()).unwrap_err();
        assert!(
            error.to_string().contains("b.json` is a symbolic link"),
            "{error}"
        );
        let survey = survey(root.path()).unwrap();
        assert_eq!(survey.files.len(), 1);
        assert_eq!(survey.irregular[0].path, "b.json");
        assert!(read(&root.path().join("b.json"), 10).is_err());
        assert!(
            read(root.path(), 10)
                .unwrap_err()
                .to_string()
                .contains("is a folder")
        );
    }

    #[test]
    fn refuses_paths_that_escape() {
        let root = Path::new("/evidence");
        assert_eq!(
            join(root, "a/b.json").unwrap(),
            Path::new("/evidence/a/b.json")
        );
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "./a",
            "a//b",
            "a\\b",
            "a\nb",
        ] {
            assert!(join(root, path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn bounds_what_it_reads() {
        let root = folder(&["ab"]);
        assert_eq!(read(&root.path().join("ab"), 2).unwrap(), b"ab");
        assert!(matches!(
            read(&root.path().join("ab"), 1),
            Err(TreeError::Size { .. })
        ));
    }
}
