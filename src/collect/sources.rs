//! Kinds of sources: what `from` may say.
//!
//! Each is a module with an [`Origin`] and a line in [`ORIGINS`]. Its `read` turns the
//! settings into something that can be asked; what that gives is named and dated by
//! [`super::run`].
//!
//! INVARIANTS
//! - Settings are read wholly before anything is asked, and unknown ones are refused.
//! - A source says before it is asked which files it gives. Those come whatever happens.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::CollectError;
use super::run::Reached;
use super::settings::PassedOn;
use crate::clock::{Clock, Timestamp, duration_text};
use crate::evidence::Kind;
use crate::evidence::manifest::{self, Method};
use crate::http::{Answer, HttpError, Question};
use crate::json::{self, Limits, Value};

mod alertmanager;
mod below;
mod command;
mod files;
mod forge;
mod git;
mod github;
mod gitlab;
mod http;
mod probe;
mod prometheus;
mod stamp;

pub(super) use command::STANDARD_OUTPUT;
pub use command::address;

/// Longest time for what may as well not be known.
const ASIDE_MAX: Duration = Duration::from_secs(5);
/// Most characters of what a server says of itself.
const SAID_MAX: usize = 80;

/// Every kind of source, sorted by what `from` says.
pub(super) const ORIGINS: &[&Origin] = &[
    &alertmanager::ORIGIN,
    &command::ORIGIN,
    &files::ORIGIN,
    &git::ORIGIN,
    &github::ORIGIN,
    &gitlab::ORIGIN,
    &http::ORIGIN,
    &probe::ORIGIN,
    &prometheus::ORIGIN,
];

/// One kind of source.
pub(super) struct Origin {
    /// What `from` says.
    pub(super) from: &'static str,
    /// Whether it has to name a table `[server.NAME]`.
    pub(super) needs_server: bool,
    /// Reads the settings that are its own.
    pub(super) read: fn(Own<'_>) -> Result<Box<dyn Ask>, CollectError>,
}

/// The settings of one source, less those that every source has.
pub(super) struct Own<'a> {
    /// The table, as in the file.
    pub(super) table: &'a str,
    /// A table.
    pub(super) settings: Value,
}

/// A source whose settings make sense.
pub(super) trait Ask: fmt::Debug + Send + Sync {
    /// Returns the files that it gives, where its settings or their absence name `path`.
    fn files(&self, path: &str) -> Vec<String> {
        vec![path.to_owned()]
    }

    /// Returns the folder in which it gives files whose names are known only when it was
    /// asked, where its settings or their absence name `path`.
    fn folder(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// Returns the `path` of the source called `name` that names none.
    fn path(&self, name: &str) -> String {
        format!("{name}.json")
    }

    /// Whether a file that it gives may be of any kind, so that a mapping may say how it is
    /// read.
    fn leaves_kinds_open(&self) -> bool {
        false
    }

    /// Asks. A file that did not come carries its fault; what is not given for one that
    /// [`Ask::files`] names fails too.
    ///
    /// # Errors
    /// Why none of its files can be had.
    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String>;
}

/// What a source needs in order to ask.
pub(super) struct Errand<'a> {
    /// The file that it gives, or that its files are named after.
    pub(super) path: &'a str,
    /// Folder that paths in the settings are relative to.
    pub(super) base: &'a Path,
    /// The evidence folder.
    pub(super) folder: &'a Path,
    /// The instant as of which things are asked for.
    pub(super) as_of: Timestamp,
    /// When everything has to be through.
    pub(super) deadline: Instant,
    /// What dates the answers.
    pub(super) clock: &'a dyn Clock,
    /// The server, where the settings name one.
    pub(super) reached: Option<Result<&'a Reached, &'a str>>,
    /// Where what a command writes is passed on to.
    pub(super) passed_on: Option<&'a PassedOn>,
    /// Names in the environment that what is run here does not get.
    pub(super) withheld: &'a BTreeSet<String>,
    /// Whether something is to be taken out of what is given, so that no reason may repeat
    /// a part of it.
    pub(super) redacts: bool,
}

/// A file that a source gave.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Where in the evidence folder.
    pub(super) path: String,
    /// As received; none where nothing was.
    pub(super) bytes: Vec<u8>,
    /// What it is to be; content that does not match is an error.
    pub(super) kind: Option<Kind>,
    /// When it was obtained; its content says so where this does not.
    pub(super) collected_at: Option<Timestamp>,
    pub(super) method: Method,
    /// Where from.
    pub(super) source: Option<manifest::Source>,
    /// Why it cannot be relied on.
    pub(super) fault: Option<String>,
}

