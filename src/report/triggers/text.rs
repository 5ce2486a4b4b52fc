//! The table for a terminal: what fired first, then what nobody can tell, then the rest;
//! at most 100 columns.

use std::io::{self, Write};

use super::{Note, Tone, Triggers, due, notes, oldest, others, since, urgency};
use crate::report::text::{completeness, plural};
use crate::report::{Palette, RecordRef, redaction_notes, visible};
use crate::triggers::{Standing, State};

/// Columns of a line.
const WIDTH: usize = 100;
/// Columns of an id.
const ID: usize = 34;
/// Where what is said of a trigger begins.
const INDENT: usize = 15;

/// Writes the table.
///
/// # Errors
/// Whatever `out` returns.
pub fn page(report: &Triggers<'_>, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page { out, palette };
    page.head(report)?;
    for (state, count) in report.counts() {
        let standings = report.in_state(state);
        let is_due = standings.iter().any(|standing| standing.is_open());
        page.heading(state, count, is_due)?;
        for standing in standings {
            page.trigger(standing)?;
        }
    }
    page.remarks(report)?;
    page.last(report)
}

/// Writes the last line alone: verdict, counts, record.
///
/// # Errors
/// Whatever `out` returns.
pub fn verdict(report: &Triggers<'_>, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page { out, palette };
    page.verdict(report)?;
    writeln!(
        page.out,
        "  {}  {}",
        counted(report),
        recorded(&report.record)
    )
}

fn counted(report: &Triggers<'_>) -> String {
    let counts = report.counts().into_iter();
    let counts: Vec<_> = counts
        .map(|(state, count)| format!("{count} {}", state.name()))
        .collect();
    counts.join(", ")
}

fn recorded(record: &RecordRef) -> String {
    format!("record {} sha256:{}", record.index, record.digest)
}

struct Page<'a, W: Write> {
    out: &'a mut W,
    palette: Palette,
}

