//! One pass over JSON text for what `serde_json` lets through: nesting beyond our
//! limit and integers that would silently become floating point.

use super::JsonError;

/// Refuses text that nests deeper than `depth_max` or holds an integer beyond 64 bits.
///
/// Text that is not JSON is left to the parser.
pub(super) fn scan(text: &str, depth_max: usize) -> Result<(), JsonError> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    let mut depth = 0_usize;
    while let Some(byte) = scanner.peek() {
        match byte {
            b'"' => scanner.skip_string(),
            b'[' | b'{' => {
                depth += 1;
                if depth > depth_max {
                    let (line, column) = scanner.position(scanner.at);
                    return Err(JsonError::Depth {
                        line,
                        column,
                        depth_max,
                    });
                }
                scanner.at += 1;
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                scanner.at += 1;
            }
            b'-' | b'0'..=b'9' => scanner.number()?,
            _ => scanner.at += 1,
        }
    }
    Ok(())
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += match byte {
                b'\\' => 2,
                b'"' => break,
                _ => 1,
            };
        }
        self.at += 1;
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let token = self.text.get(start..self.at).unwrap_or_default();
        let is_integer = !token.contains(['.', 'e', 'E']);
        // Eighteen digits always fit, and nearly every number has fewer.
        if is_integer
            && token.len() > 18
            && token.parse::<i64>().is_err()
            && token.parse::<u64>().is_err()
        {
            let (line, column) = self.position(start);
            return Err(JsonError::Integer {
                line,
                column,
                text: token.chars().take(40).collect(),
            });
        }
        Ok(())
    }

    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.bytes.get(..at).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n')
            .count()
            + 1;
        (line, column)
    }
}
