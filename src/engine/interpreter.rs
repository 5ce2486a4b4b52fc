//! The one user of `regorus::Engine`.
//!
//! INVARIANTS
//! - The interpreter evaluates, never the engine's virtual machine (which turns
//!   errors inside a rule body into "undefined") and with strict errors, so that
//!   `not to_number("x")` is an error and not a truth.
//! - Base data cannot replace a rule: the engine would let it, silently.
//! - A value of the engine becomes JSON here and nowhere else: its own serialiser
//!   writes "undefined" as a string.
//! - Nothing a policy can call depends on anything but its arguments, `input`,
//!   `data` and `as_of_ns`.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use regorus::unstable::{Module as Ast, Ref};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, PolicyLengthConfig, Value as Term};

use crate::engine::ast_lint;
use crate::engine::builtins;
use crate::engine::extensions;
use crate::engine::limits::{
    ATTRIBUTION_MS, Limits, MODULE_LINE_MAX_COLUMNS, MODULE_MAX_BYTES, MODULE_MAX_LINES,
    PRINTS_MAX_BYTES, REWRITES_MAX, TIMER_INTERVAL_STEPS,
};
use crate::engine::wire::{
    Call, CallResult, ErrorKind, EvaluationError, Finding, HeadResult, LoadError, Location, Module,
    Outcome,
};
use crate::json;

mod term;

/// Name and version of the engine, as records name it.
pub const ENGINE: &str = "regorus 0.14.1";

/// Modules and data, parsed and scheduled, to be evaluated over many inputs.
pub(super) struct Prepared {
    engine: Engine,
    together: ast_lint::Together,
    names: ast_lint::Names,
}

/// A parsed `input`.
#[derive(Clone)]
pub(super) struct Input(Term);

/// What [`Prepared::load`] is about to do, for whoever must know what hung.
pub(super) enum Stage<'a> {
    Reading(&'a str),
    Preparing,
}