impl<W: Write> Page<'_, W> {
    fn head(&mut self, report: &Triggers<'_>) -> io::Result<()> {
        let Palette {
            bold,
            dim,
            yellow,
            reset,
            ..
        } = self.palette;
        let subjects = if report.subjects.is_empty() {
            "no subject".to_owned()
        } else {
            visible(&report.subjects.join(", "))
        };
        writeln!(self.out, "{bold}triggers{reset}  {subjects}")?;
        match report.as_of_source {
            Some(source) => writeln!(
                self.out,
                "{yellow}as of {}, set by {source}: not the time of this run{reset}",
                report.as_of
            )?,
            None => writeln!(self.out, "{dim}as of {}{reset}", report.as_of)?,
        }
        let (items, rules, earlier) = (report.items, report.standings.len(), report.history.len());
        writeln!(
            self.out,
            "{dim}evidence  {}, {items} item{}\npolicies  {}, {rules} trigger{}\n\
             history   {earlier} earlier record{}{reset}",
            visible(&report.evidence),
            plural(items),
            visible(&report.policies),
            plural(rules),
            plural(earlier),
        )?;
        match completeness(report.completeness) {
            Some(text) => writeln!(self.out, "{dim}complete  {text}{reset}"),
            None => Ok(()),
        }
    }

    fn colour(&self, state: State) -> &'static str {
        match state {
            State::Fired => self.palette.red,
            State::Unknown | State::Unmeasured => self.palette.yellow,
            State::Clear => self.palette.green,
            State::NotApplicable => self.palette.dim,
        }
    }

    fn heading(&mut self, state: State, count: usize, is_due: bool) -> io::Result<()> {
        let Palette { dim, reset, .. } = self.palette;
        let colour = self.colour(state);
        let title = format!("{} ({count})", state.name().to_uppercase());
        writeln!(
            self.out,
            "\n{colour}{title:<w$}{reset}  {dim}{:<11}  {:<9}  {:<24}  EVIDENCE{reset}",
            "SINCE",
            if is_due { "URGENCY" } else { "" },
            if is_due { "DUE" } else { "" },
            w = ID + 2,
        )
    }

    fn trigger(&mut self, standing: &Standing) -> io::Result<()> {
        let Palette { bold, reset, .. } = self.palette;
        let id = visible(&standing.rule.id);
        let strong = if standing.is_open() { bold } else { "" };
        let gap = if id.chars().count() > ID {
            // A longer id has a line of its own.
            writeln!(self.out, "  {strong}{id}{reset}")?;
            " ".repeat(ID + 2)
        } else {
            let filling = " ".repeat(ID - id.chars().count());
            format!("  {strong}{id}{reset}{filling}")
        };
        let line = format!(
            "{gap}  {:<11}  {:<9}  {:<24}  {}",
            since(standing),
            urgency(standing).unwrap_or_default(),
            due(standing).unwrap_or_default(),
            oldest(standing),
        );
        writeln!(self.out, "{}", line.trim_end())?;
        for note in notes(standing) {
            self.note(&note)?;
        }
        if others(standing) == "agree" {
            let note = Note {
                label: "others",
                text: "other readings agree".to_owned(),
                tone: Tone::Plain,
            };
            self.note(&note)?;
        }
        Ok(())
    }

    fn note(&mut self, note: &Note) -> io::Result<()> {
        let Palette {
            red,
            yellow,
            dim,
            reset,
            ..
        } = self.palette;
        let colour = match note.tone {
            Tone::Plain => dim,
            Tone::Look => yellow,
            Tone::Act => red,
        };
        let lines = wrapped(&note.text, WIDTH - INDENT);
        for (number, line) in lines.iter().enumerate() {
            let label = if number == 0 { note.label } else { "" };
            writeln!(self.out, "    {colour}{label:<9}{reset}  {line}")?;
        }
        Ok(())
    }

    fn remarks(&mut self, report: &Triggers<'_>) -> io::Result<()> {
        let Palette {
            yellow, dim, reset, ..
        } = self.palette;
        let mut lines = Vec::new();
        for problem in report.problems {
            lines.push(format!("{yellow}evidence{reset}  {}", visible(problem)));
        }
        for note in redaction_notes(report.relaxations) {
            lines.push(format!("{yellow}evidence{reset}  {}", visible(&note)));
        }
        for past in report.history.unreadable() {
            lines.push(format!(
                "{yellow}history{reset}   record {} cannot be read: {}",
                past.index,
                visible(&past.reason)
            ));
        }
        for text in &report.lint {
            lines.push(format!("{yellow}lint{reset}      {}", visible(text)));
        }
        for text in &report.prints {
            lines.push(format!("{dim}print{reset}     {}", visible(text)));
        }
        if !lines.is_empty() {
            writeln!(self.out, "\nNOTES")?;
        }
        for line in lines {
            writeln!(self.out, "  {line}")?;
        }
        Ok(())
    }

    fn last(&mut self, report: &Triggers<'_>) -> io::Result<()> {
        let Palette {
            bold, dim, reset, ..
        } = self.palette;
        let record = &report.record;
        writeln!(self.out)?;
        if let Some(ruling) = report.ruling() {
            writeln!(self.out, "{bold}{}{reset}", visible(&ruling))?;
        }
        let key = if record.development {
            "\n          a development key: proves nothing to others"
        } else {
            ""
        };
        writeln!(
            self.out,
            "{dim}ledger    {}\nsigned by {}{key}{reset}",
            record.ledger.display(),
            record.key
        )?;
        writeln!(self.out, "{}", recorded(record))?;
        self.verdict(report)?;
        writeln!(self.out, "  {}", counted(report))
    }

    fn verdict(&mut self, report: &Triggers<'_>) -> io::Result<()> {
        let Palette {
            bold,
            red,
            yellow,
            green,
            reset,
            ..
        } = self.palette;
        let colour = match report.verdict {
            "fired" => red,
            "clear" => green,
            _ => yellow,
        };
        let word = report.verdict.to_uppercase();
        write!(self.out, "{colour}{bold}{word}{reset}")
    }
}

/// Returns `text` in lines of at most `width` characters, broken at blanks where there are
/// any, with what would not show escaped.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = visible(word).chars().collect();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        while used + word.len() > width {
            let rest = word.split_off(width - used);
            line.extend(word);
            lines.push(std::mem::take(&mut line));
            (word, used) = (rest, 0);
        }
        used += word.len();
        line.extend(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_hold_nothing_that_moves_the_cursor() {
        assert_eq!(wrapped("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("x\nFIRED\u{1b}[2J", 40), ["x FIRED\\u{1b}[2J"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped(&"é".repeat(9), 4).len(), 3);
    }
}
