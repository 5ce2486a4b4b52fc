//! Waits for files to change, by looking: no service of the operating system is asked,
//! so that it works on every file system, and nothing is missed while tests run.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::tree;

/// How often files are looked at.
const INTERVAL: Duration = Duration::from_millis(250);

/// What tells one state of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
}

/// Returns the state of every file at or below `places`.
pub fn state(places: &[PathBuf]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for place in places {
        if place.is_file() {
            seen.push(look(place));
            continue;
        }
        // A folder that cannot be listed just now has no files.
        let files = tree::survey(place).map_or_else(|_| Vec::new(), |survey| survey.files);
        seen.extend(files.iter().map(|file| look(&place.join(&file.path))));
    }
    seen
}

/// Returns once the state is no longer `seen`.
pub fn until_other(places: &[PathBuf], seen: &[Seen]) {
    while state(places) == seen {
        thread::sleep(INTERVAL);
    }
}

fn look(path: &Path) -> Seen {
    let metadata = path.metadata().ok();
    Seen {
        path: path.to_owned(),
        size: metadata.as_ref().map_or(0, std::fs::Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_kind_of_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.rego");
        let places = vec![folder.path().to_owned()];
        let mut states = vec![state(&places)];
        fs::write(&file, "package a\n").unwrap();
        states.push(state(&places));
        fs::write(&file, "package ab\n").unwrap();
        states.push(state(&places));
        fs::rename(&file, folder.path().join("b.rego")).unwrap();
        states.push(state(&places));
        fs::remove_file(folder.path().join("b.rego")).unwrap();
        assert_eq!(state(&places), states[0]);
        states.dedup();
        assert_eq!(states.len(), 4);
    }
}
