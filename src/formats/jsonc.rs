//! JSON with comments, as conftest reads it: `//` and `#` to the end of the line, and
//! `/* … */`.
//!
//! conftest takes comments and all white space out of the text and reads the rest as JSON
//! (<https://github.com/muhammadmuzzammil1998/jsonc>). It does so byte by byte and does
//! not know that it is inside a comment when it meets a quotation mark or a backslash, so
//! that some comments swallow what follows, or change it. Those are refused here, as are a
//! comment without an end, a lone `/`, and white space within a number or a word, which
//! conftest passes over. Commas before a closing bracket are wrong for conftest, too.

use super::{FormatError, doubles};
use crate::json::{self, Limits, Value};

/// Reads `bytes` as one document.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let plain = without_comments(text)?;
    let mut value = json::parse(plain.as_bytes(), limits)?;
    doubles::settle(&mut value)?;
    Ok(value)
}

/// Returns `text` with each comment replaced by spaces; lines stay where they are.
fn without_comments(text: &str) -> Result<String, FormatError> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut line = 1;
    let mut block_seen = false;
    while let Some(start) = rest.find(['"', '/', '#', '\n']) {
        let (before, from) = rest.split_at(start);
        plain.push_str(before);
        let length = match from.as_bytes() {
            [b'\n', ..] => {
                line += 1;
                plain.push('\n');
                1
            }
            [b'"', ..] => {
                let length = string_length(from);
                plain.push_str(from.get(..length).unwrap_or_default());
                length
            }
            [b'#', ..] | [b'/', b'/', ..] => {
                let comment = from.split('\n').next().unwrap_or_default();
                refuse_ambiguous(comment, line, from.len() > comment.len())?;
                blank(comment, &mut plain);
                comment.len()
            }
            [b'/', b'*', ..] => {
                let comment = block(from, line, block_seen)?;
                block_seen = true;
                line += comment.matches('\n').count();
                blank(comment, &mut plain);
                comment.len()
            }
            _ => return Err(FormatError::at(line, "a `/` that starts no comment")),
        };
        rest = from.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    Ok(plain)
}

/// Appends spaces in the place of `comment`, so that errors name the right place.
fn blank(comment: &str, plain: &mut String) {
    let bytes = comment.bytes();
    plain.extend(bytes.map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

/// Returns how long the string is that `text` starts with; up to its line's end where it
/// has no end of its own, which is no JSON.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the block comment that `text` starts with. For conftest the star that ended
/// `another_before` still counts.
fn block(text: &str, line: usize, another_before: bool) -> Result<&str, FormatError> {
    let body = text.get(2..).unwrap_or_default();
    let Some((inner, comment)) = body
        .find("*/")
        .and_then(|end| Some((body.get(..end)?, text.get(..end + 4)?)))
    else {
        return Err(FormatError::at(line, "a comment without an end"));
    };
    refuse_single_quotation_mark(inner, line)?;
    let mut star = another_before;
    let mut escaped = false;
    for byte in inner.bytes() {
        match byte {
            _ if escaped => {
                escaped = false;
                if matches!(byte, b'*' | b'/' | b'"') {
                    return Err(hidden(line));
                }
            }
            b'\\' if star => return Err(hidden(line)),
            b'\\' => escaped = true,
            b'*' => star = true,
            b'/' if star => {
                let what = "a `/` in a comment that ends it for conftest, which passes over what is between it and a `*` before: take it out";
                return Err(FormatError::at(line, what));
            }
            b' ' | b'\t' | b'\n' => {}
            _ => star = false,
        }
    }
    if escaped {
        return Err(hidden(line));
    }
    Ok(comment)
}

/// Refuses what conftest does not take for a comment that ends with its line.
fn refuse_ambiguous(comment: &str, line: usize, another_line: bool) -> Result<(), FormatError> {
    refuse_single_quotation_mark(comment, line)?;
    let mut escaped = false;
    for byte in comment.bytes() {
        if escaped && byte == b'"' {
            return Err(hidden(line));
        }
        escaped = !escaped && byte == b'\\';
    }
    if escaped && another_line {
        return Err(hidden(line));
    }
    Ok(())
}

fn refuse_single_quotation_mark(comment: &str, line: usize) -> Result<(), FormatError> {
    if comment.matches('"').count() % 2 == 1 {
        let what = "a comment with a single quotation mark, which starts a string for conftest: write it in pairs";
        return Err(FormatError::at(line, what));
    }
    Ok(())
}

fn hidden(line: usize) -> FormatError {
    let what = "a comment with a backslash that hides what follows it from conftest: take it out";
    FormatError::at(line, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Value, String> {
        parse(text.as_bytes(), Limits::EVIDENCE).map_err(|error| error.to_string())
    }

    #[test]
    fn comments_are_left_out_and_places_kept() {
        let text = "// a\r\n{ # b \"c\"\n \"//\": /* \"d\"\n*/ [\"#/* \\\" */\", 1.0] } // C:\\e";
        assert_eq!(read(text).unwrap(), json!({"//": ["#/* \" */", 1]}));
        let error = read("/* é\n\n*/ {\"a\": /* b */ x}").unwrap_err();
        assert!(error.starts_with("line 3, column 18"), "{error}");
    }

    #[test]
    fn limits_hold_and_nothing_is_slow() {
        let deep = "[ /**/".repeat(200);
        assert!(read(&deep).unwrap_err().contains("nests deeper"));
        assert!(read(&"/".repeat(200_000)).is_err());
        assert!(read(&"/**/".repeat(50_000)).is_err());
        assert!(read(&"/* \\".repeat(50_000)).is_err());
        assert!(parse(b"\"\xff\"", Limits::EVIDENCE).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r#"[\[\]{}:,"/*#\\\n \t1a]{0,40}"#) {
            let _ = read(&text);
        }
    }
}
