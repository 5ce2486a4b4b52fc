//! A command that is run here: how it ended, what it wrote, and the files that it made.
//!
//! What it writes is passed on as it is and not kept, but for standard output where a file
//! is named for it.
//!
//! INVARIANTS
//! - It runs in the folder of the settings or below, and what lies elsewhere is not its
//!   evidence, wherever links lead.
//! - It does not inherit the key that signs what it gives.
//! - A file that was there before and that the command did not write is not its evidence.
//! - Values that look like secrets, from the environment and among the arguments, are
//!   struck from what is recorded; a file that holds one is not kept.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::below::below;
use super::stamp::{Before, Stamp};
use super::{Ask, Errand, Given, Origin, beside};
use crate::clock::{Timestamp, duration_text, parse_duration};
use crate::digest::Digest;
use crate::evidence::manifest::{self, Method};
use crate::evidence::{ITEM_SIZE_MAX, Kind};
use crate::http::secret::{Known, may_be_secret};
use crate::json::{self, Map, Value, json};
use crate::process::{self, Ended, Output};
use crate::signing::passphrase;
use crate::tree;

mod arguments;

use arguments::struck;

pub use arguments::address;

pub(super) const ORIGIN: Origin = Origin {
    from: "command",
    needs_server: false,
    read: |own| {
        let command = own.decode::<Settings>()?.read();
        Ok(Box::new(command.map_err(|reason| own.refuse(reason))?))
    },
};

/// What is run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    run: Vec<String>,
    directory: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    stdout: Option<String>,
    #[serde(default)]
    environment: Vec<String>,
    time_limit: Option<String>,
    tool_version: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone)]
struct Command {
    argv: Vec<String>,
    directory: String,
    /// Files that it makes, relative to the directory, and the names of their items.
    files: Vec<(String, String)>,
    stdout: Option<String>,
    environment: Vec<String>,
    time_limit: Duration,
    tool_version: Option<String>,
}

impl Settings {
    fn read(self) -> Result<Command, String> {
        if self
            .run
            .first()
            .is_none_or(|program| program.trim().is_empty())
        {
            return Err(
                "run: expected a program and its arguments, as in `[\"make\", \"test\"]`".into(),
            );
        }
        let directory = self.directory.unwrap_or_else(|| ".".to_owned());
        if directory != "." {
            tree::join(Path::new(""), &directory).map_err(|error| format!("directory: {error}"))?;
        }
        let mut files = Vec::new();
        for path in self.files {
            let name = Path::new(&path).file_name().and_then(|name| name.to_str());
            let name = name.filter(|name| !name.starts_with('.'));
            let name = name.ok_or_else(|| format!("files: `{path}` names no visible file"))?;
            let name = name.to_owned();
            files.push((path, name));
        }
        let mut names: Vec<_> = files.iter().map(|(_, name)| name).collect();
        names.extend(&self.stdout);
        names.sort();
        if let Some([name, _]) = names.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(format!("two files would both be `{name}` in the bundle"));
        }
        if let Some(name) = self.environment.iter().find(|name| may_be_secret(name)) {
            return Err(format!(
                "environment: `{name}` looks like the name of a secret, whose value would be recorded"
            ));
        }
        let is_name = |name: &String| !name.is_empty() && !name.contains(['=', '\0']);
        if let Some(name) = self.environment.iter().find(|name| !is_name(name)) {
            return Err(format!(
                "environment: `{name}` is no name; values are taken from the environment"
            ));
        }
        let time_limit = self
            .time_limit
            .as_deref()
            .map_or(Ok(TIME_LIMIT), parse_duration);
        Ok(Command {
            argv: self.run,
            directory,
            files,
            stdout: self.stdout,
            environment: self.environment,
            time_limit: time_limit.map_err(|error| format!("time_limit: {error}"))?,
            tool_version: self.tool_version,
        })
    }
}

/// Most bytes of standard output that are held: one more than an item may have, which tells
/// that there was more.
const KEPT_MAX: u64 = ITEM_SIZE_MAX + 1;
/// What stands for a path where standard output is kept.
pub(in crate::collect) const STANDARD_OUTPUT: &str = "standard output";
/// Longest time where nothing is said.
const TIME_LIMIT: Duration = Duration::from_mins(10);

impl Ask for Command {
    fn files(&self, path: &str) -> Vec<String> {
        let made = self.files.iter().map(|(_, name)| name).chain(&self.stdout);
        let made = made.map(|name| beside(path, name));
        std::iter::once(path.to_owned()).chain(made).collect()
    }

