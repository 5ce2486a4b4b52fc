//! `junit-xml`: a test report in the XML that Ant's `JUnit` task began and that every
//! runner writes in its own dialect (pytest, Gradle, Surefire, `GoogleTest`, Node.js).
//!
//! INVARIANT: every count is recounted from `testcase` elements, because totals on
//! `testsuites` and `testsuite` are missing or wrong in the field; what is declared is
//! only compared. A case that was not run is skipped, never passed; one that says how it
//! ended in words that nobody knows is an error. No test case is passed over: where one
//! is in a place that is not read, the report is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{DEPTH_MAX, Kind, Status};
use crate::json::{Value, json};
use crate::xml::{Element, Step, Xml};

use super::node::{TEXT_MAX, number, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod declared;
mod outcome;

use declared::{Declared, Totals};
use outcome::Outcome;

/// Most test cases in one report.
const CASES_MAX: usize = 500_000;

/// Most suites in one report.
const SUITES_MAX: usize = 100_000;

/// Test cases by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

#[derive(Debug, Default)]
struct Suite {
    name: String,
    counts: Counts,
    properties: Properties,
    declared: Totals,
    /// The suite around it.
    parent: Option<usize>,
}

/// Names and values; a name with two values has none.
#[derive(Debug, Default, Clone)]
struct Properties {
    values: BTreeMap<String, String>,
    conflicts: BTreeSet<String>,
}

/// The test case being read.
#[derive(Debug, Default)]
struct Case {
    suite: usize,
    classname: String,
    name: String,
    outcome: Outcome,
    message: String,
    is_flaky: bool,
}

/// An open element that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Report,
    Suite(usize),
    Properties,
    Property,
    Case,
    /// A `failure`, `error` or `skipped` of a case.
    Verdict,
    Other,
}

#[derive(Debug, Default)]
struct Report {
    open: Vec<Inside>,
    suites: Vec<Suite>,
    case: Option<Case>,
    property: Option<(String, String)>,
    root_properties: Properties,
    declared: Declared,
    time_us: u64,
    timestamp: Option<Timestamp>,
    assumed_utc: bool,
    flaky: u64,
    failed: Vec<Value>,
    skipped: Vec<Value>,
    cases: usize,
    nameless_suite: Option<usize>,
}

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::JunitXml,
    media_type: "application/xml",
    form: Form::Xml {
        roots: &["testsuites", "testsuite"],
        read,
    },
};

/// Reads a report whose root is `testsuites` or `testsuite`.
pub(super) fn read(text: &str) -> Result<Reading, KindError> {
    let mut xml = Xml::new(text, DEPTH_MAX);
    let mut report = Report::default();
    while let Some(step) = xml.step()? {
        let read = match step {
            Step::Open(element) => report.open(&element),
            Step::Text(text) => {
                report.text(&text);
                Ok(())
            }
            Step::Close => {
                report.close();
                Ok(())
            }
        };
        read.map_err(|what| xml.refuse(what))?;
    }
    Ok(report.into_reading())
}

impl Report {
    fn open(&mut self, element: &Element) -> Result<(), String> {
        let name = element.name.to_ascii_lowercase();
        let inside = match (self.open.last().copied(), name.as_str()) {
            (None, "testsuites") => {
                self.declared.root(element)?;
                Inside::Report
            }
            (None | Some(Inside::Report | Inside::Suite(_)), "testsuite") => self.suite(element)?,
            (None, _) => {
                let root = &element.name;
                return Err(format!("the root is `{root}`, not `testsuites`"));
            }
            (Some(Inside::Report | Inside::Suite(_)), "testcase") => self.case(element)?,
            (Some(Inside::Report | Inside::Suite(_)), "properties") => Inside::Properties,
            (Some(Inside::Properties), "property") => self.property(element)?,
            (_, "testsuite" | "testcase") => {
                return Err(format!(
                    "a `{name}` is neither in a suite nor below the root"
                ));
            }
            (_, "failure" | "error") if self.case.is_none() => self.suite_error(element),
            (Some(Inside::Case), name) | (_, name @ ("failure" | "error")) => {
                self.verdict(name, element)
            }
            _ => Inside::Other,
        };
        self.open.push(inside);
        Ok(())
    }

