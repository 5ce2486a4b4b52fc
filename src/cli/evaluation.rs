//! What commands that evaluate share: where things come from and where they go.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{Place, Sources};
use super::config::{self, Config, GateConfig};
use super::error::CliError;
use super::location::Location;
use super::terminal::Color;
use super::{actor, settings, signer};
use crate::assess::{Assessment, Contracts, Input, Request, Selection};
use crate::clock::{Timestamp, TimestampError};
use crate::contract;
use crate::json::json;
use crate::ledger::{self, Appender, Ledger};
use crate::policy::Family;
use crate::report::{Palette, RecordRef};
use crate::signing::TrustPolicy;

/// Where policies are looked for when nothing says.
const POLICIES: &str = "policies";
/// Where evidence is looked for when nothing says.
const EVIDENCE: &str = "evidence";

/// Returns the settings for what is selected.
pub fn section(selection: &Selection, config: &Config) -> GateConfig {
    match selection {
        Selection::Gate(name) => config.gate.get(name).cloned().unwrap_or_default(),
        Selection::Family(Family::Trigger) => config.triggers.clone(),
        Selection::Family(Family::Readiness) | Selection::Phase(_) => config.readiness.clone(),
        Selection::Family(_) | Selection::Namespaces(_) | Selection::All => GateConfig::default(),
    }
}

/// Returns the folders and files of policies; `policies` where nothing names one.
pub fn policies(sources: &Sources, config: &Config) -> Vec<PathBuf> {
    if !sources.policy.is_empty() {
        return sources.policy.clone();
    }
    match &config.policies {
        Some(paths) => paths.iter().map(|path| config.resolve(path)).collect(),
        None => vec![config.resolve(Path::new(POLICIES))],
    }
}

/// Returns the data files mounted at the root.
pub fn data(sources: &Sources, config: &Config) -> Vec<PathBuf> {
    if sources.data.is_empty() {
        let configured = config.data.iter().flatten();
        configured.map(|path| config.resolve(path)).collect()
    } else {
        sources.data.clone()
    }
}

/// Returns the evidence folder.
pub fn evidence(flag: Option<&PathBuf>, section: &GateConfig, config: &Config) -> PathBuf {
    let configured = section.evidence.as_ref().or(config.evidence.as_ref());
    match (flag, configured) {
        (Some(path), _) => path.clone(),
        (None, Some(path)) => config.resolve(path),
        (None, None) => config.resolve(Path::new(EVIDENCE)),
    }
}

/// Returns the instant that policies see and who set it; none for the time of the run.
///
/// # Errors
/// Text that is not an instant.
pub fn as_of(
    flag: Option<&str>,
    section: &GateConfig,
) -> Result<Option<(Timestamp, String)>, CliError> {
    match (flag, section.as_of) {
        (Some(text), _) => {
            let at = text
                .parse()
                .map_err(|error: TimestampError| CliError::Argument {
                    argument: "--as-of".into(),
                    reason: error.to_string(),
                })?;
            Ok(Some((at, "--as-of".to_owned())))
        }
        (None, Some(at)) => Ok(Some((at, config::FILE_NAME.to_owned()))),
        (None, None) => Ok(None),
    }
}

/// Returns where contracts are: the flag's file, or the folder of the settings.
pub fn contracts(flag: Option<&PathBuf>, sources: &Sources, config: &Config) -> Contracts {
    if let Some(path) = flag {
        return Contracts::File(path.clone());
    }
    let named = config.contracts.as_deref();
    Contracts::Folder {
        path: config.resolve(named.unwrap_or(Path::new(contract::FOLDER))),
        is_named: named.is_some(),
        is_complete: sources.policy.is_empty(),
    }
}

/// The flags of commands that evaluate a whole family.
#[derive(Debug)]
pub struct Flags<'a> {
    /// Policies and data.
    pub sources: &'a Sources,
    /// `--evidence`
    pub evidence: Option<&'a PathBuf>,
    /// `--as-of`
    pub as_of: Option<&'a str>,
    /// `--trust`
    pub trust: Option<&'a Path>,
    /// `--contract`
    pub contract: Option<&'a PathBuf>,
}

/// Returns what to evaluate of a family, which knows neither waivers nor advice.
///
/// # Errors
/// An `--as-of` that is not an instant, and a command that cannot be found anew.
pub fn request<'a>(
    selection: Selection,
    flags: &Flags<'_>,
    config: &Config,
    trust: Option<&'a TrustPolicy>,
) -> Result<Request<'a>, CliError> {
    let section = section(&selection, config);
    let overrides = [
        ("--trust", flags.trust),
        ("--contract", flags.contract.map(PathBuf::as_path)),
    ];
    let overrides = overrides
        .into_iter()
        .filter_map(|(flag, path)| Some((flag.to_owned(), path?.display().to_string())));
    Ok(Request {
        policies: policies(flags.sources, config),
        data: data(flags.sources, config),
        input: Input::Folder(evidence(flags.evidence, &section, config)),
        waivers: None,
        contracts: contracts(flags.contract, flags.sources, config),
        as_of: as_of(flags.as_of, &section)?,
        subject: Vec::new(),
        params: section.params.unwrap_or_else(|| json!({})),
        trust,
        overrides: overrides.collect(),
        configured_gates: Vec::new(),
        fail_on_warn: false,
        advisory: false,
        actor: actor::from_environment(),
        worker: super::gate::worker()?,
        selection,
    })
}

