//! Lines of a Dockerfile: parser directives, comments, and lines that go on in the next.

use std::iter::Enumerate;
use std::str::SplitInclusive;

use crate::formats::FormatError;

/// `BuildKit` reads no line that is longer.
const LINE_MAX: usize = 65_535;

/// Blanks as regular expressions have them.
const BLANKS: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];

/// An instruction with the lines it goes on in.
pub(super) struct Joined {
    /// 1-based line it begins in.
    pub number: usize,
    pub text: String,
    /// Comments since the instruction before, or since the last empty one.
    pub comments: Vec<String>,
}

/// Physical lines and what they make.
pub(super) struct Lines<'a> {
    rest: Enumerate<SplitInclusive<'a, char>>,
    escape: char,
    comments: Vec<String>,
    /// Names of directives so far; `None` once there can be no more.
    directives: Option<Vec<String>>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            rest: text.split_inclusive('\n').enumerate(),
            escape: '\\',
            comments: Vec::new(),
            directives: Some(Vec::new()),
        }
    }

    /// Returns the character that escapes and continues lines.
    pub fn escape(&self) -> char {
        self.escape
    }

    /// Returns the next instruction.
    pub fn next_joined(&mut self) -> Result<Option<Joined>, FormatError> {
        while let Some((number, line)) = self.next_line()? {
            let trimmed = line.trim_start();
            let comment = trimmed.starts_with('#');
            let directive = self.directive(trimmed, number)?;
            if comment && !directive {
                self.remember(line, number)?;
            }
            if trimmed.is_empty() || comment {
                continue;
            }
            let mut text = String::new();
            if !self.append(&mut text, trimmed) {
                self.go_on(&mut text)?;
            }
            return Ok(Some(Joined {
                number,
                text,
                comments: std::mem::take(&mut self.comments),
            }));
        }
        Ok(None)
    }

    /// Appends the lines in which an instruction goes on. Comments and empty lines between
    /// them end nothing.
    fn go_on(&mut self, text: &mut String) -> Result<(), FormatError> {
        while let Some((_, line)) = self.next_line()? {
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            if self.append(text, line) {
                break;
            }
        }
        Ok(())
    }

    /// Appends `line` without the escape at its end. Returns whether it was the last.
    fn append(&self, text: &mut String, line: &str) -> bool {
        let body = line
            .trim_end_matches([' ', '\t'])
            .strip_suffix(self.escape)
            .filter(|body| !body.ends_with(self.escape));
        text.push_str(body.unwrap_or(line));
        body.is_none()
    }

    fn next_line(&mut self) -> Result<Option<(usize, &'a str)>, FormatError> {
        let Some((index, line)) = self.rest.next() else {
            return Ok(None);
        };
        let number = index + 1;
        if line.len() > LINE_MAX {
            let what = format!("is longer than {LINE_MAX} bytes");
            return Err(FormatError::at(number, what));
        }
        Ok(Some((number, line.trim_end_matches(['\r', '\n']))))
    }

    /// Keeps a comment for the instruction that follows. An empty one parts what is before
    /// it from the instruction.
    fn remember(&mut self, line: &str, number: usize) -> Result<(), FormatError> {
        let mut characters = line.chars();
        // One character is taken off, `#` or not: of an indented comment, `#` stays.
        if !characters.next().is_some_and(|first| first.is_ascii()) {
            let what = "a comment behind a blank that is not ASCII: put `#` first";
            return Err(FormatError::at(number, what));
        }
        let comment = characters.as_str().trim();
        if directive_parts(comment).is_some_and(|(name, _)| name.eq_ignore_ascii_case("check")) {
            let what = "a `check` directive counts in the first lines only; conftest fails here";
            return Err(FormatError::at(number, what));
        }
        if comment.is_empty() {
            self.comments.clear();
        } else {
            self.comments.push(comment.to_owned());
        }
        Ok(())
    }

    /// Returns whether `line`, without blanks at its start, is a parser directive, and does
    /// what it says.
    fn directive(&mut self, line: &str, number: usize) -> Result<bool, FormatError> {
        let Some(mut seen) = self.directives.take() else {
            return Ok(false);
        };
        let text = line.strip_prefix('#').map(str::trim_start);
        let Some((name, value)) = text.and_then(directive_parts) else {
            return Ok(false);
        };
        let name = name.to_ascii_lowercase();
        if !["syntax", "check", "escape"].contains(&name.as_str()) {
            return Ok(false);
        }
        if seen.contains(&name) {
            let what = format!("a second `{name}` directive");
            return Err(FormatError::at(number, what));
        }
        if value.is_empty() {
            let what = format!("the `{name}` directive has no value");
            return Err(FormatError::at(number, what));
        }
        if name == "escape" {
            self.escape = match value {
                "\\" => '\\',
                "`" => '`',
                _ => {
                    let what = format!("`{value}` cannot be the escape: write \\ or `");
                    return Err(FormatError::at(number, what));
                }
            };
        }
        seen.push(name);
        self.directives = Some(seen);
        Ok(true)
    }
}

/// Returns name and value of a comment that looks like a directive. The value is empty if only blanks
/// are behind `=`.
fn directive_parts(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text.split_once('=')?;
    let name = before.trim_end_matches(BLANKS);
    let mut characters = name.chars();
    let is_name = characters.next()?.is_ascii_alphabetic()
        && characters.all(|character| character.is_ascii_alphanumeric());
    (is_name && !after.is_empty()).then(|| (name, after.trim_matches(BLANKS)))
}
