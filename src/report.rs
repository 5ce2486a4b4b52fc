//! A decision as text, JSON, Markdown or HTML, into any writer.
//!
//! It decides nothing, prints nothing and chooses no exit code. Colour is the
//! caller's: a [`Palette`] holds the escape sequences, or nothing.

use std::path::PathBuf;

use crate::clock::Timestamp;
use crate::decision::Decision;
use crate::digest::Digest;
use crate::json::{Value, json};
use crate::record::Relaxation;

mod junit;
pub mod plot;
mod readiness;
mod testing;
mod text;
mod triggers;
mod visible;

pub use junit::test_junit;
pub use readiness::{
    READINESS_SCHEMA, Readiness, document as readiness_json, text as readiness_text,
    verdict as readiness_verdict,
};
pub use testing::{
    FileCoverage, Statement, TEST_SCHEMA, TestCase, TestState, TestSuite, percent_text, test_json,
    test_text,
};
pub use text::{gate as gate_text, verdict as gate_verdict};
pub use triggers::{
    Explanation, Previous, TRIGGERS_SCHEMA, Triggers, explain as trigger_explanation,
    triggers_html, triggers_json, triggers_markdown, triggers_text, triggers_verdict,
};
pub use visible::visible;

/// Most redactions that a line of text names.
const REDACTIONS_TOLD: usize = 5;

/// `schema` of the JSON report, described in `docs/gate-report.schema.json`.
pub const GATE_SCHEMA: &str = "assize/gate-report/v1";

/// Escape sequences for a terminal, or empty strings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Palette {
    /// Before what matters most.
    pub bold: &'static str,
    /// Before what may be skipped.
    pub dim: &'static str,
    /// Before what blocks.
    pub red: &'static str,
    /// Before what needs a look.
    pub yellow: &'static str,
    /// Before what is well.
    pub green: &'static str,
    /// After any of them.
    pub reset: &'static str,
}

impl Palette {
    /// The eight colours that every terminal has.
    pub const ANSI: Self = Self {
        bold: "\u{1b}[1m",
        dim: "\u{1b}[2m",
        red: "\u{1b}[1;31m",
        yellow: "\u{1b}[33m",
        green: "\u{1b}[32m",
        reset: "\u{1b}[0m",
    };
}

/// Where the record of a decision stands.
#[derive(Debug, Clone)]
pub struct RecordRef {
    /// 0-based number of the entry.
    pub index: u64,
    /// SHA-256 of the record's line.
    pub digest: Digest,
    /// The ledger.
    pub ledger: PathBuf,
    /// When it was appended.
    pub recorded_at: Timestamp,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// Whether that key was made by Assize for trying things out.
    pub development: bool,
}

/// One gate run, as its reports need it.
#[derive(Debug, Clone)]
pub struct Gate<'a> {
    /// Which gate, or the namespaces evaluated.
    pub name: &'a str,
    /// The decision.
    pub decision: &'a Decision,
    /// Its document, whose digest the record binds.
    pub document: &'a Value,
    /// The instant that policies saw.
    pub as_of: Timestamp,
    /// Who pinned it, unless it is the time of the run.
    pub as_of_source: Option<&'a str>,
    /// Subjects, as `name@sha256:…`.
    pub subjects: Vec<String>,
    /// Where the evidence lies.
    pub evidence: String,
    /// How many items it holds.
    pub items: usize,
    /// The contract in force, and how many items it demands.
    pub contract: Option<(PathBuf, usize)>,
    /// Where the policies lie.
    pub policies: String,
    /// What bent the verdict.
    pub relaxations: &'a [Relaxation],
    /// A denied outcome exits 0.
    pub advisory: bool,
    /// Lint findings that do not block.
    pub lint: Vec<String>,
    /// What policies printed, by rule.
    pub prints: Vec<String>,
    /// Where the record stands.
    pub record: RecordRef,
}

/// Returns the JSON report.
pub fn gate_json(gate: &Gate<'_>) -> Value {
    json!({
        "schema": GATE_SCHEMA,
        "decision": gate.document,
        "advisory": gate.advisory,
        "as_of_source": gate.as_of_source,
        "relaxations": gate.relaxations,
        "lint": gate.lint,
        "prints": gate.prints,
        "record": {
            "index": gate.record.index,
            "sha256": gate.record.digest,
            "ledger": gate.record.ledger.display().to_string(),
            "recorded_at": gate.record.recorded_at,
            "key": gate.record.key,
            "development_key": gate.record.development,
        },
    })
}
/// Returns what was taken out of an item, in a line; nothing where that is nothing.
pub fn redacted<'p>(count: usize, pointers: impl Iterator<Item = &'p str>) -> Option<String> {
    if count == 0 {
        return None;
    }
    let told: Vec<_> = pointers
        .take(REDACTIONS_TOLD)
        .map(|pointer| format!("`{}`", visible(pointer)))
        .collect();
    let more = match count.saturating_sub(told.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("redacted {}{more}", told.join(", ")))
}

/// What was taken out of the evidence, a line for each item.
fn redaction_notes(relaxations: &[Relaxation]) -> impl Iterator<Item = String> {
    relaxations
        .iter()
        .filter_map(|relaxation| match relaxation {
            Relaxation::Redaction { evidence, count } => {
                let values = if *count == 1 { "value" } else { "values" };
                Some(format!(
                    "`{evidence}` was redacted: {count} {values} taken out"
                ))
            }
            _ => None,
        })
}
