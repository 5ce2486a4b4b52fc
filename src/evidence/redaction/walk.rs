//! Where in the text of a JSON document the values are that rules name.
//!
//! INVARIANT: the text was parsed before, so that it is well-formed and nests no deeper
//! than its limit.

use crate::digest::Digest;
use crate::json::{self, Value};

use super::{MARKER, REDACTIONS_MAX, RedactionError};
use crate::evidence::detect::LIMITS;

/// What to remove: a JSON Pointer (RFC 6901) in which `*` stands for any one name or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pointer: String,
    steps: Vec<Step>,
    reason: Option<String>,
    optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Any,
    Named(String),
}

/// A document within a text.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    /// Offset in the whole.
    pub(super) start: usize,
    /// Where there are several, the 0-based number, which pointers begin with.
    pub(super) number: Option<usize>,
}

/// A value to be removed.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) pointer: String,
    pub(super) reason: Option<String>,
}

/// What is in the documents.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Values to be removed, in order; none lies within another.
    pub(super) spans: Vec<Span>,
    /// Markers that are there already.
    pub(super) markers: Vec<(String, Digest)>,
}

impl Rule {
    /// Reads `pointer`, which is to be removed for `reason`. One that is not `optional`
    /// must find something.
    ///
    /// # Errors
    /// Text that is no JSON Pointer, and the pointer to the whole document.
    pub fn new(
        pointer: &str,
        reason: Option<String>,
        optional: bool,
    ) -> Result<Self, RedactionError> {
        let refuse = |reason| RedactionError::Pointer {
            pointer: pointer.chars().take(200).collect(),
            reason,
        };
        let Some(rest) = pointer.strip_prefix('/') else {
            return Err(refuse("expected `/` and a name, as in `/items/*/token`"));
        };
        let mut steps = Vec::new();
        for step in rest.split('/') {
            if step == "*" {
                steps.push(Step::Any);
                continue;
            }
            let escapes = step.split('~').skip(1);
            if escapes
                .into_iter()
                .any(|rest| !rest.starts_with(['0', '1']))
            {
                return Err(refuse("`~` is written `~0`, and `/` in a name `~1`"));
            }
            steps.push(Step::Named(step.replace("~1", "/").replace("~0", "~")));
        }
        Ok(Self {
            pointer: pointer.to_owned(),
            steps,
            reason,
            optional,
        })
    }

    fn matches(&self, path: &[String]) -> bool {
        let mut both = self.steps.iter().zip(path);
        self.steps.len() == path.len()
            && both.all(|(step, name)| match step {
                Step::Any => true,
                Step::Named(named) => named == name,
            })
    }
}

/// Finds in `documents` what `rules` name, and the markers.
pub(super) fn find(documents: &[Document<'_>], rules: &[Rule]) -> Result<Found, RedactionError> {
    let mut found = Found::default();
    let mut used = vec![false; rules.len()];
    for document in documents {
        let mut walker = Walker {
            text: document.text,
            at: 0,
            start: document.start,
            number: document.number,
            path: Vec::new(),
            rules,
            used: &mut used,
            found: &mut found,
            inside: false,
        };
        walker.value();
    }
    if found.spans.len() > REDACTIONS_MAX {
        return Err(RedactionError::Count);
    }
    match rules
        .iter()
        .zip(used)
        .find(|(rule, used)| !used && !rule.optional)
    {
        None => Ok(found),
        Some((rule, _)) => Err(RedactionError::Unmatched {
            pointer: rule.pointer.clone(),
        }),
    }
}

struct Walker<'a> {
    text: &'a str,
    at: usize,
    start: usize,
    number: Option<usize>,
    path: Vec<String>,
    rules: &'a [Rule],
    used: &'a mut [bool],
    found: &'a mut Found,
    /// Whether what is looked at will be removed with what it is in.
    inside: bool,
}

impl Walker<'_> {
    fn value(&mut self) {
        self.skip_space();
        let start = self.at;
        let mut first = None;
        for (rule, used) in self.rules.iter().zip(self.used.iter_mut()) {
            if rule.matches(&self.path) {
                *used = true;
                first = first.or(Some(rule));
            }
        }
        let was_inside = self.inside;
        self.inside |= first.is_some();
        let (mut mark, spans) = (None, self.found.spans.len());
        match self.peek() {
            Some(b'{') => mark = self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.skip_string(),
            _ => self.skip_word(),
        }
        self.inside = was_inside;
        if let Some(sha256) = mark {
            // What was removed is not removed again, and what stands for it not at all.
            self.found.spans.truncate(spans);
            if !was_inside {
                let pointer = self.pointer();
                self.found.markers.push((pointer, sha256));
            }
        } else if let Some(rule) = first.filter(|_| !was_inside) {
            let pointer = self.pointer();
            self.found.spans.push(Span {
                start: self.start + start,
                end: self.start + self.at,
                pointer,
                reason: rule.reason.clone(),
            });
        }
    }

    /// Returns the digest, where it is a marker.
    fn object(&mut self) -> Option<Digest> {
        self.at += 1;
        let (mut count, mut mark) = (0_usize, None);
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            let start = self.at;
            self.skip_string();
            let name = self.text.get(start..self.at).unwrap_or_default();
            let name = match json::parse(name.as_bytes(), LIMITS) {
                Ok(Value::String(name)) => name,
                _ => String::new(),
            };
            self.skip_space();
            // The colon.
            self.at += 1;
            self.skip_space();
            let (start, is_mark) = (self.at, name == MARKER);
            self.path.push(name);
            self.value();
            self.path.pop();
            count += 1;
            if is_mark {
                mark = self.text.get(start..self.at).and_then(digest);
            }
        }
        self.at += 1;
        mark.filter(|_| count == 1)
    }

    fn array(&mut self) {
        self.at += 1;
        let mut index = 0_usize;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                None | Some(b']') => break,
                _ => {}
            }
            self.path.push(index.to_string());
            self.value();
            self.path.pop();
            index += 1;
        }
        self.at += 1;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
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

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
    }

    fn pointer(&self) -> String {
        let number = self.number.map(|number| format!("/{number}"));
        let steps = self.path.iter().map(|name| {
            let name = name.replace('~', "~0").replace('/', "~1");
            format!("/{name}")
        });
        number.into_iter().chain(steps).collect()
    }
}

/// Whether a string in `text` may be the key of a marker. Takes no memory.
pub(super) fn names_marker(text: &str) -> bool {
    if text.contains(MARKER) {
        return true;
    }
    // Each character may be written as `\u0061`.
    let size_max = 6 * MARKER.len();
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(start) = find_byte(bytes, from, b'"') {
        let (mut at, mut is_escaped) = (start + 1, false);
        while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
            is_escaped |= *byte == b'\\';
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        from = at + 1;
        if is_escaped && at - start <= size_max + 1 {
            let token = text.get(start..from).unwrap_or_default();
            let read = json::parse(token.as_bytes(), LIMITS);
            if read.is_ok_and(|value| value == MARKER) {
                return true;
            }
        }
    }
    false
}

fn find_byte(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = rest.iter().position(|byte| *byte == wanted)?;
    Some(from + at)
}

/// The digest that a marker has for a value.
fn digest(text: &str) -> Option<Digest> {
    let value = json::parse(text.as_bytes(), LIMITS).ok()?;
    value.as_str()?.parse().ok()
}
