//! `[server.*]` and `[collect.*]`: where to ask, and for what.
//!
//! A table of `collect` is one source: `from` says what it is, `evidence` and `path` where
//! its file goes, and the rest is the source's own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::redact::Removal;
use super::server::Server;
use super::sources::{Ask, ORIGINS, Own};
use super::{CollectError, names};
use crate::clock::parse_duration;
use crate::evidence::{Mapping, id_of_path};
use crate::json::{self, Map, Value};
use crate::process::Output;
use crate::tree;

/// All that is to be collected.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Folder that paths in the settings are relative to.
    pub(super) base: PathBuf,
    /// Servers, by name.
    pub(super) servers: BTreeMap<String, Server>,
    /// Sources, by name.
    pub(super) sources: Vec<Source>,
    /// Where what commands write is passed on to.
    pub(super) passed_on: Option<PassedOn>,
    /// Names in the environment that commands do not get.
    pub(super) withheld: BTreeSet<String>,
}

/// A file that a source gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile<'p> {
    /// The source.
    pub source: &'p str,
    /// The evidence folder.
    pub folder: &'p Path,
    /// The file in it.
    pub path: String,
}

/// Takes what a command writes, as it comes.
pub type PassedOn = SyncSender<(Output, Vec<u8>)>;

/// One source.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    /// The evidence folder.
    pub(super) folder: PathBuf,
    /// The file in it.
    pub(super) path: String,
    /// The mapping that takes the facts out of files whose kind the source leaves open.
    pub(super) map: Option<Mapping>,
    /// How long what was collected may be used.
    pub(super) valid_for: Option<Duration>,
    /// What is taken out of its files.
    pub(super) redact: Vec<Removal>,
    /// The server that it names.
    pub(super) server: Option<String>,
    /// What is asked.
    pub(super) asked: Arc<dyn Ask>,
}

/// What every source has.
#[derive(Debug, Deserialize)]
struct Common {
    from: String,
    server: Option<String>,
    evidence: Option<PathBuf>,
    path: Option<String>,
    map: Option<PathBuf>,
    valid_for: Option<String>,
    #[serde(default)]
    redact: Vec<Value>,
}

/// Their names; the rest belongs to the source.
const COMMON: [&str; 7] = [
    "from",
    "server",
    "evidence",
    "path",
    "map",
    "valid_for",
    "redact",
];

impl Plan {
    /// Reads the tables below `server` and `collect`; paths in them are relative to
    /// `base`, and a source that names no `evidence` writes to `evidence`.
    ///
    /// # Errors
    /// Settings that are unknown, missing, of the wrong type or without sense, by table.
    pub fn read(
        servers: &BTreeMap<String, Value>,
        sources: &BTreeMap<String, Value>,
        evidence: Option<&Path>,
        base: &Path,
    ) -> Result<Self, CollectError> {
        let mut plan = Self {
            base: base.to_owned(),
            servers: BTreeMap::new(),
            sources: Vec::new(),
            passed_on: None,
            withheld: BTreeSet::new(),
        };
        for (name, value) in servers {
            let server = Server::read(&format!("server.{name}"), value)?;
            plan.servers.insert(name.clone(), server);
        }
        for (name, value) in sources {
            let source = plan.source(name, value, evidence)?;
            plan.sources.push(source);
        }
        plan.refuse_shared_paths()?;
        Ok(plan)
    }