impl Prepared {
    /// Parses and prepares `modules` over base `data`.
    ///
    /// # Errors
    /// Text that is not Rego v1, unsafe variables, and data that overlaps a rule.
    pub(super) fn load<E: From<LoadError>>(
        modules: &[Module],
        data: &[u8],
        as_of_ns: i64,
        mut before: impl FnMut(Stage<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut engine = parsed(modules, as_of_ns, &mut before)?;
        // Nothing that is rewritten is the name of a rule.
        let names = ast_lint::Names::of(engine.get_modules());
        let mut rewritten: Option<Vec<Module>> = None;
        for _ in 0..REWRITES_MAX {
            let sources = rewritten.as_deref().unwrap_or(modules);
            let Some(next) = taken(&mut engine, &names, sources) else {
                break;
            };
            engine = parsed(&next, as_of_ns, &mut before)?;
            rewritten = Some(next);
        }
        before(Stage::Preparing)?;
        if !data.is_empty() {
            add_data(&mut engine, data)?;
        }
        // Prepares the engine once; its clones are then ready. The query says nothing.
        engine
            .eval_query("true".into(), false)
            .map_err(|error| load_error(&format!("{error:#}"), ""))?;
        let together = ast_lint::together(engine.get_modules(), &names);
        Ok(Self {
            engine,
            together,
            names,
        })
    }

    /// Returns what lint finds in the modules.
    pub(super) fn lint(&mut self) -> Vec<Finding> {
        ast_lint::lint(self.engine.get_modules(), &self.names)
    }

    /// Returns the parsed modules.
    pub(super) fn modules(&mut self) -> &[Ref<Ast>] {
        self.engine.get_modules()
    }

    /// Adds a function that policies can call, which cannot fail.
    pub(super) fn supply(
        &mut self,
        name: &str,
        arity: u8,
        function: impl Fn(&[Term]) -> Term + Clone + Send + Sync + 'static,
    ) -> Result<(), LoadError> {
        let function = move |arguments: Vec<Term>| Ok(function(&arguments));
        self.engine
            .add_extension(name.into(), arity, Box::new(function))
            .map_err(|error| LoadError::plain(format!("{error:#}")))
    }

    /// Evaluates the heads of `call` over `input`.
    ///
    /// Together first, where that gives the same; what then is not plainly as many sets
    /// as there are heads is evaluated again, each on its own, so that an error in one
    /// is not an error in another.
    pub(super) fn evaluate(&self, call: &Call, input: &Input, limits: &Limits) -> CallResult {
        let deadline = Instant::now() + Duration::from_millis(limits.call_ms);
        let outcomes = if self.together.allows(&call.package, &call.heads) {
            self.evaluate_together(call, input, limits)
        } else {
            None
        };
        let (outcomes, prints) = outcomes.map_or_else(
            || self.evaluate_apart(call, input, limits, deadline),
            |outcomes| (outcomes, Vec::new()),
        );
        let heads = call.heads.iter().zip(outcomes);
        CallResult {
            id: call.id.clone(),
            heads: heads
                .map(|(head, outcome)| HeadResult {
                    head: head.clone(),
                    outcome,
                })
                .collect(),
            prints,
        }
    }

    /// Evaluates all heads in one query, so that what they share is evaluated once.
    ///
    /// INVARIANT: a result is what [`Self::evaluate_apart`] gives, if
    /// [`ast_lint::Together`] allows the heads. A query that fails half-way still has a
    /// result, without the heads from there on; so only all of them count, and only
    /// sets. `print` would say less.
    fn evaluate_together(
        &self,
        call: &Call,
        input: &Input,
        limits: &Limits,
    ) -> Option<Vec<Outcome>> {
        let mut engine = self.engine_for(input, Duration::from_millis(limits.call_ms));
        let bindings = call.heads.iter().enumerate();
        let query: Vec<String> = bindings
            .map(|(n, head)| format!("{} := {}", variable(n), rule_path(&call.package, head)))
            .collect();
        let results = engine.eval_query(query.join("; "), false).ok()?;
        if !engine.take_prints().is_ok_and(|prints| prints.is_empty()) {
            return None;
        }
        let [result] = results.result.as_slice() else {
            return None;
        };
        let bindings = result.bindings.as_object().ok()?;
        if bindings.len() != call.heads.len() {
            return None;
        }
        (0..call.heads.len())
            .map(|n| match bindings.get(&Term::from(variable(n)))? {
                set @ Term::Set(_) => Some(term::outcome(set)),
                _ => None,
            })
            .collect()
    }

    /// Evaluates each head by itself, in an engine of its own.
    ///
    /// Each gets what is left until `deadline`, and a little when nothing is left: when
    /// all together took too long, those that do not are told from the one that does.
    fn evaluate_apart(
        &self,
        call: &Call,
        input: &Input,
        limits: &Limits,
        deadline: Instant,
    ) -> (Vec<Outcome>, Vec<String>) {
        let share = u64::try_from(call.heads.len())
            .ok()
            .and_then(|heads| ATTRIBUTION_MS.checked_div(heads))
            .unwrap_or_default();
        let mut outcomes = Vec::with_capacity(call.heads.len());
        let mut prints = Prints::default();
        for head in &call.heads {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut engine = self.engine_for(input, left.max(Duration::from_millis(share.max(1))));
            outcomes.push(match engine.eval_rule(rule_path(&call.package, head)) {
                Ok(value) => term::outcome(&value),
                Err(error) => {
                    Outcome::Error(evaluation_error(&format!("{error:#}"), call, head, limits))
                }
            });
            prints.extend(engine.take_prints().unwrap_or_default());
        }
        (outcomes, prints.lines)
    }

    /// Returns an engine of its own, to evaluate `input` for no longer than `limit`.
    pub(super) fn engine_for(&self, input: &Input, limit: Duration) -> Engine {
        let mut engine = self.engine.clone();
        engine.set_input(input.0.clone());
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit,
            check_interval: TIMER_INTERVAL_STEPS,
        });
        engine
    }
}

