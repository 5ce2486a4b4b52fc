//! Where triggers stand, as text, Markdown, HTML or JSON.
//!
//! TRUST: titles, messages and numbers come from policies and evidence. Each format
//! escapes what it quotes.

use crate::clock::Timestamp;
use crate::decision::Completeness;
use crate::json::Value;
use crate::record::Relaxation;
use crate::record::decided::{Finding, Reading, Seen};
use crate::triggers::{Episode, History, Overdue, Standing, State, most_urgent};

use super::text::age;
use super::{RecordRef, redacted};

mod explain;
mod html;
mod json;
mod markdown;
mod text;

pub use explain::{Explanation, Previous, explain};
pub use html::page as triggers_html;
pub use json::document as triggers_json;
pub use markdown::page as triggers_markdown;
pub use text::{page as triggers_text, verdict as triggers_verdict};

/// `schema` of the JSON report, described in `docs/triggers-report.schema.json`.
pub const TRIGGERS_SCHEMA: &str = "assize/triggers-report/v1";

/// One run over the triggers, as its reports need it.
#[derive(Debug, Clone)]
pub struct Triggers<'a> {
    /// `fired`, `inconclusive` or `clear`.
    pub verdict: &'static str,
    /// Every trigger, sorted by id.
    pub standings: &'a [Standing],
    /// What the ledger's earlier records say.
    pub history: &'a History,
    /// The decision document, whose digest the record binds.
    pub document: &'a Value,
    /// What is wrong with the evidence as a whole.
    pub problems: &'a [String],
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
    /// How much of the evidence that is required can be used.
    pub completeness: Completeness,
    /// Where the policies lie.
    pub policies: String,
    /// What bent the verdict.
    pub relaxations: &'a [Relaxation],
    /// Lint findings that do not block.
    pub lint: Vec<String>,
    /// What policies printed, by rule.
    pub prints: Vec<String>,
    /// Where the record stands.
    pub record: RecordRef,
}

impl Triggers<'_> {
    /// Returns the triggers in `state`: open ones first, the most urgent first, then by id.
    fn in_state(&self, state: State) -> Vec<&Standing> {
        let all = self.standings.iter();
        let mut found: Vec<_> = all.filter(|standing| standing.state == state).collect();
        found.sort_by_key(|standing| {
            let urgency = standing.row.map(|row| row.urgency);
            (
                !standing.is_open(),
                standing.is_open().then_some(urgency),
                standing.is_open().then_some(standing.due.map(|due| due.by)),
                &standing.rule.id,
            )
        });
        found
    }

    /// Returns how many triggers are in each state, states without any left out.
    fn counts(&self) -> Vec<(State, usize)> {
        State::ALL
            .into_iter()
            .map(|state| {
                let all = self.standings.iter();
                (
                    state,
                    all.filter(|standing| standing.state == state).count(),
                )
            })
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Returns the sentence that says which of the open triggers rules, where any is open.
    fn ruling(&self) -> Option<String> {
        let first = most_urgent(self.standings)?;
        let open = self.standings.iter().filter(|s| s.is_open()).count();
        let urgency = first.row.map_or("no urgency", |row| row.urgency.name());
        let due = due(first).map_or(String::new(), |due| format!(", due {due}"));
        let what = format!("{}: {urgency}{due}", first.rule.id);
        Some(if open == 1 {
            what
        } else {
            format!("{open} open, the most urgent rules: {what}")
        })
    }
}

/// Returns what was taken out of an item, where something was.
fn taken_out(item: &Seen) -> Option<String> {
    let redactions = item.redactions.as_ref()?;
    let pointers = redactions.pointers.iter().map(String::as_str);
    redacted(redactions.count, pointers)
}

/// Returns since when a trigger is in its state, or has fired, as a date; with a question
/// mark where a record that cannot be read is in the way.
fn since(standing: &Standing) -> String {
    match standing.episode {
        Episode::Open { first, hidden_by } if standing.state == State::Fired => {
            let doubt = if hidden_by.is_some() { "?" } else { "" };
            format!("{}{doubt}", first.as_of.date())
        }
        _ => standing
            .since
            .map_or_else(|| "?".to_owned(), |point| point.as_of.date()),
    }
}

/// Returns between which days it is due.
fn due(standing: &Standing) -> Option<String> {
    let due = standing.due?;
    let (from, by) = (due.from.date(), due.by.date());
    Some(if from == by {
        by
    } else {
        format!("{from} to {by}")
    })
}

/// Returns the age of the oldest item that a trigger names.
fn oldest(standing: &Standing) -> String {
    match standing.age_s() {
        Some(age_s) => age(age_s),
        None if standing.rule.evidence.is_empty() => "none".to_owned(),
        None => "unknown".to_owned(),
    }
}

/// Returns the urgency of a trigger that is open.
fn urgency(standing: &Standing) -> Option<&'static str> {
    let row = standing.row.filter(|_| standing.is_open())?;
    Some(row.urgency.name())
}

/// What a report says of a trigger below its line: a label and a sentence.
struct Note {
    label: &'static str,
    text: String,
    tone: Tone,
}

