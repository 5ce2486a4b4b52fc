//! The file operations that the commit protocol is made of, behind a seam.
//!
//! [`Folder`] does them on disk. The tests have a second store, in memory, that fails,
//! tears and forgets at every step: the crash table is checked against that one.
//!
//! INVARIANT: whatever writes into a file has made the content durable when it
//! returns `Ok`. A name is durable once [`Store::sync_dir`] returned `Ok` for the
//! folder that holds it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

#[cfg(test)]
pub(crate) mod memory;

/// How many may hold the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockMode {
    /// Many who add blobs.
    Shared,
    /// One who appends.
    Exclusive,
}

/// Files of one ledger. Paths are relative and `/`-separated; the ledger itself is `""`.
pub(crate) trait Store {
    /// Held while locked.
    type Lock;

    /// Waits for the lock, creating the ledger's folder where it is missing.
    fn lock(&self, mode: LockMode) -> io::Result<Self::Lock>;
    /// Returns the path for messages.
    fn display(&self, path: &str) -> PathBuf;
    /// Reads a whole file of at most `size_max` bytes; `None` if it is missing.
    fn read(&self, path: &str, size_max: u64) -> io::Result<Option<Vec<u8>>>;
    /// Returns a file's bytes from `offset` on, at most `length` of them.
    fn read_at(&self, path: &str, offset: u64, length: u64) -> io::Result<Vec<u8>>;
    /// Returns a file's size in bytes; `None` if it is missing.
    fn size(&self, path: &str) -> io::Result<Option<u64>>;
    /// Whether a file was marked by [`Store::seal`].
    fn is_sealed(&self, path: &str) -> io::Result<bool>;
    /// Returns the names in a folder; `None` if it is missing.
    fn names(&self, dir: &str) -> io::Result<Option<Vec<String>>>;
    /// Whether a folder holds nothing; `None` if it is missing.
    fn is_vacant(&self, dir: &str) -> io::Result<Option<bool>>;
    /// Creates a folder; its parent exists.
    fn create_dir(&self, dir: &str) -> io::Result<()>;
    /// Creates a file; fails if the name is taken.
    fn create(&self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Adds to the end of a file that exists.
    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Writes over a file's bytes from `offset` on.
    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file to `size` bytes.
    fn truncate(&self, path: &str, size: u64) -> io::Result<()>;
    /// Renames a file, replacing what has the name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Marks a file as never to be written again. Not durable.
    fn seal(&self, path: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Removes a folder if it is empty.
    fn remove_dir(&self, dir: &str) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, dir: &str) -> io::Result<()>;
}

/// A folder on disk.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Creates the ledger's folder and those above it, each durable before the next.
    fn create_root(&self) -> io::Result<()> {
        let missing: Vec<&Path> = self
            .root
            .ancestors()
            .take_while(|dir| !dir.as_os_str().is_empty() && !dir.is_dir())
            .collect();
        for dir in missing.into_iter().rev() {
            create_dir_once(dir)?;
            match dir.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent)?,
                _ => sync_folder(Path::new("."))?,
            }
        }
        Ok(())
    }
}

impl Store for Folder {
    type Lock = File;

    fn lock(&self, mode: LockMode) -> io::Result<File> {
        self.create_root()?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.root.join(super::LOCK))?;
        match mode {
            LockMode::Shared => file.lock_shared()?,
            LockMode::Exclusive => file.lock()?,
        }
        Ok(file)
    }

    fn display(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn read(&self, path: &str, size_max: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = present(File::open(self.root.join(path)))? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.take(size_max.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > size_max {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("larger than {size_max} bytes"),
            ));
        }
        Ok(Some(bytes))
    }

    fn read_at(&self, path: &str, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.root.join(path))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn size(&self, path: &str) -> io::Result<Option<u64>> {
        Ok(present(fs::metadata(self.root.join(path)))?.map(|metadata| metadata.len()))
    }

    fn is_sealed(&self, path: &str) -> io::Result<bool> {
        Ok(fs::metadata(self.root.join(path))?.permissions().readonly())
    }

    fn names(&self, dir: &str) -> io::Result<Option<Vec<String>>> {
        let Some(entries) = present(fs::read_dir(self.root.join(dir)))? else {
            return Ok(None);
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(Some(names))
    }

    fn is_vacant(&self, dir: &str) -> io::Result<Option<bool>> {
        let entries = present(fs::read_dir(self.root.join(dir)))?;
        Ok(entries.map(|mut entries| entries.next().is_none()))
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        create_dir_once(&self.root.join(dir))
    }

    fn create(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create_new(self.root.join(path))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).open(self.root.join(path))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.root.join(path))?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn truncate(&self, path: &str, size: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.root.join(path))?;
        file.set_len(size)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.root.join(from), self.root.join(to))
    }

    fn seal(&self, path: &str) -> io::Result<()> {
        let path = self.root.join(path);
        let mut permissions = fs::metadata(&path)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(path, permissions)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.root.join(path))
    }

    fn remove_dir(&self, dir: &str) -> io::Result<()> {
        fs::remove_dir(self.root.join(dir))
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        sync_folder(&self.root.join(dir))
    }
}

/// Turns "not found" into `None`.
pub(crate) fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn create_dir_once(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_dir: &Path) -> io::Result<()> {
    Ok(())
}
