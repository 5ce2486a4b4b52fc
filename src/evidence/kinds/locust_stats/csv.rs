//! `_stats.csv`: one row an entry, and a last one for all.

use crate::evidence::kinds::node::{TEXT_MAX, number, put, shortened};
use crate::evidence::kinds::{KindError, Reading};
use crate::evidence::{Kind, Status};
use crate::json::{Map, Value, json};

use super::{ENTRIES_MAX, share};

/// What the header begins with.
pub(super) const START: &str = "Type,Name,Request Count,Failure Count,";

/// The name of the last row.
const ALL: &str = "Aggregated";

/// Columns of numbers, and what they are called in facts.
const COLUMNS: [(&str, &str); 8] = [
    ("Requests/s", "requests_per_s"),
    ("Average Response Time", "avg_ms"),
    ("Min Response Time", "min_ms"),
    ("Max Response Time", "max_ms"),
    ("50%", "p50_ms"),
    ("90%", "p90_ms"),
    ("95%", "p95_ms"),
    ("99%", "p99_ms"),
];

/// A row, and the line on which it begins.
struct Row {
    line: usize,
    cells: Vec<String>,
}

/// Reads a CSV.
pub(super) fn read(text: &str) -> Result<Reading, KindError> {
    let mut rows = rows(text)?.into_iter();
    let header = rows.next().map(|row| row.cells).unwrap_or_default();
    let mut entries = Vec::new();
    let mut sums = (0_u64, 0_u64);
    let mut total = None;
    for row in rows {
        if total.is_some() {
            return Err(row.refuse(format!("stands behind `{ALL}`")));
        }
        if row.cells.len() != header.len() {
            return Err(row.refuse(format!("has {} cells of {}", row.cells.len(), header.len())));
        }
        if entries.len() >= ENTRIES_MAX {
            return Err(row.refuse(format!("more than {ENTRIES_MAX} entries")));
        }
        let (requests, failures) = (row.count(2)?, row.count(3)?);
        if failures > requests {
            return Err(row.refuse("counts more failures than requests"));
        }
        let mut facts = row.facts(&header, requests, failures)?;
        if row.cell(1) == ALL && row.cell(0).is_empty() {
            if (requests, failures) != sums {
                return Err(row.refuse(format!("`{ALL}` is not the sum of the rows")));
            }
            total = Some((facts, requests));
            continue;
        }
        sums = (
            sums.0.saturating_add(requests),
            sums.1.saturating_add(failures),
        );
        put(&mut facts, "name", shortened(row.cell(1), TEXT_MAX));
        let method = Some(row.cell(0)).filter(|text| !text.is_empty());
        put(
            &mut facts,
            "method",
            method.map(|text| shortened(text, TEXT_MAX)),
        );
        entries.push(facts);
    }
    let (total, requests) = total.ok_or_else(|| KindError::Line {
        line: text.lines().count(),
        what: format!("the last row must be `{ALL}`"),
    })?;
    let facts = json!({
        "format": "csv",
        "percentiles_recomputed": false,
        "entries": entries,
        "total": total,
        "started_at": null,
        "ended_at": null,
    });
    let mut reading = Reading::of(Kind::LocustStats, facts);
    reading.media_type = "text/csv";
    Ok(if requests == 0 {
        reading.found(Status::Empty, "no request was sent")
    } else {
        let reason = "a CSV states percentiles and is written while the run lasts";
        reading.found(Status::Partial, reason)
    })
}

impl Row {
    fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", String::as_str)
    }

    fn count(&self, index: usize) -> Result<u64, KindError> {
        let count = self.cell(index).parse();
        count.map_err(|_| self.refuse(format!("cell {} is no count", index + 1)))
    }

    fn facts(&self, header: &[String], requests: u64, failures: u64) -> Result<Value, KindError> {
        let mut facts = Map::new();
        facts.insert("requests_count".to_owned(), requests.into());
        facts.insert("failures_count".to_owned(), failures.into());
        facts.insert("failure_share".to_owned(), share(failures, requests));
        for (column, name) in COLUMNS {
            let index = header.iter().position(|cell| cell == column);
            let cell = index.map_or("N/A", |index| self.cell(index));
            let value = match cell {
                "N/A" | "" => Value::Null,
                text => {
                    let value = text.parse().ok().filter(|value: &f64| value.is_finite());
                    let value = value.filter(|value| *value >= 0.0);
                    number(value.ok_or_else(|| self.refuse(format!("`{column}` is no number")))?)
                }
            };
            // Without a request the figures are zeros that nobody measured.
            let value = if requests == 0 { Value::Null } else { value };
            facts.insert(name.to_owned(), value);
        }
        Ok(Value::Object(facts))
    }

    fn refuse(&self, what: impl Into<String>) -> KindError {
        KindError::Line {
            line: self.line,
            what: what.into(),
        }
    }
}

/// Splits text as RFC 4180 does; blank lines are passed over.
fn rows(text: &str) -> Result<Vec<Row>, KindError> {
    let mut rows = Vec::new();
    let mut line = 1;
    let mut row = Row {
        line,
        cells: vec![String::new()],
    };
    let mut chars = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                push(&mut row, '"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.cells.push(String::new()),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                let next = Row {
                    line,
                    cells: vec![String::new()],
                };
                rows.push(std::mem::replace(&mut row, next));
            }
            c => push(&mut row, c),
        }
    }
    if is_quoted {
        return Err(row.refuse("a quoted cell is not closed"));
    }
    rows.push(row);
    rows.retain(|row| row.cells.iter().any(|cell| !cell.is_empty()));
    Ok(rows)
}

fn push(row: &mut Row, c: char) {
    if let Some(cell) = row.cells.last_mut() {
        cell.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_may_hold_commas_quotes_and_lines() {
        let rows = rows("a,\"b,\"\"c\"\"\nd\",e\r\n\r\nf,,\n").unwrap();
        let cells: Vec<_> = rows.iter().map(|row| row.cells.clone()).collect();
        assert_eq!(cells, [vec!["a", "b,\"c\"\nd", "e"], vec!["f", "", ""]]);
        assert_eq!(rows.last().unwrap().line, 4);
    }
}
