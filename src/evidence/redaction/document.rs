//! `assize/disclosures/v1`: the file that disclosures are kept in, outside of the bundle.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::replace::is_below;
use super::{Disclosure, RedactionError, disagreement, marked};
use crate::evidence::detect::{LIMITS, without_mark};
use crate::evidence::{EvidenceError, Item};
use crate::json::{self, Limits};
use crate::signing::Zeroizing;

/// The format and version in `schema`.
pub const DISCLOSURES: &str = "assize/disclosures/v1";

/// A disclosure, and the item that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// The item's file in the bundle.
    pub path: String,
    /// What was removed from it.
    pub disclosure: Disclosure,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    disclosures: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    path: String,
    /// As in the disclosure; so that people can tell one from another.
    pointer: String,
    disclosure: String,
}

impl Disclosed {
    /// Writes `all` as a document.
    ///
    /// # Errors
    /// Never, as long as text is text.
    pub fn to_bytes(all: &[Self]) -> Result<Vec<u8>, RedactionError> {
        let document = Document {
            schema: DISCLOSURES.to_owned(),
            disclosures: all.iter().map(Line::of).collect(),
        };
        let value = json::encode(&document).map_err(|error| unreadable(&error))?;
        Ok((json::pretty(&value) + "\n").into_bytes())
    }

    /// Writes `all` to the new file `path`, which its owner alone can read; when this
    /// returns, it is on disk.
    ///
    /// # Errors
    /// A file that is there, and folders that cannot be written.
    pub fn store(path: &Path, all: &[Self]) -> Result<(), EvidenceError> {
        let failed = |source| EvidenceError::Write {
            path: path.to_owned(),
            source,
        };
        let bytes = Self::to_bytes(all).map(Zeroizing::new);
        let bytes = bytes.map_err(|error| failed(std::io::Error::other(error)))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let parent = path.parent().filter(|path| !path.as_os_str().is_empty());
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            // ORDER: the name is durable too before what it holds is gone elsewhere.
            .and_then(|()| File::open(parent.unwrap_or(Path::new(".")))?.sync_all())
            .map_err(failed)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// Another format, and text that is no disclosure.
    pub fn parse(bytes: &[u8]) -> Result<Vec<Self>, RedactionError> {
        let document: Document =
            json::parse_as(bytes, Limits::EVIDENCE).map_err(|error| unreadable(&error))?;
        if document.schema != DISCLOSURES {
            return Err(RedactionError::Disclosure(format!(
                "`schema` is not `{DISCLOSURES}`"
            )));
        }
        document.disclosures.into_iter().map(Line::read).collect()
    }
}

impl Line {
    fn of(disclosed: &Disclosed) -> Self {
        Self {
            path: disclosed.path.clone(),
            pointer: disclosed.disclosure.pointer.clone(),
            disclosure: disclosed.disclosure.text().to_owned(),
        }
    }

    fn read(self) -> Result<Disclosed, RedactionError> {
        let disclosure = Disclosure::parse(&self.disclosure)?;
        if disclosure.pointer != self.pointer {
            return Err(RedactionError::Disclosure(format!(
                "`{}` of `{}` holds another pointer",
                self.pointer, self.path
            )));
        }
        Ok(Disclosed {
            path: self.path,
            disclosure,
        })
    }
}

/// Whether `bytes` are a file of disclosures, or what is left of one.
pub(in crate::evidence) fn is_disclosures(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(without_mark(bytes)) else {
        return false;
    };
    let names = |name: &str| text.contains(&format!("\"{name}\""));
    // The schema stands last in what we write, and may be what was cut off.
    let has_lines = || {
        ["disclosures", "disclosure", "pointer"]
            .into_iter()
            .all(names)
    };
    if !text.trim_start().starts_with('{') || !(names(DISCLOSURES) || has_lines()) {
        return false;
    }
    match json::parse(text.as_bytes(), LIMITS) {
        Ok(value) => value.get("schema").is_some_and(|name| name == DISCLOSURES),
        // One that was cut off shows what is in the part that is there.
        Err(_) => has_lines(),
    }
}

/// Why `item` does not commit to `disclosure`; nothing where it does. `others` may show
/// values that it was in when they were removed.
pub fn refuted(item: &Item, disclosure: &Disclosure, others: &[&Disclosure]) -> Option<String> {
    let Some(bytes) = item.bytes() else {
        return Some("the file is not the one that was sealed".to_owned());
    };
    let listed = &item.entry().redactions;
    if let Some(reason) = disagreement(bytes, listed) {
        return Some(reason);
    }
    // Each step is a level up, so that it ends.
    let mut shown = disclosure;
    loop {
        let is_listed = listed
            .iter()
            .any(|one| one.pointer == shown.pointer && one.sha256 == shown.sha256());
        if is_listed {
            return None;
        }
        match others.iter().find(|parent| holds(parent, shown)) {
            Some(parent) => shown = parent,
            None => break,
        }
    }
    let is_there = listed.iter().any(|one| one.pointer == disclosure.pointer);
    Some(if is_there {
        "what was removed there is something else, or has another salt".to_owned()
    } else {
        "nothing was removed there".to_owned()
    })
}

/// Whether the value in `parent` has the marker of `inner` where `inner` was.
fn holds(parent: &Disclosure, inner: &Disclosure) -> bool {
    if !is_below(&inner.pointer, &parent.pointer) {
        return false;
    }
    let rest = inner.pointer.strip_prefix(&parent.pointer);
    let marker = rest.and_then(|rest| parent.value.pointer(rest));
    marker.and_then(marked) == Some(inner.sha256())
}

fn unreadable(error: &json::JsonError) -> RedactionError {
    RedactionError::Disclosure(error.to_string())
}
