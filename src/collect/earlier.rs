//! What earlier runs have left in an evidence folder, and what becomes of it.
//!
//! INVARIANTS
//! - Only what the manifest or the mark of a stopped run says was imported is removed: a file
//!   that somebody has put there is not ours to take away.
//! - A key signs what this run collected, and what it has signed before. TRUST: a manifest
//!   that came with the repository says what its author likes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{CollectError, Collected};
use crate::digest::Digest;
use crate::evidence::manifest::{Entry, Manifest, Method};
use crate::evidence::{
    self, BundleSignature, ITEM_SIZE_MAX, MANIFEST_NAME, SIGNATURE_NAME, UNFINISHED_NAME,
    Unfinished, id_of_path,
};
use crate::signing::Signer;
use crate::tree;

/// A folder as a run finds it.
#[derive(Debug)]
pub(super) struct Standing {
    root: PathBuf,
    /// Its files, but for what it says of itself.
    files: BTreeSet<String>,
    /// The lines of its manifest, by path.
    items: BTreeMap<String, Entry>,
    /// The signature of that manifest, whoever made it.
    signature: Option<BundleSignature>,
    /// What a run that was stopped had to write.
    due: BTreeSet<String>,
}

/// What a run gives to a folder.
#[derive(Debug, Default)]
pub(super) struct Gift {
    /// Files.
    pub(super) paths: BTreeSet<String>,
    /// Folders whose imported files are those of this run.
    pub(super) wholes: BTreeSet<String>,
}

impl Gift {
    pub(super) fn of(files: &[Collected]) -> Self {
        Self {
            paths: files.iter().map(|file| file.path.clone()).collect(),
            wholes: files.iter().filter_map(|file| file.whole.clone()).collect(),
        }
    }

