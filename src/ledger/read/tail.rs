//! Finding a record from the end of a ledger's file, where its leaf hash is known.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::{ReadError, files};
use crate::digest::Digest;
use crate::ledger::RECORDS;
use crate::ledger::merkle::leaf_hash;

/// Bytes read at once; several times what a line can have.
const BLOCK: u64 = 1 << 20;

/// Returns the digest and the end, behind the newline, of the last line of the ledger in
/// `dir` whose leaf hash is `leaf`. Reads from there to the end of the file, and nothing
/// before it.
///
/// # Errors
/// Unreadable files.
pub(crate) fn end_of(dir: &Path, leaf: &Digest) -> Result<Option<(Digest, u64)>, ReadError> {
    let path = dir.join(RECORDS);
    let Some(mut end) = files::regular(&path)? else {
        return Ok(None);
    };
    let io = |source| ReadError::Io {
        path: path.clone(),
        source,
    };
    let mut file = files::open(&path)?;
    let mut bytes = Vec::new();
    loop {
        let start = end.saturating_sub(BLOCK);
        bytes.clear();
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        (&mut file)
            .take(end - start)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        if let Some((line, at)) = find_line(&bytes, start == 0, leaf) {
            return Ok(Some((line, start + at as u64)));
        }
        // The block's first line may have begun before it: the next block ends with it.
        let newline = bytes.iter().position(|byte| *byte == b'\n');
        let next = newline.map(|newline| start + newline as u64 + 1);
        match next {
            Some(next) if start > 0 && next < end => end = next,
            _ => return Ok(None),
        }
    }
}

/// Returns the digest and the end, behind the newline, of the last line whose leaf hash is `leaf`.
pub(in crate::ledger) fn find_line(
    bytes: &[u8],
    whole_file: bool,
    leaf: &Digest,
) -> Option<(Digest, usize)> {
    let mut end = bytes.iter().rposition(|byte| *byte == b'\n')?;
    loop {
        let before = bytes.get(..end)?;
        let start = match before.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) => newline + 1,
            None if whole_file => 0,
            None => return None,
        };
        let line = bytes.get(start..end)?;
        if leaf_hash(line) == *leaf {
            return Some((Digest::of(line), end + 1));
        }
        end = start.checked_sub(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &[u8], line: &[u8]) -> Option<(Digest, u64)> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(RECORDS), content).unwrap();
        end_of(dir.path(), &leaf_hash(line)).unwrap()
    }

    #[test]
    fn finds_the_last_of_equal_lines_wherever_blocks_begin() {
        let filler = vec![b'x'; 60_000];
        for before in [0, 1, 17, 18, 40] {
            for after in [0, 1, 17, 18, 40] {
                let mut content = Vec::new();
                for _ in 0..before {
                    content.extend_from_slice(&filler);
                    content.push(b'\n');
                }
                content.extend_from_slice(b"wanted\nwanted\n");
                let end = content.len() as u64;
                for _ in 0..after {
                    content.extend_from_slice(&filler);
                    content.push(b'\n');
                }
                let expected = Some((Digest::of(b"wanted"), end));
                assert_eq!(found(&content, b"wanted"), expected, "{before} {after}");
                content.extend_from_slice(b"torn");
                assert_eq!(found(&content, b"wanted"), expected, "{before} {after}");
                assert_eq!(found(&content, b"unwanted"), None);
            }
        }
    }

    #[test]
    fn ends_on_what_is_no_ledger() {
        for content in [vec![], vec![b'\n'; 3 << 20], vec![b'x'; 3 << 20]] {
            assert_eq!(found(&content, b"wanted"), None);
        }
        let mut content = vec![b'x'; 3 << 20];
        content.push(b'\n');
        assert_eq!(found(&content, b"wanted"), None);
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(end_of(dir.path(), &Digest::ZERO).unwrap(), None);
    }
}
