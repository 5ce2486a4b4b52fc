//! Writing a file whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::error::CliError;

/// Writes a file that is not there yet.
///
/// # Errors
/// A file that is there, and folders that cannot be written.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    written.map_err(|source| CliError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Puts `bytes` in the place of a file's content; whoever reads sees the old or the new.
///
/// # Errors
/// Folders that cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    replace_by(path, |file| {
        file.write_all(bytes).map_err(|source| CliError::Write {
            path: path.to_owned(),
            source,
        })
    })
}

/// Puts what `fill` writes in the place of a file's content, unless it fails.
///
/// # Errors
/// Those of `fill`, and folders that cannot be written.
pub fn replace_by(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let failed = |source| CliError::Write {
        path: path.to_owned(),
        source,
    };
    let temporary = temporary(path);
    // Whatever has this name is no draft of ours any more, and may be a link.
    let _ = fs::remove_file(&temporary);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary);
    let mut file = BufWriter::new(file.map_err(failed)?);
    let filled = fill(&mut file).and_then(|()| named(file, &temporary, path).map_err(failed));
    if filled.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    filled
}

fn named(file: BufWriter<File>, temporary: &Path, path: &Path) -> io::Result<()> {
    // ORDER: the content is durable before it has the name; the name is durable at the end.
    file.into_inner()?.sync_all()?;
    fs::rename(temporary, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Beside the file, so that renaming is one step; with a dot, so that no folder of
/// policies or evidence counts it.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

#[cfg(all(test, feature = "engine"))]
mod tests {
    use super::*;

    #[test]
    fn creates_once_and_replaces_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        create(&path, b"one").unwrap();
        let error = create(&path, b"two").unwrap_err();
        assert!(matches!(error, CliError::Write { .. }));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("no/such"), b"").is_err());
        let failed = replace_by(&path, |_| Err(error));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
