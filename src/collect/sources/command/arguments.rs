//! Arguments as they may be recorded.

use std::path::Path;

use crate::http::secret::{Known, may_be_secret};

/// What stands in the place of a secret.
const STRUCK: &str = "[removed]";

/// Returns the secrets that the environment and `argv` hold, as far as their names tell,
/// and `argv` without them.
pub(super) fn struck(argv: &[String]) -> (Known, Vec<String>) {
    let mut known = Known::default();
    for (name, value) in std::env::vars_os() {
        let value = value.to_string_lossy();
        // Where a secret is may be known.
        let is_reference = value.starts_with("env://") || value.starts_with("file://");
        if may_be_secret(&name.to_string_lossy()) && !is_reference && !Path::new(&*value).exists() {
            known.add(&value);
        }
    }
    let mut shown: Vec<String> = Vec::new();
    let mut is_value_of_secret = false;
    for argument in argv {
        let option = argument.starts_with('-');
        let (name, value) = match argument.split_once(['=', ':']) {
            Some((name, value)) if may_be_secret(name) => (Some(name), value),
            _ => (None, argument.as_str()),
        };
        if let Some(name) = name {
            learn(&mut known, value);
            let at = argument.get(name.len()..=name.len()).unwrap_or_default();
            shown.push(format!("{name}{at}{STRUCK}"));
        } else if is_value_of_secret && !option {
            learn(&mut known, value);
            shown.push(STRUCK.to_owned());
        } else {
            if let Some(password) = password(argument) {
                known.add(password);
            }
            shown.push(address(argument));
        }
        is_value_of_secret = option && name.is_none() && may_be_secret(argument);
    }
    let shown = shown.iter().map(|text| known.struck_from(text)).collect();
    (known, shown)
}

/// A path is no secret, though what it names may be one.
fn learn(known: &mut Known, value: &str) {
    if !Path::new(value).exists() {
        known.add(value);
    }
}

/// The password in an address such as `https://user:password@host`.
fn password(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    Some(user.split_once(':').map_or(user, |(_, password)| password))
}

/// `text`, without who asks where it is an address.
pub fn address(text: &str) -> String {
    match (text.split_once("://"), password(text)) {
        (Some((scheme, rest)), Some(_)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let at = host.rfind('@').unwrap_or_default();
            let host = rest.get(at..).unwrap_or_default();
            format!("{scheme}://{STRUCK}{host}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(argv: &[&str]) -> String {
        let argv: Vec<_> = argv.iter().map(|text| (*text).to_owned()).collect();
        struck(&argv).1.join(" ")
    }

    #[test]
    fn what_looks_like_a_secret_is_struck() {
        for (argv, expected) in [
            (&["make", "test"][..], "make test"),
            (
                &["a", "--password=hunter2", "b"],
                "a --password=[removed] b",
            ),
            (
                &["a", "--api-token", "hunter2", "b"],
                "a --api-token [removed] b",
            ),
            (&["a", "--token", "--verbose", "b"], "a --token --verbose b"),
            (
                &[
                    "curl",
                    "-H",
                    "Authorization: Bearer abc",
                    "https://a.example",
                ],
                "curl -H Authorization:[removed] https://a.example",
            ),
            (
                &["git", "clone", "https://u:p4ssword@a.example/x@y"],
                "git clone https://[removed]@a.example/x@y",
            ),
            (
                &["a", "https://ghp_0123@a.example"],
                "a https://[removed]@a.example",
            ),
            (
                &["a", "SECRET=hunter22", "echo hunter22"],
                "a SECRET=[removed] echo [removed]",
            ),
        ] {
            assert_eq!(shown(argv), expected);
        }
    }
}
