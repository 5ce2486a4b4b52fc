//! Values that must not be seen: they come from the environment or a file, and go to the
//! other side of a connection, nowhere else.

use std::fmt;
use std::path::Path;

use thiserror::Error;

use crate::signing::Zeroizing;
use crate::tree::{self, TreeError};

mod known;

pub use known::Known;

/// Most bytes in a file that holds a secret.
const SIZE_MAX: u64 = 64 << 10;

/// A secret that cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is not there, or it stands where only its name may.
    #[error("`{setting}`: {reason}")]
    Value {
        /// The setting that names it.
        setting: String,
        /// What is wrong.
        reason: String,
    },
    /// Its file cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A value that is not printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Reads the value that `reference` names: `env://NAME`, or `file://PATH` relative to
    /// `folder`. White space at the end of a file is no part of it.
    ///
    /// # Errors
    /// Another form, which might be the secret itself and is not repeated; and values that
    /// are absent, empty or not text.
    pub fn load(setting: &str, reference: &str, folder: &Path) -> Result<Self, SecretError> {
        let refuse = |reason: String| SecretError::Value {
            setting: setting.to_owned(),
            reason,
        };
        let text = if let Some(name) = reference.strip_prefix("env://") {
            match std::env::var(name) {
                Ok(text) => Zeroizing::new(text),
                Err(std::env::VarError::NotPresent) => {
                    return Err(refuse(format!("the environment has no `{name}`")));
                }
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(refuse(format!("`{name}` in the environment is not text")));
                }
            }
        } else if let Some(path) = reference.strip_prefix("file://") {
            let bytes = Zeroizing::new(tree::read(&folder.join(path), SIZE_MAX)?);
            match std::str::from_utf8(&bytes) {
                Ok(text) => Zeroizing::new(text.trim_end().to_owned()),
                Err(_) => return Err(refuse(format!("`{path}` is not text"))),
            }
        } else {
            return Err(refuse("expected `env://NAME` or `file://PATH`".to_owned()));
        };
        if text.trim().is_empty() {
            return Err(refuse("the value is empty".to_owned()));
        }
        Ok(Self(text))
    }

    /// A value that may be seen, where one that may not could stand.
    pub(crate) fn plain(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The value that `make` makes of this one.
    pub(crate) fn map(self, make: impl Fn(&str) -> String) -> Self {
        Self(Zeroizing::new(make(&self.0)))
    }

    /// Returns the value, to be sent and not to be kept.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// Words that call a secret wherever they stand in a name.
const PARTS: [&str; 9] = [
    "authorization",
    "cookie",
    "credential",
    "key",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "token",
];

/// Words that do so by themselves only: `PATH` is none.
const WORDS: [&str; 13] = [
    "auth",
    "bearer",
    "creds",
    "dsn",
    "jwt",
    "otp",
    "pass",
    "pat",
    "pwd",
    "session",
    "signature",
    "webhook",
    "webhooks",
];

/// Names of the environment that have such a word and say where somebody works: the folder of
/// a shell (POSIX), and a desktop (<https://specifications.freedesktop.org>).
const NO_SECRETS: [&str; 8] = [
    "PWD",
    "DESKTOP_SESSION",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_SESSION_CLASS",
    "XDG_SESSION_DESKTOP",
    "XDG_SESSION_ID",
    "XDG_SESSION_PATH",
    "XDG_SESSION_TYPE",
];

/// Whether what is called `name` may be a secret: a header, an option of a command, a name
/// of the environment.
pub(crate) fn may_be_secret(name: &str) -> bool {
    if NO_SECRETS.contains(&name) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let is_word = |word: String| WORDS.contains(&word.as_str());
    // A sentence is no name: what a script says is told by what is certain.
    PARTS.iter().any(|part| lower.contains(part))
        || !name.contains(char::is_whitespace) && words(name).into_iter().any(is_word)
}

/// The words in `name`, in lower case, as `API_PAT`, `api-pat` and `apiPat` have them.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_next_lower = letters.peek().is_some_and(char::is_ascii_lowercase);
        let was_upper = last.is_some_and(|last: char| last.is_ascii_uppercase());
        // `JWTValue` is `JWT` and `Value`.
        let begins = letter.is_ascii_uppercase() && (!was_upper || is_next_lower);
        if begins || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
        last = Some(letter);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(reference: &str, folder: &Path) -> String {
        let error = Secret::load("bearer", reference, folder).unwrap_err();
        error.to_string()
    }

    #[test]
    fn a_value_comes_from_a_file_or_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "abc-123\n").unwrap();
        std::fs::write(folder.path().join("blank"), " \n").unwrap();
        std::fs::write(folder.path().join("bytes"), b"\xff").unwrap();
        let token = Secret::load("bearer", "file://token", folder.path()).unwrap();
        assert_eq!(token.expose(), "abc-123");
        assert_eq!(format!("{token:?}"), "Secret(…)");
        let name = Secret::load("bearer", "env://CARGO_PKG_NAME", folder.path()).unwrap();
        assert_eq!(name.expose(), "assize");
        assert!(refusal("file://blank", folder.path()).contains("empty"));
        assert!(refusal("file://bytes", folder.path()).contains("not text"));
        assert!(refusal("file://none", folder.path()).contains("none"));
        assert!(refusal("env://ASSIZE_NO_SUCH", folder.path()).contains("`ASSIZE_NO_SUCH`"));
    }

    #[test]
    fn a_secret_in_the_settings_is_refused_and_not_repeated() {
        let message = refusal("ghp_0123456789", Path::new("."));
        assert_eq!(message, "`bearer`: expected `env://NAME` or `file://PATH`");
    }

    #[test]
    fn a_name_that_says_secret_is_known_by_its_words() {
        for name in [
            "DB_PASS",
            "PGPASS_PWD",
            "GH_PAT",
            "jwt",
            "X-Auth",
            "basicAuth",
            "JWTValue",
            "--bearer",
            "AWS_CREDS",
            "SENTRY_DSN",
            "sessionId",
            "OTP",
            "X-Hub-Signature-256",
            "SLACK_WEBHOOK",
            "X-Api-Key",
            "APITOKEN",
            "githubPAT",
        ] {
            assert!(may_be_secret(name), "{name}");
        }
        for name in [
            "PATH",
            "AUTHOR",
            "GIT_AUTHOR_NAME",
            "PASSED",
            "compass",
            "PWD",
            "OLDPWD",
            "patch",
            "bypass",
            "X-Patience",
            "XDG_SESSION_TYPE",
            "authority",
            "if pass",
            "CI",
            "",
        ] {
            assert!(!may_be_secret(name), "{name}");
        }
    }
}
