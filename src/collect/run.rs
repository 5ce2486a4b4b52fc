//! All sources at once, each with what is left of the time.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::Collected;
use super::redact::Removal;
use super::settings::{Plan, Source};
use super::sources::{Errand, Given};
use crate::clock::{Clock, Timestamp};
use crate::evidence::Kind;
use crate::evidence::manifest::Method;
use crate::http::Client;

/// Bounds on a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Longest time for all sources together.
    pub time_limit: Duration,
    /// Most sources at once.
    pub parallel: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            time_limit: Duration::from_mins(2),
            parallel: 8,
        }
    }
}

/// Most sources at once, whatever is asked for: each has a thread.
const PARALLEL_MAX: usize = 64;

/// What all sources share.
struct Run<'a> {
    plan: &'a Plan,
    clients: BTreeMap<&'a str, Result<Reached, String>>,
    as_of: Timestamp,
    deadline: Instant,
    clock: &'a (dyn Clock + Sync),
}

/// A server that can be asked, and what it says of itself.
pub(super) struct Reached {
    pub(super) client: Client,
    /// Without a slash at its end.
    pub(super) url: String,
    /// By what it was asked as.
    says: Mutex<BTreeMap<&'static str, Option<String>>>,
}

impl Reached {
    /// Returns what the server says of itself, by `ask` for the first that wants to know
    /// it as `from`.
    pub(super) fn says(
        &self,
        from: &'static str,
        ask: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        // Asked for while locked, so that nobody asks twice.
        let mut says = self.says.lock().ok()?;
        says.entry(from).or_insert_with(ask).clone()
    }
}

/// Collects every source of `plan`, as things stand at `as_of`; `finished` hears of each
/// source that is through.
///
/// The files are in the order of the sources.
pub fn run(
    plan: &Plan,
    options: Options,
    as_of: Timestamp,
    clock: &(dyn Clock + Sync),
    finished: &(dyn Fn(&str) + Sync),
) -> Vec<Collected> {
    let mut run = Run {
        plan,
        clients: BTreeMap::new(),
        as_of,
        deadline: deadline(options.time_limit),
        clock,
    };
    run.reach();
    let run = &run;
    let waiting: Mutex<VecDeque<(usize, &Source)>> =
        Mutex::new(plan.sources.iter().enumerate().collect());
    let done: Mutex<BTreeMap<usize, Vec<Collected>>> = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        let parallel = options.parallel.min(PARALLEL_MAX);
        for _ in 0..parallel.clamp(1, plan.sources.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut left| left.pop_front());
                    let Some((index, source)) = next else {
                        break;
                    };
                    // One that comes to grief must not take the others with it.
                    let files = catch_unwind(AssertUnwindSafe(|| run.begin(source)));
                    let files = files.unwrap_or_else(|_| run.nothing(source));
                    if let Ok(mut done) = done.lock() {
                        done.insert(index, files);
                    }
                    finished(&source.name);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    let sources = plan.sources.iter().enumerate();
    sources
        .flat_map(|(index, source)| done.remove(&index).unwrap_or_else(|| run.nothing(source)))
        .collect()
}

/// When a time limit that begins now is over; one beyond all clocks never is, and a year
/// is as good.
fn deadline(time_limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time_limit)
        .or_else(|| now.checked_add(Duration::from_hours(365 * 24)))
        .unwrap_or(now)
}

