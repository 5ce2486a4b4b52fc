//! Sealing: a folder of files becomes a manifest.
//!
//! INVARIANT: a manifest is a function of the folder's names and bytes, of what the
//! caller describes, and of the manifest that was there. No clock, no modification
//! time and no trusted key enters it. TRUST: for a key that is going to sign, a manifest
//! that this very key has not signed was not there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::signing::PublicKey;
use crate::tree;

use super::kinds::Reading;
use super::manifest::{Collector, Entry, Manifest, Provenance, Redaction, SCHEMA, Source, Subject};
use super::signature::{self, SIGNATURE_NAME};
use super::unfinished::{UNFINISHED_NAME, refuse_unfinished};
use super::{
    BUNDLE_SIZE_MAX, EvidenceError, ITEM_SIZE_MAX, ITEMS_MAX, Kind, MANIFEST_NAME, Mapping,
};
use entry::entry;

mod entry;

/// What the sealer knows and the files do not say.
#[derive(Debug, Clone, Default)]
pub struct SealOptions {
    /// What the evidence is about; `None` keeps what an earlier manifest says.
    pub subject: Option<Vec<Subject>>,
    /// The instant of sealing.
    pub created_at: Option<Timestamp>,
    /// Version of the sealing program.
    pub collector_version: Option<String>,
    /// The key that is going to sign as a collector: what an earlier manifest says counts
    /// where this very key has signed it, and else nothing of it does.
    pub key: Option<PublicKey>,
    /// Descriptions of single files, by path.
    pub descriptions: BTreeMap<String, Description>,
}

/// What is known of one file; each field set overrides what its content says and what
/// an earlier manifest said.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// Its id, in place of the one from the path.
    pub id: Option<String>,
    /// Whether it was obtained anew: its id, kind and mapping are then those given here, or
    /// what its path and content make of it, and never those of an earlier manifest.
    pub is_collected: bool,
    /// Its kind; content that does not match it gets the status `error`.
    pub kind: Option<Kind>,
    /// The mapping that takes its facts out of it, which makes it a `json-map`.
    pub map: Option<Mapping>,
    /// When it was obtained.
    pub collected_at: Option<Timestamp>,
    /// The instant from which it may not be used.
    pub valid_until: Option<Timestamp>,
    /// How long after it was obtained it may be used, at most.
    pub valid_for: Option<Duration>,
    /// Where it came from.
    pub source: Option<Source>,
    /// Who obtained it, and how.
    pub provenance: Option<Provenance>,
    /// Why it is an error, whatever its content.
    pub fault: Option<String>,
    /// Why it is partial at best, whatever its content.
    pub gap: Option<String>,
    /// What was taken out of it.
    pub redactions: Vec<Redaction>,
}

/// A manifest, and how it differs from the one that was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The manifest.
    pub manifest: Manifest,
    /// Every difference, sorted by path; empty where there was no manifest.
    pub changes: Vec<Change>,
    /// Items whose bytes the earlier manifest does not have, and of which nothing says how
    /// they were obtained.
    pub uncollected: usize,
    /// Whether only the time and the maker of sealing differ from the one that was there.
    pub is_same: bool,
}

/// How an item differs from the one in the earlier manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The file was not there.
    Added {
        /// Its path.
        path: String,
    },
    /// The file is gone.
    Removed {
        /// Its path.
        path: String,
    },
    /// The file has other bytes; its earlier description was dropped.
    Altered {
        /// Its path.
        path: String,
    },
    /// The same bytes are described otherwise.
    Described {
        /// Its path.
        path: String,
    },
}

impl Change {
    /// Returns the path of the file.
    pub fn path(&self) -> &str {
        match self {
            Self::Added { path }
            | Self::Removed { path }
            | Self::Altered { path }
            | Self::Described { path } => path,
        }
    }
}

/// A file, read and described.
pub(super) struct Surveyed {
    pub(super) entry: Entry,
    pub(super) bytes: Vec<u8>,
    pub(super) reading: Reading,
}

/// Describes the folder `root`; writes nothing.
///
/// Items whose bytes are those that an earlier `bundle.json` names keep their id,
/// kind, source, provenance, times and a worse status; other items start anew.
///
/// # Errors
/// Irregular files, limits exceeded, shared ids, a malformed earlier manifest, descriptions
/// of files that are not there, and what a run of `collect` has left undone.
pub fn seal(root: &Path, options: &SealOptions) -> Result<Sealed, EvidenceError> {
    // TRUST: files that were to be replaced would be described as if they were new.
    refuse_unfinished(root, |_| false)?;
    seal_with(root, options, &BTreeMap::new(), &BTreeSet::new())
}

