//! Runs the tests of policies, and says what a failing one was made of.
//!
//! Part of the worker: what a test evaluates is as hostile as what a gate does.
//!
//! INVARIANTS
//! - A test passes if its value is `true`, and in no other case: as in OPA.
//! - Every test has an engine of its own; none sees what another left behind.
//! - The values of `with` are evaluated before the statement they stand in, as OPA does
//!   and the engine does not ([`hoist`]).
//! - What explains a failure is evaluated beside the policies, never instead of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use regorus::unstable::{Module as Ast, Ref, Rule};
use regorus::{Engine, Value as Term};

use crate::engine::ast_lint::names;
use crate::engine::interpreter::{
    Input, Prepared, Prints, Stage, hinted, rule_path, split_message,
};
use crate::engine::limits::EXPLAINED_MAX;
use crate::engine::wire::{
    Call, Event, LoadError, Location, Request, TestEnd, TestPlace, TestReport, Testing,
};
use crate::engine::worker::{self, WorkerError};

mod coverage;
mod explain;
mod hoist;
mod operands;
mod render;
mod text;

use coverage::Coverage;

type Emit<'a> = &'a (dyn Fn(Event) -> Result<(), WorkerError> + Sync);

/// Evaluates the tests that `request` calls for, reporting to `emit` from any thread.
pub(super) fn run(
    request: &Request,
    testing: &Testing,
    prepared: &mut Prepared,
    inputs: &[Input],
    emit: Emit<'_>,
) -> Result<(), WorkerError> {
    let hoisted = hoist::modules(request, testing, prepared.modules());
    let request = Request {
        modules: hoisted.modules,
        ..request.clone()
    };
    let ready = load(&request).and_then(|mut prepared| {
        let modules = prepared.modules().to_vec();
        let coverage = Coverage::prepare(&request, testing, &modules)?;
        Ok((prepared, modules, coverage))
    });
    let (prepared, modules, coverage) = match ready {
        Ok(ready) => ready,
        Err(error) => return emit(Event::Refused(error)),
    };
    let suite = Suite {
        request: &request,
        testing,
        modules,
        prepared: &prepared,
        coverage: coverage.as_ref(),
        inputs,
        hoisted: hoisted.values,
        explained: AtomicUsize::new(0),
    };
    let next = AtomicUsize::new(0);
    worker::share_out(&request, &|| suite.work(&next, emit))?;
    if let Some(coverage) = &coverage {
        let modules = coverage.report(&suite.modules);
        emit(Event::Covered { modules })?;
    }
    Ok(())
}

/// Everything that tests share.
struct Suite<'a> {
    /// With the values of `with` evaluated beforehand.
    request: &'a Request,
    testing: &'a Testing,
    modules: Vec<Ref<Ast>>,
    prepared: &'a Prepared,
    coverage: Option<&'a Coverage>,
    inputs: &'a [Input],
    hoisted: hoist::Values,
    explained: AtomicUsize,
}

/// What a rule is worth, or why it has no value.
type Evaluated = Result<Term, Failed>;

struct Failed {
    message: String,
    location: Option<Location>,
    is_time: bool,
}

