//! All sources at once, each with what is left of the time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::Collected;
use super::http::{Answer, Client, HttpError};
use super::prometheus;
use super::settings::{How, Plan, Source};
use crate::clock::{Clock, Timestamp};
use crate::evidence::Kind;
use crate::evidence::manifest::{self, Method};

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

/// What all sources share.
struct Run<'a> {
    plan: &'a Plan,
    clients: BTreeMap<&'a str, Result<Reached, String>>,
    as_of: Timestamp,
    deadline: Instant,
    clock: &'a (dyn Clock + Sync),
}

/// A server that can be asked, and what it says of itself.
struct Reached {
    client: Client,
    /// Asked for once it has answered anything.
    server: OnceLock<Option<String>>,
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
        deadline: Instant::now() + options.time_limit,
        clock,
    };
    run.reach();
    let run = &run;
    let waiting: Mutex<VecDeque<(usize, &Source)>> =
        Mutex::new(plan.sources.iter().enumerate().collect());
    let done: Mutex<BTreeMap<usize, Vec<Collected>>> = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..options.parallel.clamp(1, plan.sources.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut left| left.pop_front());
                    let Some((index, source)) = next else {
                        break;
                    };
                    let files = run.collect(source);
                    if let Ok(mut done) = done.lock() {
                        done.insert(index, files);
                    }
                    finished(&source.name);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    // A source whose thread came to grief gives its files too.
    let sources = plan.sources.iter().enumerate();
    sources
        .flat_map(|(index, source)| {
            done.remove(&index)
                .unwrap_or_else(|| run.failed(source, "the collector failed"))
        })
        .collect()
}

impl Run<'_> {
    /// Makes a client for each server that a source names.
    fn reach(&mut self) {
        for source in &self.plan.sources {
            let How::Prometheus { server: name, .. } = &source.how;
            let Some((name, server)) = self.plan.servers.get_key_value(name) else {
                continue;
            };
            if self.clients.contains_key(name.as_str()) {
                continue;
            }
            let reached = self.plan.client(name, server).map(|client| Reached {
                client,
                server: OnceLock::new(),
            });
            self.clients
                .insert(name, reached.map_err(|error| error.to_string()));
        }
    }

    fn collect(&self, source: &Source) -> Vec<Collected> {
        match &source.how {
            How::Prometheus { server, queries } => self.prometheus(source, server, queries),
        }
    }

    fn prometheus(
        &self,
        source: &Source,
        server: &str,
        queries: &prometheus::Queries,
    ) -> Vec<Collected> {
        let url = self
            .plan
            .servers
            .get(server)
            .map_or("", |server| &server.url);
        let reached = match self.clients.get(server) {
            Some(Ok(reached)) => reached,
            Some(Err(reason)) => return self.failed(source, reason),
            None => return self.failed(source, "there is no such server"),
        };
        let asked = queries.asked(self.as_of);
        asked
            .into_iter()
            .map(|asked| {
                let answer = asked.ask(&reached.client, url, self.deadline, self.clock);
                let mut from = manifest::Source::of(url);
                from.request = Some(asked.request);
                if answer.is_ok() {
                    let server = reached.server.get_or_init(|| {
                        prometheus::server(&reached.client, url, self.deadline, self.clock)
                    });
                    from.server.clone_from(server);
                }
                let path = source.path_with(asked.suffix);
                self.answered(source, path, prometheus::Asked::KIND, from, answer)
            })
            .collect()
    }

    /// The file that an answer, or the want of one, comes to.
    fn answered(
        &self,
        source: &Source,
        path: String,
        kind: Kind,
        mut from: manifest::Source,
        answer: Result<Answer, HttpError>,
    ) -> Collected {
        let (bytes, collected_at, fault) = match answer {
            Ok(answer) => {
                from.response_status = Some(answer.status);
                from.clock_skew_s = answer.clock_skew_s;
                let fault = (!(200..300).contains(&answer.status))
                    .then(|| format!("answered {}: {}", answer.status, answer.excerpt()));
                (answer.body, answer.received_at, fault)
            }
            Err(error) => (Vec::new(), self.clock.now(), Some(error.to_string())),
        };
        let valid_until = source.valid_for.and_then(|time| collected_at.plus(time));
        Collected {
            name: source.name.clone(),
            folder: source.folder.clone(),
            path,
            bytes,
            kind: Some(kind),
            collected_at,
            valid_until,
            method: Method::Pull,
            source: Some(from),
            fault,
        }
    }

    /// Every file of `source`, empty, for `reason`.
    fn failed(&self, source: &Source, reason: &str) -> Vec<Collected> {
        let file = |path| Collected {
            name: source.name.clone(),
            folder: source.folder.clone(),
            path,
            bytes: Vec::new(),
            kind: None,
            collected_at: self.clock.now(),
            valid_until: None,
            method: Method::Pull,
            source: None,
            fault: Some(reason.to_owned()),
        };
        source.paths().into_iter().map(file).collect()
    }
}