    /// Returns the names of all sources, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// Returns every file that is known before it is asked for.
    pub fn files(&self) -> impl Iterator<Item = PlannedFile<'_>> {
        self.sources.iter().flat_map(|source| {
            let paths = source.paths().into_iter();
            paths.map(|path| PlannedFile {
                source: &source.name,
                folder: &source.folder,
                path,
            })
        })
    }

    /// Returns every folder whose files are known only when they were asked for.
    pub fn folders(&self) -> impl Iterator<Item = PlannedFile<'_>> {
        self.sources.iter().filter_map(|source| {
            Some(PlannedFile {
                source: &source.name,
                folder: &source.folder,
                path: source.asked.folder(&source.path)?,
            })
        })
    }

    /// Returns the evidence folders of sources that redact something, each once.
    pub fn redacted_folders(&self) -> BTreeSet<&Path> {
        let redact = self.sources.iter();
        let redact = redact.filter(|source| !source.redact.is_empty());
        redact.map(|source| source.folder.as_path()).collect()
    }

    /// Leaves the sources called `names`.
    ///
    /// # Errors
    /// A name that no source has.
    pub fn only(mut self, names: &[String]) -> Result<Self, CollectError> {
        if let Some(name) = names
            .iter()
            .find(|name| self.names().all(|own| own != **name))
        {
            return Err(CollectError::NoSuchSource { name: name.clone() });
        }
        self.sources.retain(|source| names.contains(&source.name));
        Ok(self)
    }

    /// Passes on to `to` what commands write.
    #[must_use]
    pub fn passing_on(mut self, to: PassedOn) -> Self {
        self.passed_on = Some(to);
        self
    }

    /// Keeps from commands what `names` in the environment hold.
    #[must_use]
    pub fn withholding(mut self, names: BTreeSet<String>) -> Self {
        self.withheld = names;
        self
    }

    fn source(
        &self,
        name: &str,
        value: &Value,
        evidence: Option<&Path>,
    ) -> Result<Source, CollectError> {
        let table = format!("collect.{name}");
        let refuse = |reason: String| CollectError::Setting {
            table: table.clone(),
            reason,
        };
        let (common, settings) = apart(&table, value)?;
        let own = common.evidence.map(|folder| self.base.join(folder));
        let Some(folder) = own.as_deref().or(evidence) else {
            return Err(refuse(
                "expected `evidence`, the folder that its file goes to".into(),
            ));
        };
        let valid_for = match common.valid_for.as_deref().map(parse_duration).transpose() {
            Ok(duration) => duration,
            Err(error) => return Err(refuse(format!("valid_for: {error}"))),
        };
        let origin = ORIGINS.iter().find(|origin| origin.from == common.from);
        let origin = origin.ok_or_else(|| {
            let known: Vec<_> = ORIGINS.iter().map(|origin| origin.from).collect();
            let (from, known) = (&common.from, known.join(", "));
            refuse(format!("from is `{from}`, expected {known}"))
        })?;
        match &common.server {
            Some(server) if !self.servers.contains_key(server) => {
                return Err(refuse(format!("there is no table `server.{server}`")));
            }
            // What is not asked must not look as if it were.
            Some(_) if !origin.needs_server => {
                let from = origin.from;
                return Err(refuse(format!("server: `from = \"{from}\"` asks none")));
            }
            None if origin.needs_server => {
                return Err(refuse("expected `server`".into()));
            }
            _ => {}
        }
        let asked = (origin.read)(Own {
            table: &table,
            settings,
        })?;
        let map = common.map.map(|path| self.base.join(path));
        let map = map.as_deref().map(Mapping::load).transpose();
        let map = map.map_err(|error| refuse(error.to_string()))?;
        if map.is_some() && !asked.leaves_kinds_open() {
            let from = &common.from;
            return Err(refuse(format!(
                "`map` is for files that may be of any kind, and this `{from}` gives none"
            )));
        }
        let path = common.path.unwrap_or_else(|| asked.path(name));
        tree::join(folder, &path)?;
        let paths = asked.files(&path);
        if let Some(reason) = paths.iter().find_map(|path| names::unsound(path)) {
            return Err(refuse(format!("path: {reason}")));
        }
        let redact = common.redact.into_iter();
        let redact = redact.map(|value| Removal::read(value, &paths));
        Ok(Source {
            redact: redact.collect::<Result<_, _>>().map_err(refuse)?,
            name: name.to_owned(),
            folder: folder.to_owned(),
            path,
            map,
            valid_for,
            server: common.server,
            asked: asked.into(),
        })
    }

    fn refuse_shared_paths(&self) -> Result<(), CollectError> {
        let mut known: BTreeMap<PathBuf, &str> = BTreeMap::new();
        // Where `A` and `a` are one name, one would be in the place of the other.
        let mut lower: BTreeMap<PathBuf, &str> = BTreeMap::new();
        let mut ids: BTreeMap<(&Path, String), &str> = BTreeMap::new();
        for source in &self.sources {
            for path in source.paths() {
                let id = id_of_path(&path);
                let one = lower.insert(source.folder.join(path.to_lowercase()), &source.name);
                let path = source.folder.join(path);
                let other = source.name.clone();
                if let Some(one) = one {
                    let one = one.to_owned();
                    return Err(CollectError::SharedPath { one, other, path });
                }
                if let Some(one) = ids.insert((&source.folder, id.clone()), &source.name) {
                    let one = one.to_owned();
                    return Err(CollectError::SharedId { one, other, id });
                }
                known.insert(path, &source.name);
            }
        }
        for (path, other) in &lower {
            let mut folders = path.ancestors().skip(1);
            let found = folders.find_map(|folder| lower.get_key_value(folder));
            if let Some((path, one)) = found {
                return Err(CollectError::FileAsFolder {
                    one: (*one).to_owned(),
                    other: (*other).to_owned(),
                    path: path.clone(),
                });
            }
        }
        for whole in self.folders() {
            let path = whole.folder.join(&whole.path);
            let others = known.iter().map(|(path, name)| (path.clone(), *name));
            let folders = self.folders();
            let folders = folders.map(|other| (other.folder.join(other.path), other.source));
            let mut others = others.chain(folders);
            let other =
                others.find(|(other, name)| *name != whole.source && other.starts_with(&path));
            if let Some((_, other)) = other {
                return Err(CollectError::SharedFolder {
                    one: whole.source.to_owned(),
                    other: other.to_owned(),
                    path,
                });
            }
        }
        Ok(())
    }
}

impl Source {
    /// Every file that it gives.
    pub(super) fn paths(&self) -> Vec<String> {
        self.asked.files(&self.path)
    }
}

/// What every source has, and what is the source's own.
fn apart(table: &str, value: &Value) -> Result<(Common, Value), CollectError> {
    let Value::Object(all) = value else {
        return Err(CollectError::Setting {
            table: table.to_owned(),
            reason: "expected a table".into(),
        });
    };
    let (common, own): (Map<_, _>, Map<_, _>) = all
        .clone()
        .into_iter()
        .partition(|(key, _)| COMMON.contains(&key.as_str()));
    Ok((decode(table, Value::Object(common))?, Value::Object(own)))
}

/// Reads `value`, the table called `table`, as a `T`.
pub(super) fn decode<T: DeserializeOwned>(table: &str, value: Value) -> Result<T, CollectError> {
    json::decode(value).map_err(|source| CollectError::Settings {
        table: table.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