/// Returns an engine that has read `modules`.
fn parsed<E: From<LoadError>>(
    modules: &[Module],
    as_of_ns: i64,
    before: &mut impl FnMut(Stage<'_>) -> Result<(), E>,
) -> Result<Engine, E> {
    let mut engine = Engine::new();
    engine.set_rego_v0(false);
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: MODULE_LINE_MAX_COLUMNS,
        max_file_bytes: MODULE_MAX_BYTES,
        max_lines: MODULE_MAX_LINES,
    });
    extensions::install(&mut engine, as_of_ns)
        .map_err(|error| LoadError::plain(error.to_string()))?;
    for module in modules {
        before(Stage::Reading(&module.path))?;
        engine
            .add_policy(module.path.clone(), module.source.clone())
            .map_err(|error| load_error(&format!("{error:#}"), &module.path))?;
    }
    Ok(engine)
}

/// Returns `modules` in words that `engine`, which has read them, takes; nothing where
/// these are such words.
fn taken(engine: &mut Engine, names: &ast_lint::Names, modules: &[Module]) -> Option<Vec<Module>> {
    let sources = modules.iter().map(|module| module.source.as_str());
    let texts = ast_lint::rewritten(engine.get_modules(), names, sources);
    if texts.iter().all(Option::is_none) {
        return None;
    }
    let next = modules.iter().zip(texts).map(|(module, text)| Module {
        path: module.path.clone(),
        source: text.unwrap_or_else(|| module.source.clone()),
    });
    Some(next.collect())
}

/// The variable of the query that stands for head `n`.
fn variable(n: usize) -> String {
    format!("head_{n}")
}

impl Prepared {
    /// Evaluates `query` over `input`; returns the bindings of each result.
    pub(super) fn query(
        &self,
        query: &str,
        input: &Input,
        is_strict: bool,
        limit: Duration,
    ) -> Result<Vec<json::Value>, EvaluationError> {
        let mut engine = self.engine.clone();
        engine.set_strict_builtin_errors(is_strict);
        engine.set_input(input.0.clone());
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit,
            check_interval: NonZeroU32::MIN,
        });
        let failed = |text: &str| {
            let (message, location) = split_message(text);
            EvaluationError {
                kind: ErrorKind::Evaluation,
                message,
                location,
            }
        };
        let results = engine
            .eval_query(query.to_owned(), false)
            .map_err(|error| failed(&format!("{error:#}")))?;
        results
            .result
            .iter()
            .map(|result| term::json(&result.bindings, 0).map_err(|message| failed(&message)))
            .collect()
    }
}

impl Input {
    /// Parses `bytes`; nothing means that `input` is undefined.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.is_empty() {
            return Ok(Self(Term::Undefined));
        }
        document(bytes, "input").map(Self)
    }
}

/// Returns why `pattern` is not a regular expression that the engine takes.
pub(super) fn regex_error(pattern: &str) -> Option<String> {
    let literal = json::canonical(&pattern).ok()?;
    let query = format!("regex.match({}, \"\")", String::from_utf8(literal).ok()?);
    let error = Engine::new().eval_query(query, false).err()?;
    let (message, _) = split_message(&format!("{error:#}"));
    Some(message)
}

impl LoadError {
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            location: None,
            hint: String::new(),
        }
    }
}

/// Returns the path of `head` as the engine reads it: parts that are not names in
/// brackets. A package that has brackets already is taken as it is.
pub(super) fn rule_path(package: &str, head: &str) -> String {
    let mut path = String::from("data");
    if package.contains('[') {
        path.push('.');
        path.push_str(package);
    } else {
        package
            .split('.')
            .for_each(|part| push_part(&mut path, part));
    }
    head.split('.').for_each(|part| push_part(&mut path, part));
    path
}

fn push_part(path: &mut String, part: &str) {
    let is_name = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name {
        path.push('.');
        path.push_str(part);
    } else {
        path.push('[');
        path.push_str(&json::Value::from(part).to_string());
        path.push(']');
    }
}

