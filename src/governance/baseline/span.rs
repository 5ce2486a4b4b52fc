//! Where a value stands in the text of a JSON document.

use std::ops::Range;

/// Returns the bytes that the value at `path`, of keys, takes up; none where it is not
/// there. `text` is well-formed JSON.
pub(super) fn of(text: &str, path: &[&str]) -> Option<Range<usize>> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        at: 0,
    };
    scan.find(path)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn find(&mut self, path: &[&str]) -> Option<Range<usize>> {
        self.blanks();
        let Some((key, rest)) = path.split_first() else {
            let start = self.at;
            self.value()?;
            return Some(start..self.at);
        };
        self.expect(b'{')?;
        loop {
            self.blanks();
            let name = self.string()?;
            self.blanks();
            self.expect(b':')?;
            if self.bytes.get(name) == Some(key.as_bytes()) {
                return self.find(rest);
            }
            self.value()?;
            self.blanks();
            // Behind the last member there is no comma.
            self.expect(b',')?;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Reads a string; returns where its characters are.
    fn string(&mut self) -> Option<Range<usize>> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at - 1)
    }

    fn value(&mut self) -> Option<()> {
        self.blanks();
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ if depth > 0 => self.at += 1,
                _ => {
                    while self
                        .peek()
                        .is_some_and(|byte| !byte.is_ascii_whitespace() && !b",}]".contains(&byte))
                    {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_values_and_nothing_in_texts() {
        let text = r#" {"x\"b": "a\": 1", "c": [1, {"a": 2}], "a": {"b": -1.5e3 , "c":{} } }"#;
        let found = |path: &[&str]| of(text, path).and_then(|span| text.get(span));
        assert_eq!(found(&["a", "b"]), Some("-1.5e3"));
        assert_eq!(found(&["a", "c"]), Some("{}"));
        assert_eq!(found(&["c"]), Some(r#"[1, {"a": 2}]"#));
        for path in [&["b"][..], &["a", "d"], &["c", "a"], &["a", "b", "c"]] {
            assert_eq!(found(path), None, "{path:?}");
        }
        assert_eq!(of("", &["a"]), None);
    }
}