/// As [`seal`], of the folder as it will be once the bytes in `brought` are at their paths
/// and the files in `gone` are removed.
///
/// Whoever writes the manifest first and the bytes then leaves a folder that is not what its
/// manifest says, wherever it is stopped, and not one without a word on what went wrong.
///
/// # Errors
/// As [`seal`].
pub fn seal_with(
    root: &Path,
    options: &SealOptions,
    brought: &BTreeMap<&str, &[u8]>,
    gone: &BTreeSet<String>,
) -> Result<Sealed, EvidenceError> {
    let earlier = earlier_manifest(root, options.key.as_ref())?;
    let known: BTreeMap<&str, &Entry> = earlier
        .iter()
        .flat_map(|manifest| &manifest.items)
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    let mut files = files(root)?;
    files.retain(|path| !gone.contains(path));
    files.extend(brought.keys().map(|path| (*path).to_owned()));
    files.sort();
    files.dedup();
    if files.len() > ITEMS_MAX {
        return Err(EvidenceError::Count { count: files.len() });
    }
    if let Some(path) = options
        .descriptions
        .keys()
        .find(|path| !files.contains(path))
    {
        return Err(EvidenceError::NoSuchItem { path: path.clone() });
    }
    let mut entries = Vec::with_capacity(files.len());
    let mut size = 0;
    for path in files.drain(..) {
        let bytes = match brought.get(path.as_str()) {
            Some(bytes) => Cow::Borrowed(*bytes),
            None => Cow::Owned(read(root, &path)?),
        };
        if bytes.len() as u64 > ITEM_SIZE_MAX {
            return Err(EvidenceError::ItemSize { path });
        }
        size += bytes.len() as u64;
        if size > BUNDLE_SIZE_MAX {
            return Err(EvidenceError::BundleSize);
        }
        let known = known.get(path.as_str()).copied();
        let description = options.descriptions.get(&path).cloned().unwrap_or_default();
        entries.push(entry(path, &bytes, known, description)?.0);
    }
    sort(&mut entries)?;
    let changes = if earlier.is_some() {
        changes(&known, &entries)
    } else {
        Vec::new()
    };
    let uncollected = uncollected(&known, &entries);
    let subject = options.subject.clone();
    let mut manifest = manifest(Vec::new(), entries);
    manifest.subject = subject
        .or(earlier.as_ref().map(|manifest| manifest.subject.clone()))
        .unwrap_or_default();
    manifest.created_at = options.created_at;
    manifest.collector = options.collector_version.clone().map(|version| Collector {
        name: "assize".to_owned(),
        version,
    });
    manifest.to_bytes()?;
    let is_same = earlier.as_ref().is_some_and(|earlier| {
        let mut other = manifest.clone();
        other.created_at = earlier.created_at;
        other.collector.clone_from(&earlier.collector);
        other == *earlier
    });
    Ok(Sealed {
        manifest,
        changes,
        uncollected,
        is_same,
    })
}

/// Keeps others from describing the folder `root` anew until what is returned is dropped,
/// and waits for those who do. Two at once would each write what the other has not seen.
///
/// The lock is on the folder itself, so that nothing is left in it. None where the system
/// has no such lock.
pub fn hold(root: &Path) -> Option<File> {
    let folder = File::open(root).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

impl Manifest {
    /// Writes `bundle.json` into the folder `root`: all of it, or none. Returns whether it
    /// removed a signature, which was that of other bytes.
    ///
    /// # Errors
    /// [`EvidenceError::Write`], and what [`Manifest::to_bytes`] refuses.
    pub fn write(&self, root: &Path) -> Result<bool, EvidenceError> {
        let bytes = self.to_bytes()?;
        // ORDER: the signature goes before the bytes come that it is not about. A crash
        // between the two leaves the old manifest, unsigned.
        let removed = signature::remove_other(root, Digest::of(&bytes));
        let removed = removed.map_err(|source| EvidenceError::Write {
            path: root.join(SIGNATURE_NAME),
            source,
        })?;
        replace(root, MANIFEST_NAME, &bytes)?;
        Ok(removed)
    }
}

/// Writes the file `name` at the root of a bundle: all of it, or none.
pub(super) fn replace(root: &Path, name: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
    let path = root.join(name);
    // Hidden, so that no listing takes a torn one for evidence.
    let draft = root.join(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        // Left by one that was killed, whose number we have now: in containers there are few.
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&draft)?;
        file.write_all(bytes)?;
        // ORDER: the bytes are on disk before the name points at them.
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(root)?.sync_all()
    })();
    written.map_err(|source| {
        // The error worth reporting is the first one.
        let _ = fs::remove_file(&draft);
        EvidenceError::Write { path, source }
    })
}

