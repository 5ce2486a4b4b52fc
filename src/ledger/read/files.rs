//! Files and lines that cannot make a reader wait for ever or read without bound.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::ReadError;
use crate::ledger::LINE_SIZE_MAX;

/// Lines of bounded length.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
}

/// A line without its newline, and whether it had one.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    pub(crate) terminated: bool,
}

#[derive(Debug)]
pub(crate) enum LineError {
    TooLong,
    Io(io::Error),
}

impl<R: BufRead> Lines<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader }
    }

    /// Returns the next line; none at the end.
    pub(crate) fn next_line(&mut self) -> Result<Option<Line>, LineError> {
        let mut bytes = Vec::new();
        let limit = LINE_SIZE_MAX as u64 + 1;
        (&mut self.reader)
            .take(limit)
            .read_until(b'\n', &mut bytes)
            .map_err(LineError::Io)?;
        let terminated = bytes.last() == Some(&b'\n');
        if terminated {
            bytes.pop();
        } else if bytes.len() as u64 == limit {
            return Err(LineError::TooLong);
        }
        Ok((terminated || !bytes.is_empty()).then_some(Line { bytes, terminated }))
    }
}

/// Returns the size of a regular file; none if it is missing.
///
/// # Errors
/// Links, folders, devices and pipes: opening a pipe would wait for ever.
pub(crate) fn regular(path: &Path) -> Result<Option<u64>, ReadError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(_) => Err(ReadError::Irregular {
            path: path.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReadError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Reads a regular file of at most `size_max` bytes; none if it is missing.
pub(crate) fn file(path: &Path, size_max: u64) -> Result<Option<Vec<u8>>, ReadError> {
    if regular(path)?.is_none() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    open(path)?
        .take(size_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| ReadError::Io {
            path: path.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > size_max {
        return Err(ReadError::Size {
            path: path.to_owned(),
            size_max,
        });
    }
    Ok(Some(bytes))
}

pub(crate) fn open(path: &Path) -> Result<File, ReadError> {
    File::open(path).map_err(|source| ReadError::Io {
        path: path.to_owned(),
        source,
    })
}
