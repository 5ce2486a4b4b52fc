//! Settings that the pipeline knows, such as the number of a pull request: a value, or
//! `env://NAME` of a variable that holds it.
//!
//! INVARIANTS
//! - These are no secrets: they stand in the record. A variable that is called like one is
//!   refused, and a value that is not of the form that is expected is not repeated.
//! - A value names one thing at the server. It cannot lead to another path of it.

use std::env;

use crate::http::secret::may_be_secret;
use crate::json::Value;

/// Longest text.
const SIZE_MAX: usize = 255;

/// A setting and where its value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::collect::sources) struct Setting {
    name: &'static str,
    form: Form,
    held: Held,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    Here(String),
    Variable(String),
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::collect::sources) enum Form {
    /// A full commit id.
    Commit,
    /// A whole number above zero.
    Number,
    /// `owner/name`.
    Repository,
    /// `group/…/name`, or a number.
    Project,
    /// Any text of one line.
    Text,
}

impl Form {
    const fn what(self) -> &'static str {
        match self {
            Self::Commit => "a full commit id, 40 or 64 lower-case hex digits",
            Self::Number => "a number",
            Self::Repository => "a repository, as `acme/registry`",
            Self::Project => "a project, as `acme/registry` or its number",
            Self::Text => "a text of one line",
        }
    }

    fn fits(self, text: &str) -> bool {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match self {
            Self::Commit => matches!(text.len(), 40 | 64) && text.bytes().all(is_hex),
            Self::Number => {
                let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
                is_whole && !text.starts_with('0') && text.parse::<u64>().is_ok()
            }
            Self::Repository => is_path(text, 2..=2),
            Self::Project => Self::Number.fits(text) || is_path(text, 2..=32),
            Self::Text => {
                let is_shown = text.chars().all(|c| !c.is_control());
                is_shown && !text.trim().is_empty() && text.len() <= SIZE_MAX
            }
        }
    }
}

/// Whether `text` is a path of names, so `many` of them.
fn is_path(text: &str, many: std::ops::RangeInclusive<usize>) -> bool {
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !matches!(name, "" | "." | "..") && name.bytes().all(fits)
    };
    text.len() <= SIZE_MAX
        && many.contains(&text.split('/').count())
        && text.split('/').all(is_name)
}

impl Setting {
    /// Reads the setting `name`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::collect::sources) fn read(
        name: &'static str,
        form: Form,
        value: Value,
    ) -> Result<Self, String> {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) if form != Form::Text => number.to_string(),
            _ => return Err(format!("{name}: expected {}", form.what())),
        };
        let held = if let Some(variable) = text.strip_prefix("env://") {
            if variable.is_empty() || variable.contains(['=', '\0']) {
                return Err(format!("{name}: `{text}` names no variable"));
            }
            if may_be_secret(variable) {
                return Err(format!(
                    "{name}: `{variable}` looks like the name of a secret, whose value would be recorded"
                ));
            }
            Held::Variable(variable.to_owned())
        } else if text.starts_with("file://") {
            return Err(format!("{name}: expected {} or `env://NAME`", form.what()));
        } else if form.fits(&text) {
            Held::Here(text)
        } else {
            return Err(format!("{name}: `{text}` is not {}", form.what()));
        };
        Ok(Self { name, form, held })
    }

    /// Returns the value, which a variable may first have when it is asked for.
    ///
    /// # Errors
    /// A variable that is not there, and one that holds something else.
    pub(in crate::collect::sources) fn value(&self) -> Result<String, String> {
        let name = match &self.held {
            Held::Here(text) => return Ok(text.clone()),
            Held::Variable(name) => name,
        };
        let refuse = |reason: &str| Err(format!("{}: {reason}", self.name));
        match env::var(name) {
            Ok(text) if self.form.fits(&text) => Ok(text),
            Ok(_) => refuse(&format!(
                "`{name}` in the environment is not {}",
                self.form.what()
            )),
            Err(env::VarError::NotPresent) => refuse(&format!("the environment has no `{name}`")),
            Err(env::VarError::NotUnicode(_)) => {
                refuse(&format!("`{name}` in the environment is not text"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn values_are_of_their_form() {
        let sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
        for (form, value) in [
            (Form::Commit, json!(sha)),
            (Form::Number, json!(12)),
            (Form::Number, json!("12")),
            (Form::Repository, json!("acme/registry.js")),
            (Form::Project, json!("acme/platform/registry")),
            (Form::Project, json!(7)),
            (Form::Text, json!("review/feature x")),
        ] {
            let read = Setting::read("a", form, value.clone()).unwrap();
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(read.value().unwrap(), text);
        }
        for (form, value) in [
            (Form::Commit, json!("main")),
            (Form::Commit, json!("6dcb09b")),
            (Form::Commit, json!(sha.to_uppercase())),
            (Form::Number, json!("012")),
            (Form::Number, json!("")),
            (Form::Number, json!(-1)),
            (Form::Number, json!(1.5)),
            (Form::Number, json!("99999999999999999999")),
            (Form::Number, json!(["1"])),
            (Form::Repository, json!("registry")),
            (Form::Repository, json!("acme/registry/pulls")),
            (Form::Repository, json!("acme/..")),
            (Form::Repository, json!("acme/a?b")),
            (Form::Project, json!("registry")),
            (Form::Project, json!("acme/../registry")),
            (Form::Text, json!("a\nb")),
            (Form::Text, json!(" ")),
            (Form::Text, json!(1)),
            (Form::Text, json!("a".repeat(256))),
            (Form::Text, json!("file://a")),
        ] {
            let error = Setting::read("a", form, value.clone()).unwrap_err();
            assert!(error.starts_with("a: "), "{value}: {error}");
        }
    }

    #[test]
    fn a_variable_is_read_when_it_is_asked_for_and_is_no_secret() {
        let of = |form, text: &str| Setting::read("number", form, json!(text));
        let name = of(Form::Text, "env://CARGO_PKG_NAME").unwrap();
        assert_eq!(name.value().unwrap(), "assize");
        let other = of(Form::Number, "env://CARGO_PKG_NAME").unwrap();
        let error = other.value().unwrap_err();
        assert_eq!(
            error,
            "number: `CARGO_PKG_NAME` in the environment is not a number"
        );
        let none = of(Form::Number, "env://ASSIZE_NO_SUCH").unwrap();
        assert!(
            none.value()
                .unwrap_err()
                .contains("has no `ASSIZE_NO_SUCH`")
        );
        for text in ["env://GITHUB_TOKEN", "env://", "env://A=B"] {
            assert!(of(Form::Text, text).is_err(), "{text}");
        }
    }
}
