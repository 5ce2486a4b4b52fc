//! How far each phase is ready, as text or JSON.
//!
//! TRUST: titles and messages come from policies and evidence; control characters are
//! taken out of what is quoted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::text::completeness;
use super::{Palette, RecordRef, redaction_notes, visible};
use crate::clock::Timestamp;
use crate::decision::Completeness;
use crate::json::{Value, json};
use crate::record::Relaxation;
use crate::record::decided::{Decided, Finding, Rule};

/// `schema` of the JSON report.
pub const READINESS_SCHEMA: &str = "assize/readiness-report/v1";

/// One run over prerequisites, as its reports need it.
#[derive(Debug, Clone)]
pub struct Readiness<'a> {
    /// What the decision document says.
    pub decided: &'a Decided,
    /// Who pinned the instant, unless it is the time of the run.
    pub as_of_source: Option<&'a str>,
    /// Subjects, as `name@sha256:…`.
    pub subjects: Vec<String>,
    /// Where the evidence lies.
    pub evidence: String,
    /// How many items it holds.
    pub items: usize,
    /// How much of the evidence that is required can be used.
    pub completeness: Completeness,
    /// Where the policies lie.
    pub policies: String,
    /// What bent the verdict.
    pub relaxations: &'a [Relaxation],
    /// Lint findings that do not block, and what policies printed.
    pub remarks: Vec<String>,
    /// Where the record stands.
    pub record: RecordRef,
}

/// What a prerequisite shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Ready,
    NotReady,
    Unknown,
    Waived,
    NotApplicable,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Ready,
        Self::NotReady,
        Self::Unknown,
        Self::Waived,
        Self::NotApplicable,
    ];

    /// What lacks, or cannot be told, is never ready; nor is what was waived.
    fn of(rule: &Rule) -> Self {
        match rule.state.as_str() {
            "pass" | "warn" => Self::Ready,
            "fail" | "not-effective" => Self::NotReady,
            "waived" => Self::Waived,
            "not-applicable" => Self::NotApplicable,
            _ => Self::Unknown,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not-ready",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::NotApplicable => "not-applicable",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::NotReady => "NOT READY",
            Self::Unknown => "UNKNOWN",
            Self::Waived => "WAIVED",
            Self::NotApplicable => "NOT ASKED",
        }
    }

    fn colour(self, palette: &Palette) -> &'static str {
        match self {
            Self::Ready => palette.green,
            Self::NotReady => palette.red,
            Self::Unknown | Self::Waived => palette.yellow,
            Self::NotApplicable => palette.dim,
        }
    }
}

impl Readiness<'_> {
    /// Prerequisites by phase, which is what their ids begin with.
    fn phases(&self) -> BTreeMap<&str, Vec<&Rule>> {
        let mut phases: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for rule in &self.decided.rules {
            let phase = rule.id.split('.').next().unwrap_or_default();
            phases.entry(phase).or_default().push(rule);
        }
        phases
    }

    fn as_of(&self) -> Timestamp {
        self.decided.as_of
    }

    fn verdict(&self) -> (&'static str, State) {
        match self.decided.verdict.as_str() {
            "allow" => ("READY", State::Ready),
            "deny" => ("NOT READY", State::NotReady),
            _ => ("UNKNOWN", State::Unknown),
        }
    }
}

/// Everything that was said and is not a mere remark.
fn missing(rule: &Rule) -> impl Iterator<Item = &Finding> {
    rule.findings
        .iter()
        .filter(|finding| finding.state != "pass")
}