fn add_data(engine: &mut Engine, data: &[u8]) -> Result<(), LoadError> {
    let data = document(data, "data")?;
    let overlaps = ast_lint::overlaps(engine.get_modules(), &data);
    if let Some(finding) = overlaps.into_iter().next() {
        return Err(LoadError {
            message: finding.message,
            location: Some(Location {
                path: finding.path,
                line: finding.line,
                column: 1,
            }),
            hint: finding.hint,
        });
    }
    engine
        .add_data(data)
        .map_err(|error| LoadError::plain(format!("data: {error:#}")))
}

fn document(bytes: &[u8], name: &str) -> Result<Term, LoadError> {
    // TRUST: refuses what the engine would read in its own way: duplicate keys, and
    // integers that it would round. Then reads the same bytes.
    let limits = json::Limits {
        size_max: usize::MAX,
        ..json::Limits::EVIDENCE
    };
    json::parse(bytes, limits)
        .map(Term::from)
        .map_err(|error| LoadError::plain(format!("{name}: {error}")))
}

/// Splits the engine's message into what it says and where.
///
/// ```text
/// \n--> path:line:column\n  |\n3 | source\n  | ^\nerror: message
/// ```
pub(super) fn split_message(text: &str) -> (String, Option<Location>) {
    let location = text.find("--> ").and_then(|start| {
        let line = text.get(start + 4..)?.lines().next()?;
        let mut parts = line.rsplitn(3, ':');
        let column = parts.next()?.trim().parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some(Location {
            path: parts.next()?.to_owned(),
            line,
            column,
        })
    });
    let message = match text.rfind("\nerror: ") {
        Some(start) if location.is_some() => text.get(start + 8..).unwrap_or(text),
        _ => text,
    };
    (message.trim().replace('\n', " "), location)
}

fn load_error(text: &str, path: &str) -> LoadError {
    let (message, location) = split_message(text);
    let source_line = text
        .lines()
        .find(|line| line.contains(" | "))
        .unwrap_or_default();
    let hint = if source_line.contains("$\"") || source_line.contains("$`") {
        "template strings are not supported; use `sprintf`"
    } else if message.contains("expecting identifier") {
        "a keyword in a reference is not supported; write it in brackets, as `x[\"if\"]`"
    } else if message.contains("maximum column") || message.contains("column width") {
        "break the line"
    } else {
        ""
    };
    LoadError {
        message: match &location {
            None if !path.is_empty() && !message.contains(path) => format!("{path}: {message}"),
            _ => message,
        },
        location,
        hint: hint.to_owned(),
    }
}

fn evaluation_error(text: &str, call: &Call, head: &str, limits: &Limits) -> EvaluationError {
    let (message, location) = split_message(text);
    let (kind, message) = if message.contains("execution exceeded time limit") {
        let message = format!("took longer than {} ms", limits.call_ms);
        (ErrorKind::Time, message)
    } else if message == "not a valid rule path" {
        let message = format!("package `{}` has no rule `{head}`", call.package);
        (ErrorKind::NoSuchHead, message)
    } else {
        (ErrorKind::Evaluation, hinted(message))
    };
    EvaluationError {
        kind,
        message,
        location,
    }
}

pub(super) fn hinted(message: String) -> String {
    let hint = message
        .strip_prefix("could not find function ")
        .and_then(builtins::unsupported_hint);
    match hint {
        Some(hint) => format!("{message}: {hint}"),
        None => message,
    }
}

#[derive(Default)]
pub(super) struct Prints {
    pub(super) lines: Vec<String>,
    size: usize,
}

impl Prints {
    pub(super) fn extend(&mut self, lines: Vec<String>) {
        for line in lines {
            if self.size > PRINTS_MAX_BYTES {
                return;
            }
            self.size = self.size.saturating_add(line.len());
            self.lines.push(if self.size > PRINTS_MAX_BYTES {
                format!("print: more than {PRINTS_MAX_BYTES} bytes; the rest is left out")
            } else {
                line
            });
        }
    }
}

#[cfg(test)]
mod tests;