    fn suite(&mut self, element: &Element) -> Result<Inside, String> {
        let is_top = matches!(self.open.last(), None | Some(Inside::Report));
        let declared = Totals::of(element)?;
        if is_top {
            self.declared.suite(declared)?;
        }
        let parent = match self.open.last() {
            Some(Inside::Suite(parent)) => Some(*parent),
            _ => None,
        };
        if let Some(text) = element
            .attribute("timestamp")
            .filter(|text| !text.is_empty())
        {
            let (timestamp, assumed_utc) = timestamp(text)?;
            if self.timestamp.is_none_or(|latest| latest < timestamp) {
                self.timestamp = Some(timestamp);
                self.assumed_utc = assumed_utc;
            }
        }
        if self.suites.len() >= SUITES_MAX {
            return Err(format!("more than {SUITES_MAX} suites"));
        }
        self.suites.push(Suite {
            name: shortened(element.attribute("name").unwrap_or_default(), TEXT_MAX),
            declared,
            parent,
            ..Suite::default()
        });
        Ok(Inside::Suite(self.suites.len() - 1))
    }

    fn case(&mut self, element: &Element) -> Result<Inside, String> {
        self.cases += 1;
        if self.cases > CASES_MAX {
            return Err(format!("more than {CASES_MAX} test cases"));
        }
        let suite = match self.open.last() {
            Some(Inside::Suite(suite)) => *suite,
            // Node.js puts test cases right below the root.
            _ => self.nameless_suite(),
        };
        let text = |name| shortened(element.attribute(name).unwrap_or_default(), TEXT_MAX);
        let (outcome, message) = outcome::of_attributes(element);
        self.time_us = self.time_us.saturating_add(time_us(element));
        self.case = Some(Case {
            suite,
            classname: text("classname"),
            name: text("name"),
            outcome,
            message,
            ..Case::default()
        });
        Ok(Inside::Case)
    }

    /// An error of a suite itself: of its setup, or of the runner.
    fn suite_error(&mut self, element: &Element) -> Inside {
        let around = self.open.iter().rev().find_map(|inside| match inside {
            Inside::Suite(suite) => Some(*suite),
            _ => None,
        });
        let at = around.unwrap_or_else(|| self.nameless_suite());
        if let Some(suite) = self.suites.get_mut(at) {
            suite.counts.add(Outcome::Error);
            let message = element.attribute("message").unwrap_or_default();
            self.failed.push(json!({
                "suite": suite.name,
                "classname": "",
                "name": "",
                "message": shortened(message, TEXT_MAX),
            }));
        }
        Inside::Other
    }

    fn nameless_suite(&mut self) -> usize {
        *self.nameless_suite.get_or_insert_with(|| {
            self.suites.push(Suite::default());
            self.suites.len() - 1
        })
    }

    fn property(&mut self, element: &Element) -> Result<Inside, String> {
        let name = element
            .attribute("name")
            .ok_or("a property has no `name`")?
            .to_owned();
        let value = element.attribute("value").unwrap_or_default().to_owned();
        self.property = Some((name, value));
        Ok(Inside::Property)
    }

    fn verdict(&mut self, name: &str, element: &Element) -> Inside {
        let Some(case) = &mut self.case else {
            return Inside::Other;
        };
        let outcome = match name {
            "failure" => Outcome::Failure,
            "error" => Outcome::Error,
            "skipped" => Outcome::Skipped,
            // Surefire: the case failed first and passed when it was run again.
            "flakyfailure" | "flakyerror" => {
                case.is_flaky = true;
                return Inside::Other;
            }
            _ => return Inside::Other,
        };
        if outcome < case.outcome {
            return Inside::Other;
        }
        case.outcome = outcome;
        let message = element.attribute("message").unwrap_or_default();
        case.message = shortened(message, TEXT_MAX);
        Inside::Verdict
    }

