//! What was collected becomes files, and each folder is sealed.
//!
//! INVARIANTS
//! - All that can be refused is found, in every folder, before anything is changed in one.
//! - Wherever a run is stopped, the folder is what its manifest says, or a mark is there that
//!   says which files are not yet what they are to be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::drafts::Drafts;
use super::earlier::{Gift, Standing};
use super::settings::Plan;
use super::{CollectError, Collected, names, redact};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::evidence::manifest::{Entry, Provenance};
use crate::evidence::redaction::Disclosed;
use crate::evidence::{
    self, BundleSignature, Description, EvidenceError, SealOptions, Sealed, Unfinished, id_of_path,
};
use crate::signing::{KeyId, Signer};
use crate::tree;

/// An evidence folder after a run.
#[derive(Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether a signature was removed, which was that of other bytes.
    pub is_unsigned: bool,
    /// The keys that have signed the manifest.
    pub signers: Vec<KeyId>,
    /// What the manifest says of each file that was collected, with its source's name.
    pub entries: Vec<(String, Entry)>,
    /// Files in folders of a source that it did not give.
    pub strangers: Vec<String>,
}

/// What became of the folders.
#[derive(Debug)]
pub struct Written {
    /// Those that are sealed, and signed where there is a key.
    pub folders: Vec<Folder>,
    /// Why it went no further.
    pub failure: Option<Failure>,
}

/// A folder that could not be written to its end.
#[derive(Debug)]
pub struct Failure {
    /// Where it is.
    pub path: PathBuf,
    /// Those that were to come after it. Nothing was changed in them.
    pub left: Vec<PathBuf>,
    /// What went wrong.
    pub error: CollectError,
}

/// How folders are sealed.
#[derive(Debug, Clone, Copy)]
pub struct Sealing<'a> {
    /// When.
    pub at: Timestamp,
    /// Who collected.
    pub actor: Option<&'a str>,
    /// The new file for what is redacted, if any.
    pub disclosures: Option<&'a Path>,
    /// The key that is going to sign.
    pub key: Option<&'a Signer>,
}

/// A folder of which all is known that is to be done to it.
struct Prepared {
    path: PathBuf,
    standing: Standing,
    files: Vec<Collected>,
    names: BTreeMap<String, String>,
    gone: BTreeSet<String>,
    sealed: Sealed,
    disclosed: Vec<Disclosed>,
    drafts: Drafts,
    strangers: Vec<String>,
    /// Held until everything is written.
    _alone: Option<File>,
}

/// Refuses folders that `plan` could not be written to, before anything is asked: what stands
/// in the way of it, and what `key` is not to sign.
///
/// # Errors
/// As [`write`], as far as that is known beforehand.
pub fn refuse_unready(plan: &Plan, key: Option<&Signer>) -> Result<(), CollectError> {
    let mut gifts: BTreeMap<PathBuf, Gift> = BTreeMap::new();
    for file in plan.files() {
        let gift = gifts.entry(file.folder.to_owned()).or_default();
        gift.paths.insert(file.path);
    }
    for whole in plan.folders() {
        let gift = gifts.entry(whole.folder.to_owned()).or_default();
        gift.wholes.insert(whole.path);
    }
    for (path, gift) in gifts.iter().filter(|(path, _)| path.is_dir()) {
        // The mark of a run that is writing now is not one of a run that was stopped.
        let _alone = evidence::hold(path);
        let standing = Standing::of(path)?;
        standing.refuse_unfinished(gift)?;
        let gone = standing.gone(gift);
        for path in &gift.paths {
            if let Some(reason) = standing.obstacle(path, &gone) {
                let path = standing.path(path);
                return Err(CollectError::Obstructed { path, reason });
            }
        }
        let kept = standing.kept(gift, &gone);
        let kept: BTreeMap<_, _> = kept.map(|path| (standing.id_of_kept(path), path)).collect();
        for path in &gift.paths {
            let id = id_of_path(path);
            if let Some(other) = kept.get(&id) {
                let (one, other) = (path.clone(), (*other).to_owned());
                return Err(EvidenceError::SharedId { id, one, other }.into());
            }
        }
        if let Some(key) = key {
            standing.refuse_unvouched(standing.kept(gift, &gone), None, key)?;
        }
    }
    Ok(())
}

