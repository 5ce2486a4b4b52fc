//! Damage, exhaustive and random: all of it is found and named.

use super::*;

/// Files of a ledger that are bound by signatures, and their bytes.
fn bound(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![RECORDS.to_owned(), CHECKPOINT.to_owned()];
    for level in fs::read_dir(dir.join("tile")).unwrap() {
        let level = level.unwrap().file_name().into_string().unwrap();
        for entry in fs::read_dir(dir.join("tile").join(&level)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_file() {
                files.push(format!("tile/{level}/{name}"));
                continue;
            }
            for partial in fs::read_dir(entry.path()).unwrap() {
                let width = partial.unwrap().file_name().into_string().unwrap();
                files.push(format!("tile/{level}/{name}/{width}"));
            }
        }
    }
    let read = |file: String| {
        let bytes = fs::read(dir.join(&file)).unwrap();
        (file, bytes)
    };
    files.into_iter().map(read).collect()
}

/// Five records, and nothing that costs time but proves nothing here.
fn small() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        writer(dir.path()).append(&[statement(name)]).unwrap();
    }
    dir
}

/// Writes one byte in place; rewriting whole files is a hundred times slower.
fn poke(path: &Path, at: usize, byte: u8) {
    use std::io::{Seek, SeekFrom, Write};
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(&[byte]).unwrap();
}

#[test]
fn every_flipped_byte_is_found_and_named() {
    let dir = small();
    for (file, bytes) in bound(dir.path()) {
        let path = dir.path().join(&file);
        for at in 0..bytes.len() {
            // In base64 these turn digits into digits, blanks, controls and non-ASCII.
            for mask in [0x01, 0x20, 0x80] {
                poke(&path, at, bytes[at] ^ mask);
                let failures = match verify(dir.path()) {
                    Err(VerifyError::Wrong(failures)) => failures,
                    other => panic!("{file}, byte {at}, mask {mask:#x}: {other:?}"),
                };
                let index = bytes[..at].split(|byte| *byte == b'\n').count() as u64 - 1;
                let named = failures.listed().iter().any(|failure| {
                    failure.file == file && (file != RECORDS || failure.index == Some(index))
                });
                assert!(named, "{file}, byte {at}, mask {mask:#x}: {failures}");
            }
            poke(&path, at, bytes[at]);
        }
        verify(dir.path()).unwrap();
    }
}

#[test]
fn every_truncation_is_found_and_named() {
    let dir = small();
    for (file, bytes) in bound(dir.path()) {
        let path = dir.path().join(&file);
        for length in (0..bytes.len()).rev() {
            let open = fs::OpenOptions::new().write(true).open(&path).unwrap();
            open.set_len(length as u64).unwrap();
            let text = wrong(verify(dir.path()));
            assert!(text.contains(&file), "{file}, {length}: {text}");
        }
        fs::write(&path, &bytes).unwrap();
    }
    verify(dir.path()).unwrap();
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, prop::sample::Index, u8),
    Insert(prop::sample::Index, prop::sample::Index, u8),
    Remove(prop::sample::Index, prop::sample::Index),
    SwapLines(prop::sample::Index, prop::sample::Index),
    CopyLine(prop::sample::Index, prop::sample::Index),
    DropLines(prop::sample::Index, prop::sample::Index),
    SwapFiles(prop::sample::Index, prop::sample::Index),
}

fn any_damage() -> impl Strategy<Value = Damage> {
    use Damage::{CopyLine, DropLines, Flip, Insert, Remove, SwapFiles, SwapLines};
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), at(), 1..=u8::MAX).prop_map(|(f, a, m)| Flip(f, a, m)),
        (at(), at(), any::<u8>()).prop_map(|(f, a, b)| Insert(f, a, b)),
        (at(), at()).prop_map(|(f, a)| Remove(f, a)),
        (at(), at()).prop_map(|(a, b)| SwapLines(a, b)),
        (at(), at()).prop_map(|(a, b)| CopyLine(a, b)),
        (at(), at()).prop_map(|(a, b)| DropLines(a, b)),
        (at(), at()).prop_map(|(a, b)| SwapFiles(a, b)),
    ]
}

impl Damage {
    fn apply(&self, files: &mut [(String, Vec<u8>)]) {
        match self {
            Self::Flip(file, at, mask) => *at.get_mut(&mut file.get_mut(files).1) ^= mask,
            Self::Insert(file, at, byte) => {
                let bytes = &mut file.get_mut(files).1;
                bytes.insert(at.index(bytes.len() + 1), *byte);
            }
            Self::Remove(file, at) => {
                let bytes = &mut file.get_mut(files).1;
                bytes.remove(at.index(bytes.len()));
            }
            Self::SwapFiles(a, b) => {
                let (a, b) = (a.index(files.len()), b.index(files.len()));
                let bytes = files[a].1.clone();
                files[a].1 = std::mem::replace(&mut files[b].1, bytes);
            }
            Self::SwapLines(a, b) | Self::CopyLine(a, b) | Self::DropLines(a, b) => {
                let records = &mut files[0].1;
                let mut lines: Vec<_> = records
                    .split_inclusive(|byte| *byte == b'\n')
                    .map(<[u8]>::to_vec)
                    .collect();
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                match self {
                    Self::SwapLines(..) => lines.swap(a, b),
                    Self::CopyLine(..) => lines[a] = lines[b].clone(),
                    _ => drop(lines.drain(a.min(b)..=a.max(b))),
                }
                *records = lines.concat();
            }
        }
    }
}

#[test]
fn random_damage_to_larger_ledgers_is_found() {
    let ledgers = [20, 256, 600].map(|size| {
        let dir = tempfile::tempdir().unwrap();
        let drafts: Vec<_> = (0..size).map(|n| statement(&n.to_string())).collect();
        writer(dir.path()).append(&drafts).unwrap();
        dir
    });
    let files: Vec<_> = ledgers.iter().map(|dir| bound(dir.path())).collect();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (0..3_usize, prop::collection::vec(any_damage(), 1..3));
    runner
        .run(&strategy, |(which, damages)| {
            let sound = &files[which];
            let mut damaged = sound.clone();
            for damage in &damages {
                if damaged.iter().all(|(_, bytes)| !bytes.is_empty()) {
                    damage.apply(&mut damaged);
                }
            }
            let dir = tempfile::tempdir().unwrap();
            copy(ledgers[which].path(), dir.path());
            for (file, bytes) in &damaged {
                fs::write(dir.path().join(file), bytes).unwrap();
            }
            let same = damaged.iter().zip(sound).all(|(a, b)| a.1 == b.1);
            let result = verify(dir.path());
            if same {
                prop_assert!(result.is_ok());
                return Ok(());
            }
            let Err(VerifyError::Wrong(failures)) = result else {
                return Err(TestCaseError::fail(format!("{result:?}")));
            };
            // Something that was damaged is named, or the number of records is.
            let changed = |file: &str| {
                let of = |files: &[(String, Vec<u8>)]| {
                    files
                        .iter()
                        .find(|(name, _)| name == file)
                        .map(|f| f.1.clone())
                };
                of(&damaged) != of(sound)
            };
            prop_assert!(
                failures.listed().iter().any(|f| changed(&f.file)),
                "{failures}"
            );
            Ok(())
        })
        .unwrap();
}
