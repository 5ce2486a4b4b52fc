//! The table for a ticket or a pull request.

use std::fmt::Write as _;

use super::{Tone, Triggers, due, is_pressing, notes, oldest, others, said, since, urgency};
use crate::report::{redaction_notes, visible};
use crate::triggers::{Overdue, Standing, State};

/// Returns the page.
pub fn page(report: &Triggers<'_>) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, report);
    page
}

fn write_page(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    let counts: Vec<_> = report
        .counts()
        .iter()
        .map(|(state, count)| format!("{count} {}", state.name()))
        .collect();
    writeln!(
        page,
        "# Triggers: {}\n\n{} as of {}.",
        report.verdict,
        counts.join(", "),
        report.as_of
    )?;
    if let Some(source) = report.as_of_source {
        writeln!(
            page,
            "The instant was set by {}: it is not the time of the run.",
            escaped(source)
        )?;
    }
    if !report.subjects.is_empty() {
        writeln!(page, "\nSubject: {}", escaped(&report.subjects.join(", ")))?;
    }
    if let Some(ruling) = report.ruling() {
        writeln!(page, "\n**{}**", escaped(&ruling))?;
    }
    writeln!(
        page,
        "\n| State | Trigger | Since | Urgency | Due | Evidence age | Reading used, or why there is none | Other readings |\n\
         |---|---|---|---|---|---|---|---|"
    )?;
    for (state, _) in report.counts() {
        for standing in report.in_state(state) {
            row(page, standing)?;
        }
    }
    for (state, _) in report.counts() {
        if matches!(state, State::Clear | State::NotApplicable) {
            continue;
        }
        for standing in report.in_state(state) {
            section(page, standing)?;
        }
    }
    remarks(page, report)?;
    writeln!(
        page,
        "\nRecord {} `sha256:{}`, signed by `{}`{}.",
        report.record.index,
        report.record.digest,
        report.record.key,
        if report.record.development {
            " (a development key: proves nothing to others)"
        } else {
            ""
        },
    )
}

fn row(page: &mut String, standing: &Standing) -> std::fmt::Result {
    let said: Vec<_> = said(standing).map(escaped).collect();
    let overdue = match standing.overdue {
        Overdue::Days(days) => format!(" **overdue by {days} d**"),
        Overdue::No | Overdue::Unknown => String::new(),
    };
    writeln!(
        page,
        "| {} | {} | {} | {} | {}{overdue} | {} | {} | {} |",
        if standing.state == State::Fired {
            "**fired**"
        } else {
            standing.state.name()
        },
        escaped(&standing.rule.id),
        since(standing),
        urgency(standing).unwrap_or("–"),
        due(standing).unwrap_or_else(|| "–".to_owned()),
        oldest(standing),
        said.join("; "),
        others(standing),
    )
}

fn section(page: &mut String, standing: &Standing) -> std::fmt::Result {
    let rule = &standing.rule;
    writeln!(
        page,
        "\n## {}: {}\n\n{}\n",
        standing.state.name(),
        escaped(&rule.id),
        escaped(&rule.title)
    )?;
    for note in notes(standing) {
        let strong = if note.tone == Tone::Act { "**" } else { "" };
        writeln!(
            page,
            "- {}{strong}{}{strong}",
            if note.label.is_empty() {
                String::new()
            } else {
                format!("{}: ", note.label)
            },
            escaped(&note.text)
        )?;
    }
    let unsaid = !is_pressing(standing);
    if let Some(fix) = rule.remediation.as_ref().filter(|_| unsaid) {
        writeln!(page, "- fix: {}", escaped(fix))?;
    }
    if !rule.controls.is_empty() {
        writeln!(page, "- controls: {}", escaped(&rule.controls.join(", ")))?;
    }
    Ok(())
}

fn remarks(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    let unreadable = report.history.unreadable().iter();
    let history =
        unreadable.map(|past| format!("record {} cannot be read: {}", past.index, past.reason));
    let remarks: Vec<_> = report
        .problems
        .iter()
        .cloned()
        .chain(redaction_notes(report.relaxations))
        .chain(history)
        .chain(report.lint.iter().cloned())
        .collect();
    if remarks.is_empty() {
        return Ok(());
    }
    writeln!(page, "\n## Notes\n")?;
    for remark in remarks {
        writeln!(page, "- {}", escaped(&remark))?;
    }
    Ok(())
}

/// Returns `text` on one line, with everything written so that no reader of Markdown makes
/// markup, a link, a mention or a cell of it.
pub(super) fn escaped(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(visible).collect();
    let mut out = String::new();
    for character in words.join(" ").chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Or somebody would be told.
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '#' | '~' | '$' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    // Or an address would become a link.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_quoted_becomes_markup() {
        for (text, written) in [
            ("a | b", "a \\| b"),
            ("<img src=x>", "&lt;img src=x&gt;"),
            ("[a](http://x)", "\\[a\\](http&#58;//x)"),
            ("@ops #12 *x*", "@<!-- -->ops \\#12 \\*x\\*"),
            ("line\n| fired |", "line \\| fired \\|"),
            ("`x` \u{202e}", "\\`x\\` \\\\u\\{202e\\}"),
            ("www.example.com", "www&#46;example.com"),
            ("4.9 points, limit 5", "4.9 points, limit 5"),
        ] {
            assert_eq!(escaped(text), written);
        }
    }
}
