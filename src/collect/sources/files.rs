//! Files that are there: what another step has left, taken as it is.
//!
//! INVARIANTS
//! - What was asked for and is not there is an error, never silence.
//! - No link is followed out of the folder of the settings, and none to a file.
//! - A file that changed while it was read is no evidence.
//! - The order, and what each file is called, depend on names alone.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::stamp::Stamp;
use super::{Ask, Errand, Given, Origin, beside};
use crate::collect::names::unsound;
use crate::digest::Digest;
use crate::evidence::manifest::{self, Method};
use crate::evidence::{BUNDLE_SIZE_MAX, ITEM_SIZE_MAX, Kind, id_of_path};
use crate::json::{self, Value, json};
use crate::tree::{self, TreeError};

mod pattern;

use pattern::Pattern;

pub(super) const ORIGIN: Origin = Origin {
    from: "files",
    needs_server: false,
    read: |own| {
        let read = own.decode::<Settings>()?.read();
        read.map_err(|reason| own.refuse(reason))
    },
};

/// Most files of one source.
const FILES_MAX: usize = 1_000;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// One file.
    file: Option<String>,
    /// Patterns; each has to match something.
    #[serde(default)]
    files: Vec<String>,
    /// What each is to be.
    kind: Option<String>,
    /// What says when each was obtained.
    #[serde(default)]
    dated: Dated,
}

/// What says when a file was obtained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Dated {
    /// Its content, or nothing.
    #[default]
    Content,
    /// The instant of its last change.
    Modified,
}

/// How each file is taken.
#[derive(Debug, Clone, Copy)]
struct Manner {
    kind: Option<Kind>,
    dated: Dated,
}

/// One file, at the path of the source.
#[derive(Debug, Clone)]
struct One {
    file: Pattern,
    name: String,
    manner: Manner,
}

/// What patterns match, in a folder beside a list of it.
#[derive(Debug, Clone)]
struct Many {
    patterns: Vec<Pattern>,
    manner: Manner,
}

impl Settings {
    fn read(self) -> Result<Box<dyn Ask>, String> {
        let manner = Manner {
            kind: super::kind(self.kind.as_deref())?,
            dated: self.dated,
        };
        match (self.file, self.files.is_empty()) {
            (Some(name), true) => {
                let file = Pattern::read(&name).map_err(|reason| format!("file: {reason}"))?;
                if !file.is_literal() {
                    return Err(format!("file: `{name}` is a pattern, which `files` takes"));
                }
                Ok(Box::new(One { file, name, manner }))
            }
            (None, false) => {
                let patterns: Result<Vec<_>, _> =
                    self.files.iter().map(|text| Pattern::read(text)).collect();
                let patterns = patterns.map_err(|reason| format!("files: {reason}"))?;
                Ok(Box::new(Many { patterns, manner }))
            }
            _ => Err("expected either `file` or `files`".into()),
        }
    }
}

impl Ask for One {
    /// The extension tells a reader what to open it with. What it is, its content says.
    fn path(&self, name: &str) -> String {
        match Path::new(&self.name)
            .extension()
            .and_then(|end| end.to_str())
        {
            Some(extension) => format!("{name}.{extension}"),
            None => name.to_owned(),
        }
    }

    fn leaves_kinds_open(&self) -> bool {
        self.manner.kind.is_none()
    }

    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let found = self.file.find(errand.base, errand.folder)?;
        let [source] = found.paths.as_slice() else {
            return Err(format!("there is no `{}`", self.name));
        };
        let taken = Taken::from(errand.base, source);
        Ok(vec![taken.given(errand.path, self.manner)])
    }
}

impl Ask for Many {
    fn folder(&self, path: &str) -> Option<String> {
        Some(beside(path, "").trim_end_matches('/').to_owned())
    }

    fn leaves_kinds_open(&self) -> bool {
        self.manner.kind.is_none()
    }

    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let mut import = Import {
            sources: BTreeMap::new(),
            not_followed: Vec::new(),
            faults: Vec::new(),
        };
        for pattern in &self.patterns {
            import.find(pattern, errand)?;
        }
        let mut listed = Vec::new();
        let mut files = Vec::new();
        let mut size = 0;
        for (item_path, sources) in import.by_id(errand.path) {
            let taken = Taken::alone(errand.base, &sources);
            size += taken.bytes.len() as u64;
            if size > BUNDLE_SIZE_MAX {
                return Err(format!(
                    "the files are larger than {BUNDLE_SIZE_MAX} bytes together"
                ));
            }
            listed.push(taken.value(&item_path));
            files.push(taken.given(&item_path, self.manner));
        }
        let patterns = self.patterns.iter().map(Pattern::text);
        let patterns: Vec<_> = patterns.collect();
        let document = json!({
            "schema": "assize/files/v1",
            "patterns": patterns,
            "files": listed,
            "not_followed": import.not_followed,
        });
        let list = Given {
            path: errand.path.to_owned(),
            bytes: (json::pretty(&document) + "\n").into_bytes(),
            kind: Some(Kind::Json),
            collected_at: Some(errand.clock.now()),
            method: Method::Import,
            source: Some(manifest::Source::of(format!("file:{}", patterns.join(" ")))),
            fault: (!import.faults.is_empty()).then(|| import.faults.join("; ")),
        };
        Ok(std::iter::once(list).chain(files).collect())
    }
}

