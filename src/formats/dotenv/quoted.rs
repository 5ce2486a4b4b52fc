//! Values in quotes.
//!
//! gotenv looks for the last quote of a line, not for the next one. Both are the same in all
//! that is read here; where they part, the value is refused.

use super::super::FormatError;
use super::super::lines::{Line, Lines};
use super::bounded;

/// Returns what stands between `quote`s, escapes and all. `inner` is what stands behind the
/// first on `first`.
pub(super) fn read(
    first: Line<'_>,
    quote: char,
    inner: &str,
    one_line: bool,
    lines: &mut Lines<'_>,
) -> Result<String, FormatError> {
    let mut found = String::new();
    let (mut line, mut text) = (first, inner);
    loop {
        let at = |what: &str| FormatError::at(line.number, what);
        if let Some((value, behind)) = closed(text, quote).map_err(at)? {
            found.push_str(value);
            refuse_behind(behind, quote).map_err(at)?;
            break;
        }
        if one_line {
            return Err(at(
                "a quote that is not closed on its line: write `=` for `:`",
            ));
        }
        if line.end == "\r\n" {
            return Err(at(
                "a value of several lines with carriage returns, of which conftest may make \
                 empty lines: end lines with a line feed only",
            ));
        }
        if text.ends_with('\\') {
            return Err(at("`\\` at the end of a line, which conftest drops"));
        }
        if line.number == first.number && line.text.ends_with(char::is_whitespace) {
            return Err(at(
                "white space at the end of the first of several lines, which conftest drops",
            ));
        }
        found.push_str(text);
        found.push('\n');
        let Some(next) = lines.next() else {
            let what = format!("a {quote} that is not closed");
            return Err(FormatError::at(first.number, what));
        };
        bounded(next)?;
        (line, text) = (next, next.text);
    }
    if found.starts_with(char::is_whitespace) && found.contains('\\') {
        let what = "white space at the beginning of a value with `\\` in it, where conftest may \
                    miss the end";
        return Err(FormatError::at(first.number, what));
    }
    Ok(found)
}

/// Parts `text` at the `quote` that closes it, if there is one.
fn closed(text: &str, quote: char) -> Result<Option<(&str, &str)>, &'static str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            let (value, behind) = text.split_at(at);
            if value.ends_with('\\') {
                return Err(
                    "`\\` before the quote at the end, which conftest does not take for the end",
                );
            }
            return Ok(Some((
                value,
                behind.strip_prefix(quote).unwrap_or_default(),
            )));
        }
        escaped = c == '\\' && quote == '"' && !escaped;
    }
    Ok(None)
}

/// Refuses what stands behind the quotes, other than a comment.
fn refuse_behind(behind: &str, quote: char) -> Result<(), &'static str> {
    if behind.contains(quote) {
        return Err("another quote behind the quotes, up to which conftest takes the value");
    }
    let behind = behind.trim_matches(|c: char| c.is_ascii_whitespace());
    if behind.is_empty() || behind.starts_with('#') {
        Ok(())
    } else {
        Err("text behind the quotes")
    }
}
