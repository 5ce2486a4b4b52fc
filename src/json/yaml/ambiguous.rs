//! Words of YAML that OPA or conftest take for something else.
//!
//! conftest reads YAML 1.1: `on: push` has the key `true` there and `defaultMode: 0644`
//! is 420. OPA reads its data files halfway: `on` is text, `0644` is 420. A policy
//! written for them would then look at something that is not there, and pass.
//!
//! INVARIANT: refuses only words that the reader gave as they stand, as a whole scalar.
//! Finds words by their surroundings on one line; it does not read YAML.

use std::collections::BTreeSet;

use serde_json::Value;

use super::OtherReader;
use crate::json::JsonError;

const TRUE: [&str; 8] = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"];
const FALSE: [&str; 8] = ["n", "N", "no", "No", "NO", "off", "Off", "OFF"];

/// Refuses `bytes` if a plain scalar is one that the two versions read differently.
pub(super) fn refuse(
    bytes: &[u8],
    documents: &[Value],
    other: OtherReader,
) -> Result<(), JsonError> {
    let text = String::from_utf8_lossy(bytes);
    let mut given = Given::default();
    for document in documents {
        given.add(document);
    }
    for (index, line) in text.lines().enumerate() {
        for word in words(line) {
            let Some((theirs, instead)) = reading(word, other) else {
                continue;
            };
            let Some(ours) = given.reading(word) else {
                continue;
            };
            return Err(JsonError::Syntax {
                message: format!(
                    "line {}: `{word}` is {theirs} as {} reads it, and {ours} in YAML 1.2; {instead}",
                    index + 1,
                    other.name()
                ),
            });
        }
    }
    Ok(())
}

/// What `other` makes of `word`, where that is not what YAML 1.2 makes of it, and what to
/// write.
fn reading(word: &str, other: OtherReader) -> Option<(String, String)> {
    let takes_words = other == OtherReader::Conftest;
    if takes_words && TRUE.contains(&word) {
        let instead = format!("write `true` or `\"{word}\"`");
        return Some(("true".to_owned(), instead));
    }
    if takes_words && FALSE.contains(&word) {
        let instead = format!("write `false` or `\"{word}\"`");
        return Some(("false".to_owned(), instead));
    }
    let value = octal(word)?;
    let instead = format!("write `{value}` or `\"{word}\"`");
    Some((value.to_string(), instead))
}

/// The value of `0644` in YAML 1.1, where it is not its value in decimal.
fn octal(word: &str) -> Option<i64> {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    let behind = digits.strip_prefix('0').filter(|rest| !rest.is_empty())?;
    let plain = behind.replace('_', "");
    let value = i64::from_str_radix(&plain, 8).ok()?;
    let signed = if word.starts_with('-') { -value } else { value };
    (plain.parse() != Ok(value)).then_some(signed)
}

/// The plain words of `line` that may be a whole scalar: at its beginning, or behind an
/// indicator, and before an indicator or the end.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let line = line.split_once(" #").map_or(line, |(before, _)| before);
    line.split([',', '[', ']', '{', '}'])
        .flat_map(|part| part.split(": "))
        .map(|part| {
            let mut word = part.trim();
            while let Some(rest) = word.strip_prefix("- ").or_else(|| word.strip_prefix("? ")) {
                word = rest.trim_start();
            }
            // An anchor or a tag may stand before a scalar.
            let last = word.rsplit(' ').next().unwrap_or(word);
            let is_marked = word.starts_with(['&', '!']);
            let word = if is_marked { last } else { word };
            word.strip_suffix(':').unwrap_or(word).trim_end()
        })
}

/// The scalars of the documents that may be words of this kind.
#[derive(Default)]
struct Given {
    words: BTreeSet<String>,
    /// Whole numbers in decimal; the reader gives some of them as fractions.
    numbers: BTreeSet<String>,
}

impl Given {
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_text(text),
            Value::Number(number) => {
                let text = number.to_string();
                let whole = text.strip_suffix(".0").unwrap_or(&text);
                self.numbers.insert(whole.to_owned());
            }
            Value::Array(values) => values.iter().for_each(|value| self.add(value)),
            Value::Object(object) => {
                for (key, value) in object {
                    self.add_text(key);
                    self.add(value);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn add_text(&mut self, text: &str) {
        if reading(text, OtherReader::Conftest).is_some() {
            self.words.insert(text.to_owned());
        }
    }

    /// How the documents hold `word`, if they do.
    fn reading(&self, word: &str) -> Option<String> {
        if self.words.contains(word) {
            return Some("text".to_owned());
        }
        let decimal = word.replace('_', "").parse::<i64>().ok()?.to_string();
        self.numbers.contains(&decimal).then_some(decimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, yaml};

    fn read(text: &str) -> Result<(), JsonError> {
        let documents = yaml::parse_stream(text.as_bytes(), Limits::EVIDENCE).unwrap();
        refuse(text.as_bytes(), &documents, OtherReader::Conftest)
    }

    #[test]
    fn words_of_yaml_1_1_are_refused_wherever_they_stand() {
        for (text, what) in [
            ("on:\n  push: 1\n", "line 1: `on` is true"),
            ("a: 1\nb: yes # really\n", "line 2: `yes` is true"),
            ("a:\n  - - off\n", "line 2: `off` is false"),
            ("a: {b: No, c: 1}\n", "`No` is false"),
            ("a: [1, y]\n", "`y` is true"),
            ("a:\n  ON\n", "line 2: `ON` is true"),
            ("a: &x yes\n", "`yes` is true"),
            ("mode: 0644\n", "`0644` is 420 as conftest"),
            ("mode: 0_17\n", "`0_17` is 15 as"),
            ("mode: -010\n", "`-010` is -8 as"),
            ("? off\n: 1\n", "`off` is false"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn opa_reads_words_as_text_and_octal_numbers() {
        let refuse = |text: &str| {
            let documents = yaml::parse_stream(text.as_bytes(), Limits::EVIDENCE).unwrap();
            refuse(text.as_bytes(), &documents, OtherReader::Opa)
        };
        assert!(refuse("on: yes\nn: off\n").is_ok());
        let error = refuse("a: 1\nmode: 0644\n").unwrap_err().to_string();
        assert!(
            error.starts_with("line 2: `0644` is 420 as OPA reads it"),
            "{error}"
        );
    }

    #[test]
    fn what_both_versions_read_alike_is_not_refused() {
        for text in [
            "a: 'yes'\nb: \"on\"\n\"off\": 1\n",
            "a: |\n  on:\n  b: yes\n  0644\n",
            "a: yes we can\nb: say no\nc: on-call\n# d: yes\ne: 1 # yes: no\n",
            "a: 0\nb: 0o644\nc: '0644'\nd: 00\ne: 07\nf: 08\ng: 0.5\nh: 0x1F\n",
            "a: true\nb: False\nc: ~\n",
            "a: \"x: yes\"\n",
        ] {
            let read = read(text);
            assert!(read.is_ok(), "{text}: {read:?}");
        }
    }
}