/// What a report says of who signs, and where.
pub struct Signer {
    /// The ledger.
    pub ledger: Location,
    pub(super) key_id: String,
    development: bool,
}

impl Signer {
    /// Returns where the record of `assessment` stands.
    pub fn record(&self, assessment: &Assessment) -> RecordRef {
        RecordRef {
            index: assessment.appended.position.index,
            digest: assessment.appended.line_digest,
            ledger: self.ledger.as_path().to_owned(),
            recorded_at: assessment.recorded_at,
            key: self.key_id.clone(),
            development: self.development,
        }
    }
}

/// Opens the ledger, with the keys that sign in it.
///
/// # Errors
/// Keys that cannot be used, and an origin that a checkpoint cannot carry.
pub fn open_ledger(
    place: &Place,
    config: &Config,
    trust: Option<&TrustPolicy>,
    err: &mut impl Write,
) -> Result<(Box<dyn Appender>, Signer), CliError> {
    let key = place.key.as_deref().or(config.key.as_deref());
    let signing = signer::signing_key(key, config, err)?;
    let checkpoint_key = match &config.checkpoint_key {
        Some(reference) => signer::signing_key(Some(reference), config, err)?.key,
        None => signing.key.clone(),
    };
    let signer = Signer {
        ledger: settings::ledger(place.ledger.as_ref(), config)?,
        key_id: signing.key.public().id().to_string(),
        development: signing.development,
    };
    let options = ledger::Options {
        origin: signer::origin(config)?,
        record_key: signing.key,
        checkpoint_key,
        trust: trust.cloned().unwrap_or_default(),
    };
    let ledger = match &signer.ledger {
        Location::Folder(path) => Box::new(Ledger::new(path, options)) as Box<dyn Appender>,
        #[cfg(feature = "object-store")]
        Location::Remote { place, .. } => Box::new(crate::remote::Ledger::new(place, options)?),
    };
    Ok((ledger, signer))
}

/// One `--output`.
#[derive(Debug, PartialEq, Eq)]
pub struct Output<F> {
    /// How the report is written.
    pub format: F,
    /// Where to; standard output where there is none.
    pub path: Option<PathBuf>,
}

/// Reads `--output FORMAT[=PATH]`; the first of `formats` on standard output where none
/// is given.
///
/// # Errors
/// Formats that are not in `formats`, and files that could not be written.
pub fn outputs<F: Copy>(
    texts: &[String],
    formats: &[(&str, F)],
) -> Result<Vec<Output<F>>, CliError> {
    if texts.is_empty() {
        let first = formats.first().map(|(_, format)| Output {
            format: *format,
            path: None,
        });
        return Ok(first.into_iter().collect());
    }
    texts
        .iter()
        .map(|text| {
            let (name, path) = match text.split_once('=') {
                Some((name, path)) => (name, Some(PathBuf::from(path))),
                None => (text.as_str(), None),
            };
            refuse_unwritable(path.as_deref())?;
            let known = formats.iter().find(|(known, _)| *known == name);
            let (_, format) = known.ok_or_else(|| {
                let names: Vec<_> = formats.iter().map(|(name, _)| *name).collect();
                CliError::Argument {
                    argument: format!("--output `{text}`"),
                    reason: format!("expected {}, or one of them and =PATH", names.join(", ")),
                }
            })?;
            Ok(Output {
                format: *format,
                path,
            })
        })
        .collect()
}

impl<F> Output<F> {
    /// Returns the colours to write with: none into a file.
    pub fn palette(&self, color: Color) -> Palette {
        match self.path {
            None => color.palette(),
            Some(_) => Palette::default(),
        }
    }

    /// Writes a whole report to its file, or to `out`.
    ///
    /// # Errors
    /// What the file or `out` returns.
    pub fn write(&self, report: &[u8], out: &mut impl Write) -> Result<(), CliError> {
        match &self.path {
            None => out.write_all(report).map_err(CliError::Output),
            Some(path) => fs::write(path, report).map_err(|source| CliError::Write {
                path: path.clone(),
                source,
            }),
        }
    }
}

/// Found out before anything is recorded, not after.
fn refuse_unwritable(path: Option<&Path>) -> Result<(), CliError> {
    let folder = path
        .and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty());
    match (path, folder) {
        (Some(path), Some(folder)) if !folder.is_dir() => Err(CliError::Write {
            path: path.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        }),
        _ => Ok(()),
    }
}

/// Returns paths for people.
pub fn list(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_name_a_format_and_perhaps_a_file() {
        let formats = [("text", 1), ("json", 2)];
        let parsed = outputs(&["text".into(), "json=a=b.json".into()], &formats).unwrap();
        assert_eq!(parsed[1].path.as_deref(), Some(Path::new("a=b.json")));
        assert_eq!(parsed[1].format, 2);
        assert_eq!(outputs(&[], &formats).unwrap()[0].format, 1);
        let refused = outputs(&["yaml".into()], &formats).unwrap_err();
        assert!(refused.to_string().contains("expected text, json, or"));
        assert!(matches!(
            outputs(&["json=no/such/folder/x".into()], &formats),
            Err(CliError::Write { .. })
        ));
    }
}