impl Suite<'_> {
    fn work(&self, next: &AtomicUsize, emit: Emit<'_>) -> Result<(), WorkerError> {
        loop {
            let call = next.fetch_add(1, Ordering::Relaxed);
            let asked = self.request.calls.get(call);
            let (Some(asked), Some(place)) = (asked, self.testing.rules.get(call)) else {
                return Ok(());
            };
            emit(Event::Calling { call })?;
            let mut report = self.test(asked, place);
            if report.end != TestEnd::Passed {
                // Explaining has time of its own.
                emit(Event::Calling { call })?;
                self.look_into(asked, place, &mut report);
            }
            emit(Event::Tested { call, report })?;
        }
    }

    fn test(&self, call: &Call, place: &TestPlace) -> TestReport {
        let mut report = TestReport {
            end: TestEnd::Passed,
            elapsed_us: 0,
            failures: Vec::new(),
            notes: Vec::new(),
            prints: Vec::new(),
        };
        let Some(input) = self.inputs.get(call.input) else {
            report.end = TestEnd::Error(format!("there is no input {}", call.input));
            return report;
        };
        let measured = self.coverage.map_or(self.prepared, Coverage::prepared);
        let mut engine = measured.engine_for(input, self.limit());
        engine.set_enable_coverage(self.coverage.is_some());
        let started = Instant::now();
        let value = evaluate(&mut engine, call, place);
        report.elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        report.end = end(&value, self.request);
        let mut prints = Prints::default();
        prints.extend(engine.take_prints().unwrap_or_default());
        report.prints = prints.lines;
        if let Some(coverage) = self.coverage {
            coverage.add(&engine);
        }
        report
    }

    fn limit(&self) -> Duration {
        Duration::from_millis(self.request.limits.call_ms)
    }

    /// Says why a test did not pass; lets it pass where only the engine is to blame.
    fn look_into(&self, call: &Call, place: &TestPlace, report: &mut TestReport) {
        if matches!(&report.end, TestEnd::Error(message) if is_time(message)) {
            return;
        }
        let Some(input) = self.inputs.get(call.input) else {
            return;
        };
        if self.explained.fetch_add(1, Ordering::Relaxed) >= EXPLAINED_MAX {
            let note = format!("not looked into: more than {EXPLAINED_MAX} tests fail");
            report.notes.push(note);
            return;
        }
        let found = find(&self.modules, call, place);
        let explained = catch_unwind(AssertUnwindSafe(|| {
            found.map(|(module, rule)| explain::failures(self, module, rule, input, &report.end))
        }));
        match explained {
            Ok(failures) => report.failures = failures.unwrap_or_default(),
            Err(_) => report
                .notes
                .push("not looked into: the engine panicked".into()),
        }
    }
}

fn load(request: &Request) -> Result<Prepared, LoadError> {
    let before = |_: Stage<'_>| Ok::<_, LoadError>(());
    Prepared::load(&request.modules, &request.data, request.as_of_ns, before)
}

/// Evaluates one definition of a test, or all where it has only one name.
fn evaluate(engine: &mut Engine, call: &Call, place: &TestPlace) -> Evaluated {
    let head = call.heads.first().map_or("", String::as_str);
    let value = catch_unwind(AssertUnwindSafe(|| {
        if !place.shares_name {
            return engine.eval_rule(rule_path(&call.package, head));
        }
        let modules = engine.get_modules().clone();
        let Some((module, rule)) = find(&modules, call, place) else {
            return Ok(Term::Undefined);
        };
        let data = engine.eval_rule_in_module(module, rule, false)?;
        let parts = call.package.split('.').chain(head.split('.'));
        Ok(parts.fold(data, |at, part| at[part].clone()))
    }));
    let text = match value {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => format!("{error:#}"),
        Err(panic) => format!(
            "the engine panicked: {}",
            worker::panic_message(panic.as_ref())
        ),
    };
    let (message, location) = split_message(&text);
    Err(Failed {
        is_time: message.contains("execution exceeded time limit"),
        message: hinted(message),
        location,
    })
}

fn end(value: &Evaluated, request: &Request) -> TestEnd {
    match value {
        Ok(Term::Bool(true)) => TestEnd::Passed,
        Ok(Term::Undefined) => TestEnd::Failed("it is undefined".into()),
        Ok(other) => TestEnd::Failed(format!(
            "it is `{}`, not `true`",
            render::rego(other, render::VALUE_MAX_BYTES)
        )),
        Err(failed) if failed.is_time => {
            TestEnd::Error(format!("{TOO_LONG}{} ms", request.limits.call_ms))
        }
        Err(failed) => TestEnd::Error(match &failed.location {
            Some(at) => format!("{}:{}: {}", at.path, at.line, failed.message),
            None => failed.message.clone(),
        }),
    }
}

const TOO_LONG: &str = "took longer than ";

fn is_time(message: &str) -> bool {
    message.starts_with(TOO_LONG)
}

/// Returns the definition that `call` and `place` name.
fn find<'m>(
    modules: &'m [Ref<Ast>],
    call: &Call,
    place: &TestPlace,
) -> Option<(&'m Ref<Ast>, &'m Ref<Rule>)> {
    let head = call.heads.first()?;
    modules.iter().find_map(|module| {
        let rule = module.policy.iter().find(|rule| {
            rule.span().source.get_path() == &place.path
                && rule.span().line == place.line
                && names::dotted(&names::rule_name(rule)) == *head
        })?;
        Some((module, rule))
    })
}

#[cfg(test)]
mod tests;
