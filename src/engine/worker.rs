//! The evaluating side: reads one request, reports as it goes.
//!
//! Runs in a process of its own ([`serve`]), where hostile policies may exhaust
//! memory, overflow the stack or never end, and nothing is lost but that process.
//!
//! INVARIANTS
//! - Limits are set before one byte of the request is parsed.
//! - An event is flushed before what it announces begins.
//! - Results do not depend on the number of threads.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use thiserror::Error;

use crate::engine::ast_lint;
use crate::engine::interpreter::{ENGINE, Input, Prepared, Stage};
use crate::engine::limits::Limits;
use crate::engine::testing;
use crate::engine::wire::{
    self, Call, CallResult, ErrorKind, EvaluationError, Event, HeadResult, LoadError, Outcome,
    Preamble, Program, Request, Task, WireError,
};
use crate::formats;
use crate::json;

/// Why the worker gave up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The conversation broke off.
    #[error("engine worker: {0}")]
    Wire(#[from] WireError),
    /// The kernel refused a limit; evaluating without it would not be safe.
    #[error("engine worker: could not set the limit on {0}")]
    Limit(&'static str),
    /// No thread could be started.
    #[error("engine worker: could not start a thread: {0}")]
    Thread(std::io::Error),
    /// The evaluating thread panicked outside a call.
    #[error("engine worker: panicked")]
    Panic,
    /// The policies could not be loaded; reported to the supervisor already.
    #[error("engine worker: {0}")]
    Refused(#[from] LoadError),
}

/// Reads one request from `input` and writes events to `output`.
///
/// The calling process must have been started for this alone: it is limited for good.
///
/// # Errors
/// Limits that cannot be set, and a conversation that breaks off.
pub fn serve(mut input: impl Read, output: impl Write + Send) -> Result<(), WorkerError> {
    // ORDER: limits first, then the request.
    let preamble = Preamble::read(&mut input)?;
    confine(preamble)?;
    let output = Mutex::new(output);
    let emit = |event: Event| {
        let mut output = output.lock().map_err(|_| WorkerError::Panic)?;
        wire::write_event(&mut *output, &event)?;
        Ok(())
    };
    match preamble.task {
        Task::Policies => {
            let request = Request::read(input)?;
            on_big_stack(&request.limits, || evaluate(&request, &emit))?
        }
        Task::Program => {
            let program = Program::read(input)?;
            on_big_stack(&program.limits, || evaluate_program(&program, &emit))?
        }
    }
}

#[cfg(unix)]
fn confine(preamble: Preamble) -> Result<(), WorkerError> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, value: u64, name| {
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(resource, limit).map_err(|_| WorkerError::Limit(name))
    };
    limit(Resource::Core, 0, "core dumps")?;
    limit(Resource::Cpu, preamble.cpu_s, "processor time")?;
    limit(Resource::As, preamble.address_space_bytes, "memory")
}

/// Runs `task` on a thread with the stack that recursive policies need.
pub(super) fn on_big_stack<T: Send>(
    limits: &Limits,
    task: impl FnOnce() -> T + Send,
) -> Result<T, WorkerError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("evaluate".into())
            .stack_size(stack_bytes(limits))
            .spawn_scoped(scope, task)
            .map_err(WorkerError::Thread)?
            .join()
            .map_err(|_| WorkerError::Panic)
    })
}

fn stack_bytes(limits: &Limits) -> usize {
    usize::try_from(limits.stack_bytes).unwrap_or(usize::MAX)
}

/// Evaluates `request`, reporting to `emit` from any of its threads.
pub(super) fn evaluate(
    request: &Request,
    emit: &(dyn Fn(Event) -> Result<(), WorkerError> + Sync),
) -> Result<(), WorkerError> {
    let loaded = catch_unwind(AssertUnwindSafe(|| load(request, emit))).unwrap_or_else(|panic| {
        let message = format!("the engine panicked: {}", panic_message(panic.as_ref()));
        Err(LoadError::plain(message).into())
    });
    let (mut prepared, inputs) = match loaded {
        Ok(loaded) => loaded,
        Err(WorkerError::Refused(error)) => {
            return emit(Event::Refused(error));
        }
        Err(error) => return Err(error),
    };
    match &request.testing {
        None => evaluate_calls(request, &prepared, &inputs, emit)?,
        Some(testing) => testing::run(request, testing, &mut prepared, &inputs, emit)?,
    }
    emit(Event::Done)?;
    // Taking apart what was parsed costs time and, for deep text, stack; the
    // process ends here.
    std::mem::forget((prepared, inputs));
    Ok(())
}

