//! `assize init`: the folders and settings that a new repository starts from.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What is written, in order.
const FILES: &[(&str, &str)] = &[
    ("assize.toml", include_str!("init/assize.toml")),
    (
        "policies/gates/deploy/tests_green.rego",
        include_str!("init/tests_green.rego"),
    ),
    (
        "policies/gates/deploy/tests_green_test.rego",
        include_str!("init/tests_green_test.rego"),
    ),
    // Hidden, so that it is no evidence; git keeps the folder for it.
    ("evidence/build/.gitkeep", ""),
];

/// A repository that cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// Something is there already.
    #[error("`{path}` exists already; nothing was written")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Cannot be written.
    #[error("cannot write `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes the starting files below `folder` and says so on `out`.
///
/// # Errors
/// Any of the files being there already, before anything is written.
pub fn init(folder: &Path, out: &mut impl Write) -> Result<(), InitError> {
    if let Some((name, _)) = FILES.iter().find(|(name, _)| folder.join(name).exists()) {
        return Err(InitError::Exists {
            path: folder.join(name),
        });
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        write(&path, text).map_err(|source| InitError::Io {
            path: path.clone(),
            source,
        })?;
        let _ = writeln!(out, "wrote {name}");
    }
    let ignore = folder.join(".gitignore");
    ignore_local_state(&ignore).map_err(|source| InitError::Io {
        path: ignore,
        source,
    })?;
    let _ = writeln!(
        out,
        "\nnext: put a JUnit report at evidence/build/junit.xml and run `assize gate`;\n\
         without one the gate is inconclusive and says what is missing"
    );
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

/// The ledger and the development key are this machine's own.
fn ignore_local_state(path: &Path) -> io::Result<()> {
    let present = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if present
        .lines()
        .any(|line| matches!(line.trim(), ".assize" | ".assize/" | "/.assize/"))
    {
        return Ok(());
    }
    let separator = if present.is_empty() || present.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    fs::write(path, format!("{present}{separator}.assize/\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_once_and_never_over_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".gitignore"), "/target").unwrap();
        init(folder.path(), &mut Vec::new()).unwrap();
        let ignored = fs::read_to_string(folder.path().join(".gitignore")).unwrap();
        assert_eq!(ignored, "/target\n.assize/\n");

        fs::remove_file(folder.path().join("assize.toml")).unwrap();
        let error = init(folder.path(), &mut Vec::new()).unwrap_err();
        assert!(matches!(error, InitError::Exists { .. }));
        assert!(!folder.path().join("assize.toml").exists());
    }
}
