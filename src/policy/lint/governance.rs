//! Baselines, targets, decision matrix, reviews and success metrics: numbers in data that
//! must not contradict each other unnoticed.
//!
//! Looks only at `data.baselines` and `data.governance` that name a schema of Assize;
//! data of the same name that is not meant for this is left alone.

use super::super::data::Source;
use super::{LintCode, LintFinding, LintSeverity, PolicySet, Report};
use crate::json::Value;

mod baselines;
mod fields;
mod matrix;
mod metrics;

/// `schema` of `data.baselines`.
const BASELINES: &str = "assize/baselines/v1";
/// `schema` of `data.governance`.
const GOVERNANCE: &str = "assize/governance/v1";

pub(super) fn lint(set: &PolicySet, report: &mut Report) {
    let mut found = Found { set, report };
    if found.is_ours("baselines", BASELINES) {
        baselines::lint(&mut found);
    }
    if found.is_ours("governance", GOVERNANCE) {
        matrix::lint(&mut found);
        metrics::lint(&mut found);
    }
}

/// The data, and where findings go.
struct Found<'a, 'r> {
    set: &'a PolicySet,
    report: &'r mut Report,
}

impl<'a> Found<'a, '_> {
    fn data(&self, at: &[&str]) -> Option<&'a Value> {
        let mut steps = at.iter();
        steps.try_fold(self.set.data(), |value, step| value.get(*step))
    }

    /// Whether the data at `root` is meant for us. A version that is not known is a finding:
    /// left alone, a slip in it would silence everything else.
    fn is_ours(&mut self, root: &str, schema: &str) -> bool {
        match self.data(&[root, "schema"]).and_then(Value::as_str) {
            Some(text) if text == schema => true,
            Some(text) if text.starts_with("assize/") => {
                let what = format!("`data.{root}.schema` is `{text}`");
                self.refuse(
                    LintCode::GovernanceInvalid,
                    &[root, "schema"],
                    what,
                    format!("write `{schema}`"),
                );
                false
            }
            _ => false,
        }
    }

    fn refuse(
        &mut self,
        code: LintCode,
        at: &[&str],
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (path, line) = place(self.set, at);
        self.report.findings.push(LintFinding {
            path,
            line,
            code,
            severity: code.severity(),
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// A contradiction at `at`, whose `acknowledged` turns it into a note.
    fn contradiction(&mut self, code: LintCode, at: &[&str], message: String, hint: &str) {
        let reason = self.data(&[at, &["acknowledged"]].concat());
        let reason = reason.and_then(Value::as_str).map(str::trim);
        match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) => {
                self.refuse(code, at, message, format!("acknowledged: {reason}"));
                if let Some(finding) = self.report.findings.last_mut() {
                    finding.severity = LintSeverity::Note;
                }
            }
            None => self.refuse(
                code,
                at,
                message,
                format!("{hint}, or say in `acknowledged` why both stand"),
            ),
        }
    }
}

/// Finds the file that gives `data.<at>` its value, and the line on which it is named; of
/// what is not there, the place where most of the way to it is.
fn place(set: &PolicySet, at: &[&str]) -> (String, usize) {
    let mut best = (0, set.shown.clone(), 1);
    for source in &set.data_sources {
        let mount = source.mount.iter().map(String::as_str);
        if !mount.eq(at.iter().copied().take(source.mount.len())) {
            continue;
        }
        let keys = at.get(source.mount.len()..).unwrap_or_default();
        let (found, line) = line_of(source, keys);
        let depth = source.mount.len() + found;
        if depth > best.0 {
            best = (depth, source.path.clone(), line);
        }
    }
    (best.1, best.2)
}

/// How many of `keys` are there, each after the one before, and the line of the last.
fn line_of(source: &Source, keys: &[&str]) -> (usize, usize) {
    let (mut found, mut line) = (0, 1);
    let mut rest = source.text.as_str();
    for key in keys {
        let Some(at) = key_at(rest, key) else { break };
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        found += 1;
        line += before.matches('\n').count();
        rest = after.get(key.len()..).unwrap_or_default();
    }
    (found, line)
}

/// Where `key` stands as a key, of JSON or YAML, outside a comment.
fn key_at(text: &str, key: &str) -> Option<usize> {
    text.match_indices(key).find_map(|(at, _)| {
        let before = text.get(..at)?;
        let after = text.get(at + key.len()..)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        let opens = line
            .chars()
            .next_back()
            .is_none_or(|c| matches!(c, ' ' | '"' | '\'' | '{' | ',' | '-'));
        let closes = after.trim_start_matches(['"', '\'']).starts_with(':');
        (opens && closes && !line.trim_start().starts_with('#')).then_some(at)
    })
}