    /// The whole folder that `path` lies in.
    pub(super) fn whole(&self, path: &str) -> Option<&str> {
        let mut wholes = self.wholes.iter().map(String::as_str);
        wholes.find(|whole| {
            let rest = path.strip_prefix(whole);
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

impl Standing {
    /// Looks at the folder `root`.
    ///
    /// # Errors
    /// Links and the like in it, and a manifest or a mark that cannot be read.
    pub(super) fn of(root: &Path) -> Result<Self, CollectError> {
        // TRUST: the folder may be that of the repository under test. No link in it is
        // followed, neither to write nor to remove.
        let listed = tree::list(root)?.into_iter().map(|file| file.path);
        let files = listed.filter(|path| {
            ![MANIFEST_NAME, SIGNATURE_NAME, UNFINISHED_NAME].contains(&path.as_str())
        });
        let manifest = root.join(MANIFEST_NAME);
        let (items, signature) = if fs::symlink_metadata(&manifest).is_ok() {
            let bytes = tree::read(&manifest, ITEM_SIZE_MAX)?;
            let signature = evidence::signature_of(root, Digest::of(&bytes));
            (Manifest::parse(&bytes)?.items, signature)
        } else {
            (Vec::new(), None)
        };
        let mark = Unfinished::read(root)?;
        let due = mark.iter().flat_map(Unfinished::paths);
        Ok(Self {
            root: root.to_owned(),
            files: files.collect(),
            items: items
                .into_iter()
                .map(|entry| (entry.path.clone(), entry))
                .collect(),
            signature,
            due: due.map(str::to_owned).collect(),
        })
    }

    /// Where the file `path` is.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The id of the item at `path`, which stays as it is: a name that someone gave it stays.
    /// What a source gives is named by its path.
    pub(super) fn id_of_kept(&self, path: &str) -> String {
        let named = self.items.get(path).map(|entry| entry.id.clone());
        named.unwrap_or_else(|| id_of_path(path))
    }

    /// What an earlier run imported to folders of `gift`, and this one does not.
    pub(super) fn gone(&self, gift: &Gift) -> BTreeSet<String> {
        let was_imported =
            |path: &str| self.due.contains(path) || self.items.get(path).is_some_and(was_imported);
        let files = self.files.iter().filter(|path| {
            gift.whole(path).is_some() && !gift.paths.contains(*path) && was_imported(path)
        });
        files.cloned().collect()
    }

    /// The files that stay as they are.
    pub(super) fn kept<'s>(
        &'s self,
        gift: &'s Gift,
        gone: &'s BTreeSet<String>,
    ) -> impl Iterator<Item = &'s str> {
        let files = self.files.iter();
        let kept = files.filter(|path| !gift.paths.contains(*path) && !gone.contains(*path));
        kept.map(String::as_str)
    }

    /// Refuses what a stopped run had to write and `gift` does not replace.
    ///
    /// # Errors
    /// [`evidence::EvidenceError::Unfinished`].
    pub(super) fn refuse_unfinished(&self, gift: &Gift) -> Result<(), CollectError> {
        let is_settled = |path: &str| gift.paths.contains(path) || gift.whole(path).is_some();
        Ok(evidence::refuse_unfinished(&self.root, is_settled)?)
    }

    /// Refuses to have `key` sign for `kept`, unless it has done so before. Those of `sealed`
    /// have to be as they were then.
    ///
    /// # Errors
    /// [`CollectError::Unvouched`].
    pub(super) fn refuse_unvouched<'k>(
        &self,
        kept: impl Iterator<Item = &'k str>,
        sealed: Option<&Manifest>,
        key: &Signer,
    ) -> Result<(), CollectError> {
        let signature = self.signature.as_ref();
        let has_signed = signature.is_some_and(|signature| signature.is_by(key.public()));
        let digests: Option<BTreeMap<_, _>> = sealed.map(|sealed| {
            let entries = sealed.items.iter();
            entries
                .map(|entry| (entry.path.as_str(), entry.sha256))
                .collect()
        });
        let is_vouched = |path: &str| {
            let was = self.items.get(path).filter(|_| has_signed);
            was.is_some_and(|was| {
                let digests = digests.as_ref();
                digests.is_none_or(|digests| digests.get(path) == Some(&was.sha256))
            })
        };
        let paths: Vec<_> = kept.filter(|path| !is_vouched(path)).collect();
        if paths.is_empty() {
            return Ok(());
        }
        Err(CollectError::Unvouched {
            folder: self.root.clone(),
            paths: paths.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Why no file can be written to `path` once `gone` is removed.
    pub(super) fn obstacle(&self, path: &str, gone: &BTreeSet<String>) -> Option<String> {
        // Only an existing folder is asked for a name, and too long ones are so everywhere.
        for part in path.split('/') {
            match fs::symlink_metadata(self.root.join(part)) {
                Err(error) if !is_absence(&error) => return Some(format!("`{path}`: {error}")),
                _ => {}
            }
        }
        let folders = path.match_indices('/').map(|(at, _)| at);
        for folder in folders.filter_map(|end| path.get(..end)) {
            match fs::symlink_metadata(self.root.join(folder)) {
                Ok(found) if found.is_dir() => {}
                Ok(_) if gone.contains(folder) => return None,
                Ok(_) => return Some(format!("`{folder}` is a file that no source gave")),
                Err(error) if is_absence(&error) => return None,
                Err(error) => return Some(format!("`{folder}`: {error}")),
            }
        }
        match fs::symlink_metadata(self.root.join(path)) {
            Ok(found) if found.is_dir() => {
                let held = held(&self.root, path, gone)?;
                Some(format!("`{path}` is a folder, with `{held}` in it"))
            }
            _ => None,
        }
    }

    /// Removes what is `gone`, and the folders that this leaves empty.
    ///
    /// # Errors
    /// Files that cannot be removed.
    pub(super) fn remove(&self, gone: &BTreeSet<String>) -> Result<(), CollectError> {
        for relative in gone {
            let path = tree::join(&self.root, relative)?;
            match fs::remove_file(&path) {
                Err(source) if !is_absence(&source) => {
                    return Err(CollectError::Write { path, source });
                }
                _ => {}
            }
            let folders = path.ancestors().skip(1);
            let inside = folders.take_while(|folder| *folder != self.root);
            for folder in inside {
                // One that is not empty stays.
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn was_imported(entry: &Entry) -> bool {
    let by_import = entry.provenance.as_ref();
    by_import.is_some_and(|from| from.method == Method::Import)
        && entry
            .source
            .as_ref()
            .is_some_and(|source| source.uri.starts_with("file:"))
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Something in the folder `path` that is no folder and is not `gone`, hidden or not.
fn held(root: &Path, path: &str, gone: &BTreeSet<String>) -> Option<String> {
    let Ok(entries) = fs::read_dir(root.join(path)) else {
        return Some("what cannot be read".to_owned());
    };
    for entry in entries {
        let Ok(entry) = entry else {
            return Some("what cannot be read".to_owned());
        };
        let inner = format!("{path}/{}", entry.file_name().to_string_lossy());
        let found = match entry.file_type() {
            Ok(kind) if kind.is_dir() => held(root, &inner, gone),
            _ if gone.contains(&inner) => None,
            _ => Some(inner),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
