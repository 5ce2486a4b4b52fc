//! One line of the text format.

use crate::evidence::kinds::prometheus::{Instant, Labels, Observation};

/// The types of the text format; `OpenMetrics` has others.
pub(super) const TEXT_TYPES: [&str; 5] = ["counter", "gauge", "histogram", "summary", "untyped"];

const OPEN_TYPES: [&str; 4] = ["unknown", "info", "stateset", "gaugehistogram"];

/// The year 2261, where timestamps end.
const MILLISECONDS_MAX: f64 = 9.2e12;

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line<'a> {
    Blank,
    Comment,
    Help { name: &'a str, text: &'a str },
    Type { name: &'a str, metric_type: &'a str },
    Unit { name: &'a str, unit: &'a str },
    End,
    Sample(Sample),
}

/// One value of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) value: Observation,
    /// As written: its unit depends on the format.
    pub(super) timestamp: Option<String>,
    pub(super) at: Option<Instant>,
    pub(super) has_exemplar: bool,
}

/// Reads a line.
pub(super) fn parse(text: &str) -> Result<Line<'_>, String> {
    let text = text.trim_start_matches([' ', '\t']);
    if text.is_empty() {
        return Ok(Line::Blank);
    }
    let Some(comment) = text.strip_prefix('#') else {
        return sample(text).map(Line::Sample);
    };
    if comment == " EOF" {
        return Ok(Line::End);
    }
    let (keyword, rest) = word(comment);
    let (name, rest) = word(rest);
    match keyword {
        "HELP" | "TYPE" | "UNIT" if !is_name(name) => Err(format!("`{keyword}` names no metric")),
        "HELP" => Ok(Line::Help {
            name,
            text: rest.trim(),
        }),
        "UNIT" => Ok(Line::Unit {
            name,
            unit: rest.trim(),
        }),
        "TYPE" => match rest.trim() {
            known if TEXT_TYPES.contains(&known) || OPEN_TYPES.contains(&known) => Ok(Line::Type {
                name,
                metric_type: known,
            }),
            _ => Err("is no type of metric".to_owned()),
        },
        _ => Ok(Line::Comment),
    }
}

/// The instant that `text` writes: seconds in `OpenMetrics`, else whole milliseconds.
pub(super) fn instant(text: Option<&str>, is_open: bool) -> Result<Option<Instant>, String> {
    let Some(text) = text else {
        return Ok(None);
    };
    let milliseconds = if is_open {
        decimal(text).map(|seconds| (seconds * 1_000.0).round())
    } else {
        let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
        decimal(text).filter(|_| is_whole)
    };
    let milliseconds = milliseconds.filter(|ms| (0.0..=MILLISECONDS_MAX).contains(ms));
    match milliseconds {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
        Some(milliseconds) => Ok(Some(Instant(milliseconds as i64))),
        None if is_open => Err("the timestamp is no number of seconds".to_owned()),
        None => Err("the timestamp is no whole number of milliseconds".to_owned()),
    }
}

fn sample(text: &str) -> Result<Sample, String> {
    let (name, rest) = split(text, |c| !is_name_char(c, true));
    if !is_name(name) {
        return Err("expected the name of a metric".to_owned());
    }
    let rest = rest.trim_start_matches(BLANKS);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest),
    };
    let (value, rest) = word(rest);
    let value = observation(value).ok_or("the value is no number")?;
    let (timestamp, rest) = word(rest);
    let (timestamp, exemplar) = match timestamp {
        "" => (None, ""),
        "#" => (None, "#"),
        text => (Some(text.to_owned()), rest.trim_matches(BLANKS)),
    };
    let has_exemplar = exemplar.starts_with('#');
    if !has_exemplar && !exemplar.is_empty() {
        return Err("there is more behind the timestamp".to_owned());
    }
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value,
        timestamp,
        at: None,
        has_exemplar,
    })
}

/// Reads `name="value", …}`, and returns what follows.
fn labels(mut rest: &str) -> Result<(Labels, &str), String> {
    let mut labels = Labels::new();
    loop {
        rest = rest.trim_start_matches(BLANKS);
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, rest));
        }
        let (name, behind) = split(rest, |c| !is_name_char(c, false));
        let behind = behind.trim_start_matches(BLANKS).strip_prefix('=');
        let behind = behind.map(|behind| behind.trim_start_matches(BLANKS));
        let quoted = behind.and_then(|behind| behind.strip_prefix('"'));
        let quoted = quoted.filter(|_| is_label(name));
        let quoted = quoted.ok_or("expected a label as `name=\"value\"`")?;
        let (value, behind) = unquoted(quoted)?;
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("a second label `{name}`"));
        }
        let behind = behind.trim_start_matches(BLANKS);
        rest = match behind.strip_prefix(',') {
            Some(behind) => behind,
            None if behind.starts_with('}') => behind,
            None => return Err("expected `,` or `}` behind a label".to_owned()),
        };
    }
}

/// Reads up to the closing quote, and returns what follows.
fn unquoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        value.push(match c {
            '"' => return Ok((value, chars.as_str())),
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some(c @ ('\\' | '"')) => c,
                _ => return Err("expected `\\\\`, `\\\"` or `\\n` in a label".to_owned()),
            },
            c => c,
        });
    }
    Err("a label is not closed".to_owned())
}

fn observation(text: &str) -> Option<Observation> {
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(Observation::NotANumber),
        "inf" | "+inf" | "infinity" | "+infinity" => Some(Observation::PositiveInfinity),
        "-inf" | "-infinity" => Some(Observation::NegativeInfinity),
        _ => decimal(text).map(Observation::Finite),
    }
}

fn decimal(text: &str) -> Option<f64> {
    let is_plain = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    let value: f64 = text.parse().ok().filter(|_| text.bytes().all(is_plain))?;
    value.is_finite().then_some(value)
}

const BLANKS: [char; 2] = [' ', '\t'];

/// The first word of `text` and what follows.
fn word(text: &str) -> (&str, &str) {
    split(text.trim_start_matches(BLANKS), |c| BLANKS.contains(&c))
}

fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    let at = text.find(ends).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn is_name_char(c: char, with_colon: bool) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (with_colon && c == ':')
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| is_name_char(c, true))
}

fn is_label(text: &str) -> bool {
    is_name(text) && !text.contains(':')
}
