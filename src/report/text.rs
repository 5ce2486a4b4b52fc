//! The report for a terminal: worst first, each rule with why, what was seen and
//! what to do; the last line carries the verdict and the record.

use std::io::{self, Write};

use super::{Gate, Palette, redacted, redaction_notes, visible};
use crate::decision::{Completeness, Finding, RuleDecision, Seen, State, Verdict, WaiverState};

/// Writes the report of one gate run.
///
/// # Errors
/// Whatever `out` returns.
pub fn gate(gate: &Gate<'_>, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page { out, palette };
    page.head(gate)?;
    page.contract(gate)?;
    for state in State::ALL.into_iter().rev() {
        let rules: Vec<_> = gate
            .decision
            .rules
            .iter()
            .filter(|rule| rule.state == state)
            .collect();
        if rules.is_empty() {
            continue;
        }
        page.heading(state, rules.len())?;
        for rule in rules {
            if state == State::Pass {
                page.passed(rule)?;
            } else {
                page.rule(rule)?;
            }
        }
    }
    page.notes(gate)?;
    page.last(gate)
}

/// Writes the last line alone: verdict, counts, record.
///
/// # Errors
/// Whatever `out` returns.
pub fn verdict(gate: &Gate<'_>, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    Page { out, palette }.verdict(gate)
}

struct Page<'a, W: Write> {
    out: &'a mut W,
    palette: Palette,
}