/// Reads and describes every file below `root`, sorted by id.
pub(super) fn survey(root: &Path) -> Result<Vec<Surveyed>, EvidenceError> {
    let mut size = 0;
    let mut found = Vec::new();
    for path in files(root)? {
        let bytes = read(root, &path)?;
        size += bytes.len() as u64;
        if size > BUNDLE_SIZE_MAX {
            return Err(EvidenceError::BundleSize);
        }
        let (entry, reading) = entry(path, &bytes, None, Description::default())?;
        found.push(Surveyed {
            entry,
            bytes,
            reading,
        });
    }
    found.sort_by(|one, other| one.entry.id.cmp(&other.entry.id));
    refuse_shared_ids(found.iter().map(|file| &file.entry))?;
    Ok(found)
}

/// A manifest of `entries`, which are sorted, with no time and no maker.
pub(super) fn manifest(subject: Vec<Subject>, items: Vec<Entry>) -> Manifest {
    Manifest {
        schema: SCHEMA.to_owned(),
        subject,
        created_at: None,
        collector: None,
        items,
    }
}

/// The manifest that is there, as far as it counts for who is going to sign with `key`.
fn earlier_manifest(
    root: &Path,
    key: Option<&PublicKey>,
) -> Result<Option<Manifest>, EvidenceError> {
    if !root.is_dir() {
        return Err(EvidenceError::NotAFolder {
            path: root.to_owned(),
        });
    }
    let path = root.join(MANIFEST_NAME);
    if fs::symlink_metadata(&path).is_err() {
        return Ok(None);
    }
    let bytes = tree::read(&path, ITEM_SIZE_MAX)?;
    let manifest = Manifest::parse(&bytes)?;
    let counts = key.is_none_or(|key| {
        let signature = signature::of_manifest(root, Digest::of(&bytes));
        signature.is_some_and(|signature| signature.is_by(key))
    });
    Ok(counts.then_some(manifest))
}

fn files(root: &Path) -> Result<Vec<String>, EvidenceError> {
    let paths: Vec<String> = tree::list(root)?
        .into_iter()
        .map(|file| file.path)
        .filter(|path| ![MANIFEST_NAME, SIGNATURE_NAME, UNFINISHED_NAME].contains(&path.as_str()))
        .collect();
    if paths.len() > ITEMS_MAX {
        return Err(EvidenceError::Count { count: paths.len() });
    }
    Ok(paths)
}

fn read(root: &Path, path: &str) -> Result<Vec<u8>, EvidenceError> {
    tree::read(&tree::join(root, path)?, ITEM_SIZE_MAX).map_err(|error| match error {
        tree::TreeError::Size { .. } => EvidenceError::ItemSize {
            path: path.to_owned(),
        },
        other => other.into(),
    })
}

fn sort(entries: &mut [Entry]) -> Result<(), EvidenceError> {
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    refuse_shared_ids(entries.iter())
}

fn refuse_shared_ids<'a>(
    entries: impl Iterator<Item = &'a Entry> + Clone,
) -> Result<(), EvidenceError> {
    let next = entries.clone().skip(1);
    match entries.zip(next).find(|(one, next)| one.id == next.id) {
        None => Ok(()),
        Some((one, next)) => Err(EvidenceError::SharedId {
            id: one.id.clone(),
            one: one.path.clone(),
            other: next.path.clone(),
        }),
    }
}

/// How many of `entries` are new, and of nobody who says how they were obtained.
fn uncollected(known: &BTreeMap<&str, &Entry>, entries: &[Entry]) -> usize {
    let is_new = |entry: &&Entry| {
        let was = known.get(entry.path.as_str());
        was.is_none_or(|was| was.sha256 != entry.sha256)
    };
    let new = entries.iter().filter(is_new);
    new.filter(|entry| entry.provenance.is_none()).count()
}

fn changes(known: &BTreeMap<&str, &Entry>, entries: &[Entry]) -> Vec<Change> {
    let mut gone = known.clone();
    let mut changes = Vec::new();
    for entry in entries {
        let path = entry.path.clone();
        match gone.remove(entry.path.as_str()) {
            None => changes.push(Change::Added { path }),
            Some(was) if was.sha256 != entry.sha256 => changes.push(Change::Altered { path }),
            Some(was) if was != entry => changes.push(Change::Described { path }),
            Some(_) => {}
        }
    }
    changes.extend(gone.into_keys().map(|path| Change::Removed {
        path: path.to_owned(),
    }));
    changes.sort_by(|one, other| one.path().cmp(other.path()));
    changes
}

#[cfg(test)]
mod tests;