impl Run<'_> {
    /// Makes a client for each server that a source names.
    fn reach(&mut self) {
        for source in &self.plan.sources {
            let named = source.server.as_ref();
            let Some((name, server)) = named.and_then(|name| self.plan.servers.get_key_value(name))
            else {
                continue;
            };
            if self.clients.contains_key(name.as_str()) {
                continue;
            }
            let reached = server.client(name, &self.plan.base).map(|client| Reached {
                client,
                url: server.url.clone(),
                says: Mutex::default(),
            });
            self.clients
                .insert(name, reached.map_err(|error| error.to_string()));
        }
    }

    /// Collects `source`, unless it is too late to begin: what it would do by then, as a
    /// command that is started, nobody waits for.
    fn begin(&self, source: &Source) -> Vec<Collected> {
        if Instant::now() >= self.deadline {
            let reason = "was not begun before the time limit";
            return self.complete(source, Vec::new(), reason);
        }
        self.collect(source)
    }

    fn collect(&self, source: &Source) -> Vec<Collected> {
        let reached = source.server.as_ref();
        let reached = reached.and_then(|name| self.clients.get(name.as_str()));
        let errand = Errand {
            path: &source.path,
            base: &self.plan.base,
            folder: &source.folder,
            as_of: self.as_of,
            deadline: self.deadline,
            clock: self.clock,
            reached: reached.map(|reached| reached.as_ref().map_err(String::as_str)),
            passed_on: self.plan.passed_on.as_ref(),
            withheld: &self.plan.withheld,
            redacts: !source.redact.is_empty(),
        };
        match source.asked.ask(&errand) {
            Ok(given) => self.complete(source, given, "the collector did not give it"),
            Err(reason) => self.complete(source, Vec::new(), &reason),
        }
    }

    /// What a source gives that came to grief.
    fn nothing(&self, source: &Source) -> Vec<Collected> {
        self.complete(source, Vec::new(), "the collector failed")
    }

    /// Names and dates what `source` gave. Files that it had to give and did not are
    /// there, empty, for `reason`.
    fn complete(&self, source: &Source, given: Vec<Given>, reason: &str) -> Vec<Collected> {
        let mut files: Vec<_> = given.into_iter().map(|given| file(source, given)).collect();
        for path in source.paths() {
            if files.iter().any(|file| file.path == path) {
                continue;
            }
            let empty = Given {
                path,
                bytes: Vec::new(),
                kind: None,
                collected_at: Some(self.clock.now()),
                method: Method::Pull,
                source: None,
                fault: Some(reason.to_owned()),
            };
            files.push(file(source, empty));
        }
        files
    }
}

/// What a source gave, as it is named and dated.
fn file(source: &Source, given: Given) -> Collected {
    let map = source.map.as_ref().filter(|_| given.kind.is_none());
    let whole = source.asked.folder(&source.path);
    let is_list =
        given.path == source.path && (whole.is_some() || given.kind == Some(Kind::CommandRun));
    Collected {
        name: source.name.clone(),
        folder: source.folder.clone(),
        is_list,
        redact: Removal::of(&source.redact, &given.path, is_list),
        gap: None,
        redactions: Vec::new(),
        path: given.path,
        whole,
        bytes: given.bytes,
        kind: map.map(|_| Kind::JsonMap).or(given.kind),
        map: map.cloned(),
        collected_at: given.collected_at,
        valid_for: source.valid_for,
        method: given.method,
        source: given.source,
        fault: given.fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::System;
    use crate::collect::sources::Ask;
    use std::path::PathBuf;
    use std::sync::Arc;

    /// Gives its file, or comes to grief.
    #[derive(Debug)]
    struct Sound(bool);

    impl Ask for Sound {
        fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
            assert!(self.0, "came to grief");
            Ok(vec![Given {
                path: errand.path.to_owned(),
                bytes: b"{}".to_vec(),
                kind: None,
                collected_at: None,
                method: Method::Pull,
                source: None,
                fault: None,
            }])
        }
    }

    fn plan(sound: &[bool]) -> Plan {
        let source = |(index, is_sound): (usize, &bool)| Source {
            name: format!("s{index}"),
            folder: PathBuf::from("evidence"),
            path: format!("s{index}.json"),
            map: None,
            valid_for: None,
            redact: Vec::new(),
            server: None,
            asked: Arc::new(Sound(*is_sound)),
        };
        Plan {
            base: PathBuf::new(),
            servers: BTreeMap::new(),
            sources: sound.iter().enumerate().map(source).collect(),
            passed_on: None,
            withheld: std::collections::BTreeSet::new(),
        }
    }

    #[test]
    fn what_is_not_begun_in_time_is_not_begun() {
        let options = Options {
            time_limit: Duration::ZERO,
            parallel: usize::MAX,
        };
        let files = run(
            &plan(&[false, true]),
            options,
            System.now(),
            &System,
            &|_| {},
        );
        let late = Some("was not begun before the time limit");
        let faults: Vec<_> = files.iter().map(|file| file.fault.as_deref()).collect();
        assert_eq!(faults, [late, late]);
        assert!(files.iter().all(|file| file.bytes.is_empty()));
        assert!(deadline(Duration::MAX) > Instant::now());
    }

    #[test]
    fn a_source_that_panics_loses_its_own_files_only() {
        let plan = plan(&[false, true, false, true]);
        for parallel in [1, 8] {
            let options = Options {
                parallel,
                ..Options::default()
            };
            let heard = Mutex::new(0);
            let files = run(&plan, options, System.now(), &System, &|_| {
                *heard.lock().unwrap() += 1;
            });
            let faults: Vec<_> = files.iter().map(|file| file.fault.as_deref()).collect();
            let grief = Some("the collector failed");
            assert_eq!(faults, [grief, None, grief, None], "{parallel}");
            assert_eq!(files[1].bytes, b"{}");
            assert_eq!(heard.into_inner().unwrap(), 4);
        }
    }
}
