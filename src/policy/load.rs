//! Folders on disk → the files and data of a policy set.

use std::path::{Path, PathBuf};

use super::data::Data;
use super::file::PolicyFile;
use super::{PolicyError, WaiversFile, bounds};
use crate::tree::{self, TreeError};

/// Most Rego files in one set.
pub const FILES_MAX: usize = 2_000;
/// Most bytes in one data document. 4 MiB.
pub const DATA_SIZE_MAX: u64 = 4 << 20;

/// How much a set may hold. The defaults are the documented limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadLimits {
    /// Most Rego files.
    pub files_max: usize,
    /// Most bytes in one data document.
    pub data_size_max: u64,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self {
            files_max: FILES_MAX,
            data_size_max: DATA_SIZE_MAX,
        }
    }
}

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Folders of policies, or single Rego files.
    pub roots: Vec<PathBuf>,
    /// Data files, or folders of them, mounted at the root of `data`.
    pub data: Vec<PathBuf>,
    /// How much may be loaded.
    pub limits: LoadLimits,
}

/// What was read from disk.
pub(super) struct Loaded {
    pub(super) files: Vec<PolicyFile>,
    pub(super) data: Data,
    pub(super) waivers: Option<WaiversFile>,
}

/// Reads everything that `options` names.
///
/// # Errors
/// Files that cannot be read or are beyond a limit, and data that conflicts.
pub(super) fn load(options: &LoadOptions) -> Result<Loaded, PolicyError> {
    let mut loaded = Loaded {
        files: Vec::new(),
        data: Data::new(),
        waivers: None,
    };
    for (index, root) in options.roots.iter().enumerate() {
        // One root needs no prefix; several may hold files of one name.
        let prefix = if options.roots.len() > 1 {
            format!("{index}/")
        } else {
            String::new()
        };
        for (relative, path) in files_of(root)? {
            loaded.add(&format!("{prefix}{relative}"), &relative, &path, options)?;
        }
    }
    for place in &options.data {
        for (relative, path) in files_of(place)? {
            if is_document(&relative) {
                let bytes = tree::read(&path, options.limits.data_size_max)?;
                loaded.data.add(&path.to_string_lossy(), &[], &bytes)?;
            }
        }
    }
    loaded.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(loaded)
}

impl Loaded {
    fn add(
        &mut self,
        manifest_path: &str,
        relative: &str,
        path: &Path,
        options: &LoadOptions,
    ) -> Result<(), PolicyError> {
        let shown = path.to_string_lossy().into_owned();
        let (folder, name) = relative.rsplit_once('/').unwrap_or(("", relative));
        if has_extension(name, &["rego"]) {
            if self.files.len() == options.limits.files_max {
                return Err(PolicyError::Count {
                    files_max: options.limits.files_max,
                });
            }
            let bytes = tree::read(path, bounds::FILE_SIZE_MAX)?;
            let read = PolicyFile::read(
                manifest_path.to_owned(),
                relative.to_owned(),
                shown.clone(),
                bytes,
            );
            let file = read.map_err(|source| PolicyError::File {
                path: shown,
                source,
            })?;
            self.files.push(file);
        } else if matches!(name, "data.json" | "data.yaml" | "data.yml") {
            let bytes = tree::read(path, options.limits.data_size_max)?;
            let mount: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
            self.data.add(&shown, &mount, &bytes)?;
        } else if relative == "waivers.yaml" {
            if let Some(other) = &self.waivers {
                return Err(PolicyError::Waivers {
                    path: shown,
                    other: other.path.to_string_lossy().into_owned(),
                });
            }
            self.waivers = Some(WaiversFile {
                bytes: tree::read(path, options.limits.data_size_max)?,
                path: path.to_owned(),
            });
        }
        Ok(())
    }
}

/// The files at `place`: itself, or all below it, each with its name relative to it.
fn files_of(place: &Path) -> Result<Vec<(String, PathBuf)>, TreeError> {
    if !place.is_file() {
        let listed = tree::list(place)?.into_iter();
        return listed
            .map(|file| Ok((file.path.clone(), tree::join(place, &file.path)?)))
            .collect();
    }
    let name = place.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| TreeError::Name {
        path: place.to_owned(),
    })?;
    Ok(vec![(name.to_owned(), place.to_owned())])
}

fn is_document(name: &str) -> bool {
    has_extension(name, &["json", "yaml", "yml"])
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(stem, extension)| !stem.is_empty() && extensions.contains(&extension))
}
