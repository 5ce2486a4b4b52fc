//! Telling whether text holds a secret, also one that was written otherwise.
//!
//! What a server or a command says is not ours to trust: it may repeat what it was sent. A
//! secret is told as it is, and in base64, hex, percent encoding and the escapes of JSON.
//! What was encrypted, compressed, hashed or cut into pieces cannot be told.
//!
//! INVARIANT: [`Known::struck_from`] never returns text in which [`Known::is_in`] finds one.

use std::fmt;
use std::fmt::Write as _;

use crate::signing::{Zeroizing, base64};

/// Fewer bytes are found everywhere, and are no secret that can be told from other text.
const SIZE_MIN: usize = 6;
/// Fewer bytes of a value that has several words are a name rather than a secret.
const WORD_MIN: usize = 16;
/// What stands in the place of a secret.
const STRUCK: &str = "[removed]";

/// Secrets that must not be seen.
#[derive(Clone, Default)]
pub struct Known {
    /// Every spelling, longest first.
    spellings: Vec<Zeroizing<String>>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(…)")
    }
}

impl Known {
    /// Adds `value`, and the words in it that are long enough to be secrets themselves.
    pub fn add(&mut self, value: &str) {
        self.add_all([value]);
    }

    /// Adds many values, as [`Known::add`] does each.
    pub fn add_all<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) {
        for value in values {
            self.add_words(value.trim());
        }
        self.spellings
            .sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        self.spellings.dedup();
    }

    fn add_words(&mut self, value: &str) {
        self.add_whole(value);
        let words = value.split(|c: char| c.is_whitespace() || "=;,".contains(c));
        for word in words.filter(|word| word.len() >= WORD_MIN && *word != value) {
            self.add_whole(word);
        }
    }

    fn add_whole(&mut self, value: &str) {
        if value.len() < SIZE_MIN {
            return;
        }
        let hex = to_hex(value, "");
        let upper = hex.to_ascii_uppercase();
        // A form writes a space as `+`.
        let plain = [value.to_owned(), value.replace(' ', "+"), hex, upper];
        let encoded = (0..3).flat_map(|shift| base64_inside(value.as_bytes(), shift));
        self.spellings
            .extend(plain.into_iter().chain(encoded).map(Zeroizing::new));
    }

    /// Returns whether `bytes` hold a secret in any spelling.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        if self.spellings.is_empty() {
            return false;
        }
        let text = String::from_utf8_lossy(bytes);
        if self.is_spelled_in(&text) {
            return true;
        }
        // One after the other: each may be written in the other.
        let decoded = [percent_decoded, unescaped].iter().find(|decode| {
            decode(&text).is_some_and(|text| {
                self.is_spelled_in(&text)
                    || [percent_decoded, unescaped]
                        .iter()
                        .any(|decode| decode(&text).is_some_and(|text| self.is_spelled_in(&text)))
            })
        });
        decoded.is_some()
    }

    /// Returns `text` without the secrets in it.
    pub fn struck_from(&self, text: &str) -> String {
        let mut struck = text.to_owned();
        for spelling in &self.spellings {
            if struck.contains(spelling.as_str()) {
                struck = struck.replace(spelling.as_str(), STRUCK);
            }
        }
        if self.is_in(struck.as_bytes()) {
            // Written in a way in which it cannot be cut out.
            return STRUCK.to_owned();
        }
        struck
    }

    fn is_spelled_in(&self, text: &str) -> bool {
        let mut spellings = self.spellings.iter();
        spellings.any(|spelling| text.contains(spelling.as_str()))
    }
}

/// The bytes of `value` as hex digits, with `before` before each pair.
fn to_hex(value: &str, before: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{before}{byte:02x}");
        text
    })
}

/// What base64 of any text that holds `value` holds too, where `shift` bytes of a group of
/// three stand before it; in both alphabets.
fn base64_inside(value: &[u8], shift: usize) -> [String; 2] {
    let padded = [[0; 2].get(..shift).unwrap_or_default(), value].concat();
    let from = (shift * 8).div_ceil(6);
    let to = padded.len() * 8 / 6;
    let inside = |text: String| text.get(from..to).unwrap_or_default().to_owned();
    [
        inside(base64::encode(&padded)),
        inside(base64::encode_url(&padded)),
    ]
}

/// `text` with `%41` read as `A`; nothing where there is none.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    let mut any = false;
    for part in parts {
        let digits = part.get(..2).filter(|digits| !digits.starts_with('+'));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            any = true;
            bytes.push(byte);
            bytes.extend_from_slice(part.as_bytes().get(2..).unwrap_or_default());
        } else {
            bytes.push(b'%');
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    any.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// `text` with the escapes of JSON strings read; nothing where there is none.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let digits: String = chars.clone().take(4).collect();
                match u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                {
                    Some(c) => {
                        out.push(c);
                        chars.nth(3);
                    }
                    None => out.push('u'),
                }
            }
            Some(c) => out.push(c),
            None => {}
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn known(values: &[&str]) -> Known {
        let mut known = Known::default();
        for value in values {
            known.add(value);
        }
        known
    }

    #[test]
    fn a_secret_is_told_however_it_is_written() {
        let secret = "pl4nted/\"s3cret+ü?~";
        let known = known(&[secret]);
        let percent = to_hex(secret, "%");
        let mut said = vec![
            secret.to_owned(),
            percent.clone(),
            percent.to_ascii_uppercase(),
            // Only what must be.
            secret.replace('"', "%22").replace('ü', "%C3%BC"),
            json!({"echo": secret}).to_string(),
            secret.replace('"', "\\\"").replace('/', "\\/"),
            secret.replace('ü', "\\u00fc").replace('"', "\\u0022"),
            to_hex(secret, ""),
        ];
        for before in ["", "u:", "me:", "any:"] {
            let text = format!("{before}{secret} and more");
            said.push(base64::encode(text.as_bytes()));
            said.push(base64::encode_url(text.as_bytes()));
            said.push(
                base64::encode(text.as_bytes())
                    .replace('=', "%3D")
                    .replace('+', "%2B"),
            );
        }
        for text in said {
            let text = format!("<p>{text}</p>");
            assert!(known.is_in(text.as_bytes()), "{text}");
            let struck = known.struck_from(&text);
            assert!(!known.is_in(struck.as_bytes()), "{text}: {struck}");
            assert!(struck.contains("[removed]"));
        }
        assert_eq!(known.struck_from("nothing of it"), "nothing of it");
        assert!(!known.is_in(b"pl4nted/ and s3cret+"));
        assert!(!known.is_in(b"\xff\xfe%zz%2\\u12\\"));
        assert!(known.is_in(format!("\u{0}{secret}").as_bytes()));
    }

    #[test]
    fn words_of_a_value_are_secrets_too_if_they_are_long() {
        let known = known(&[
            "Bearer 0123456789abcdef",
            "session=fedcba9876543210; path=/",
        ]);
        assert!(known.is_in(b"token 0123456789abcdef"));
        assert!(known.is_in(b"fedcba9876543210"));
        assert!(!known.is_in(b"Bearer of session"));
    }

    #[test]
    fn what_is_found_everywhere_is_not_looked_for() {
        let known = known(&["", "a", "admin"]);
        assert!(!known.is_in(b"an admin"));
        assert_eq!(format!("{known:?}"), "Known(…)");
    }
}
