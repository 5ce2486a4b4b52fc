//! What was collected becomes files, and each folder is sealed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{CollectError, Collected, earlier, redact};
use crate::clock::Timestamp;
use crate::evidence::manifest::{Entry, Provenance};
use crate::evidence::redaction::Disclosed;
use crate::evidence::{self, Description, SealOptions};
use crate::tree;

/// An evidence folder after a run.
#[derive(Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether a signature was removed, which was that of other bytes.
    pub is_unsigned: bool,
    /// What the manifest says of each file that was collected, with its source's name.
    pub entries: Vec<(String, Entry)>,
}

/// Writes `files` and seals their folders at `sealed_at`, naming `actor` as who collected.
/// What is redacted goes to the new file `disclosures`, if at all.
///
/// # Errors
/// Files that cannot be written and folders that cannot be sealed.
pub fn write(
    files: Vec<Collected>,
    sealed_at: Timestamp,
    actor: Option<&str>,
    disclosures: Option<&Path>,
) -> Result<Vec<Folder>, CollectError> {
    let mut by_folder: BTreeMap<PathBuf, Vec<Collected>> = BTreeMap::new();
    for file in files {
        by_folder.entry(file.folder.clone()).or_default().push(file);
    }
    let folders = by_folder.into_iter();
    folders
        .map(|(path, files)| folder(path, files, sealed_at, actor, disclosures))
        .collect()
}

fn folder(
    path: PathBuf,
    mut files: Vec<Collected>,
    sealed_at: Timestamp,
    actor: Option<&str>,
    disclosures: Option<&Path>,
) -> Result<Folder, CollectError> {
    let made = fs::create_dir_all(&path);
    made.map_err(|source| CollectError::Write {
        path: path.clone(),
        source,
    })?;
    let _alone = evidence::hold(&path);
    // TRUST: the folder may be that of the repository under test. No link in it is
    // followed, neither to write nor to remove.
    tree::list(&path)?;
    // ORDER: nothing is written that is to be redacted, and what is redacted is safe
    // before it is nowhere else.
    let disclosed = redact::apply_all(&mut files);
    if let Some(path) = disclosures.filter(|_| !disclosed.is_empty()) {
        Disclosed::store(path, &disclosed)?;
    }
    let mut options = SealOptions {
        created_at: Some(sealed_at),
        collector_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..SealOptions::default()
    };
    earlier::forget(&path, &files)?;
    let mut names = BTreeMap::new();
    for file in &mut files {
        names.insert(file.path.clone(), file.name.clone());
        options
            .descriptions
            .insert(file.path.clone(), description(file, sealed_at, actor));
    }
    let brought = files.iter();
    let brought = brought.map(|file| (file.path.as_str(), file.bytes.as_slice()));
    let sealed = evidence::seal_with(&path, &options, &brought.collect())?;
    // ORDER: the manifest before the files that it describes. A run that is stopped between
    // the two leaves files that are not what the manifest says, which no gate allows with;
    // the other way round, what went wrong with a file would be known to nobody.
    let is_unsigned = sealed.manifest.write(&path)?;
    for file in &files {
        put(&path, file)?;
    }
    let items = sealed.manifest.items.into_iter();
    let entries = items
        .filter_map(|entry| Some((names.get(&entry.path)?.clone(), entry)))
        .collect();
    Ok(Folder {
        path,
        is_unsigned,
        entries,
    })
}

/// What the manifest is to say of `file`, beside its bytes.
fn description(file: &mut Collected, sealed_at: Timestamp, actor: Option<&str>) -> Description {
    Description {
        id: None,
        kind: file.kind,
        map: file.map.take(),
        collected_at: file.collected_at,
        // From now on, where nothing says when it was obtained.
        valid_until: file.valid_for.and_then(|time| sealed_at.plus(time)),
        valid_for: file.valid_for,
        source: file.source.take(),
        provenance: Some(Provenance {
            method: file.method,
            actor: actor.map(str::to_owned),
            signed_by: None,
        }),
        fault: file.fault.take(),
        gap: file.gap.take(),
        redactions: std::mem::take(&mut file.redactions),
    }
}

/// Puts the bytes in the place of what was there, all or none.
fn put(folder: &Path, file: &Collected) -> Result<(), CollectError> {
    let path = tree::join(folder, &file.path)?;
    let failed = |source| CollectError::Write {
        path: path.clone(),
        source,
    };
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(failed)?;
    // Hidden, so that no listing takes a torn one for evidence.
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let draft = parent.join(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        // Whatever has this name is no draft of ours any more, and may be a link.
        let _ = fs::remove_file(&draft);
        let options = OpenOptions::new().write(true).create_new(true).open(&draft);
        options?.write_all(&file.bytes)?;
        fs::rename(&draft, &path)
    })();
    written.map_err(|source| {
        // The error worth reporting is the first one.
        let _ = fs::remove_file(&draft);
        failed(source)
    })
}
