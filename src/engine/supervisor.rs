//! The waiting side: starts the worker, watches it, and says what it died of.
//!
//! INVARIANTS
//! - Nothing that a policy does ends, hangs or grows this process.
//! - A run that did not end with the worker's own "done" has no results.
//! - The worker sees an empty environment, `/` as its folder, and a standard input
//!   that ends with the request.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::limits::{Limits, RESULTS_MAX_BYTES, STDERR_MAX_BYTES, WATCHDOG_GRACE_MS};
use crate::engine::wire::{self, Event, Preamble, Request, Response, Task, Testing, WireError};
use crate::engine::worker::WorkerError;
use crate::engine::{Cause, EngineError};

mod assembly;
mod death;
mod program;

pub(super) use assembly::Assembly;

/// The argument that makes `assize` a worker.
pub const WORKER_ARGUMENT: &str = "engine-worker";

/// Evaluates requests in a process of their own.
#[derive(Debug, Clone)]
pub struct Supervisor {
    program: PathBuf,
}

impl Supervisor {
    /// Returns a supervisor that starts `program`, which must call
    /// [`serve`](crate::engine::worker::serve) when its one argument is [`WORKER_ARGUMENT`].
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        // The worker starts in `/`, where a relative path would name something else.
        Self {
            program: std::path::absolute(&program).unwrap_or(program),
        }
    }

    /// Evaluates `request`.
    ///
    /// # Errors
    /// Policies that do not load, and a worker that ended in any way but its own,
    /// naming what it was doing.
    pub fn evaluate(&self, request: &Request) -> Result<Response, EngineError> {
        match self.run(request) {
            Ok(response) => Ok(response),
            Err(Ended::Error(error)) => Err(error),
            Err(Ended::Ambiguous { error, calls }) => {
                Err(self.single_out(request, &calls).unwrap_or(error))
            }
        }
    }

    /// Evaluates one by one the calls that were running when the worker died.
    fn single_out(&self, request: &Request, calls: &[usize]) -> Option<EngineError> {
        let suspects = Request {
            calls: calls
                .iter()
                .filter_map(|call| request.calls.get(*call).cloned())
                .collect(),
            lint: false,
            testing: request.testing.as_ref().map(|testing| Testing {
                rules: calls
                    .iter()
                    .filter_map(|call| testing.rules.get(*call).cloned())
                    .collect(),
                covered: Vec::new(),
            }),
            limits: Limits {
                threads_max: 1,
                ..request.limits
            },
            ..request.clone()
        };
        match self.run(&suspects) {
            Err(Ended::Error(error)) => Some(error),
            Ok(_) | Err(Ended::Ambiguous { .. }) => None,
        }
    }

    fn run(&self, request: &Request) -> Result<Response, Ended> {
        let threads = request.limits.threads(request.calls.len());
        let preamble = Preamble {
            task: Task::Policies,
            address_space_bytes: request.limits.address_space_bytes(threads),
            cpu_s: request.limits.cpu_s(threads),
        };
        let mut worker = Worker::start(&self.program, preamble)?;
        thread::scope(|scope| {
            let response = watch_over(scope, &mut worker, request);
            // Threads that wait for its pipes must not keep the scope from ending.
            worker.kill();
            response
        })
    }
}

fn watch_over<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    worker: &mut Worker,
    request: &'scope Request,
) -> Result<Response, Ended> {
    let mut watch = Watch::new(request);
    let ended = converse(
        scope,
        worker,
        |stdin| request.write(stdin),
        |events| watch.follow(events),
    )?;
    match ended {
        Ok(()) => Ok(watch.assembly.finish()?),
        Err(Failure::Refused(error)) => Err(EngineError::Load(error).into()),
        Err(Failure::Stopped(cause, detail)) => Err(watch.stopped(cause, detail)),
    }
}

/// Writes a request with `write` and has `follow` read the answer, until that says how it
/// ended. Returns what the worker failed of.
fn converse<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    worker: &mut Worker,
    write: impl FnOnce(ChildStdin) -> Result<(), WireError> + Send + 'scope,
    follow: impl FnOnce(&Receiver<Result<(Event, usize), WireError>>) -> End,
) -> Result<Result<(), Failure>, EngineError> {
    let pipes = worker.pipes()?;
    // The worker reads all before it answers, so that writing ends unless it hangs or
    // dies; then it is killed, and writing ends too.
    beside(scope, move || write(pipes.stdin))?;
    let stderr = beside(scope, move || drain(pipes.stderr))?;
    let (sender, events) = mpsc::sync_channel(64);
    beside(scope, move || forward(pipes.stdout, &sender))?;
    let end = follow(&events);
    // A full channel must not keep the reader from seeing the end.
    drop(events);
    let status = worker.end(&end);
    let stderr = stderr.join().unwrap_or_default();
    Ok(match end {
        End::Done => Ok(()),
        End::Refused(error) => Err(Failure::Refused(error)),
        End::Time => Err(Failure::Stopped(Cause::Time, String::new())),
        End::Garbage(error) => Err(Failure::Stopped(Cause::Crash, error.to_string())),
        End::Stream => {
            let (cause, detail) = death::cause(status, &stderr);
            Err(Failure::Stopped(cause, detail))
        }
    })
}