/// How much a note asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    Look,
    Act,
}

/// Most findings, and most readings, that a table spells out for one trigger.
const SPELT_OUT_MAX: usize = 4;

/// Returns what there is to say of a trigger besides its line, the most pressing first.
fn notes(standing: &Standing) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut add = |label, tone, text| notes.push(Note { label, text, tone });
    match standing.overdue {
        Overdue::Days(days) => {
            let s = if days == 1 { "" } else { "s" };
            add("overdue", Tone::Act, format!("by {days} day{s}"));
        }
        Overdue::Unknown | Overdue::No => {}
    }
    if let Some(text) = hidden(standing) {
        add("since", Tone::Look, text);
    }
    if let (Episode::Open { first, .. }, true) = (standing.episode, standing.state != State::Fired)
    {
        let text = format!(
            "fired {} (record {}) and not clear since: still open",
            first.as_of.date(),
            first.index
        );
        add("open", Tone::Look, text);
    }
    let known = standing.rule.trigger.as_ref();
    let condition = known.and_then(|known| known.condition.as_ref());
    let asks = !matches!(standing.state, State::Clear | State::NotApplicable);
    if let Some(condition) = condition.filter(|_| asks) {
        add("condition", Tone::Plain, condition.clone());
    }
    let findings: Vec<_> = reasons(standing).collect();
    let tone = match standing.state {
        State::Fired => Tone::Act,
        State::Unknown | State::Unmeasured => Tone::Look,
        State::Clear | State::NotApplicable => Tone::Plain,
    };
    for finding in findings.iter().take(SPELT_OUT_MAX) {
        add("why", tone, finding.msg.clone());
    }
    if let Some(more) = more(findings.len()) {
        add("", Tone::Plain, more);
    }
    let used: Vec<_> = standing.used().collect();
    for reading in used.iter().take(SPELT_OUT_MAX) {
        let is_said = findings.iter().any(|finding| finding.msg == reading.msg);
        let text = if is_said {
            labelled(reading)
        } else {
            named(reading)
        };
        add("reading", Tone::Plain, text);
    }
    if let Some(more) = more(used.len()) {
        add("", Tone::Plain, more);
    }
    let differing = standing.differing();
    for reading in differing.iter().take(SPELT_OUT_MAX) {
        let text = format!("{}: {}", would(reading), named(reading));
        add("differs", Tone::Look, text);
    }
    if let Some(more) = more(differing.len()) {
        add("", Tone::Plain, more);
    }
    let fix = standing.rule.remediation.as_ref();
    if let Some(fix) = fix.filter(|_| is_pressing(standing)) {
        add("fix", Tone::Plain, fix.clone());
    }
    notes
}

/// Returns whether somebody has to do something: it fired, now or before.
fn is_pressing(standing: &Standing) -> bool {
    standing.state == State::Fired || standing.is_open()
}

/// Returns the findings that made the state.
fn reasons(standing: &Standing) -> impl Iterator<Item = &Finding> {
    let state = standing.rule.state.as_str();
    let findings = standing.rule.findings.iter();
    findings.filter(move |finding| finding.state == state)
}

/// Returns the readings that the rule goes by, or what it said where there are none.
fn said(standing: &Standing) -> impl Iterator<Item = &str> {
    let used = standing.used().map(|reading| reading.msg.as_str());
    let is_read = standing.used().next().is_some();
    let reasons = reasons(standing).filter(move |_| !is_read);
    used.chain(reasons.map(|finding| finding.msg.as_str()))
}

fn more(count: usize) -> Option<String> {
    let left = count.checked_sub(SPELT_OUT_MAX).filter(|left| *left > 0)?;
    Some(format!("and {left} more: `assize triggers explain`"))
}

fn hidden(standing: &Standing) -> Option<String> {
    match standing.episode {
        Episode::Open {
            hidden_by: Some(by),
            first,
        } => Some(format!(
            "not certain: record {by} cannot be read, so it may have fired before {}",
            first.as_of.date()
        )),
        Episode::Hidden { by } => Some(format!(
            "record {by} cannot be read, so nobody can tell whether it fired before and is still open"
        )),
        _ => None,
    }
}

/// Returns a reading with its name.
fn named(reading: &Reading) -> String {
    format!("{}: {}", labelled(reading), reading.msg)
}

/// Returns the name of a reading, with what it judges where a rule judges several things.
fn labelled(reading: &Reading) -> String {
    match reading.term.as_deref().filter(|term| *term != reading.id) {
        Some(term) => format!("{} [{term}]", reading.id),
        None => reading.id.clone(),
    }
}

/// Returns what would come of a reading that the rule does not go by.
fn would(reading: &Reading) -> &'static str {
    match reading.verdict.as_str() {
        "true" => "would fire",
        "false" => "would be clear",
        _ => "would be unknown",
    }
}

/// Returns whether any other reading would come out another way, in words.
fn others(standing: &Standing) -> &'static str {
    let others = standing.rule.readings.iter().filter(|r| !r.used).count();
    match (standing.differing().len(), others) {
        (0, 0) => "no other",
        (0, _) => "agree",
        _ => "differ",
    }
}
