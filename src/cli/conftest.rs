//! `conftest.toml`: the settings that conftest users have, where there are none of ours.
//!
//! INVARIANT: a setting that could change a verdict is applied or is an error. What only
//! changes how conftest prints is passed over.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::args::Gate;
use super::config::{Config, ConfigError};
use super::error::CliError;
use crate::json::{self, Limits, Value};

/// Name of the file, in the folder where Assize is run.
const FILE_NAME: &str = "conftest.toml";

/// Settings that change how conftest prints, and nothing else.
const PRINTING: [&str; 7] = [
    "output",
    "no-color",
    "quiet",
    "junit-hide-message",
    "github-hide-passed",
    "show-builtin-errors",
    "suppress-exceptions",
];

/// The settings that have a meaning here.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
struct Settings {
    policy: Vec<PathBuf>,
    data: Vec<PathBuf>,
    namespace: Vec<String>,
    all_namespaces: bool,
    combine: bool,
    parser: Option<String>,
    proto_file_dirs: Vec<PathBuf>,
    fail_on_warn: bool,
    no_fail: bool,
}

/// Returns `args`, whose input is files, with what `conftest.toml` says where there is no
/// `assize.toml`. Flags win.
///
/// # Errors
/// A file that cannot be read, and settings that Assize does not have.
pub fn settled(args: &Gate, config: &Config) -> Result<Gate, CliError> {
    let mut args = args.clone();
    let path = Path::new(FILE_NAME);
    if config.found || !path.is_file() {
        return Ok(args);
    }
    let bytes = std::fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    let settings = parse(&bytes).map_err(|source| {
        CliError::Config(ConfigError::Content {
            path: path.to_owned(),
            source,
        })
    })?;
    fill(&mut args.sources.policy, settings.policy);
    fill(&mut args.sources.data, settings.data);
    if args.namespace.is_empty() && !args.all_namespaces {
        args.namespace = settings.namespace;
        args.all_namespaces = settings.all_namespaces;
    }
    fill(&mut args.proto_file_dirs, settings.proto_file_dirs);
    args.combine |= settings.combine;
    args.parser = args.parser.or(settings.parser);
    args.fail_on_warn |= settings.fail_on_warn;
    args.advisory |= settings.no_fail;
    Ok(args)
}

fn fill(flag: &mut Vec<PathBuf>, setting: Vec<PathBuf>) {
    if flag.is_empty() {
        *flag = setting;
    }
}

fn parse(bytes: &[u8]) -> Result<Settings, json::JsonError> {
    let mut value = json::toml::parse(bytes, Limits::AUTHORED)?;
    if let Value::Object(settings) = &mut value {
        settings.retain(|key, _| !PRINTING.contains(&key.as_str()));
    }
    // A single one may be written without its list.
    for key in ["policy", "data", "namespace", "proto-file-dirs"] {
        if let Some(single @ Value::String(_)) = value.get_mut(key) {
            *single = Value::Array(vec![single.take()]);
        }
    }
    json::decode(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_those_that_are_not_ours_are_errors() {
        let settings = parse(
            b"policy = \"p\"\nnamespace = [\"a\", \"b\"]\ncombine = true\nparser = \"toml\"\nproto-file-dirs = \"protos\"\nno-fail = true\noutput = \"tap\"\n",
        )
        .unwrap();
        assert_eq!(settings.policy, [PathBuf::from("p")]);
        assert_eq!(settings.namespace, ["a", "b"]);
        assert_eq!(settings.proto_file_dirs, [PathBuf::from("protos")]);
        assert!(
            settings.combine
                && settings.parser.as_deref() == Some("toml")
                && settings.no_fail
                && !settings.fail_on_warn
        );
        for text in [
            "ignore = \"x\"",
            "polciy = \"p\"",
            "update = [\"u\"]",
            "strict = true",
        ] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("unknown field"), "{text}: {error}");
        }
    }
}
