//! The Rego engine: modules, data and inputs in, the values of rule heads out.
//!
//! ```text
//!  caller ─▶ supervisor ═══ pipe ═══▶ worker ─▶ interpreter ─▶ regorus
//!                       ◀══ events ══         ─▶ ast_lint
//!                                          ─▶ formats: a program that gives an input
//! ```
//!
//! The only module that names `regorus`. It knows no rules, no
//! verdicts and no evidence; it evaluates, and says what it could not evaluate.
//!
//! INVARIANTS
//! - The same request gives the same response, on any machine, at any time and with
//!   any number of threads; only whether a limit is reached depends on the machine.
//! - No error and no undefined value is ever given out as an empty set.
//! - Policies are hostile until evaluated: they run in a worker process with limits
//!   on memory, time and stack ([`limits`]), and what ends the worker is named.
//!
//! `docs/engine.md` lists limits, refusals, and where the engine differs from OPA.

use std::path::PathBuf;

use thiserror::Error;

pub mod ast_lint;
mod builtins;
mod extensions;
mod interpreter;
pub mod limits;
pub mod requirements;
pub mod statements;
pub mod supervisor;
mod testing;
pub mod wire;
pub mod worker;

pub use interpreter::ENGINE;
pub use limits::Limits;
pub use supervisor::Supervisor;
pub use wire::{
    Call, CallResult, ErrorKind, EvaluationError, Finding, Form, Head, HeadResult, Level,
    LoadError, Location, Module, ModuleCoverage, Outcome, Program, Request, Response, RuleSite,
    ShownValue, TestEnd, TestFailure, TestPlace, TestReport, Testing,
};

/// A request that has no response.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The worker could not be started.
    #[error("could not start the engine worker `{}`: {source}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The engine does not take the modules or the data.
    #[error("{0}")]
    Load(LoadError),
    /// The worker ended before it was done.
    #[error("{activity} was stopped: {cause}{}", in_brackets(detail))]
    Stopped {
        /// What was going on, naming the module or the rule.
        activity: String,
        /// What stopped it.
        cause: Cause,
        /// The worker's last words; may be empty.
        detail: String,
    },
    /// The worker does not keep to the protocol.
    #[error("engine worker: {message}")]
    Protocol {
        /// What is wrong.
        message: String,
    },
    /// A query has no answer.
    #[error("{0}")]
    Query(EvaluationError),
    /// The evaluating thread could not do its work.
    #[error(transparent)]
    Worker(#[from] worker::WorkerError),
}

/// What stopped a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It took longer than its limit.
    Time,
    /// It needed more memory than its limit.
    Memory,
    /// It recursed deeper than its stack.
    Recursion,
    /// It crashed.
    Crash,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Time => "it took too long",
            Self::Memory => "it needs too much memory",
            Self::Recursion => "it recurses or nests too deeply",
            Self::Crash => "the engine crashed",
        })
    }
}

fn in_brackets(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(" ({detail})")
    }
}

/// Evaluates `request` in this process: for tests, fuzzing and benches alone.
///
/// Only the engine's own timer limits it. A policy that exhausts memory or overflows
/// the stack ends the calling process.
///
/// # Errors
/// Policies that do not load, and a thread that cannot be started.
pub fn evaluate_unsupervised(request: &Request) -> Result<Response, EngineError> {
    let events = std::sync::Mutex::new(Vec::new());
    let emit = |event| {
        events
            .lock()
            .map_err(|_| worker::WorkerError::Panic)?
            .push(event);
        Ok(())
    };
    worker::on_big_stack(&request.limits, || worker::evaluate(request, &emit))??;
    let mut assembly = supervisor::Assembly::new(request);
    for event in events.into_inner().unwrap_or_default() {
        if let wire::Event::Refused(error) = event {
            return Err(EngineError::Load(error));
        }
        assembly
            .accept(event)
            .map_err(|error| EngineError::Protocol {
                message: error.to_string(),
            })?;
    }
    assembly.finish()
}

/// Evaluates `query` over the modules, data and first input of `request`, in this
/// process: for conformance tests alone. Returns the bindings of each result.
///
/// OPA's cases expect errors of functions to be undefined unless `is_strict`;
/// everything else here is always strict.
///
/// # Errors
/// As [`evaluate_unsupervised`], and queries that have no answer.
pub fn query_unsupervised(
    request: &Request,
    query: &str,
    is_strict: bool,
) -> Result<Vec<crate::json::Value>, EngineError> {
    let limit = std::time::Duration::from_millis(request.limits.call_ms);
    let prepared =
        interpreter::Prepared::load(&request.modules, &request.data, request.as_of_ns, |_| {
            Ok::<_, LoadError>(())
        })
        .map_err(EngineError::Load)?;
    let input = request.inputs.first().map_or(&[][..], Vec::as_slice);
    let input = interpreter::Input::parse(input).map_err(EngineError::Load)?;
    prepared
        .query(query, &input, is_strict, limit)
        .map_err(EngineError::Query)
}
