//! Names of files that are known only when a source was asked: what would leave a folder
//! that cannot be sealed is a fault of that source, and no file.
//!
//! INVARIANT: what is left has names that fit beside each other, and beside what stays in the
//! folder, on every file system: also where `A` and `a` are one name.

use std::collections::{BTreeMap, BTreeSet};

use super::earlier::{Gift, Standing};
use super::redact::{Left, relist};
use super::{CollectError, Collected};
use crate::evidence::redaction::{DISCLOSURES, Disclosed};
use crate::evidence::{ID_SIZE_MAX, id_of_path, is_sound_id, is_sound_path};
use crate::tree::DEPTH_MAX;

/// Most bytes in a name, by what file systems take.
const NAME_SIZE_MAX: usize = 255;
/// Names that a fault tells of; of others it says how many there are.
const TOLD_MAX: usize = 5;
/// As much of a document is looked at to tell whether it may be one of disclosures.
const SEEN_SIZE: usize = 1_024;

/// Why no item can be at `path`, whatever else is in the folder.
pub(super) fn unsound(path: &str) -> Option<String> {
    // Where `A` and `a` are one name, a manifest has several.
    if !is_sound_path(path) || !is_sound_path(&path.to_lowercase()) {
        let path = path.escape_debug();
        return Some(format!(
            "`{path}` names no item: it is reserved, hidden, empty, or has control characters"
        ));
    }
    if path.matches('/').count() > DEPTH_MAX {
        return Some(format!("`{path}` lies more than {DEPTH_MAX} folders deep"));
    }
    if path.split('/').any(|part| part.len() > NAME_SIZE_MAX) {
        return Some(format!(
            "`{path}` has a name of more than {NAME_SIZE_MAX} bytes"
        ));
    }
    let id = id_of_path(path);
    (!is_sound_id(&id)).then(|| format!("`{path}` makes no id of 1 to {ID_SIZE_MAX} bytes"))
}

/// Takes out of `files`, which are for one folder, those that cannot be in it; their sources'
/// lists are at fault and say so.
///
/// # Errors
/// Files that settings name and that cannot be there.
pub(super) fn sift(files: &mut Vec<Collected>, standing: &Standing) -> Result<(), CollectError> {
    let mut faults = Faults::new();
    for (number, file) in files.iter_mut().enumerate() {
        if is_disclosures(&file.bytes) {
            let reason = "holds disclosures, which must not lie in an evidence folder";
            file.bytes = Vec::new();
            file.fault = Some(reason.to_owned());
            if is_found(file) {
                faults.insert(number, format!("`{}` {reason}", file.path));
            }
        } else if let Some(reason) = unsound(&file.path).filter(|_| is_found(file)) {
            faults.insert(number, reason);
        }
    }
    let gift = Gift::of(files);
    let gone = standing.gone(&gift);
    for (number, file) in files.iter().enumerate() {
        match standing.obstacle(&file.path, &gone) {
            None => {}
            Some(reason) if is_found(file) => {
                faults.entry(number).or_insert(reason);
            }
            Some(reason) => {
                return Err(CollectError::Obstructed {
                    path: standing.path(&file.path),
                    reason,
                });
            }
        }
    }
    let kept: Vec<_> = standing.kept(&gift, &gone).collect();
    clash(files, &kept, standing, &mut faults)?;
    take_out(files, &faults);
    Ok(())
}

/// Why files, by their number, cannot be kept.
type Faults = BTreeMap<usize, String>;