impl Own<'_> {
    /// Reads the settings as a `T`.
    ///
    /// # Errors
    /// Settings that are unknown, missing or of the wrong type.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T, CollectError> {
        json::decode(self.settings.clone()).map_err(|source| CollectError::Settings {
            table: self.table.to_owned(),
            source,
        })
    }

    /// Settings that make no sense, for `reason`.
    pub(super) fn refuse(&self, reason: impl Into<String>) -> CollectError {
        CollectError::Setting {
            table: self.table.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Reached {
    /// What a server says of its version: the text at `pointer` in the JSON that it answers
    /// at `endpoint`. Asked one time; nothing hangs on it.
    pub(super) fn version(
        &self,
        endpoint: &str,
        pointer: &str,
        errand: &Errand<'_>,
    ) -> Option<String> {
        let uri = format!("{}{endpoint}", self.url);
        let question = Question::get(&uri, "application/json");
        let deadline = errand.deadline.min(Instant::now() + ASIDE_MAX);
        let answer = self.client.ask_once(&question, deadline, errand.clock);
        let answer = answer.ok()?;
        let value = json::parse(&answer.body, Limits::AUTHORED).ok()?;
        let version = value.pointer(pointer).and_then(Value::as_str)?;
        Some(said(version)).filter(|version| !version.is_empty())
    }
}

impl Errand<'_> {
    /// Returns the server to ask.
    ///
    /// # Errors
    /// Why it cannot be reached: secrets and certificates that are not there.
    pub(super) fn reached(&self) -> Result<&Reached, String> {
        match self.reached {
            Some(Ok(reached)) => Ok(reached),
            Some(Err(reason)) => Err(reason.to_owned()),
            None => Err("there is no such server".to_owned()),
        }
    }

    /// What an answer says that is none. Where something is to be redacted, nothing of it is
    /// repeated.
    pub(super) fn refusal(&self, answer: &Answer) -> String {
        let status = answer.status;
        let said = if self.redacts {
            "what it said is not repeated, since it is to be redacted".to_owned()
        } else {
            answer.excerpt()
        };
        match (status, answer.wait) {
            (403 | 429, Some(wait)) => format!(
                "answered {status}: its rate limit is used up, and it wants to be asked again in {}: {said}",
                duration_text(wait)
            ),
            _ => format!("answered {status}: {said}"),
        }
    }

    /// The file at `path` that an answer, or the want of one, comes to. Statuses other
    /// than those from 200 to 299 are faults.
    pub(super) fn answered(
        &self,
        path: String,
        kind: Option<Kind>,
        mut from: manifest::Source,
        answer: Result<Answer, HttpError>,
    ) -> Given {
        let (bytes, collected_at, fault) = match answer {
            Ok(answer) => {
                from.response_status = Some(answer.status);
                from.clock_skew_s = answer.clock_skew_s;
                from.server = from.server.or(answer.server.as_deref().map(said));
                let fault = (!(200..300).contains(&answer.status)).then(|| self.refusal(&answer));
                (answer.body, answer.received_at, fault)
            }
            Err(error) => (Vec::new(), self.clock.now(), Some(error.to_string())),
        };
        Given {
            path,
            bytes,
            kind,
            collected_at: Some(collected_at),
            method: Method::Pull,
            source: Some(from),
            fault,
        }
    }
}

/// The kind called `name`, which the settings give as `kind`.
pub(super) fn kind(name: Option<&str>) -> Result<Option<Kind>, String> {
    let Some(name) = name else { return Ok(None) };
    match Kind::named(name) {
        None => Err(format!("kind: there is no kind `{name}`")),
        Some(Kind::JsonMap) => Err("kind: `map` alone says that it is a `json-map`".into()),
        known => Ok(known),
    }
}

/// `path` with `suffix` behind its name, before the extension.
pub(super) fn suffixed(path: &str, suffix: &str) -> String {
    match path.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => {
            format!("{stem}{suffix}.{extension}")
        }
        _ => format!("{path}{suffix}"),
    }
}

/// Where a file called `name` goes, which belongs to the document at `path`.
pub(super) fn beside(path: &str, name: &str) -> String {
    let stem = match path.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => stem,
        _ => path,
    };
    format!("{stem}/{name}")
}

/// What a server says of itself, so that it can stand in a manifest.
pub(super) fn said(text: &str) -> String {
    let is_shown = |c: &char| c.is_ascii_graphic() || *c == ' ';
    let shown: String = text.chars().filter(is_shown).take(SAID_MAX).collect();
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_from_may_say_is_sorted_and_said_once() {
        let names: Vec<_> = ORIGINS.iter().map(|origin| origin.from).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }

    #[test]
    fn a_suffix_stands_before_the_extension() {
        assert_eq!(suffixed("slo/a.json", "-b"), "slo/a-b.json");
        assert_eq!(suffixed("v1.2/a", "-b"), "v1.2/a-b");
        assert_eq!(suffixed("a", "-b"), "a-b");
    }
}