impl<W: Write> Page<'_, W> {
    fn head(&mut self, gate: &Gate<'_>) -> io::Result<()> {
        let Palette {
            bold,
            dim,
            yellow,
            reset,
            ..
        } = self.palette;
        let subjects = if gate.subjects.is_empty() {
            "no subject".to_owned()
        } else {
            visible(&gate.subjects.join(", "))
        };
        writeln!(self.out, "{bold}{}{reset}  {subjects}", visible(gate.name))?;
        match gate.as_of_source {
            Some(source) => writeln!(
                self.out,
                "{yellow}as of {}, set by {source}: not the time of this run{reset}",
                gate.as_of
            )?,
            None => writeln!(self.out, "{dim}as of {}{reset}", gate.as_of)?,
        }
        writeln!(
            self.out,
            "{dim}evidence  {}, {} item{}\npolicies  {}, {} rule{}{reset}",
            visible(&gate.evidence),
            gate.items,
            plural(gate.items),
            visible(&gate.policies),
            gate.decision.rules.len(),
            plural(gate.decision.rules.len()),
        )?;
        if let Some((path, demands)) = &gate.contract {
            writeln!(
                self.out,
                "{dim}contract  {}, {demands} item{}{reset}",
                visible(&path.display().to_string()),
                plural(*demands)
            )?;
        }
        match completeness(gate.decision.completeness) {
            Some(text) => writeln!(self.out, "{dim}complete  {text}{reset}"),
            None => Ok(()),
        }
    }

    /// What the contract demands in vain: nothing of a rule says it.
    fn contract(&mut self, gate: &Gate<'_>) -> io::Result<()> {
        let Palette {
            bold,
            dim,
            yellow,
            reset,
            ..
        } = self.palette;
        let demands = &gate.decision.demands;
        let unmet = demands.iter().filter(|demand| !demand.unmet.is_empty());
        let count = unmet.clone().count();
        if count == 0 {
            return Ok(());
        }
        writeln!(
            self.out,
            "\n{yellow}CONTRACT NOT MET{reset} ({count} of {})",
            demands.len()
        )?;
        for demand in unmet {
            writeln!(self.out, "  {bold}{}{reset}", visible(&demand.evidence.id))?;
            for reason in &demand.unmet {
                writeln!(
                    self.out,
                    "    {yellow}{:<8}{reset}  {}",
                    label(State::Inconclusive),
                    visible(reason)
                )?;
            }
            let item = full(&demand.evidence);
            writeln!(self.out, "    {dim}evidence{reset}  {item}")?;
        }
        Ok(())
    }

    fn colour(&self, state: State) -> &'static str {
        match state {
            State::Fail | State::Fired => self.palette.red,
            State::Inconclusive | State::Waived | State::NotEffective | State::Warn => {
                self.palette.yellow
            }
            State::NotApplicable => self.palette.dim,
            State::Pass => self.palette.green,
        }
    }

    fn heading(&mut self, state: State, count: usize) -> io::Result<()> {
        let colour = self.colour(state);
        let reset = self.palette.reset;
        writeln!(
            self.out,
            "\n{colour}{}{reset} ({count})",
            state.name().to_uppercase()
        )
    }

    fn passed(&mut self, rule: &RuleDecision) -> io::Result<()> {
        let Palette { dim, reset, .. } = self.palette;
        let seen: Vec<_> = rule.evidence.iter().map(brief).collect();
        writeln!(
            self.out,
            "  {:<36} {}\n  {:<36} {dim}{}{reset}",
            visible(&rule.rule.id),
            visible(&rule.rule.title),
            "",
            if seen.is_empty() {
                "no evidence named".to_owned()
            } else {
                seen.join(", ")
            },
        )
    }

    fn rule(&mut self, rule: &RuleDecision) -> io::Result<()> {
        let Palette {
            bold, dim, reset, ..
        } = self.palette;
        writeln!(
            self.out,
            "  {bold}{}{reset}  {}  {dim}[{}]{reset}",
            visible(&rule.rule.id),
            visible(&rule.rule.title),
            rule.rule.severity
        )?;
        for finding in &rule.findings {
            self.finding(finding)?;
        }
        for reading in &rule.readings {
            writeln!(
                self.out,
                "    {dim}reading{reset}   {}",
                visible(&reading.msg)
            )?;
        }
        for item in &rule.evidence {
            writeln!(self.out, "    {dim}evidence{reset}  {}", full(item))?;
        }
        let asks = matches!(rule.state, State::Fail | State::Inconclusive | State::Warn);
        if let Some(fix) = rule.rule.remediation.as_ref().filter(|_| asks) {
            writeln!(
                self.out,
                "    {dim}fix{reset}       {}",
                visible(fix.trim())
            )?;
        }
        if !rule.rule.controls.is_empty() {
            writeln!(
                self.out,
                "    {dim}controls  {}{reset}",
                visible(&rule.rule.controls.join(", "))
            )?;
        }
        if rule.state == State::Fail {
            writeln!(
                self.out,
                "    {dim}rule      {}:{}{reset}",
                visible(&rule.rule.path),
                rule.rule.line
            )?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let colour = self.colour(finding.state);
        let Palette { dim, reset, .. } = self.palette;
        let said = &finding.statement;
        let term = said
            .term
            .as_ref()
            .map(|term| format!("  {dim}term {}{reset}", visible(term)))
            .unwrap_or_default();
        writeln!(
            self.out,
            "    {colour}{:<8}{reset}  {}{term}",
            label(finding.state),
            visible(&said.msg)
        )?;
        if let Some(waiver) = &finding.waiver {
            writeln!(self.out, "    {dim}waiver{reset}    {}", visible(waiver))?;
        }
        if let Some(by) = &said.excepted_by {
            writeln!(self.out, "    {dim}exception{reset} {}", visible(by))?;
        }
        Ok(())
    }

    fn notes(&mut self, gate: &Gate<'_>) -> io::Result<()> {
        let Palette {
            yellow, dim, reset, ..
        } = self.palette;
        let mut lines = Vec::new();
        for problem in &gate.decision.problems {
            lines.push(format!("{yellow}evidence{reset}  {}", visible(problem)));
        }
        for note in redaction_notes(gate.relaxations) {
            lines.push(format!("{yellow}evidence{reset}  {}", visible(&note)));
        }
        for decided in &gate.decision.waivers {
            let waiver = &decided.waiver;
            let about = visible(&format!("waiver {} for {}", waiver.id, waiver.rule));
            lines.push(match decided.state {
                WaiverState::Used => format!(
                    "{dim}{about}: used; approved by {}, expires {}{reset}",
                    visible(&waiver.approved_by),
                    waiver.expires_at
                ),
                WaiverState::Unused => format!("{yellow}{about}: matches nothing{reset}"),
                WaiverState::Expired => {
                    format!("{yellow}{about}: expired {}{reset}", waiver.expires_at)
                }
                WaiverState::NotYet => {
                    format!(
                        "{yellow}{about}: approved only {}{reset}",
                        waiver.approved_at
                    )
                }
                WaiverState::UnknownRule => format!("{yellow}{about}: no such rule{reset}"),
            });
        }
        lines.extend(
            gate.lint
                .iter()
                .map(|text| format!("{yellow}lint{reset}      {}", visible(text))),
        );
        lines.extend(
            gate.prints
                .iter()
                .map(|text| format!("{dim}print{reset}     {}", visible(text))),
        );
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nNOTES")?;
        lines
            .iter()
            .try_for_each(|line| writeln!(self.out, "  {line}"))
    }

    fn last(&mut self, gate: &Gate<'_>) -> io::Result<()> {
        let Palette { dim, reset, .. } = self.palette;
        let record = &gate.record;
        let key = if record.development {
            " (development key: proves nothing to others)"
        } else {
            ""
        };
        writeln!(
            self.out,
            "\n{dim}ledger {}  signed by {}{key}{reset}",
            record.ledger.display(),
            record.key
        )?;
        self.verdict(gate)
    }

    fn verdict(&mut self, gate: &Gate<'_>) -> io::Result<()> {
        let Palette { bold, reset, .. } = self.palette;
        let record = &gate.record;
        let colour = match gate.decision.verdict {
            Verdict::Allow | Verdict::Clear => self.palette.green,
            Verdict::Inconclusive => self.palette.yellow,
            Verdict::Deny | Verdict::Fired => self.palette.red,
        };
        let mut counts: Vec<_> = gate.decision.counts().into_iter().collect();
        counts.sort_by_key(|(name, _)| State::ALL.iter().position(|state| state.name() == *name));
        let counts: Vec<_> = counts
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let advisory = if gate.advisory {
            "  ADVISORY: does not block"
        } else {
            ""
        };
        writeln!(
            self.out,
            "{colour}{bold}{}{reset}  {}  record {} sha256:{}{advisory}",
            gate.decision.verdict.name().to_uppercase(),
            counts.join(", "),
            record.index,
            record.digest,
        )
    }
}

