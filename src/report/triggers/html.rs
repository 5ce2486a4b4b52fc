//! One page for a browser and for paper: no script, nothing fetched.

use std::fmt::Write as _;

use super::{Tone, Triggers, due, labelled, notes, oldest, others, reasons, said, since, urgency};
use crate::report::text::age;
use crate::report::{redaction_notes, visible};
use crate::triggers::{Overdue, Standing};

/// The style sheet. Colours are never the only sign: every state is a word as well.
const STYLE: &str = include_str!("style.css");

/// Returns the page.
pub fn page(report: &Triggers<'_>) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, report);
    page
}

fn write_page(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    let title = format!("Triggers: {}", report.verdict);
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )?;
    head(page, report)?;
    table(page, report)?;
    writeln!(page, "<h2>Each trigger</h2>")?;
    for (state, _) in report.counts() {
        for standing in report.in_state(state) {
            section(page, standing)?;
        }
    }
    remarks(page, report)?;
    foot(page, report)?;
    page.write_str("</main>\n</body>\n</html>\n")
}

fn head(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    writeln!(
        page,
        "<h1>Triggers: <span class=\"state {0}\">{0}</span></h1>",
        report.verdict
    )?;
    write!(page, "<p class=\"counts\">")?;
    for (state, count) in report.counts() {
        let name = state.name();
        write!(
            page,
            "<span class=\"count\"><b>{count}</b> <span class=\"state {name}\">{name}</span></span> "
        )?;
    }
    writeln!(page, "</p>")?;
    if let Some(ruling) = report.ruling() {
        writeln!(page, "<p class=\"ruling\">{}</p>", escaped(&ruling))?;
    }
    write!(page, "<dl class=\"facts\">")?;
    let pinned = report
        .as_of_source
        .map(|source| format!(" (set by {}: not the time of the run)", escaped(source)));
    let facts = [
        ("As of", report.as_of.to_string()),
        ("Subject", report.subjects.join(", ")),
        (
            "Evidence",
            format!("{}, {} items", report.evidence, report.items),
        ),
        (
            "Policies",
            format!("{}, {} triggers", report.policies, report.standings.len()),
        ),
        ("Earlier records", report.history.len().to_string()),
    ];
    for (number, (name, text)) in facts.iter().enumerate() {
        let pinned = pinned
            .as_deref()
            .filter(|_| number == 0)
            .unwrap_or_default();
        let text = if text.is_empty() { "none" } else { text };
        write!(page, "<dt>{name}</dt><dd>{}{pinned}</dd>", escaped(text))?;
    }
    writeln!(page, "</dl>")
}

fn table(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    writeln!(
        page,
        "<div class=\"wide\"><table>\n<caption>State of every trigger, the most pressing first</caption>\n\
         <thead><tr><th scope=\"col\">State</th><th scope=\"col\">Trigger</th>\
         <th scope=\"col\">Since</th><th scope=\"col\">Urgency</th><th scope=\"col\">Due</th>\
         <th scope=\"col\">Evidence age</th><th scope=\"col\">Reading used, or why there is none</th>\
         <th scope=\"col\">Other readings</th></tr></thead>\n<tbody>"
    )?;
    for (state, _) in report.counts() {
        for standing in report.in_state(state) {
            row(page, standing)?;
        }
    }
    writeln!(page, "</tbody>\n</table></div>")
}

fn row(page: &mut String, standing: &Standing) -> std::fmt::Result {
    let state = standing.state.name();
    let id = escaped(&standing.rule.id);
    let said: Vec<_> = said(standing).map(escaped).collect();
    let due = due(standing).unwrap_or_else(|| "–".to_owned());
    let overdue = match standing.overdue {
        Overdue::Days(days) => format!(" <strong class=\"late\">overdue by {days} d</strong>"),
        Overdue::No | Overdue::Unknown => String::new(),
    };
    let open = if standing.is_open() {
        " class=\"open\""
    } else {
        ""
    };
    let others = match others(standing) {
        "differ" => "<strong class=\"differ\">differ</strong>",
        other => other,
    };
    writeln!(
        page,
        "<tr{open}><td><span class=\"state {state}\">{state}</span></td>\
         <th scope=\"row\"><a href=\"#{id}\">{}</a></th><td class=\"date\">{}</td><td>{}</td>\
         <td class=\"date\">{}{overdue}</td><td>{}</td><td>{}</td><td>{others}</td></tr>",
        // Where a long id may break.
        id.replace('.', ".<wbr>"),
        since(standing),
        urgency(standing).unwrap_or("–"),
        due.replace(" to ", " to<br>"),
        oldest(standing),
        said.join("<br>"),
    )
}