    fn text(&mut self, text: &str) {
        let into = match self.open.last() {
            Some(Inside::Property) => self.property.as_mut().map(|property| &mut property.1),
            // The message is an attribute; where it is absent, the text has to do.
            Some(Inside::Verdict) => self.case.as_mut().map(|case| &mut case.message),
            _ => None,
        };
        if let Some(into) = into
            && into.len() < TEXT_MAX
            && !text.trim().is_empty()
        {
            let is_verdict = self.open.last() == Some(&Inside::Verdict);
            if !is_verdict || into.is_empty() {
                into.push_str(&shortened(text.trim(), TEXT_MAX));
            }
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Inside::Case) => self.end_case(),
            Some(Inside::Property) => self.end_property(),
            _ => {}
        }
    }

    fn end_case(&mut self) {
        let Some(case) = self.case.take() else {
            return;
        };
        self.flaky += u64::from(case.is_flaky);
        let Some(suite) = self.suites.get_mut(case.suite) else {
            return;
        };
        suite.counts.add(case.outcome);
        let shown = json!({
            "suite": suite.name,
            "classname": case.classname,
            "name": case.name,
            "message": case.message,
        });
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Skipped => self.skipped.push(shown),
            Outcome::Failure | Outcome::Error => self.failed.push(shown),
        }
    }

    fn end_property(&mut self) {
        let Some((name, value)) = self.property.take() else {
            return;
        };
        // Below the property's `properties` lies its owner.
        let owner = self.open.iter().rev().nth(1).copied();
        match owner {
            Some(Inside::Suite(suite)) => {
                if let Some(suite) = self.suites.get_mut(suite) {
                    suite.properties.add(name, value);
                }
            }
            _ => self.root_properties.add(name, value),
        }
    }

    fn into_reading(self) -> Reading {
        let mut total = Counts::default();
        let mut merged = self.root_properties;
        for suite in &self.suites {
            total.add_all(suite.counts);
            merged.add_all(&suite.properties);
        }
        let suites: Vec<Value> = self.suites.iter().map(Suite::facts).collect();
        #[expect(clippy::cast_precision_loss, reason = "a sum of test times")]
        let time_s = self.time_us as f64 / 1e6;
        let facts = json!({
            "tests": total.tests(),
            "passed": total.passed,
            "failures": total.failures,
            "errors": total.errors,
            "skipped": total.skipped,
            "flaky": self.flaky,
            "time_s": number(time_s),
            "timestamp": self.timestamp.map(|instant| instant.to_string()),
            "timestamp_assumed_utc": self.assumed_utc,
            "suites": suites,
            "properties": merged.values,
            "property_conflicts": merged.conflicts,
            "failed": self.failed,
            "skipped_cases": self.skipped,
            "declared": self.declared.facts(),
            "declared_matches": self.declared.matches(total) && declared::each_matches(&self.suites),
        });
        let mut reading = Reading::of(Kind::JunitXml, facts);
        reading.collected_at = self.timestamp;
        if total.tests() == 0 {
            return reading.found(Status::Empty, "holds no test case");
        }
        reading
    }
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::Failure => self.failures += 1,
            Outcome::Error => self.errors += 1,
        }
    }

    fn add_all(&mut self, other: Self) {
        self.passed += other.passed;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn tests(self) -> u64 {
        self.passed + self.failures + self.errors + self.skipped
    }
}

impl Suite {
    fn facts(&self) -> Value {
        json!({
            "name": self.name,
            "tests": self.counts.tests(),
            "passed": self.counts.passed,
            "failures": self.counts.failures,
            "errors": self.counts.errors,
            "skipped": self.counts.skipped,
            "properties": self.properties.values,
        })
    }
}

impl Properties {
    fn add(&mut self, name: String, value: String) {
        if self.conflicts.contains(&name) {
            return;
        }
        match self.values.get(&name) {
            Some(known) if *known != value => {
                self.values.remove(&name);
                self.conflicts.insert(name);
            }
            Some(_) => {}
            None => {
                self.values.insert(name, value);
            }
        }
    }

    fn add_all(&mut self, other: &Self) {
        for name in &other.conflicts {
            self.values.remove(name);
            self.conflicts.insert(name.clone());
        }
        for (name, value) in &other.values {
            self.add(name.clone(), value.clone());
        }
    }
}

/// Microseconds in `time`; none where it cannot be read, for no verdict hangs on it.
fn time_us(element: &Element) -> u64 {
    // Surefire writes `1,234.5`.
    let text = element.attribute("time").unwrap_or_default();
    let text = if text.contains('.') {
        text.replace(',', "")
    } else {
        text.to_owned()
    };
    let seconds: f64 = text.parse().unwrap_or(0.0);
    if !(0.0..1e9).contains(&seconds) {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and below 1e15"
    )]
    let microseconds = (seconds * 1e6).round() as u64;
    microseconds
}

/// Reads a suite's instant, and whether its zone had to be assumed.
fn timestamp(text: &str) -> Result<(Timestamp, bool), String> {
    if let Ok(timestamp) = text.parse() {
        return Ok((timestamp, false));
    }
    // The format's schema forbids a zone.
    format!("{}Z", text.replace(' ', "T"))
        .parse()
        .map(|timestamp| (timestamp, true))
        .map_err(|_| {
            format!(
                "timestamp `{}` is not an ISO 8601 instant",
                shortened(text, 80)
            )
        })
}

#[cfg(test)]
mod tests;
