//! `assize.toml`: defaults that a repository commits.
//!
//! INVARIANT: an unknown key is an error. A misspelt setting must not leave the
//! default in force unnoticed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::clock::Timestamp;
use crate::json::{self, JsonError, Limits, Value};

/// Name of the file, in the folder where Assize is run.
pub const FILE_NAME: &str = "assize.toml";

/// The settings of one repository. Paths are relative to the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    not(feature = "engine"),
    expect(
        dead_code,
        reason = "settings of commands that this build does not have"
    )
)]
pub struct Config {
    /// Folder of the configuration file.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Whether there was a file.
    #[serde(skip)]
    pub found: bool,
    /// Folders or files of policies.
    pub policies: Option<Vec<PathBuf>>,
    /// Data files mounted at the root.
    pub data: Option<Vec<PathBuf>>,
    /// Evidence folder for gates that name none.
    pub evidence: Option<PathBuf>,
    /// Waiver file.
    pub waivers: Option<PathBuf>,
    /// Folder of contracts.
    pub contracts: Option<PathBuf>,
    /// Ledger: a folder, or the URL of one in an object store.
    pub ledger: Option<PathBuf>,
    /// Identity line of a ledger that is yet to be made.
    pub origin: Option<String>,
    /// Key that signs records: a file, `env://NAME`, or `signer:NAME`.
    pub key: Option<String>,
    /// Key that signs checkpoints, when it is another.
    pub checkpoint_key: Option<String>,
    /// Trust policy.
    pub trust: Option<PathBuf>,
    /// Programs that sign, by name: `--key signer:NAME`.
    #[serde(default)]
    pub signer: BTreeMap<String, SignerConfig>,
    /// Servers that sources ask, by name; read by `assize collect`.
    #[serde(default)]
    pub server: BTreeMap<String, Value>,
    /// Sources of evidence, by name; read by `assize collect`.
    #[serde(default)]
    pub collect: BTreeMap<String, Value>,
    /// Settings per gate.
    #[serde(default)]
    pub gate: BTreeMap<String, GateConfig>,
    /// Settings of `assize triggers`.
    #[serde(default)]
    pub triggers: GateConfig,
    /// Settings of `assize readiness`.
    #[serde(default)]
    pub readiness: GateConfig,
}

/// The settings of one gate, of the triggers, or of readiness.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    all(not(feature = "engine"), not(test)),
    expect(
        dead_code,
        reason = "settings of commands that this build does not have"
    )
)]
pub struct GateConfig {
    /// Evidence folder.
    pub evidence: Option<PathBuf>,
    /// Pins the instant that policies see.
    pub as_of: Option<Timestamp>,
    /// Becomes `input.params`.
    pub params: Option<Value>,
}

/// A program that signs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its key's public half.
    pub public_key: PathBuf,
    /// How long it may take; 30 seconds where nothing is said.
    pub time_limit: Option<String>,
    /// Names of further variables of the environment that it gets.
    #[serde(default)]
    pub environment: Vec<String>,
}

/// A configuration that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Cannot be read.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Malformed, or a key that Assize does not know.
    #[error("`{path}`: {source}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What and where.
        source: JsonError,
    },
}

impl Config {
    /// Reads `path`, or `assize.toml` here where there is one, or nothing.
    ///
    /// # Errors
    /// A named file that is not there, and content that is not a configuration.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let (path, named) = match path {
            Some(path) => (path, true),
            None => (Path::new(FILE_NAME), false),
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !named => {
                return Ok(Self::default());
            }
            Err(source) => {
                return Err(ConfigError::Io {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let mut config = Self::parse(&bytes).map_err(|source| ConfigError::Content {
            path: path.to_owned(),
            source,
        })?;
        path.parent()
            .unwrap_or(Path::new(""))
            .clone_into(&mut config.folder);
        config.found = true;
        Ok(config)
    }

    fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let mut value = json::toml::parse(bytes, Limits::AUTHORED)?;
        // A single path may be written without its list.
        for key in ["policies", "data"] {
            if let Some(single @ Value::String(_)) = value.get_mut(key) {
                *single = Value::Array(vec![single.take()]);
            }
        }
        json::decode(value)
    }

    /// Returns `path` as seen from where Assize runs.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_settings_of_a_gate() {
        let config = Config::parse(
            b"policies = 'policies'\n[gate.deploy]\nevidence = 'evidence/release'\n\
              as_of = 2026-11-23T13:00:00Z\nparams = { risk = 'high' }\n",
        )
        .unwrap();
        assert_eq!(config.policies, Some(vec![PathBuf::from("policies")]));
        let gate = &config.gate["deploy"];
        assert_eq!(gate.as_of.unwrap().to_string(), "2026-11-23T13:00:00Z");
        assert_eq!(gate.params.as_ref().unwrap()["risk"], "high");

        let config = Config::parse(
            b"[triggers]\nevidence = 'evidence/operations'\n[readiness]\nas_of = '2026-11-23'\n",
        )
        .unwrap();
        assert_eq!(
            config.triggers.evidence.as_deref(),
            Some(Path::new("evidence/operations"))
        );
        assert!(config.readiness.as_of.is_some() && config.triggers.as_of.is_none());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (text, what) in [
            ("polices = 'x'", "polices"),
            ("[gate.deploy]\nasof = '2026-11-23'", "asof"),
            ("[gate.deploy]\nas_of = 'yesterday'", "yesterday"),
            ("[triggers]\nevidense = 'x'", "evidense"),
            ("[readiness]\nwaivers = 'x'", "waivers"),
            ("[trigger]\nevidence = 'x'", "trigger"),
            ("ledger = 1", "invalid type"),
            ("ledger = ", "line 1"),
        ] {
            let error = Config::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn a_named_file_must_exist() {
        let missing = Path::new("no/such/assize.toml");
        assert!(matches!(
            Config::load(Some(missing)),
            Err(ConfigError::Io { .. })
        ));
    }
}
