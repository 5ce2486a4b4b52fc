//! Java properties.
//!
//! The format is that of `java.util.Properties`
//! (<https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html>),
//! in conftest's shape: an object of text. As conftest does, it reads UTF-8 (a file in
//! ISO-8859-1 is refused at its first such letter), and leaves `${name}` as it is.
//!
//! Refused, beside what conftest cannot read (`${` without `}`, names that go in circles):
//! a key given twice, escapes of nothing that needs one, halves of surrogate pairs, and
//! continuation lines where Java and conftest differ or where they may be a mistake.

mod expressions;

use std::str::Chars;

use crate::json::{Limits, Map, Value};

use super::FormatError;
use super::lines::{Line, Lines, shown};

/// White space, beside the ends of lines.
const SPACES: [char; 3] = [' ', '\t', '\u{c}'];
/// What a comment begins with.
const MARKS: [char; 2] = ['#', '!'];

/// Reads `bytes` as one properties file.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let mut lines = Lines::of(bytes, limits)?;
    let mut all = Map::new();
    // The line of each value that names others.
    let mut expressions = Vec::new();
    while let Some(line) = lines.next() {
        let text = line.text.trim_start_matches(SPACES);
        if text.is_empty() || text.starts_with(MARKS) {
            continue;
        }
        let mut chars = text.chars();
        let key = key(line, &mut chars)?;
        if all.contains_key(&key) {
            let what = format!("duplicate key `{}`", shown(&key));
            return Err(FormatError::at(line.number, what));
        }
        let value = value(line, chars.as_str(), &mut lines)?;
        if value.contains("${") {
            expressions.push((line.number, key.clone()));
        }
        all.insert(key, Value::String(value));
    }
    expressions::refuse_endless(&all, &expressions)?;
    Ok(Value::Object(all))
}

/// Reads the key that `chars` begins with.
fn key(line: Line<'_>, chars: &mut Chars<'_>) -> Result<String, FormatError> {
    let mut key = String::new();
    loop {
        let rest = chars.as_str();
        match chars.next() {
            Some('\\') if chars.as_str().is_empty() => {
                let what = "a key that goes on in the next line, of which conftest keeps the \
                            line feed";
                return Err(FormatError::at(line.number, what));
            }
            Some('\\') => key.push(escaped(line, chars)?),
            Some(c) if SPACES.contains(&c) || c == '=' || c == ':' => {
                *chars = rest.chars();
                break;
            }
            Some(c) => key.push(c),
            None => break,
        }
    }
    if key.is_empty() {
        return Err(FormatError::at(line.number, "a value without a key"));
    }
    Ok(key)
}

/// Reads the value behind a key, over as many lines as it takes.
fn value(first: Line<'_>, rest: &str, lines: &mut Lines<'_>) -> Result<String, FormatError> {
    let rest = rest.trim_start_matches(SPACES);
    let delimited = rest.strip_prefix(['=', ':']);
    let rest = delimited.unwrap_or(rest).trim_start_matches(SPACES);
    let mut value = String::new();
    let mut line = first;
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
        } else if !chars.as_str().is_empty() {
            value.push(escaped(line, &mut chars)?);
        } else if delimited.is_none() && value.is_empty() {
            let what = "a key whose value begins in the next line: put `=` behind the key";
            return Err(FormatError::at(line.number, what));
        } else {
            line = next(line, lines)?;
            chars = line.text.trim_start_matches(SPACES).chars();
        }
    }
    Ok(value)
}

/// Returns the line that goes on with `line`, which ends in `\`.
fn next<'a>(line: Line<'_>, lines: &mut Lines<'a>) -> Result<Line<'a>, FormatError> {
    let refuse = |number: usize, what: &str| Err(FormatError::at(number, what));
    if line.end == "\r\n" {
        return refuse(
            line.number,
            "goes on in the next line, but conftest ends the value at the carriage return: end \
             lines with a line feed only",
        );
    }
    let next = lines.next().filter(|next| !next.text.trim().is_empty());
    let Some(next) = next else {
        return refuse(line.number, "nothing goes on behind `\\`");
    };
    let own = next.text.starts_with(|c| !SPACES.contains(&c)) && next.text.contains('=');
    if own || next.text.trim_start_matches(SPACES).starts_with(MARKS) {
        return refuse(
            next.number,
            "may be a line of its own, and is joined to the one before, which ends in `\\`: \
             indent it, or write `\\\\` for a backslash",
        );
    }
    Ok(next)
}

/// Reads what stands behind a `\`.
fn escaped(line: Line<'_>, chars: &mut Chars<'_>) -> Result<char, FormatError> {
    let refuse = |what: String| Err(FormatError::at(line.number, what));
    match chars.next() {
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('f') => Ok('\u{c}'),
        Some(c @ ('\\' | ' ' | ':' | '=' | '#' | '!' | '"' | '\'')) => Ok(c),
        Some('u') => {
            let digits: String = chars.take(4).collect();
            let whole = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let code = u32::from_str_radix(&digits, 16).ok().filter(|_| whole);
            match code.map(char::from_u32) {
                Some(Some(c)) => Ok(c),
                Some(None) => refuse(format!(
                    "`\\u{digits}` is half of a pair, of which conftest loses both: write the \
                     letter itself"
                )),
                None => refuse("`\\u` without four hexadecimal digits".to_owned()),
            }
        }
        Some(c) => refuse(format!(
            "`\\{c}`, of which the `\\` is dropped: write `{c}`, or `\\\\{c}` for a backslash"
        )),
        None => refuse("nothing behind `\\`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    /// `k0=${k1}`, `k1=${k2}` and so on.
    fn chain(length: usize) -> String {
        let links = (0..length).map(|n| format!("k{n}=${{k{}}}\n", n + 1));
        links.collect()
    }

    #[test]
    fn expressions_lead_as_far_as_in_conftest() {
        assert!(read(&chain(63)).is_ok());
        let error = read(&chain(64)).unwrap_err();
        assert!(error.to_string().starts_with("line 1: "), "{error}");
        assert!(read(&chain(100_000)).is_err());
        // The same whichever end comes first.
        for (length, good) in [(63, true), (64, false)] {
            let text: Vec<_> = chain(length).lines().rev().map(str::to_owned).collect();
            assert_eq!(read(&text.join("\n")).is_ok(), good);
        }
    }

    #[test]
    fn expressions_that_double_take_linear_time() {
        let lines = (0..60).map(|n| format!("k{n}=${{k{0}}}${{k{0}}}\n", n + 1));
        assert!(read(&lines.collect::<String>()).is_ok());
    }

    #[test]
    fn long_values_take_linear_time() {
        let value = read(&format!("a=x{}\n", "\\\n y".repeat(200_000))).unwrap();
        assert_eq!(value["a"].as_str().map(str::len), Some(200_001));
        let value = read(&format!("a={}\n", "${b}".repeat(200_000))).unwrap();
        assert_eq!(value["a"].as_str().map(str::len), Some(800_000));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[ab=:#!\\\\u0d${} \t\n\r]{0,60}|\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn a_good_text_with_a_change_does_not_panic(at in 0..70usize, put in "\\PC{0,3}") {
            let good = "a=1\nb : x\\\n  y\n# c\nd\\ e ${a}\nf=\\u0041\\n\ng=${A:${b}}\nh\n";
            let (before, behind) = good.split_at(at.min(good.len()));
            let _ = read(&format!("{before}{put}{behind}"));
        }
    }
}