/// What a worker failed of.
enum Failure {
    /// It said so itself.
    Refused(wire::LoadError),
    /// It was stopped, or died, with its last words.
    Stopped(Cause, String),
}

/// Why a run has no response.
enum Ended {
    Error(EngineError),
    /// Several calls were running; any of them may be the cause.
    Ambiguous {
        error: EngineError,
        calls: Vec<usize>,
    },
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        Self::Error(error)
    }
}

/// Starts a thread that reads or writes a pipe while this one watches.
fn beside<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    task: impl FnOnce() -> T + Send + 'scope,
) -> Result<thread::ScopedJoinHandle<'scope, T>, EngineError> {
    thread::Builder::new()
        .spawn_scoped(scope, task)
        .map_err(|error| EngineError::Worker(WorkerError::Thread(error)))
}

struct Worker {
    child: Child,
}

struct Pipes {
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
}

impl Worker {
    fn start(program: &Path, preamble: Preamble) -> Result<Self, EngineError> {
        let spawn = |source| EngineError::Spawn {
            program: program.to_owned(),
            source,
        };
        let mut child = Command::new(program)
            .arg(WORKER_ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(spawn)?;
        // Thirty-two bytes always fit the pipe. A worker that is gone already is
        // found out when its answer is read.
        if let Some(stdin) = &mut child.stdin {
            let _ = preamble.write(stdin);
        }
        Ok(Self { child })
    }

    fn pipes(&mut self) -> Result<Pipes, EngineError> {
        let pipe = || EngineError::Protocol {
            message: "the worker has no pipes".into(),
        };
        Ok(Pipes {
            stdin: self.child.stdin.take().ok_or_else(pipe)?,
            stdout: self.child.stdout.take().ok_or_else(pipe)?,
            stderr: self.child.stderr.take().ok_or_else(pipe)?,
        })
    }

    /// Ends the worker, if it has not ended, and returns how it ended of itself.
    fn end(&mut self, end: &End) -> Option<std::process::ExitStatus> {
        if matches!(end, End::Stream) {
            // It closed its output, so it is about to end; a status says what of.
            let deadline = Instant::now() + Duration::from_millis(WATCHDOG_GRACE_MS);
            while Instant::now() < deadline {
                if let Ok(Some(status)) = self.child.try_wait() {
                    return Some(status);
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
        // All that was wanted has been read. The kernel takes its memory back faster
        // than the worker would.
        self.kill();
        None
    }

    /// Does nothing if it has ended.
    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How the conversation ended.
enum End {
    Done,
    Refused(wire::LoadError),
    Time,
    Stream,
    Garbage(WireError),
}

/// What the worker is doing, and until when it may.
struct Watch<'a> {
    request: &'a Request,
    assembly: Assembly<'a>,
    activity: String,
    load_deadline: Option<Instant>,
    run_deadline: Instant,
    running: BTreeMap<usize, Instant>,
    results_size: usize,
}

impl<'a> Watch<'a> {
    fn new(request: &'a Request) -> Self {
        let now = Instant::now();
        let grace = Duration::from_millis(WATCHDOG_GRACE_MS);
        Self {
            request,
            assembly: Assembly::new(request),
            activity: "starting the engine".into(),
            load_deadline: Some(now + Duration::from_millis(request.limits.load_ms)),
            run_deadline: now + Duration::from_millis(request.limits.run_ms) + grace,
            running: BTreeMap::new(),
            results_size: 0,
        }
    }

    fn follow(&mut self, events: &Receiver<Result<(Event, usize), WireError>>) -> End {
        loop {
            let left = self.deadline().saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(Ok((event, size))) => {
                    self.results_size = self.results_size.saturating_add(size);
                    if let Some(end) = self.accept(event) {
                        return end;
                    }
                }
                Ok(Err(error)) => return End::Garbage(error),
                Err(RecvTimeoutError::Timeout) => return End::Time,
                Err(RecvTimeoutError::Disconnected) => return End::Stream,
            }
        }
    }

    fn accept(&mut self, event: Event) -> Option<End> {
        let grace = Duration::from_millis(self.request.limits.call_ms + WATCHDOG_GRACE_MS);
        match event {
            Event::Done => return Some(End::Done),
            Event::Refused(error) => return Some(End::Refused(error)),
            Event::Reading { ref path } => self.activity = format!("reading `{path}`"),
            Event::Preparing => self.activity = "preparing the policies".into(),
            Event::Linting => self.activity = "linting the policies".into(),
            Event::Ready { .. } => {
                self.load_deadline = None;
                self.activity = "evaluating".into();
            }
            Event::Calling { call } => {
                self.running.insert(call, Instant::now() + grace);
            }
            Event::Finished { call, .. } | Event::Tested { call, .. } => {
                self.running.remove(&call);
            }
            Event::Covered { .. } => {}
            Event::Value { .. } => {
                return Some(End::Garbage(WireError::Expected("results of calls")));
            }
        }
        if self.results_size > RESULTS_MAX_BYTES {
            let size = u64::try_from(self.results_size).unwrap_or(u64::MAX);
            let size_max = u32::try_from(RESULTS_MAX_BYTES).unwrap_or(u32::MAX);
            return Some(End::Garbage(WireError::Size { size, size_max }));
        }
        match self.assembly.accept(event) {
            Ok(()) => None,
            Err(error) => Some(End::Garbage(error)),
        }
    }

    fn deadline(&self) -> Instant {
        self.running
            .values()
            .copied()
            .chain(self.load_deadline)
            .fold(self.run_deadline, Instant::min)
    }

    /// Names what was going on.
    fn stopped(&self, cause: Cause, detail: String) -> Ended {
        let now = Instant::now();
        let mut calls: Vec<usize> = self.running.keys().copied().collect();
        if cause == Cause::Time && now < self.run_deadline {
            // Only those whose own time is up.
            calls.retain(|call| {
                self.running
                    .get(call)
                    .is_some_and(|deadline| *deadline <= now)
            });
        }
        let names: Vec<String> = calls
            .iter()
            .filter_map(|call| self.request.calls.get(*call))
            .map(|call| format!("`{}`", call.id))
            .collect();
        let activity = if names.is_empty() {
            self.activity.clone()
        } else {
            format!("evaluating {}", names.join(" or "))
        };
        let error = EngineError::Stopped {
            activity,
            cause,
            detail,
        };
        if calls.len() > 1 {
            Ended::Ambiguous { error, calls }
        } else {
            Ended::Error(error)
        }
    }
}

fn forward(stdout: ChildStdout, events: &mpsc::SyncSender<Result<(Event, usize), WireError>>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let event = match wire::read_event(&mut stdout) {
            Ok(Some(event)) => Ok(event),
            Ok(None) => return,
            Err(error) => Err(error),
        };
        let is_last = event.is_err();
        if events.send(event).is_err() || is_last {
            return;
        }
    }
}

/// Keeps the first bytes and reads on, so that the worker never waits for a reader.
fn drain(mut stderr: ChildStderr) -> String {
    let mut kept = Vec::new();
    let cap = u64::try_from(STDERR_MAX_BYTES).unwrap_or(u64::MAX);
    let _ = stderr.by_ref().take(cap).read_to_end(&mut kept);
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wire::Call;

    fn request() -> Request {
        let call = |id: &str| Call {
            id: id.into(),
            input: 0,
            package: "p".into(),
            heads: Vec::new(),
        };
        Request {
            calls: vec![call("a"), call("b"), call("c")],
            ..Request::default()
        }
    }

    fn message(ended: Ended) -> String {
        match ended {
            Ended::Error(error) | Ended::Ambiguous { error, .. } => error.to_string(),
        }
    }

    #[test]
    fn what_was_going_on_is_named() {
        let request = request();
        let mut watch = Watch::new(&request);
        let stopped = |watch: &Watch<'_>| message(watch.stopped(Cause::Crash, String::new()));
        assert!(stopped(&watch).starts_with("starting the engine was stopped"));
        watch.accept(Event::Reading {
            path: "x.rego".into(),
        });
        assert!(stopped(&watch).starts_with("reading `x.rego` was stopped"));
        watch.accept(Event::Preparing);
        watch.accept(Event::Linting);
        assert!(stopped(&watch).starts_with("linting the policies"));
        watch.accept(Event::Calling { call: 2 });
        watch.accept(Event::Calling { call: 0 });
        assert!(stopped(&watch).starts_with("evaluating `a` or `c` was stopped"));
        let ended = watch.stopped(Cause::Memory, String::new());
        assert!(matches!(ended, Ended::Ambiguous { calls, .. } if calls == [0, 2]));
    }

    #[test]
    fn results_beyond_the_limit_end_the_run() {
        let request = request();
        let mut watch = Watch::new(&request);
        watch.results_size = RESULTS_MAX_BYTES;
        assert!(watch.accept(Event::Preparing).is_none());
        watch.results_size += 1;
        assert!(matches!(
            watch.accept(Event::Preparing),
            Some(End::Garbage(WireError::Size { .. }))
        ));
    }

    #[test]
    fn each_step_has_its_own_deadline() {
        let mut request = request();
        request.limits.load_ms = 10;
        request.limits.call_ms = 1_000;
        request.limits.run_ms = 100_000;
        let mut watch = Watch::new(&request);
        let reading = watch.deadline();
        watch.accept(Event::Ready {
            engine: String::new(),
            findings: Vec::new(),
            heads: Vec::new(),
        });
        let idle = watch.deadline();
        watch.accept(Event::Calling { call: 0 });
        let calling = watch.deadline();
        assert!(reading < calling && calling < idle);
    }
}
