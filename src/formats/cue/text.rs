//! Strings of CUE: plain, over several lines, and raw.

use super::Reader;
use crate::formats::FormatError;

impl Reader<'_> {
    /// The string that begins here.
    pub(super) fn string(&mut self) -> Result<String, FormatError> {
        let marks = self.take_while(|c| c == '#');
        if self.take("\"\"\"") {
            return self.lines(marks);
        }
        if !self.take("\"") {
            return self.refuse("definitions and bytes are not read");
        }
        let end = format!("\"{marks}");
        let escape = format!("\\{marks}");
        let mut text = String::new();
        loop {
            if self.take(&end) {
                return Ok(text);
            }
            if self.take(&escape) {
                text.push(self.escaped()?);
                continue;
            }
            match self.next() {
                None | Some('\n' | '\r') => return self.refuse("the string has no end"),
                Some(c) => self.put(c, &mut text)?,
            }
        }
    }

    /// A string whose lines are less indented by what stands before its end.
    fn lines(&mut self, marks: &str) -> Result<String, FormatError> {
        if !self.take("\n") {
            return self.refuse("expected the end of the line behind `\"\"\"`");
        }
        let begins = self.line;
        let end = format!("\"\"\"{marks}");
        let escape = format!("\\{marks}");
        let mut lines = vec![String::new()];
        loop {
            let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
            if self.rest.starts_with(&end) && line.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
            {
                self.take(&end);
                lines.pop();
                return outdented(begins, &lines, &line);
            }
            let mut line = line;
            if self.rest.starts_with(&end) {
                return self.refuse("`\"\"\"` must stand on a line of its own");
            }
            if self.take(&escape) {
                line.push(self.escaped()?);
            } else if self.take("\n") {
                replace_last(&mut lines, line);
                lines.push(String::new());
                continue;
            } else {
                match self.next() {
                    None => return self.refuse("the string has no end"),
                    Some(c) => self.put(c, &mut line)?,
                }
            }
            replace_last(&mut lines, line);
        }
    }

    fn put(&mut self, c: char, text: &mut String) -> Result<(), FormatError> {
        if c.is_control() && c != '\t' {
            return self.refuse("control characters in a string are not read: write an escape");
        }
        text.push(c);
        self.rest = self.rest.strip_prefix(c).unwrap_or_default();
        Ok(())
    }

    /// What the escape stands for whose backslash has been read.
    fn escaped(&mut self) -> Result<char, FormatError> {
        let plain = [
            ("a", '\u{7}'),
            ("b", '\u{8}'),
            ("f", '\u{c}'),
            ("n", '\n'),
            ("r", '\r'),
            ("t", '\t'),
            ("v", '\u{b}'),
            ("\\", '\\'),
            ("/", '/'),
            ("\"", '"'),
        ];
        for (letter, stands_for) in plain {
            if self.take(letter) {
                return Ok(stands_for);
            }
        }
        if self.take("(") {
            return self.refuse("interpolation would have to be evaluated");
        }
        let length = match self.next() {
            Some('u') => 4,
            Some('U') => 8,
            _ => return self.refuse("unknown escape"),
        };
        let digits = self.rest.get(1..=length).unwrap_or_default();
        let is_hex = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let Some(c) = code.and_then(char::from_u32) else {
            return self.refuse(format!(
                "the escape is no character: expected {length} hex digits"
            ));
        };
        self.rest = self.rest.get(1 + length..).unwrap_or_default();
        Ok(c)
    }
}

/// The lines without what stands before the end of their string.
fn outdented(begins: usize, lines: &[String], indent: &str) -> Result<String, FormatError> {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        match line.strip_prefix(indent) {
            Some(line) => text.push_str(line),
            None if line.is_empty() => {}
            None => {
                return Err(FormatError::at(
                    begins + index,
                    "must be indented as the end of its string is",
                ));
            }
        }
    }
    Ok(text)
}

fn replace_last(lines: &mut [String], line: String) {
    if let Some(last) = lines.last_mut() {
        *last = line;
    }
}
