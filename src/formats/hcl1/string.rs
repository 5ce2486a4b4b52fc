//! Strings and heredocs of HCL 1.

use crate::formats::fault::{Read, fault};

use super::Reader;

impl Reader<'_> {
    /// Reads a string in quotes. Within `${…}` there may be quotes and line ends, and all of
    /// it stays as it is.
    pub(super) fn string(&mut self) -> Read<String> {
        let start = self.at;
        self.at += 1;
        let mut read = String::new();
        let mut braces = 0_usize;
        loop {
            let at = self.at;
            let Some(character) = self.rest().chars().next() else {
                return fault(start, "this string is not closed");
            };
            self.at += character.len_utf8();
            match character {
                '"' if braces == 0 => return Ok(read),
                '\n' if braces == 0 => {
                    return fault(start, "this string does not end on its line");
                }
                '\\' => {
                    let escaped = self.escape(at)?;
                    if braces == 0 {
                        read.push(escaped);
                    } else {
                        read.push_str(self.text.get(at..self.at).unwrap_or_default());
                    }
                    continue;
                }
                '$' if braces == 0 && self.rest().starts_with('{') => {
                    self.at += 1;
                    braces = 1;
                    read.push_str("${");
                    continue;
                }
                // The library reads line ends as `\n` alone.
                '\r' => continue,
                '{' if braces > 0 => braces += 1,
                '}' if braces > 0 => braces -= 1,
                '\u{fffd}' if braces > 0 => {
                    return fault(at, "a replacement character within an interpolation");
                }
                _ => {}
            }
            read.push(character);
        }
    }

    /// Reads the rest of an escape whose backslash is at `start`.
    fn escape(&mut self, start: usize) -> Read<char> {
        let selector = self.rest().chars().next().unwrap_or_default();
        let no_escape = || format!("`\\{selector}` is no escape of ASCII or Unicode");
        let (radix, skipped, digits) = match selector {
            'x' => (16, 1, 2),
            'u' => (16, 1, 4),
            'U' => (16, 1, 8),
            '0'..='7' => (8, 0, 3),
            _ => {
                let plain = match selector {
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{b}',
                    '\\' | '"' => selector,
                    _ => return fault(start, no_escape()),
                };
                self.at += 1;
                return Ok(plain);
            }
        };
        let code = self.rest().get(skipped..skipped + digits);
        let code = code
            .filter(|code| code.chars().all(|digit| digit.is_digit(radix)))
            .and_then(|code| u32::from_str_radix(code, radix).ok())
            // The others are bytes, which make no text by themselves.
            .filter(|code| "uU".contains(selector) || *code < 0x80)
            .and_then(char::from_u32);
        match code {
            Some(code) => {
                self.at += skipped + digits;
                Ok(code)
            }
            None => fault(start, no_escape()),
        }
    }

    /// Reads `<<NAME` or `<<-NAME`, and lines up to one that is `NAME`.
    pub(super) fn heredoc(&mut self) -> Read<String> {
        let start = self.at;
        let (head, body) = self.rest().split_once('\n').unwrap_or((self.rest(), ""));
        let head = head.strip_suffix('\r').unwrap_or(head);
        let marker = head.strip_prefix("<<").unwrap_or_default();
        let outdented = marker.starts_with('-');
        let marker = marker.strip_prefix('-').unwrap_or(marker);
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if marker.is_empty() || !marker.chars().all(letter) {
            let what = "a heredoc starts with `<<` and a name that ends the line";
            return fault(start, what);
        }
        let body_at = self.text.len() - body.len();
        let mut at = body_at;
        let mut lines = Vec::new();
        for line in body.split_inclusive('\n') {
            let Some(content) = line.strip_suffix('\n') else {
                break;
            };
            let content = content.strip_suffix('\r').unwrap_or(content);
            if let Some(blanks) = content.strip_suffix(marker)
                && blanks.chars().all(|c| " \t\u{b}\u{c}".contains(c))
            {
                if blanks.contains(['\u{b}', '\u{c}']) {
                    return fault(at, "indent the end of a heredoc with spaces or tabs");
                }
                if outdented && blanks.is_empty() {
                    // conftest passes over it and looks for another.
                    return fault(at, format!("indent `{marker}`, or start with `<<{marker}`"));
                }
                self.at = at + line.len();
                return Ok(ended(&lines, blanks, outdented));
            }
            lines.push(content);
            at += line.len();
        }
        let what = format!("this heredoc is not closed: `{marker}` stands alone on its line");
        fault(start, what)
    }
}

/// Returns the text of a heredoc of these `lines`, whose end stands after `blanks`.
fn ended(lines: &[&str], blanks: &str, outdented: bool) -> String {
    let indented = outdented && lines.iter().all(|line| line.starts_with(blanks));
    let mut text = String::new();
    for line in lines {
        let kept = if indented {
            line.get(blanks.len()..)
        } else {
            Some(*line)
        };
        text.push_str(kept.unwrap_or_default());
        text.push('\n');
    }
    if !outdented {
        text.push_str(blanks);
    }
    text
}
