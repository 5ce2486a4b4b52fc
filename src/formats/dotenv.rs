//! dotenv: `NAME=value` lines, as shells and process managers read them.
//!
//! There is no specification. This is what gotenv (<https://github.com/subosito/gotenv>,
//! version 1.6, strict) reads, in conftest's shape: an object of text.
//!
//! `$NAME` and `${NAME}` are read where the file itself gave the name a value further up.
//! Everything else that stands for something outside the file is refused: nothing here knows
//! an environment. (conftest prefers the environment even to the file. Where it has a
//! variable of that name, its value is another.)
//!
//! Refused, beside what gotenv cannot read: what it drops or mangles (a name given twice,
//! `#` within a word, text behind quotes, escapes it does not know, a quote in a comment
//! behind quotes), and what shells read differently.

mod quoted;
mod variables;

use crate::json::{Limits, Map, Value};

use super::FormatError;
use super::lines::{Line, Lines, before_comment, shown};
use variables::Variables;

/// Bytes in a line that gotenv's scanner has room for, and some to spare.
const LINE_MAX: usize = 65_000;

/// What parts a name from its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimiter {
    Equals,
    Colon,
}

/// Reads `bytes` as one dotenv file.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let mut lines = Lines::of(bytes, limits)?;
    let mut variables = Variables::new(limits.size_max);
    while let Some(line) = lines.next() {
        bounded(line)?;
        let text = line.text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, delimiter, rest) = name(line.number, text)?;
        if variables.contains(name) {
            let what = format!("duplicate name `{}`", shown(name));
            return Err(FormatError::at(line.number, what));
        }
        let value = value(line, delimiter, rest, &mut lines, &mut variables)?;
        variables.set(name, value);
    }
    let all = variables.into_iter();
    let all: Map<_, _> = all.map(|(name, value)| (name, value.into())).collect();
    Ok(Value::Object(all))
}

/// Refuses a line that conftest has no room for.
fn bounded(line: Line<'_>) -> Result<(), FormatError> {
    if line.text.len() <= LINE_MAX {
        return Ok(());
    }
    let what = format!("longer than {LINE_MAX} bytes, which conftest does not read");
    Err(FormatError::at(line.number, what))
}

/// Parts a trimmed line at the delimiter behind its name.
fn name(number: usize, text: &str) -> Result<(&str, Delimiter, &str), FormatError> {
    let at = |what: &str| FormatError::at(number, what);
    let exported = text
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']));
    let text = exported.map_or(text, |rest| rest.trim_start_matches([' ', '\t']));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        let what = "no name of letters, digits, `_` and `.` before the value";
        return Err(at(what));
    }
    if let Some(rest) = rest.strip_prefix(':') {
        return match rest.strip_prefix([' ', '\t']) {
            Some(value) if !value.starts_with(char::is_whitespace) => {
                Ok((name, Delimiter::Colon, value))
            }
            _ => Err(at("`:` without one space behind it: write `=`")),
        };
    }
    let rest = rest.trim_start_matches([' ', '\t']);
    match rest.strip_prefix('=') {
        Some(rest) => Ok((
            name,
            Delimiter::Equals,
            rest.trim_start_matches([' ', '\t']),
        )),
        None => Err(at("not a name and its value with `=` between them")),
    }
}

/// Reads the value that begins with `text`, over as many lines as its quotes take.
fn value(
    line: Line<'_>,
    delimiter: Delimiter,
    text: &str,
    lines: &mut Lines<'_>,
    variables: &mut Variables,
) -> Result<String, FormatError> {
    let refuse = |what: &str| Err(FormatError::at(line.number, what));
    if text.starts_with(char::is_whitespace) {
        return refuse("white space other than spaces and tabs before the value");
    }
    if delimiter == Delimiter::Colon {
        // gotenv looks for the quotes behind `=`, wherever that is.
        let behind = text.split_once('=').map(|(_, behind)| behind.trim_start());
        if behind.is_some_and(|behind| behind.starts_with(['"', '\''])) {
            return refuse("a quote behind `=` in a value behind `:`: write `=` behind the name");
        }
    }
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = text.strip_prefix(quote).unwrap_or_default();
            let one_line = delimiter == Delimiter::Colon;
            let found = quoted::read(line, quote, inner, one_line, lines)?;
            if quote == '\'' {
                return Ok(found);
            }
            let escaped = variables.escaped(&found);
            escaped.map_err(|what| FormatError::at(line.number, what))
        }
        Some('`') => refuse("a backtick before the value, which conftest takes for text"),
        _ => {
            let plain = plain(line.number, text)?;
            let expanded = variables.expanded(plain);
            expanded.map_err(|what| FormatError::at(line.number, what))
        }
    }
}

/// Takes the comment off a value without quotes.
fn plain(number: usize, text: &str) -> Result<&str, FormatError> {
    let refuse = |what: &str| Err(FormatError::at(number, what));
    let Some(before) = before_comment(text, &['#']) else {
        return refuse(
            "`#` begins a comment for conftest even within a word: put the value in quotes, or \
             white space before a comment",
        );
    };
    let comment = text.strip_prefix(before).unwrap_or_default();
    let value = before.trim_end();
    for quote in ['"', '\''] {
        if value.matches(quote).count() % 2 == 1 && comment.contains(quote) {
            return refuse(
                "`#` begins a comment for conftest even within quotes that begin behind other \
                 text: put the whole value in quotes",
            );
        }
    }
    if value.ends_with('\\') {
        return refuse("`\\` at the end, which goes on for shells and not for conftest");
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    #[test]
    fn values_that_name_others_do_not_grow_without_bound() {
        let lines = (1..60).map(|n| format!("A{n}=$A{0}$A{0}\n", n - 1));
        let text = format!("A0=xxxxxxxxxx\n{}", lines.collect::<String>());
        let limits = Limits {
            size_max: 1 << 16,
            depth_max: 2,
        };
        let error = parse(text.as_bytes(), limits).unwrap_err();
        assert!(error.to_string().contains("too large"), "{error}");
    }

    #[test]
    fn a_line_is_bounded_as_in_conftest() {
        assert!(read(&format!("A={}\n", "x".repeat(60_000))).is_ok());
        assert!(read(&format!("A={}\n", "x".repeat(70_000))).is_err());
        assert!(read(&format!("A=\"\n{}\"\n", "x".repeat(70_000))).is_err());
        let lines = format!("A=\"{}\"\n", "x\n".repeat(200_000));
        assert!(read(&lines).is_ok());
        assert!(parse(b"A=\xff", Limits::EVIDENCE).is_err());
        assert!(parse(b"\xff\xfeA\0=\0", Limits::EVIDENCE).is_err());
    }

    #[test]
    fn long_names_are_found_again() {
        let name = "N".repeat(100);
        let value = read(&format!("{name}=1\nB=${{{name}}}\n")).unwrap();
        assert_eq!(value["B"], "1");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[-A-Za=:#\"'`\\\\${}() \n\r]{0,60}|\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn a_good_text_with_a_change_does_not_panic(at in 0..70usize, put in "\\PC{0,3}") {
            let good = "export A=1 # c\nB=\"x\\n${A}\ny\"\nC: 'z'\nD=\\$5 $A\nE=\"\\\\q\"\n";
            let (before, behind) = good.split_at(at.min(good.len()));
            let _ = read(&format!("{before}{put}{behind}"));
        }
    }
}
