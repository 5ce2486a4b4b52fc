//! One trigger in full, as it was last recorded.

use std::io::{self, Write};

use super::text::wrapped;
use super::{due, hidden, labelled, since, would};
use crate::clock::Timestamp;
use crate::json::Value;
use crate::record::decided::{Reading, Seen};
use crate::report::plot::{Style, plot};
use crate::report::text::age;
use crate::report::{Palette, visible};
use crate::triggers::{Due, Episode, Overdue, Point, Standing, State};

mod drawing;
mod numbers;
mod previous;

pub use previous::Previous;

/// Columns of a line.
const WIDTH: usize = 100;
/// Rows of a drawing.
const HEIGHT: usize = 9;

/// One trigger, as it was last recorded.
#[derive(Debug, Clone)]
pub struct Explanation<'a> {
    /// How it stands.
    pub standing: &'a Standing,
    /// The record that says so.
    pub here: Point,
    /// When that was appended.
    pub recorded_at: Timestamp,
    /// The record before it.
    pub previous: Option<Previous<'a>>,
    /// What the policies saw, where the ledger holds it.
    pub input: Option<&'a Value>,
    /// The thresholds and readings in the policy data, where there are any.
    pub thresholds: Option<&'a Value>,
    /// Characters to draw with.
    pub style: Style,
}

/// Writes the explanation.
///
/// # Errors
/// Whatever `out` returns.
pub fn explain(
    explained: &Explanation<'_>,
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut page = Page { out, palette };
    page.head(explained)?;
    page.findings(explained.standing)?;
    page.readings(explained.standing)?;
    page.thresholds(explained)?;
    page.evidence(&explained.standing.rule.evidence)?;
    page.changes(explained)?;
    page.drawings(explained)
}

struct Page<'a, W: Write> {
    out: &'a mut W,
    palette: Palette,
}