/// Finds files that would be one with another, or in another.
fn clash(
    files: &[Collected],
    kept: &[&str],
    standing: &Standing,
    faults: &mut Faults,
) -> Result<(), CollectError> {
    let given = files.iter().enumerate();
    let given = given.map(|(number, file)| (Some(number), file.path.as_str()));
    let all: Vec<_> = given.chain(kept.iter().map(|path| (None, *path))).collect();
    let mut ids: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut paths: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for one in &all {
        let id = match one.0 {
            Some(_) => id_of_path(one.1),
            None => standing.id_of_kept(one.1),
        };
        ids.entry(id).or_default().push(*one);
        paths.entry(one.1.to_lowercase()).or_default().push(*one);
    }
    let mut groups: Vec<Vec<_>> = ids.into_values().collect();
    for (path, group) in &paths {
        let folders = path
            .match_indices('/')
            .filter_map(|(end, _)| path.get(..end));
        let files = folders.filter_map(|folder| paths.get(folder));
        groups.extend(files.map(|files| [files.as_slice(), group.as_slice()].concat()));
    }
    groups.extend(paths.into_values());
    for group in groups.iter().filter(|group| group.len() > 1) {
        let found = |number: usize| files.get(number).filter(|file| is_found(file));
        let settled: Vec<_> = group
            .iter()
            .filter_map(|(number, _)| files.get((*number)?))
            .filter(|file| !is_found(file))
            .collect();
        if let [one, other, ..] = settled.as_slice() {
            return Err(CollectError::SharedPath {
                one: one.name.clone(),
                other: other.name.clone(),
                path: standing.path(&other.path),
            });
        }
        for (number, path) in group {
            let Some(number) = number.filter(|number| found(*number).is_some()) else {
                continue;
            };
            let others = group.iter().filter(|other| other.0 != Some(number));
            let others: BTreeSet<_> = others.map(|(_, path)| format!("`{path}`")).collect();
            let others: Vec<_> = others.into_iter().take(TOLD_MAX).collect();
            let reason = format!("`{path}` and {} would be one item", others.join(", "));
            faults.entry(number).or_insert(reason);
        }
    }
    Ok(())
}

/// Takes the files that `faults` names out of `files`, and says so in the lists of their
/// sources.
fn take_out(files: &mut Vec<Collected>, faults: &Faults) {
    let mut by_source: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (number, reason) in faults {
        if let Some(file) = files.get(*number) {
            let faults = by_source.entry(file.name.clone()).or_default();
            faults.push((file.path.clone(), reason.clone()));
        }
    }
    let mut number = 0;
    files.retain(|_| {
        number += 1;
        !faults.contains_key(&(number - 1))
    });
    for list in files.iter_mut().filter(|file| file.is_list) {
        let Some(faults) = by_source.get(&list.name) else {
            continue;
        };
        let told = faults
            .iter()
            .take(TOLD_MAX)
            .map(|(_, reason)| reason.as_str());
        let mut said: Vec<_> = list.fault.iter().map(String::as_str).chain(told).collect();
        let more = format!("{} more like these", faults.len().saturating_sub(TOLD_MAX));
        if faults.len() > TOLD_MAX {
            said.push(&more);
        }
        list.fault = Some(said.join("; "));
        let left: BTreeMap<String, Left> = faults
            .iter()
            .map(|(path, reason)| (path.clone(), Err(reason.clone())))
            .collect();
        // What is not there is not listed as if it were.
        if !list.bytes.is_empty() && !relist(list, &left) {
            list.bytes = Vec::new();
        }
    }
}

/// Whether nobody knew of the file before its source was asked.
fn is_found(file: &Collected) -> bool {
    file.whole.is_some() && !file.is_list
}

/// Whether `bytes` are what was taken out of evidence.
fn is_disclosures(bytes: &[u8]) -> bool {
    let ends = [
        bytes.get(..SEEN_SIZE.min(bytes.len())),
        bytes.get(bytes.len().saturating_sub(SEEN_SIZE)..),
    ];
    let names = |end: &[u8]| {
        let mut parts = end.windows(DISCLOSURES.len());
        parts.any(|part| part == DISCLOSURES.as_bytes())
    };
    ends.into_iter().flatten().any(names) && Disclosed::parse(bytes).is_ok()
}