    fn leaves_kinds_open(&self) -> bool {
        !self.files.is_empty() || self.stdout.is_some()
    }

    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let directory = below(errand.base, Path::new(&self.directory))?;
        // That it is not there is told where the command cannot be started.
        let directory = directory.unwrap_or_else(|| errand.base.join(&self.directory));
        let (known, argv) = struck(&self.argv);
        let before: Vec<_> = self
            .files
            .iter()
            .map(|(path, _)| Before::of(&directory.join(path)))
            .collect();
        let started_at = errand.clock.now();
        let mut kept = Vec::new();
        let left = errand.deadline.saturating_duration_since(Instant::now());
        let limit = self.time_limit.min(left);
        let ended = self.start(&directory, errand, limit, &mut |output, bytes| {
            if output == Output::Out && self.stdout.is_some() {
                let room = KEPT_MAX.saturating_sub(kept.len() as u64);
                let room = usize::try_from(room).unwrap_or(usize::MAX);
                kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
            }
            if let Some(passed_on) = errand.passed_on {
                // Whoever looked on has gone; the command goes on.
                let _ = passed_on.send((output, bytes.to_vec()));
            }
        });
        let run = Ran {
            command: self,
            known,
            argv,
            started_at,
            // A clock that was set back must not make it end before it began.
            finished_at: errand.clock.now().max(started_at),
            time_limit: limit,
            path: errand.path,
            ended: ended.map_err(|error| error.to_string()),
        };
        Ok(run.given(errand.base, &before, kept))
    }
}

impl Command {
    fn start(
        &self,
        directory: &Path,
        errand: &Errand<'_>,
        limit: Duration,
        passed_on: &mut dyn FnMut(Output, &[u8]),
    ) -> std::io::Result<Ended> {
        let mut argv = self.argv.iter();
        let mut command = std::process::Command::new(argv.next().map_or("", String::as_str));
        // What signs the evidence later is not the command's business.
        command.env_remove(passphrase::VARIABLE);
        command.args(argv).current_dir(directory);
        for name in errand.withheld {
            command.env_remove(name);
        }
        process::run(command, Instant::now() + limit, passed_on)
    }
}

/// A command that was run, or not.
struct Ran<'a> {
    command: &'a Command,
    known: Known,
    argv: Vec<String>,
    started_at: Timestamp,
    finished_at: Timestamp,
    time_limit: Duration,
    path: &'a str,
    ended: Result<Ended, String>,
}