impl<W: Write> Page<'_, W> {
    fn head(&mut self, explained: &Explanation<'_>) -> io::Result<()> {
        let Palette {
            bold, dim, reset, ..
        } = self.palette;
        let standing = explained.standing;
        let rule = &standing.rule;
        let known = rule.trigger.as_ref();
        let colour = match standing.state {
            State::Fired => self.palette.red,
            State::Unknown | State::Unmeasured => self.palette.yellow,
            State::Clear => self.palette.green,
            State::NotApplicable => dim,
        };
        writeln!(
            self.out,
            "{bold}{}{reset}  {}",
            visible(&rule.id),
            visible(&rule.title)
        )?;
        writeln!(
            self.out,
            "{colour}{}{reset} in record {} as of {}, appended {}\n",
            standing.state.name().to_uppercase(),
            explained.here.index,
            explained.here.as_of,
            explained.recorded_at,
        )?;
        if let Some(condition) = known.and_then(|known| known.condition.as_ref()) {
            self.field("condition", condition)?;
        }
        if let Some(class) = known.and_then(|known| known.class.as_ref()) {
            self.field("class", class)?;
        }
        self.field("severity", &rule.severity)?;
        self.field("since", &since(standing))?;
        if let Some(hidden) = hidden(standing) {
            self.field("", &hidden)?;
        }
        self.field("due", &due_text(standing))?;
        if !rule.controls.is_empty() {
            self.field("controls", &rule.controls.join(", "))?;
        }
        if let Some(fix) = &rule.remediation {
            self.field("fix", fix)?;
        }
        let place = format!("{}:{}", rule.source.path, rule.source.line);
        self.field("policy", &place)
    }

    fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        let Palette { dim, reset, .. } = self.palette;
        for (number, line) in wrapped(text, WIDTH - 12).iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            writeln!(self.out, "{dim}{label:<10}{reset}  {line}")?;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let Palette { bold, reset, .. } = self.palette;
        writeln!(self.out, "\n{bold}{text}{reset}")
    }

    /// Writes `text` below a heading, `indent` characters in.
    fn lines(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for line in wrapped(text, WIDTH - indent) {
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    fn findings(&mut self, standing: &Standing) -> io::Result<()> {
        if standing.rule.findings.is_empty() {
            return Ok(());
        }
        self.heading("FINDINGS")?;
        for finding in &standing.rule.findings {
            let term = finding.term.as_ref();
            let term = term.map_or(String::new(), |term| format!(" [{term}]"));
            self.lines(2, &format!("{}{term}: {}", finding.state, finding.msg))?;
            // A reading that says the same has the same numbers, and comes next.
            let readings = &standing.rule.readings;
            let is_read = readings.iter().any(|reading| reading.msg == finding.msg);
            let numbers = finding.details.as_ref().and_then(|d| d.get("details"));
            if let Some(numbers) = numbers.filter(|_| !is_read) {
                self.numbers(numbers)?;
            }
        }
        Ok(())
    }

    fn readings(&mut self, standing: &Standing) -> io::Result<()> {
        let Palette {
            yellow, dim, reset, ..
        } = self.palette;
        if standing.rule.readings.is_empty() {
            return Ok(());
        }
        self.heading("READINGS")?;
        let differing = standing.differing();
        for reading in standing.readings() {
            let used = if reading.used { "used" } else { "not used" };
            let differs = if differing.contains(&reading) {
                format!("  {yellow}differs: {}{reset}", would(reading))
            } else {
                String::new()
            };
            writeln!(
                self.out,
                "  {}  {dim}{used}{reset}  {}{differs}",
                visible(&labelled(reading)),
                holds(reading),
            )?;
            self.lines(4, &reading.msg)?;
            if let Some(numbers) = &reading.details {
                self.numbers(numbers)?;
            }
        }
        Ok(())
    }

    /// Writes the numbers of a finding or reading; each of several series on its own.
    fn numbers(&mut self, numbers: &Value) -> io::Result<()> {
        let Palette { dim, reset, .. } = self.palette;
        for group in numbers::groups(numbers) {
            for (number, line) in wrapped(&group, WIDTH - 6).iter().enumerate() {
                let indent = if number == 0 { 4 } else { 6 };
                writeln!(self.out, "{:indent$}{dim}{line}{reset}", "")?;
            }
        }
        Ok(())
    }

    fn thresholds(&mut self, explained: &Explanation<'_>) -> io::Result<()> {
        let Some(thresholds) = explained.thresholds else {
            return Ok(());
        };
        self.heading("THRESHOLDS")?;
        match thresholds.as_object() {
            Some(pairs) => {
                for (key, value) in pairs {
                    self.lines(2, &format!("{key}: {}", numbers::shown(value)))?;
                }
                Ok(())
            }
            None => self.lines(2, &numbers::shown(thresholds)),
        }
    }

    fn evidence(&mut self, items: &[Seen]) -> io::Result<()> {
        self.heading("EVIDENCE")?;
        if items.is_empty() {
            return self.lines(2, "none");
        }
        for item in items {
            let kind = item.kind.as_deref().unwrap_or("no kind");
            let old = item
                .age_s
                .map_or_else(|| "age unknown".to_owned(), |s| format!("{} old", age(s)));
            self.lines(2, &format!("{}  {kind}  {}  {old}", item.id, item.status))?;
            if let Some(digest) = &item.sha256 {
                writeln!(self.out, "    sha256:{digest}")?;
            }
            if let Some(reason) = &item.reason {
                self.lines(4, reason)?;
            }
            if let Some(redacted) = super::taken_out(item) {
                self.lines(4, &redacted)?;
            }
        }
        Ok(())
    }

    fn changes(&mut self, explained: &Explanation<'_>) -> io::Result<()> {
        let Some(previous) = &explained.previous else {
            self.heading("CHANGED")?;
            return self.lines(2, "this is the first record of triggers");
        };
        self.heading(&format!(
            "CHANGED SINCE record {} as of {}",
            previous.point.index, previous.point.as_of
        ))?;
        let changes = previous.changes(&explained.standing.rule);
        if changes.is_empty() {
            return self.lines(2, "nothing");
        }
        changes.iter().try_for_each(|change| self.lines(2, change))
    }

    fn drawings(&mut self, explained: &Explanation<'_>) -> io::Result<()> {
        for reading in drawing::wanted(&explained.standing.rule) {
            let drawing = match drawing::of(reading, explained.input) {
                Ok(drawing) => drawing,
                Err(reason) => {
                    self.heading(&format!("SERIES of {}", visible(&reading.id)))?;
                    self.lines(2, &format!("not drawn: {reason}"))?;
                    continue;
                }
            };
            self.heading("SERIES")?;
            self.lines(2, &drawing.caption)?;
            for line in plot(&drawing.series, explained.style, WIDTH, HEIGHT) {
                writeln!(self.out, "{line}")?;
            }
            for gap in drawing.gaps() {
                self.lines(11, &gap)?;
            }
        }
        Ok(())
    }
}

fn holds(reading: &Reading) -> &'static str {
    match reading.verdict.as_str() {
        "true" => "holds",
        "false" => "does not hold",
        _ => "unknown",
    }
}

/// Returns when it is due, or when it would be.
fn due_text(standing: &Standing) -> String {
    let urgency = standing.row.map_or("no urgency", |row| row.urgency.name());
    if matches!(standing.episode, Episode::Hidden { .. }) {
        return format!("cannot be told; {urgency} if it fired");
    }
    if let Some(days) = due(standing) {
        let late = match standing.overdue {
            Overdue::Days(late) => format!(", overdue by {late} d"),
            Overdue::Unknown => ", or earlier".to_owned(),
            Overdue::No => String::new(),
        };
        return format!("{days} ({urgency}){late}");
    }
    match standing.row.map(|row| row.due) {
        Some(Due::Days { min, max }) => {
            format!("{min} to {max} days after it fires ({urgency})")
        }
        Some(Due::NextQuarter) => {
            format!("on the first day of the quarter after it fires ({urgency})")
        }
        None => "the decision matrix is not in the ledger".to_owned(),
    }
}