/// Returns the counts for people; nothing where nothing is required.
pub(super) fn completeness(counts: Completeness) -> Option<String> {
    // In tenths of a percent, rounded down as the share is.
    let tenths = counts.automated_ppm()? / 1_000;
    let mut text = format!(
        "{} of {} required item{} usable; {} automated ({}.{} %), {} declared",
        counts.present,
        counts.required,
        if counts.required == 1 { "" } else { "s" },
        counts.automated,
        tenths / 10,
        tenths % 10,
        counts.declared
    );
    if counts.unstated > 0 {
        text = format!("{text}, {} unstated", counts.unstated);
    }
    Some(text)
}

fn label(state: State) -> &'static str {
    match state {
        State::Fail => "deny",
        State::Fired => "fired",
        State::Inconclusive => "unknown",
        State::Waived => "waived",
        State::NotEffective => "later",
        State::Warn => "warn",
        State::NotApplicable => "n/a",
        State::Pass => "pass",
    }
}

fn brief(item: &Seen) -> String {
    match item.age_s {
        Some(age_s) => format!("{} ({} old)", visible(&item.id), age(age_s)),
        None => visible(&item.id),
    }
}

fn full(item: &Seen) -> String {
    let mut text = visible(&item.id);
    if let Some(kind) = &item.kind {
        text = format!("{text}  {kind}");
    }
    text = format!("{text}  {}", item.status);
    if let Some(age_s) = item.age_s {
        text = format!("{text}  {} old", age(age_s));
    }
    if let Some(digest) = &item.sha256 {
        text = format!("{text}  sha256:{}…", digest.short());
    }
    if let Some(reason) = &item.reason {
        text = format!("{text}\n              {}", visible(reason));
    }
    let pointers = item.redactions.pointers.iter().map(String::as_str);
    if let Some(redacted) = redacted(item.redactions.count, pointers) {
        text = format!("{text}\n              {redacted}");
    }
    text
}

/// Returns an age in its two largest units, as people say it.
pub(super) fn age(age_s: i64) -> String {
    let (days, hours, minutes) = (age_s / 86_400, age_s / 3_600 % 24, age_s / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{age_s} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_people_say_them() {
        for (age_s, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (600, "10 min"),
            (3_600, "1 h"),
            (5_400, "1 h 30 min"),
            (86_400, "1 d"),
            (100_000, "1 d 3 h"),
        ] {
            assert_eq!(age(age_s), text);
        }
    }
}
