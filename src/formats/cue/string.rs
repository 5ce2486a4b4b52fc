//! Texts in quotes: `"…"`, `"""` over lines, and both with `#` around them, where escapes
//! have as many.

use super::cursor::Cursor;
use crate::formats::fault::{Read, fault};

/// Reads the text in quotes that is next.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Read<String> {
    let rest = cursor.rest();
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    cursor.pass(hashes);
    let hashes = rest.get(..hashes).unwrap_or_default();
    let after = cursor.rest();
    // `#"""#` is one quote.
    let is_long = after
        .strip_prefix("\"\"\"")
        .is_some_and(|after| hashes.is_empty() || !after.starts_with(hashes));
    if is_long {
        cursor.pass(3);
        return lines(cursor, hashes);
    }
    cursor.pass(1);
    let mut text = String::new();
    let end = format!("\"{hashes}");
    loop {
        let rest = cursor.rest();
        if rest.starts_with(&end) {
            cursor.pass(end.len());
            return Ok(text);
        }
        if rest.is_empty() || rest.starts_with(['\n', '\r']) {
            return fault(cursor.at(), "a text without its closing quote");
        }
        character(cursor, hashes, &mut text)?;
    }
}

/// Reads a text over lines, up to the quotes on a line of their own. What stands before
/// these stands before every line.
fn lines(cursor: &mut Cursor<'_>, hashes: &str) -> Read<String> {
    let begin = cursor.at();
    if !cursor.rest().starts_with(['\n', '\r']) {
        return fault(begin, "`\"\"\"` is not at the end of its line");
    }
    let end = format!("\"\"\"{hashes}");
    let is_closing = |line: &str| line.trim_start_matches([' ', '\t']).starts_with(&end);
    let all = cursor.rest().split_inclusive('\n').skip(1);
    let Some(closing) = all.clone().find(|line| is_closing(line)) else {
        return fault(begin, "a text without its closing `\"\"\"`");
    };
    let indent = closing.len() - closing.trim_start_matches([' ', '\t']).len();
    let indent = closing.get(..indent).unwrap_or_default();
    let mut text = String::new();
    let mut is_first = true;
    for line in all {
        while !cursor.rest().starts_with('\n') {
            cursor.advance();
        }
        cursor.advance();
        if is_closing(line) {
            cursor.pass(indent.len() + end.len());
            return Ok(text);
        }
        if !is_first {
            text.push('\n');
        }
        is_first = false;
        if line.starts_with('\r') {
            return fault(
                cursor.at(),
                "an empty line that ends in CR and LF is none to CUE: end lines in LF alone",
            );
        }
        if !line.starts_with('\n') {
            if !line.starts_with(indent) {
                return fault(cursor.at(), "is not indented as the closing `\"\"\"` is");
            }
            cursor.pass(indent.len());
        }
        while !cursor.rest().starts_with(['\n', '\r']) {
            character(cursor, hashes, &mut text)?;
        }
    }
    fault(begin, "a text without its closing `\"\"\"`")
}

/// Reads one character, or what an escape stands for.
fn character(cursor: &mut Cursor<'_>, hashes: &str, text: &mut String) -> Read<()> {
    let Some(next) = cursor.peek() else {
        return fault(cursor.at(), "a text without its closing quote");
    };
    let escape = cursor.rest().strip_prefix('\\');
    let Some(escape) = escape.and_then(|rest| rest.strip_prefix(hashes)) else {
        text.push(next);
        cursor.advance();
        return Ok(());
    };
    let at = cursor.at();
    let Some(letter) = escape.chars().next() else {
        return fault(at, "a text without its closing quote");
    };
    cursor.pass(1 + hashes.len());
    if matches!(letter, 'u' | 'U') {
        text.push(code(cursor, hashes)?);
        return Ok(());
    }
    text.push(match letter {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '/' | '"' => letter,
        '(' => {
            return fault(at, "an interpolation is not read: only concrete data is");
        }
        _ => return fault(at, "an escape that texts do not have"),
    });
    cursor.advance();
    Ok(())
}

/// Reads `uXXXX` or `UXXXXXXXX`, or two that are one character.
fn code(cursor: &mut Cursor<'_>, hashes: &str) -> Read<char> {
    let at = cursor.at();
    let high = digits(cursor)?;
    let wrong = || fault(at, "an escape that is no character");
    let number = match high {
        0xd800..=0xdbff => {
            let begin = format!("\\{hashes}");
            if !cursor.rest().starts_with(&begin) {
                return wrong();
            }
            cursor.pass(begin.len());
            let low = digits(cursor)?;
            if !(0xdc00..=0xdfff).contains(&low) {
                return wrong();
            }
            0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        }
        number => number,
    };
    char::from_u32(number).map_or_else(wrong, Ok)
}

fn digits(cursor: &mut Cursor<'_>) -> Read<u32> {
    let at = cursor.at();
    let rest = cursor.rest();
    let count = match rest.chars().next() {
        Some('u') => 4,
        Some('U') => 8,
        _ => return fault(at, "an escape that is no character"),
    };
    let digits = rest.get(1..=count).unwrap_or_default();
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u32::from_str_radix(digits, 16) {
        Ok(number) if is_hexadecimal => {
            cursor.pass(1 + count);
            Ok(number)
        }
        _ => fault(at, format!("an escape without its {count} digits")),
    }
}