impl Ran<'_> {
    /// The document on the run, and the files that it made.
    fn given(&self, base: &Path, before: &[Option<Before>], kept: Vec<u8>) -> Vec<Given> {
        let failure = self.failure();
        let during = [self.started_at, self.finished_at];
        let mut listed = Vec::new();
        let mut files = Vec::new();
        let mut put = |path: &str, name: &str, made: Result<Vec<u8>, String>| {
            let item_path = beside(self.path, name);
            let made = match (&failure, made) {
                (Some((_, _, reason)), _) => Err(reason.clone()),
                (None, Ok(bytes)) if self.known.is_in(&bytes) => Err(
                    "holds a secret of the environment or the arguments, and is not kept".into(),
                ),
                (None, made) => made,
            };
            listed.push(match &made {
                Ok(bytes) => json!({"path": path, "item_path": item_path,
                    "size": bytes.len(), "sha256": Digest::of(bytes), "reason": null}),
                Err(reason) => json!({"path": path, "item_path": item_path, "reason": reason}),
            });
            files.push(self.file(item_path, path, made));
        };
        for ((path, name), before) in self.command.files.iter().zip(before) {
            let path_of = Path::new(&self.command.directory).join(path);
            let made =
                place(base, &path_of).and_then(|place| made(&place, before.as_ref(), during));
            put(path, name, made);
        }
        if let Some(name) = &self.command.stdout {
            let made = if kept.len() as u64 > ITEM_SIZE_MAX {
                Err(format!("is larger than {ITEM_SIZE_MAX} bytes"))
            } else {
                Ok(kept)
            };
            put(STANDARD_OUTPUT, name, made);
        }
        let document = self.document(failure.as_ref(), &listed);
        let bytes = (json::pretty(&document) + "\n").into_bytes();
        // Whatever was missed above ends here.
        let (bytes, fault) = if self.known.is_in(&bytes) {
            let reason = "the record of the run would hold a secret, and is not kept";
            (Vec::new(), Some(reason.to_owned()))
        } else {
            (bytes, None)
        };
        let run = Given {
            path: self.path.to_owned(),
            bytes,
            kind: Some(Kind::CommandRun),
            collected_at: Some(self.finished_at),
            method: Method::Pull,
            source: Some(manifest::Source::of("command:")),
            fault,
        };
        std::iter::once(run).chain(files).collect()
    }

    /// Outcome, signal and reason where it did not end by itself.
    fn failure(&self) -> Option<(&'static str, Option<i32>, String)> {
        let program = self.argv.first().map_or("", String::as_str);
        let ended = match &self.ended {
            Ok(ended) => ended,
            Err(error) => {
                let reason = self.known.struck_from(error);
                return Some((
                    "not-started",
                    None,
                    format!("cannot start `{program}`: {reason}"),
                ));
            }
        };
        let limit = duration_text(self.time_limit);
        let Some(status) = ended.status else {
            return Some((
                "timed-out",
                None,
                format!("took longer than {limit} and was killed"),
            ));
        };
        if !ended.is_whole {
            let reason = format!(
                "ended, but something that it started kept its output open for longer than {limit}"
            );
            return Some(("timed-out", None, reason));
        }
        match (status.code(), signal(status)) {
            (Some(_), _) => None,
            (None, signal) => {
                let signal = signal.unwrap_or_default();
                Some((
                    "killed",
                    Some(signal),
                    format!("was killed by signal {signal}"),
                ))
            }
        }
    }

    fn document(
        &self,
        failure: Option<&(&'static str, Option<i32>, String)>,
        files: &[Value],
    ) -> Value {
        let ended = self.ended.as_ref().ok();
        let whole = ended.filter(|_| failure.is_none());
        let written = |of: fn(&Ended) -> process::Written| {
            let written = whole.map(of);
            written.map(|written| json!({"size": written.size, "sha256": written.sha256}))
        };
        let environment: Map<_, _> = self
            .command
            .environment
            .iter()
            .map(|name| {
                let value = std::env::var_os(name);
                let value =
                    value.map(|value| self.known.struck_from(&address(&value.to_string_lossy())));
                (name.clone(), json!(value))
            })
            .collect();
        let code = whole
            .and_then(|ended| ended.status)
            .and_then(|status| status.code());
        json!({
            "schema": "assize/command-run/v1",
            "argv": self.argv,
            "directory": self.command.directory,
            "outcome": failure.map_or("exited", |(outcome, ..)| outcome),
            "exit_code": code,
            "signal": failure.and_then(|(_, signal, _)| *signal),
            "reason": failure.map(|(.., reason)| reason),
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "duration_ms": ended.map_or(0, |ended| millis(ended.took)),
            "time_limit_ms": millis(self.time_limit),
            "stdout": written(|ended| ended.out),
            "stderr": written(|ended| ended.error),
            "files": files,
            "environment": environment,
            "tool_version": self.command.tool_version,
        })
    }

    fn file(&self, item_path: String, path: &str, made: Result<Vec<u8>, String>) -> Given {
        let mut source = manifest::Source::of(format!("command:{path}"));
        source.request = Some(self.argv.join(" "));
        let (bytes, fault) = match made {
            Ok(bytes) => (bytes, None),
            Err(reason) => (Vec::new(), Some(format!("`{path}` {reason}"))),
        };
        Given {
            path: item_path,
            bytes,
            kind: None,
            collected_at: Some(self.finished_at),
            method: Method::Import,
            source: Some(source),
            fault,
        }
    }
}

/// Where the file `path` of the settings is: its folder may be reached by a link that stays
/// below `base`.
fn place(base: &Path, path: &Path) -> Result<PathBuf, String> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err("is no file".into());
    };
    let folder = below(base, folder).map_err(|reason| format!("cannot be used: {reason}"))?;
    let folder = folder.ok_or("was not written")?;
    Ok(folder.join(name))
}

/// The file at `path`, if the command has written it `during` its run, and not `before`.
fn made(path: &Path, before: Option<&Before>, during: [Timestamp; 2]) -> Result<Vec<u8>, String> {
    let Some(now) = Stamp::of(path) else {
        return Err("was not written".into());
    };
    let bytes = tree::read(path, ITEM_SIZE_MAX);
    let bytes = bytes.map_err(|error| format!("cannot be used: {error}"))?;
    match before {
        Some(before) if !before.is_written(&now, &bytes, during) => {
            Err("was there before, and the command did not write it".into())
        }
        _ => Ok(bytes),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: std::process::ExitStatus) -> Option<i32> {
    None
}

#[cfg(test)]
mod tests;
