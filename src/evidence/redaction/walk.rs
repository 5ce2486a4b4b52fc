//! Where in the text of a JSON document the values are that rules name.
//!
//! INVARIANT: the text was parsed before, so that it is well-formed and nests no deeper
//! than its limit.

use crate::digest::Digest;
use crate::json::{self, Value};

use super::{REDACTIONS_MAX, RedactionError, marked};
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
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.skip_string(),
            _ => self.skip_word(),
        }
        self.inside = was_inside;
        let text = self.text.get(start..self.at).unwrap_or_default();
        let mark = looks_marked(text);
        if let Some(sha256) = mark {
            // What was removed is not removed again.
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

    fn object(&mut self) {
        self.at += 1;
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
            self.path.push(name);
            self.value();
            self.path.pop();
        }
        self.at += 1;
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

/// The digest of a marker; longer text is not parsed again.
fn looks_marked(text: &str) -> Option<Digest> {
    if !text.starts_with('{') || text.len() > 256 {
        return None;
    }
    json::parse(text.as_bytes(), LIMITS)
        .ok()
        .and_then(|value| marked(&value))
}