fn counted(rules: &[&Rule]) -> String {
    let counts = State::ALL.into_iter().filter_map(|state| {
        let count = rules.iter().filter(|rule| State::of(rule) == state).count();
        let is_told = count > 0 || state == State::Ready;
        is_told.then(|| match state {
            State::Ready => format!("{count} of {} ready", rules.len()),
            _ => format!("{count} {}", state.words().to_lowercase()),
        })
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// Writes the table: phase by phase, what lacks first.
///
/// # Errors
/// Whatever `out` returns.
pub fn text(report: &Readiness<'_>, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    let Palette {
        bold,
        dim,
        yellow,
        reset,
        ..
    } = palette;
    writeln!(
        out,
        "{bold}{}{reset}  {}",
        visible(&report.decided.name),
        visible(&report.subjects.join(", "))
    )?;
    match report.as_of_source {
        Some(source) => writeln!(
            out,
            "{yellow}as of {}, set by {source}: not the time of this run{reset}",
            report.as_of()
        )?,
        None => writeln!(out, "{dim}as of {}{reset}", report.as_of())?,
    }
    writeln!(
        out,
        "{dim}evidence  {}, {} items\npolicies  {}, {} rules{reset}",
        visible(&report.evidence),
        report.items,
        visible(&report.policies),
        report.decided.rules.len()
    )?;
    if let Some(text) = completeness(report.completeness) {
        writeln!(out, "{dim}complete  {text}{reset}")?;
    }
    for (phase, mut rules) in report.phases() {
        writeln!(
            out,
            "\n{bold}{}{reset}  {}",
            visible(&phase.to_uppercase()),
            counted(&rules)
        )?;
        rules.sort_by_key(|rule| (State::of(rule) == State::Ready, State::of(rule)));
        for rule in rules {
            prerequisite(rule, &palette, out)?;
        }
    }
    writeln!(out)?;
    for problem in &report.decided.problems {
        writeln!(out, "{yellow}evidence{reset}  {}", visible(problem))?;
    }
    for note in redaction_notes(report.relaxations) {
        writeln!(out, "{yellow}evidence{reset}  {}", visible(&note))?;
    }
    for reason in report.decided.unmet_demands() {
        writeln!(out, "{yellow}contract{reset}  {}", visible(reason))?;
    }
    for remark in &report.remarks {
        writeln!(out, "{yellow}note{reset}      {}", visible(remark))?;
    }
    let record = &report.record;
    let proves = if record.development {
        " (development key: proves nothing to others)"
    } else {
        ""
    };
    writeln!(
        out,
        "{dim}ledger {}  signed by {}{proves}{reset}",
        record.ledger.display(),
        record.key
    )?;
    verdict(report, palette, out)
}

fn prerequisite(rule: &Rule, palette: &Palette, out: &mut impl Write) -> io::Result<()> {
    let Palette { dim, reset, .. } = palette;
    let state = State::of(rule);
    let colour = state.colour(palette);
    writeln!(
        out,
        "  {colour}{:<9}{reset}  {:<28}  {}",
        state.words(),
        visible(&rule.id),
        visible(&rule.title)
    )?;
    for finding in missing(rule) {
        let label = match finding.state.as_str() {
            "inconclusive" => "unclear",
            "warn" => "warning",
            "waived" => "waived",
            _ => "missing",
        };
        writeln!(
            out,
            "             {colour}{label:<8}{reset} {}",
            visible(&finding.msg)
        )?;
    }
    if let (Some(remediation), false) = (&rule.remediation, state == State::Ready) {
        let remediation = visible(remediation);
        writeln!(out, "             {dim}do{reset}       {remediation}")?;
    }
    Ok(())
}

/// Writes the last line alone: the answer, counts, record.
///
/// # Errors
/// Whatever `out` returns.
pub fn verdict(report: &Readiness<'_>, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    let (words, state) = report.verdict();
    let colour = state.colour(&palette);
    let rules: Vec<_> = report.decided.rules.iter().collect();
    writeln!(
        out,
        "{colour}{words}{}  {}  record {} sha256:{}",
        palette.reset,
        counted(&rules),
        report.record.index,
        report.record.digest
    )
}

/// Returns the report for machines.
pub fn document(report: &Readiness<'_>, decision: &Value) -> Value {
    let phases: Vec<_> = report
        .phases()
        .into_iter()
        .map(|(phase, rules)| {
            let ready = rules.iter().filter(|rule| State::of(rule) == State::Ready);
            json!({
                "phase": phase,
                "ready": ready.count(),
                "total": rules.len(),
                "prerequisites": rules.iter().map(|rule| entry(rule)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let record = &report.record;
    json!({
        "schema": READINESS_SCHEMA,
        "name": report.decided.name,
        "verdict": report.decided.verdict,
        "as_of": report.as_of(),
        "as_of_source": report.as_of_source,
        "phases": phases,
        "problems": report.decided.problems,
        "relaxations": report.relaxations,
        "remarks": report.remarks,
        "decision": decision,
        "record": {
            "index": record.index,
            "sha256": record.digest,
            "ledger": record.ledger.display().to_string(),
            "recorded_at": record.recorded_at,
            "key": record.key,
            "development_key": record.development,
        },
    })
}

fn entry(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "state": State::of(rule).name(),
        "missing": missing(rule).map(|finding| &finding.msg).collect::<Vec<_>>(),
        "remediation": rule.remediation,
        "controls": rule.controls,
        "evidence": rule.evidence.iter().map(|item| json!({
            "id": item.id, "status": item.status, "age_s": item.age_s,
            "redacted": item.redactions.as_ref().map_or(0, |redactions| redactions.count),
        })).collect::<Vec<_>>(),
    })
}
