//! Lists of ignored files: `.gitignore` and `.dockerignore`.
//!
//! <https://git-scm.com/docs/gitignore>. The value is conftest's: a list of one list, with
//! an object for every line, the empty one behind the last newline included: `Kind` is
//! `Path`, `NegatedPath`, `Comment` or `Empty`, `Original` the line, and `Value` the
//! pattern without its backslashes, or the comment's text.
//!
//! Refused is what conftest reads in another way than git: carriage returns and a byte
//! order mark, which it makes part of a pattern; letters beyond ASCII in a pattern, which
//! it garbles; blanks behind an escaped backslash. A backslash at the end of any
//! line makes conftest fail.

use crate::json::{self, Limits, Value, json};

use super::FormatError;

/// Most lines: each takes far more memory than its text.
const LINES_MAX: usize = 100_000;

/// Reads `bytes` as patterns, one a line.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let mut entries = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let number = index + 1;
        let at = |what: String| FormatError::at(number, what);
        if index == LINES_MAX {
            return Err(at(format!("more than {LINES_MAX} lines")));
        }
        let (kind, value) = entry(line).map_err(at)?;
        entries.push(json!({"Kind": kind, "Value": value, "Original": line}));
    }
    Ok(Value::Array(vec![Value::Array(entries)]))
}

/// Returns the kind of a line and its value.
fn entry(line: &str) -> Result<(&'static str, String), String> {
    if line.starts_with('\u{feff}') {
        return Err("a byte order mark, which conftest takes for a pattern's start".to_owned());
    }
    if line.contains('\r') {
        return Err(
            "a carriage return, which conftest takes for a part of the line: end lines with \
             a newline only"
                .to_owned(),
        );
    }
    let bare = line.trim_end_matches(' ');
    if bare.is_empty() {
        return Ok(("Empty", line.to_owned()));
    }
    if bare.ends_with('\\') && bare == line {
        return Err("a backslash at the end of the line, where conftest fails".to_owned());
    }
    if let Some(comment) = bare.strip_prefix('#') {
        return Ok(("Comment", comment.trim().to_owned()));
    }
    match bare.strip_prefix('!') {
        Some(pattern) => Ok(("NegatedPath", unescaped(pattern, line)?)),
        None => Ok(("Path", unescaped(bare, line)?)),
    }
}

/// Returns `pattern`, the text of `line` without blanks at its end, without backslashes.
fn unescaped(pattern: &str, line: &str) -> Result<String, String> {
    if let Some(letter) = pattern.chars().find(|letter| !letter.is_ascii()) {
        return Err(format!("`{letter}` in a pattern, which conftest garbles"));
    }
    let mut plain = String::new();
    let mut characters = pattern.chars();
    let mut last_escaped = false;
    while let Some(character) = characters.next() {
        last_escaped = false;
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some(next) => {
                plain.push(next);
                last_escaped = next == '\\';
            }
            // It escapes the first of the blanks that follow, or there would be none.
            None => plain.push(' '),
        }
    }
    if last_escaped && line.ends_with(' ') {
        return Err(
            "conftest takes the blank behind an escaped backslash for a part of the pattern: \
             remove it"
                .to_owned(),
        );
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_long_or_no_text_is_refused() {
        let refuse = |bytes: &[u8]| parse(bytes, Limits::EVIDENCE).unwrap_err().to_string();
        let lines = "\n".repeat(100_000);
        assert!(refuse(lines.as_bytes()).starts_with("line 100001: more than"));
        assert!(refuse(b"a\xff").contains("not valid UTF-8 at byte 1"));
        let long = "a".repeat(1 << 20);
        assert!(parse(long.as_bytes(), Limits::EVIDENCE).is_ok());
    }

    proptest! {
        #[test]
        fn every_line_of_any_text_is_an_entry_or_an_error(
            text in prop_oneof![any::<String>(), "[a\\\\ #!\n]{0,40}"],
        ) {
            if let Ok(value) = parse(text.as_bytes(), Limits::EVIDENCE) {
                let lines: Vec<_> = text.split('\n').collect();
                let entries = value[0].as_array().unwrap();
                let originals: Vec<_> = entries.iter().map(|entry| &entry["Original"]).collect();
                prop_assert_eq!(originals, lines);
            }
        }
    }
}