/// Evaluates `program`, reporting to `emit`.
fn evaluate_program(
    program: &Program,
    emit: &(dyn Fn(Event) -> Result<(), WorkerError> + Sync),
) -> Result<(), WorkerError> {
    match formats::jsonnet::evaluate(&program.text, json::Limits::EVIDENCE) {
        Ok(value) => {
            let text = value.to_string();
            emit(Event::Value { text })?;
            emit(Event::Done)
        }
        Err(error) => emit(Event::Refused(LoadError::plain(error.to_string()))),
    }
}

fn load(
    request: &Request,
    emit: &(dyn Fn(Event) -> Result<(), WorkerError> + Sync),
) -> Result<(Prepared, Vec<Input>), WorkerError> {
    let mut prepared = Prepared::load(
        &request.modules,
        &request.data,
        request.as_of_ns,
        |stage| -> Result<(), WorkerError> {
            emit(match stage {
                Stage::Reading(path) => Event::Reading { path: path.into() },
                Stage::Preparing => Event::Preparing,
            })
        },
    )?;
    let inputs: Vec<Input> = request
        .inputs
        .iter()
        .map(|bytes| Input::parse(bytes))
        .collect::<Result<_, _>>()?;
    emit(Event::Linting)?;
    let heads = ast_lint::heads(prepared.modules());
    let findings = if request.lint {
        prepared.lint()
    } else {
        Vec::new()
    };
    emit(Event::Ready {
        engine: ENGINE.into(),
        findings,
        heads,
    })?;
    Ok((prepared, inputs))
}

fn evaluate_calls(
    request: &Request,
    prepared: &Prepared,
    inputs: &[Input],
    emit: &(dyn Fn(Event) -> Result<(), WorkerError> + Sync),
) -> Result<(), WorkerError> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), WorkerError> {
        loop {
            let call = next.fetch_add(1, Ordering::Relaxed);
            let Some(asked) = request.calls.get(call) else {
                return Ok(());
            };
            emit(Event::Calling { call })?;
            let result = evaluate_call(prepared, asked, inputs, &request.limits);
            emit(Event::Finished { call, result })?;
        }
    };
    share_out(request, &work)
}

/// Runs `work`, which takes calls until none is left, on as many threads as there may be.
pub(super) fn share_out(
    request: &Request,
    work: &(dyn Fn() -> Result<(), WorkerError> + Sync),
) -> Result<(), WorkerError> {
    let threads = request.limits.threads(request.calls.len());
    thread::scope(|scope| {
        let mut helpers = Vec::new();
        for number in 1..threads {
            let helper = thread::Builder::new()
                .name(format!("evaluate-{number}"))
                .stack_size(stack_bytes(&request.limits))
                .spawn_scoped(scope, work)
                .map_err(WorkerError::Thread)?;
            helpers.push(helper);
        }
        work()?;
        for helper in helpers {
            helper.join().map_err(|_| WorkerError::Panic)??;
        }
        Ok(())
    })
}

fn evaluate_call(
    prepared: &Prepared,
    call: &Call,
    inputs: &[Input],
    limits: &Limits,
) -> CallResult {
    let failed = |kind, message: String| CallResult {
        id: call.id.clone(),
        heads: call
            .heads
            .iter()
            .map(|head| HeadResult {
                head: head.clone(),
                outcome: Outcome::Error(EvaluationError {
                    kind,
                    message: message.clone(),
                    location: None,
                }),
            })
            .collect(),
        prints: Vec::new(),
    };
    let Some(input) = inputs.get(call.input) else {
        return failed(
            ErrorKind::Evaluation,
            format!("there is no input {}", call.input),
        );
    };
    // A panic is a bug of the engine that a policy found; other calls go on.
    catch_unwind(AssertUnwindSafe(|| prepared.evaluate(call, input, limits))).unwrap_or_else(
        |panic| {
            let message = panic_message(panic.as_ref());
            let kind = if message.contains("capacity overflow") {
                ErrorKind::Memory
            } else {
                ErrorKind::Crash
            };
            failed(kind, format!("the engine panicked: {message}"))
        },
    )
}

pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests;