fn section(page: &mut String, standing: &Standing) -> std::fmt::Result {
    let rule = &standing.rule;
    let (state, id) = (standing.state.name(), escaped(&rule.id));
    writeln!(
        page,
        "<section id=\"{id}\">\n<h3><span class=\"state {state}\">{state}</span> {id}</h3>\n<p>{}</p>",
        escaped(&rule.title)
    )?;
    let known = rule.trigger.as_ref();
    if let Some(condition) = known.and_then(|known| known.condition.as_ref()) {
        writeln!(page, "<blockquote>{}</blockquote>", escaped(condition))?;
    }
    let spoken = notes(standing).into_iter();
    let spoken: Vec<_> = spoken
        .filter(|note| matches!(note.label, "overdue" | "since" | "open"))
        .collect();
    let is_said = !spoken.is_empty() || reasons(standing).next().is_some();
    page.write_str(if is_said { "<ul>" } else { "" })?;
    for note in spoken {
        let class = if note.tone == Tone::Act {
            "late"
        } else {
            "look"
        };
        write!(
            page,
            "<li class=\"{class}\">{}: {}</li>",
            note.label,
            escaped(&note.text)
        )?;
    }
    for finding in reasons(standing) {
        write!(page, "<li>{}</li>", escaped(&finding.msg))?;
    }
    page.write_str(if is_said { "</ul>\n" } else { "" })?;
    readings(page, standing)?;
    evidence(page, standing)?;
    if let Some(fix) = &rule.remediation {
        writeln!(page, "<p><b>What to do:</b> {}</p>", escaped(fix))?;
    }
    if !rule.controls.is_empty() {
        let controls = escaped(&rule.controls.join(", "));
        writeln!(page, "<p class=\"small\">Controls: {controls}</p>")?;
    }
    writeln!(page, "</section>")
}

fn readings(page: &mut String, standing: &Standing) -> std::fmt::Result {
    if standing.rule.readings.is_empty() {
        return Ok(());
    }
    writeln!(
        page,
        "<table>\n<caption>How the condition is read</caption>\n<thead><tr>\
         <th scope=\"col\">Reading</th><th scope=\"col\">Used</th><th scope=\"col\">Holds</th>\
         <th scope=\"col\">Numbers</th></tr></thead>\n<tbody>"
    )?;
    let differing = standing.differing();
    for reading in standing.readings() {
        let differs = differing.contains(&reading);
        writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}{}</td><td>{}</td></tr>",
            escaped(&labelled(reading)),
            if reading.used { "yes" } else { "no" },
            escaped(&reading.verdict),
            if differs {
                " <strong class=\"differ\">differs</strong>"
            } else {
                ""
            },
            escaped(&reading.msg)
        )?;
    }
    writeln!(page, "</tbody>\n</table>")
}

fn evidence(page: &mut String, standing: &Standing) -> std::fmt::Result {
    if standing.rule.evidence.is_empty() {
        return Ok(());
    }
    writeln!(
        page,
        "<table>\n<caption>Evidence</caption>\n<thead><tr><th scope=\"col\">Item</th>\
         <th scope=\"col\">Kind</th><th scope=\"col\">Status</th><th scope=\"col\">Age</th>\
         <th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>"
    )?;
    for item in &standing.rule.evidence {
        let reason = item
            .reason
            .as_ref()
            .map(|reason| format!(": {}", escaped(reason)))
            .unwrap_or_default();
        let redacted = super::taken_out(item)
            .map(|text| format!("; {}", escaped(&text)))
            .unwrap_or_default();
        writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}{reason}{redacted}</td><td>{}</td>\
             <td class=\"digest\">{}</td></tr>",
            escaped(&item.id),
            escaped(item.kind.as_deref().unwrap_or("–")),
            escaped(&item.status),
            item.age_s.map_or_else(|| "–".to_owned(), age),
            item.sha256.map_or_else(|| "–".to_owned(), |d| d.hex()),
        )?;
    }
    writeln!(page, "</tbody>\n</table>")
}

fn remarks(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    let unreadable = report.history.unreadable().iter();
    let history =
        unreadable.map(|past| format!("record {} cannot be read: {}", past.index, past.reason));
    let problems = report.problems.iter().cloned();
    let remarks: Vec<_> = problems
        .chain(redaction_notes(report.relaxations))
        .chain(history)
        .chain(report.lint.clone())
        .collect();
    if remarks.is_empty() {
        return Ok(());
    }
    write!(page, "<h2>Notes</h2>\n<ul>")?;
    for remark in remarks {
        write!(page, "<li>{}</li>", escaped(&remark))?;
    }
    writeln!(page, "</ul>")
}

fn foot(page: &mut String, report: &Triggers<'_>) -> std::fmt::Result {
    let record = &report.record;
    writeln!(
        page,
        "<footer><p>Record {} of {}, appended {}.<br>sha256 <span class=\"digest\">{}</span><br>\
         signed by <span class=\"digest\">{}</span>{}</p>\n\
         <p>This page is a copy. The record in the ledger is what was signed.</p></footer>",
        record.index,
        escaped(&record.ledger.display().to_string()),
        record.recorded_at,
        record.digest,
        escaped(&record.key),
        if record.development {
            " (a development key: proves nothing to others)"
        } else {
            ""
        },
    )
}

/// Returns `text` as content of an element or of a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(visible).collect();
    let mut out = String::new();
    for character in words.join(" ").chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_quoted_becomes_an_element_or_leaves_an_attribute() {
        assert_eq!(
            escaped("<script>\"'&\u{202e}\nx"),
            "&lt;script&gt;&quot;&#39;&amp;\\u{202e} x"
        );
    }
}
