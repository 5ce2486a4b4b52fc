//! A ledger as a tiled log that is served (<https://c2sp.org/tlog-tiles>): the checkpoint, the
//! hash tiles, and the entry bundles that a ledger does not keep.
//!
//! Everything but the checkpoint is made anew of the records; what the ledger has in its own
//! tiles is used for nothing but to hold the last record against the tree.

use super::{InteropError, Span};
use crate::ledger::read::{Entry, Reader};
use crate::ledger::tile::{Edge, Tile, WIDTH, to_bytes};
use crate::ledger::{CHECKPOINT, merkle};

/// Gives every file of the log to `put`, by its path, the checkpoint last: until then none
/// of the others belongs to anything. Files other than the checkpoint never change.
///
/// # Errors
/// A ledger that was altered, before anything is given away, and those of `put`.
pub fn files<E: From<InteropError>>(
    reader: Reader,
    mut put: impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let checkpoint = reader.checkpoint_bytes().to_vec();
    let expected = reader.checkpoint().root;
    let root = match reader.checkpoint().size {
        0 => merkle::empty_root(),
        size => {
            let span = Span::new(reader, 0..size)?;
            let root = cut(&span, |_, _| Ok::<_, InteropError>(()))?;
            if root == expected {
                cut(&span, &mut put)?;
            }
            root
        }
    };
    if root != expected {
        return Err(InteropError::Root.into());
    }
    put(CHECKPOINT, &checkpoint)
}

/// Cuts records into bundles and their tree into tiles; returns the root.
fn cut<E: From<InteropError>>(
    span: &Span,
    mut put: impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<crate::digest::Digest, E> {
    let mut edge = Edge::default();
    let mut full = Vec::new();
    let mut bundle = Vec::new();
    span.each(|entry, _| {
        add(entry, &mut bundle)?;
        edge.push(merkle::leaf_hash(&entry.line), &mut full);
        if edge.size() % WIDTH == 0
            && let Some(tile) = Tile::last(0, edge.size())
        {
            put(&tile.entries_path(), &bundle)?;
            bundle.clear();
        }
        for (tile, hashes) in full.drain(..) {
            put(&tile.path(), &to_bytes(&hashes))?;
        }
        Ok::<_, E>(())
    })?;
    if !bundle.is_empty()
        && let Some(tile) = Tile::last(0, edge.size())
    {
        put(&tile.entries_path(), &bundle)?;
    }
    for (tile, hashes) in edge.partial() {
        put(&tile.path(), &to_bytes(hashes))?;
    }
    Ok(edge.root())
}

/// An entry behind its length, as two bytes.
fn add(entry: &Entry, bundle: &mut Vec<u8>) -> Result<(), InteropError> {
    let length = u16::try_from(entry.line.len()).map_err(|_| InteropError::Damaged {
        index: entry.index,
        reason: "its line is longer than an entry may be".into(),
    })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(&entry.line);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::ledger::tests::{ledger, statement};

    type Files = BTreeMap<String, Vec<u8>>;

    fn exported(dir: &Path) -> Result<Files, InteropError> {
        let (mut all, mut last) = (Files::new(), String::new());
        files(Reader::open(dir).unwrap(), |path, bytes| {
            path.clone_into(&mut last);
            assert!(all.insert(path.to_owned(), bytes.to_vec()).is_none());
            Ok::<_, InteropError>(())
        })?;
        assert_eq!(last, CHECKPOINT);
        Ok(all)
    }

    fn of(count: usize) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let drafts: Vec<_> = (0..count).map(|_| statement("x")).collect();
        ledger(dir.path()).append(&drafts).unwrap();
        dir
    }

    #[test]
    fn has_the_tiles_of_the_ledger_and_its_entries() {
        let dir = of(600);
        let files = exported(dir.path()).unwrap();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "checkpoint",
                "tile/0/000",
                "tile/0/001",
                "tile/0/002.p/88",
                "tile/1/000.p/2",
                "tile/entries/000",
                "tile/entries/001",
                "tile/entries/002.p/88",
            ]
        );
        for (name, bytes) in files.iter().filter(|(name, _)| !name.contains("entries")) {
            assert_eq!(&fs::read(dir.path().join(name)).unwrap(), bytes, "{name}");
        }
        let mut lines = Vec::new();
        for bundle in files.keys().filter(|name| name.contains("entries")) {
            let mut rest = files[bundle].as_slice();
            while let Some((length, after)) = rest.split_first_chunk::<2>() {
                let (line, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
                lines.push(line);
                rest = after;
            }
        }
        let records = fs::read(dir.path().join(crate::ledger::RECORDS)).unwrap();
        assert_eq!([lines.join(&b'\n'), b"\n".to_vec()].concat(), records);
    }

    #[test]
    fn a_full_bundle_has_no_partial_one_beside_it() {
        let names = |count| {
            let files = exported(of(count).path()).unwrap();
            files.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(
            names(256),
            [
                "checkpoint",
                "tile/0/000",
                "tile/1/000.p/1",
                "tile/entries/000"
            ]
        );
        assert_eq!(
            names(1),
            ["checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"]
        );
        assert_eq!(names(0), ["checkpoint"]);
    }

    #[test]
    fn nothing_leaves_an_altered_ledger() {
        let dir = of(3);
        let none = |dir: &Path| {
            let reader = Reader::open(dir).unwrap();
            files(reader, |path, _| -> Result<(), InteropError> {
                panic!("{path}")
            })
        };
        let records = dir.path().join(crate::ledger::RECORDS);
        let sound = fs::read(&records).unwrap();
        let mut altered = sound.clone();
        altered[200] ^= 1;
        fs::write(&records, altered).unwrap();
        assert!(none(dir.path()).is_err());
        // Another ledger's checkpoint and tiles: of the same records, but one.
        fs::write(&records, &sound).unwrap();
        let checkpoint = dir.path().join(CHECKPOINT);
        let text = fs::read_to_string(&checkpoint).unwrap();
        fs::write(&checkpoint, text.replacen("\n3\n", "\n2\n", 1)).unwrap();
        assert!(none(dir.path()).is_err());
    }
}
