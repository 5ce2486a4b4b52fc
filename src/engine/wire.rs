//! What supervisor and worker say to each other.
//!
//! Both are the same binary, so this format has no version and is never stored.
//! It has serde types all the same: what the worker sends after it evaluated
//! hostile text is itself not to be trusted, and is read strictly and with bounds.
//!
//! ```text
//! to the worker:    preamble (32 bytes), header, data, input 0, input 1, …; then end of file
//! from the worker:  one event a frame, each flushed: so the supervisor knows what
//!                   was going on when the worker died
//! frame:            length in bytes (u32, little-endian), then that many bytes
//! ```
//!
//! Data and inputs travel as their own frames of the bytes the caller gave, so that
//! the worker parses exactly what was hashed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::engine::limits::Limits;
use crate::json::Value;

mod frame;
mod program;
mod testing;

pub use frame::WireError;
pub(super) use frame::{Event, Preamble, Task, read_event, write_event};
pub use program::Program;
pub use testing::{
    ModuleCoverage, RuleSite, ShownValue, TestEnd, TestFailure, TestPlace, TestReport, Testing,
};

/// What to evaluate.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The policy files.
    pub modules: Vec<Module>,
    /// Base data: one JSON object, or nothing.
    pub data: Vec<u8>,
    /// Documents that calls see as `input`: canonical JSON.
    pub inputs: Vec<Vec<u8>>,
    /// What `time.now_ns()` returns, in nanoseconds since the Unix epoch.
    pub as_of_ns: i64,
    /// What to evaluate, in the order in which results are wanted.
    pub calls: Vec<Call>,
    /// Whether to lint the modules.
    pub lint: bool,
    /// That the calls are tests: each names one rule, and reports replace results.
    pub testing: Option<Testing>,
    /// Bounds.
    pub limits: Limits,
}

/// One policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Path to name in messages.
    pub path: String,
    /// Rego v1 text.
    pub source: String,
}

/// Some heads of one package, evaluated over one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The rule's id, to name in messages.
    pub id: String,
    /// Index into [`Request::inputs`].
    pub input: usize,
    /// The package, as `gates.deploy.freeze`.
    pub package: String,
    /// The heads to evaluate, as `deny`.
    pub heads: Vec<String>,
}

/// What came of a [`Request`].
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Name and version of the engine.
    pub engine: String,
    /// What lint found, in order of path and line; empty unless asked for.
    pub findings: Vec<Finding>,
    /// Every rule head in the modules, in order of path and line.
    pub heads: Vec<Head>,
    /// One result for each call, in the order of the calls; none where these are tests.
    pub results: Vec<CallResult>,
    /// One report for each test, in the order of the calls.
    pub tests: Vec<TestReport>,
    /// What the tests reached of each module that was asked for, in the order asked.
    pub coverage: Vec<ModuleCoverage>,
}

/// What came of a [`Call`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallResult {
    /// The rule's id.
    pub id: String,
    /// One outcome for each head, in the order of the call.
    pub heads: Vec<HeadResult>,
    /// What `print` wrote, as `path:line: text`.
    pub prints: Vec<String>,
}

/// What one head yields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadResult {
    /// The head.
    pub head: String,
    /// What it yields.
    pub outcome: Outcome,
}

/// The value of a head. Only an empty [`Outcome::Set`] means that nothing was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A set; its elements in the engine's order, which depends on the values alone.
    Set(Vec<Value>),
    /// The head exists, but has no value.
    Undefined,
    /// The head has a value that is not a set.
    NotASet {
        /// The type, as `type_name` says it.
        found: String,
    },
    /// There is no value.
    Error(EvaluationError),
}

/// Why a head has no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[serde(deny_unknown_fields)]
#[error("{}{message}", prefix(location.as_ref()))]
pub struct EvaluationError {
    /// What kind of error.
    pub kind: ErrorKind,
    /// What is wrong.
    pub message: String,
    /// Where, if the engine said so.
    pub location: Option<Location>,
}

/// Kinds of [`EvaluationError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The policy asked for something that has no answer.
    Evaluation,
    /// The call took too long.
    Time,
    /// The call asked for more memory than there can be.
    Memory,
    /// The package has no such head.
    NoSuchHead,
    /// The value is not one that JSON can hold.
    Unrepresentable,
    /// The engine panicked.
    Crash,
}

/// A place in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The module's path.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// Modules or data that the engine does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[serde(deny_unknown_fields)]
#[error("{}{message}", prefix(location.as_ref()))]
pub struct LoadError {
    /// What is wrong.
    pub message: String,
    /// Where, if the engine said so.
    pub location: Option<Location>,
    /// What to write instead; may be empty.
    pub hint: String,
}

fn prefix(location: Option<&Location>) -> String {
    location.map_or_else(String::new, |place| {
        format!("{}:{}:{}: ", place.path, place.line, place.column)
    })
}

/// Something in a policy that would pass silently, or not mean what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The module's path.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// What kind of finding, in kebab-case. Permanent.
    pub code: String,
    /// Whether the policies may be used.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = match self.level {
            Level::Refuse => "error",
            Level::Warn => "warning",
        };
        write!(
            f,
            "{}:{}: {level}[{}]: {}",
            self.path, self.line, self.code, self.message
        )?;
        if self.hint.is_empty() {
            Ok(())
        } else {
            write!(f, "; {}", self.hint)
        }
    }
}

/// Whether a policy with a finding may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It may not: a verdict could be wrong.
    Refuse,
    /// It may: the verdict is right, or ends in an error.
    Warn,
}

/// A rule head as the engine's parser sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The module's path.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// The package, as `gates.deploy.freeze`.
    pub package: String,
    /// The name, as `deny`; for a ref head its constant part, as `deny.x`.
    pub name: String,
    /// What it defines.
    pub form: Form,
}

/// What a rule head defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `p contains x`.
    Set,
    /// `p := x`, `p if …`.
    Complete,
    /// `p[k] := x`.
    Object,
    /// `p(x) := y`.
    Function,
    /// `default p := x`.
    Default,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_their_place_first() {
        let error = EvaluationError {
            kind: ErrorKind::Evaluation,
            message: "divided by zero".into(),
            location: Some(Location {
                path: "a.rego".into(),
                line: 3,
                column: 7,
            }),
        };
        assert_eq!(error.to_string(), "a.rego:3:7: divided by zero");
    }
}