/// What the patterns of a source match.
struct Import {
    /// Names in the folder of the source, by the files that would have them.
    sources: BTreeMap<String, String>,
    not_followed: Vec<String>,
    faults: Vec<String>,
}

impl Import {
    /// Adds what `pattern` matches.
    ///
    /// # Errors
    /// Folders that cannot be listed, and too many files.
    fn find(&mut self, pattern: &Pattern, errand: &Errand<'_>) -> Result<(), String> {
        let found = pattern.find(errand.base, errand.folder)?;
        let text = pattern.text();
        if found.paths.is_empty() {
            self.faults.push(format!("nothing matches `{text}`"));
        }
        for path in found.paths {
            // What another pattern matches too stays where that one has put it.
            let name = pattern.name_of(&path).to_owned();
            self.sources.entry(path).or_insert(name);
        }
        for path in found.not_followed {
            if !self.not_followed.contains(&path) {
                self.not_followed.push(path);
            }
        }
        if self.sources.len() > FILES_MAX {
            return Err(format!("more than {FILES_MAX} files match"));
        }
        Ok(())
    }

    /// The files, by the path of the item that each is to be, where an id names one item
    /// only: two files with one id would leave a folder that cannot be sealed.
    fn by_id(&mut self, path: &str) -> BTreeMap<String, Vec<String>> {
        let mut by_id: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
        for (source, name) in &self.sources {
            let item_path = beside(path, name);
            if let Some(reason) = unsound(&item_path) {
                self.faults
                    .push(format!("`{source}` is not taken: {reason}"));
                continue;
            }
            let id = id_of_path(&item_path);
            let (_, sources) = by_id.entry(id).or_insert((item_path, Vec::new()));
            sources.push(source.clone());
        }
        // Where `A` and `a` are one name, one would be in the place of the other.
        let mut by_name: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
        for (item_path, sources) in by_id.into_values() {
            let name = item_path.to_lowercase();
            let (_, all) = by_name.entry(name).or_insert((item_path, Vec::new()));
            all.extend(sources);
        }
        by_name.into_values().collect()
    }
}

/// A file, read or not.
struct Taken {
    source: String,
    bytes: Vec<u8>,
    stamp: Option<Stamp>,
    fault: Option<String>,
}

impl Taken {
    /// The one file among `sources`; none where there are more.
    fn alone(base: &Path, sources: &[String]) -> Self {
        match sources {
            [source] => Self::from(base, source),
            _ => Self {
                source: sources.join(" "),
                bytes: Vec::new(),
                stamp: None,
                fault: Some(format!(
                    "`{}` would be one item: import them by two sources",
                    sources.join("` and `")
                )),
            },
        }
    }

    /// The file `source` below `base`.
    fn from(base: &Path, source: &str) -> Self {
        let path = base.join(source);
        let stamp = Stamp::of(&path);
        let read = steady(&path, || tree::read(&path, ITEM_SIZE_MAX));
        let (bytes, fault) = match read {
            Ok(bytes) => (bytes, None),
            Err(reason) => (Vec::new(), Some(format!("`{source}` {reason}"))),
        };
        Self {
            source: source.to_owned(),
            bytes,
            stamp,
            fault,
        }
    }

    fn value(&self, item_path: &str) -> Value {
        let read = self.fault.is_none();
        json!({
            "path": self.source,
            "item_path": item_path,
            "size": read.then_some(self.bytes.len()),
            "sha256": read.then(|| Digest::of(&self.bytes)),
            "modified_at": self.stamp.as_ref().and_then(Stamp::modified_at),
            "reason": self.fault,
        })
    }

    fn given(self, item_path: &str, manner: Manner) -> Given {
        let modified_at = self.stamp.as_ref().and_then(Stamp::modified_at);
        Given {
            path: item_path.to_owned(),
            bytes: self.bytes,
            kind: manner.kind,
            collected_at: modified_at.filter(|_| manner.dated == Dated::Modified),
            method: Method::Import,
            source: Some(manifest::Source::of(format!("file:{}", self.source))),
            fault: self.fault,
        }
    }
}

/// What `read` reads of the file at `path`, where that stayed as it was meanwhile.
fn steady(
    path: &Path,
    read: impl FnOnce() -> Result<Vec<u8>, TreeError>,
) -> Result<Vec<u8>, String> {
    let before = Stamp::of(path);
    let bytes = read().map_err(|error| format!("cannot be used: {}", told(&error)))?;
    if before.is_none() || Stamp::of(path) != before {
        return Err("changed while it was read".into());
    }
    Ok(bytes)
}

/// `error` and what it came of.
fn told(error: &TreeError) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

#[cfg(test)]
mod tests;