/// Writes `files`, seals their folders and signs them, one folder after the other.
///
/// # Errors
/// Files that cannot be written and folders that cannot be sealed, as far as that is found
/// before anything is changed. What comes later is the [`Failure`] of the folder.
pub fn write(files: Vec<Collected>, sealing: &Sealing<'_>) -> Result<Written, CollectError> {
    // One folder may have two names, and would be waited for twice.
    let mut by_folder: BTreeMap<PathBuf, (PathBuf, Vec<Collected>)> = BTreeMap::new();
    for file in files {
        let path = file.folder.clone();
        let failed = |source| CollectError::Write {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&path).map_err(failed)?;
        let real = fs::canonicalize(&path).map_err(failed)?;
        let (_, files) = by_folder.entry(real).or_insert((path, Vec::new()));
        files.push(file);
    }
    let folders = by_folder.into_values();
    let prepared: Vec<_> = folders
        .map(|(path, files)| Prepared::of(path, files, sealing))
        .collect::<Result<_, _>>()?;
    // ORDER: nothing is written that is to be redacted, and what is redacted is safe before
    // it is nowhere else.
    let disclosed = prepared.iter().flat_map(|folder| &folder.disclosed);
    let disclosed: Vec<_> = disclosed.cloned().collect();
    if let Some(path) = sealing.disclosures.filter(|_| !disclosed.is_empty()) {
        Disclosed::store(path, &disclosed)?;
    }
    let mut folders = Vec::new();
    let mut prepared = prepared.into_iter();
    while let Some(folder) = prepared.next() {
        let path = folder.path.clone();
        match folder.write(sealing.key) {
            Ok(folder) => folders.push(folder),
            Err(error) => {
                let left = prepared.map(|folder| folder.path.clone()).collect();
                let failure = Some(Failure { path, left, error });
                return Ok(Written { folders, failure });
            }
        }
    }
    Ok(Written {
        folders,
        failure: None,
    })
}

impl Prepared {
    fn of(
        path: PathBuf,
        mut files: Vec<Collected>,
        sealing: &Sealing<'_>,
    ) -> Result<Self, CollectError> {
        let alone = evidence::hold(&path);
        let standing = Standing::of(&path)?;
        standing.refuse_unfinished(&Gift::of(&files))?;
        names::sift(&mut files, &standing)?;
        let gift = Gift::of(&files);
        let gone = standing.gone(&gift);
        let disclosed = redact::apply_all(&mut files);
        let mut options = SealOptions {
            created_at: Some(sealing.at),
            collector_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            key: sealing.key.map(|key| *key.public()),
            ..SealOptions::default()
        };
        let mut names = BTreeMap::new();
        for file in &mut files {
            names.insert(file.path.clone(), file.name.clone());
            let description = description(file, sealing.at, sealing.actor);
            options.descriptions.insert(file.path.clone(), description);
        }
        let brought = files.iter();
        let brought = brought.map(|file| (file.path.as_str(), file.bytes.as_slice()));
        let sealed = evidence::seal_with(&path, &options, &brought.collect(), &gone)?;
        let kept: Vec<_> = standing.kept(&gift, &gone).collect();
        if let Some(key) = sealing.key {
            let kept = kept.iter().copied();
            standing.refuse_unvouched(kept, Some(&sealed.manifest), key)?;
        }
        let strangers = kept.iter().filter(|path| gift.whole(path).is_some());
        let strangers = strangers.map(|path| (*path).to_owned()).collect();
        let drafts = Drafts::make(&path, alone.is_some())?;
        for (number, file) in files.iter().enumerate() {
            drafts.add(number, &file.bytes)?;
        }
        Ok(Self {
            path,
            standing,
            files,
            names,
            gone,
            sealed,
            disclosed,
            drafts,
            strangers,
            _alone: alone,
        })
    }

    fn write(self, key: Option<&Signer>) -> Result<Folder, CollectError> {
        let gone = self.gone.iter().map(|path| (path.clone(), None));
        let given = self.files.iter();
        let given = given.map(|file| (file.path.clone(), Some(Digest::of(&file.bytes))));
        // ORDER: the mark, the manifest, and then the files that it describes. A run that is
        // stopped on the way leaves a mark, which no gate allows with and nobody seals over;
        // without it, what went wrong with a file would be known to nobody.
        Unfinished::of(gone.chain(given).collect()).write(&self.path)?;
        let is_unsigned = self.sealed.manifest.write(&self.path)?;
        self.standing.remove(&self.gone)?;
        for (number, file) in self.files.iter().enumerate() {
            let path = tree::join(&self.path, &file.path)?;
            self.drafts.place(number, &path)?;
        }
        // ORDER: the mark goes last. What a key was to sign and did not sign is unfinished.
        let signature = key.map(|key| self.sealed.manifest.sign(&self.path, key));
        let signature = signature.transpose()?;
        let signers = signature.iter().flat_map(BundleSignature::key_ids);
        let signers = signers.collect();
        Unfinished::remove(&self.path)?;
        let items = self.sealed.manifest.items.into_iter();
        let entries = items
            .filter_map(|entry| Some((self.names.get(&entry.path)?.clone(), entry)))
            .collect();
        Ok(Folder {
            path: self.path,
            is_unsigned,
            signers,
            entries,
            strangers: self.strangers,
        })
    }
}

/// What the manifest is to say of `file`, beside its bytes.
fn description(file: &mut Collected, sealed_at: Timestamp, actor: Option<&str>) -> Description {
    Description {
        id: None,
        is_collected: true,
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
