//! `assize baseline show|set`: what is in force by which record, and the governed change of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{Baseline as Command, BaselineSet, BaselineShow, Sources};
use super::config::Config;
use super::error::CliError;
use super::exit::Exit;
use super::location::Location;
use super::{actor, evaluation, files, log, settings};
use crate::clock::{Clock as _, System};
use crate::digest::Digest;
use crate::evidence::ITEM_SIZE_MAX;
use crate::governance::{
    self, BASELINE, Baseline, Baselines, Change, Explained, History, SetBaseline,
};
use crate::json::{self, Value, json};
use crate::ledger::{self, Appended};
use crate::policy::{LoadOptions, PolicySet};
use crate::record::act::{ActDraft, People};
use crate::report::visible;
use crate::tree;

/// Where the data of baselines lies below a folder of policies.
const FILE: &str = "baselines/data.json";
/// Most files that may speak for a change: each has its digest in the thin record.
const EVIDENCE_MAX: usize = 16;

/// Runs `assize baseline`.
///
/// # Errors
/// Data that cannot be read or changed, and a record that cannot be appended.
pub fn run(
    command: &Command,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    match command {
        Command::Show(args) => show(args, config, out),
        Command::Set(args) => set(args, config, out, err).map(|()| Exit::Yes),
    }
}

fn show(args: &BaselineShow, config: &Config, out: &mut impl Write) -> Result<Exit, CliError> {
    let wants_json = log::wants_json(&args.output)?;
    let path = data_file(&args.sources, config)?;
    let baselines = read(&path)?;
    let history = history(&settings::ledger(args.ledger.as_ref(), config)?)?;
    let shown: Vec<_> = baselines
        .metrics
        .iter()
        .map(|metric| (metric, history.explain(&baselines, metric)))
        .collect();
    let version_explained = history.explains_version(&baselines);
    let text = if wants_json {
        let document = json!({
            "schema": "assize/baseline-list/v1",
            "file": path.display().to_string(),
            "sha256": baselines.digest(),
            "version": baselines.version,
            "version_explained": version_explained,
            "metrics": shown.iter().map(|(m, e)| entry(m, e)).collect::<Vec<_>>(),
        });
        format!("{}\n", json::pretty(&document))
    } else {
        table(&path, &baselines, &shown, version_explained, &history)
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)?;
    let hidden =
        |(_, explained): &(&Baseline, Explained)| matches!(explained, Explained::Hidden { .. });
    let explained = |(_, explained): &(&Baseline, Explained)| {
        matches!(explained, Explained::Initial | Explained::Record { .. })
    };
    Ok(
        if shown.iter().any(|one| !explained(one) && !hidden(one)) || !version_explained {
            Exit::No
        } else if shown.iter().any(hidden) {
            Exit::Unknown
        } else {
            Exit::Yes
        },
    )
}

fn set(
    args: &BaselineSet,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), CliError> {
    let set = SetBaseline {
        metric: args.metric.clone(),
        value: args.value.clone(),
        reason: args.reason.clone(),
        requested_by: args.requested_by.clone(),
        approved_by: args.approved_by.clone(),
    };
    let path = data_file(&args.sources, config)?;
    let baselines = read(&path)?;
    let change = baselines.change(&set)?;
    let history = history(&settings::ledger(args.place.ledger.as_ref(), config)?)?;
    refuse_unexplained(&baselines, &history, &change)?;

    let evidence = evidence(&args.evidence)?;
    let named: Vec<_> = evidence
        .iter()
        .map(|(name, bytes)| (name.clone(), Digest::of(bytes)))
        .collect();
    let document = change.document(
        &set,
        (FILE, baselines.digest()),
        data_digests(args, config, &change)?,
        &named,
    );
    let prepared = Prepared {
        set: &set,
        document: &document,
        baselines: &baselines,
        change: &change,
        evidence: &evidence,
    };
    let trust = settings::trust(args.trust.as_ref(), config)?;
    let (ledger, _) = evaluation::open_ledger(&args.place, config, trust.as_ref(), err)?;
    let appended = append(ledger.as_ref(), &prepared.draft()?, &prepared.blobs())?;
    // ORDER: the record is durable before the file is touched: a baseline without a record
    // could not be told from one that somebody edited in. A crash here leaves a record of a
    // change that is not in force; `baseline show` says so, and repeating the command mends it.
    if read(&path)?.digest() != baselines.digest() {
        return Err(CliError::BaselineRace {
            path,
            index: appended.position.index,
        });
    }
    files::replace(&path, &change.bytes)?;
    writeln!(
        out,
        "{}: {} -> {} {}  version {}\nrecord {}  sha256:{}",
        change.before.metric,
        change.before.value,
        change.new,
        visible(&change.before.unit),
        change.version,
        appended.position.index,
        appended.line_digest,
    )
    .map_err(CliError::Output)
}

/// All that the record of one change binds.
struct Prepared<'a> {
    set: &'a SetBaseline,
    document: &'a Value,
    baselines: &'a Baselines,
    change: &'a Change,
    evidence: &'a [(String, Vec<u8>)],
}

impl Prepared<'_> {
    fn draft(&self) -> Result<ActDraft, CliError> {
        let mut materials = BTreeMap::from([
            ("before".to_owned(), self.baselines.digest()),
            ("after".to_owned(), Digest::of(&self.change.bytes)),
        ]);
        for (number, (_, bytes)) in (1..).zip(self.evidence) {
            materials.insert(format!("evidence.{number}"), Digest::of(bytes));
        }
        Ok(ActDraft {
            kind: BASELINE.to_owned(),
            name: self.change.before.metric.clone(),
            outcome: "changed".to_owned(),
            people: People {
                requested_by: Some(self.set.requested_by.clone()),
                approved_by: self.set.approved_by.clone(),
                attended: None,
            },
            actor: actor::from_environment(),
            document: json::canonical(self.document)?,
            materials,
        })
    }

    fn blobs(&self) -> Vec<Vec<u8>> {
        let mut blobs = vec![self.baselines.bytes().to_vec(), self.change.bytes.clone()];
        blobs.extend(self.evidence.iter().map(|(_, bytes)| bytes.clone()));
        blobs
    }
}

/// Appends the record of an act with its document and what it rests on.
///
/// # Errors
/// A record that is too large or cannot be written durably.
pub fn append(
    ledger: &dyn ledger::Appender,
    draft: &ActDraft,
    blobs: &[Vec<u8>],
) -> Result<Appended, CliError> {
    let recorded_at = System.now();
    let mut entry = ledger::Draft::new(|position| Ok(draft.payload(position, recorded_at)?))
        .with_blob(draft.document.as_slice());
    for blob in blobs {
        entry = entry.with_blob(blob.as_slice());
    }
    let mut batch = ledger.append(&[entry])?;
    batch.appended.pop().ok_or(CliError::NotAppended)
}

/// A change on top of a hand edit would give it a record that nobody approved.
fn refuse_unexplained(
    baselines: &Baselines,
    history: &History,
    change: &Change,
) -> Result<(), CliError> {
    for metric in &baselines.metrics {
        let explained = history.explain(baselines, metric);
        let sound = match &explained {
            Explained::Initial | Explained::Record { .. } => true,
            // The very command that was interrupted.
            Explained::Interrupted { value, .. } => {
                metric.metric == change.before.metric && *value == change.new
            }
            Explained::Unexplained { .. } | Explained::Hidden { .. } => false,
        };
        if !sound {
            return Err(CliError::BaselineUnexplained {
                metric: metric.metric.clone(),
                reason: words(metric, &explained),
            });
        }
    }
    if history.explains_version(baselines) {
        return Ok(());
    }
    Err(CliError::BaselineUnexplained {
        metric: "version".to_owned(),
        reason: format!("no record left version {}", baselines.version),
    })
}

/// Digests of the policies' whole data, before and after.
fn data_digests(
    args: &BaselineSet,
    config: &Config,
    change: &Change,
) -> Result<(Digest, Digest), CliError> {
    let policies = PolicySet::load(&LoadOptions {
        roots: evaluation::policies(&args.sources, config),
        data: evaluation::data(&args.sources, config),
        ..LoadOptions::default()
    })?;
    let mut data = policies.data().clone();
    if let Some(baselines) = data.get_mut("baselines") {
        let new = Value::Number(change.new.clone());
        governance::set(baselines, &change.before.metric, &new, change.version);
    }
    Ok((policies.data_digest(), Digest::of(&json::canonical(&data)?)))
}

fn evidence(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    if paths.len() > EVIDENCE_MAX {
        return Err(CliError::Argument {
            argument: "--evidence".to_owned(),
            reason: format!("at most {EVIDENCE_MAX} files"),
        });
    }
    paths
        .iter()
        .map(|path| {
            let bytes = tree::read(path, ITEM_SIZE_MAX)?;
            Ok((path.display().to_string(), bytes))
        })
        .collect()
}

/// Returns the one data file of baselines below the folders of policies.
fn data_file(sources: &Sources, config: &Config) -> Result<PathBuf, CliError> {
    let roots = evaluation::policies(sources, config);
    let mut found: Vec<_> = roots
        .iter()
        .map(|root| root.join(FILE))
        .filter(|path| path.is_file())
        .collect();
    match (found.pop(), found.pop()) {
        (Some(path), None) => Ok(path),
        (None, _) => Err(CliError::NoBaselines {
            path: roots
                .first()
                .map_or(PathBuf::from(FILE), |root| root.join(FILE)),
        }),
        (Some(path), Some(other)) => Err(CliError::Argument {
            argument: format!("`{}` and `{}`", other.display(), path.display()),
            reason: "both hold baselines; name one folder with --policy".to_owned(),
        }),
    }
}

fn read(path: &Path) -> Result<Baselines, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    Baselines::parse(&bytes).map_err(|source| CliError::BaselineFile {
        path: path.to_owned(),
        source,
    })
}

fn history(ledger: &Location) -> Result<History, CliError> {
    match ledger.reader()? {
        Some(reader) => Ok(History::read(&reader)?),
        None => Ok(History::default()),
    }
}

fn entry(metric: &Baseline, explained: &Explained) -> Value {
    let (state, index) = match explained {
        Explained::Initial => ("initial", None),
        Explained::Record { index, .. } => ("recorded", Some(*index)),
        Explained::Interrupted { index, .. } => ("interrupted", Some(*index)),
        Explained::Unexplained { recorded } => {
            ("unexplained", recorded.as_ref().map(|(index, _)| *index))
        }
        Explained::Hidden { by } => ("hidden", Some(*by)),
    };
    let since = match explained {
        Explained::Record { recorded_at, .. } => Some(*recorded_at),
        _ => None,
    };
    json!({
        "metric": metric.metric,
        "unit": metric.unit,
        "value": metric.value,
        "target": metric.target,
        "trigger": metric.trigger,
        "state": state,
        "record": index,
        "since": since,
        "explanation": words(metric, explained),
    })
}

fn words(metric: &Baseline, explained: &Explained) -> String {
    match explained {
        Explained::Initial => "as first written down, before any record".to_owned(),
        Explained::Record {
            index,
            recorded_at,
            approved_by,
        } => format!("since {recorded_at}, record {index}, approved by {approved_by}"),
        Explained::Interrupted { index, value } => format!(
            "INTERRUPTED: record {index} set {value}, and the file was not written; set {value} again"
        ),
        Explained::Unexplained {
            recorded: Some((index, value)),
        } => format!(
            "NO RECORD explains {}: record {index} says {value}",
            metric.value
        ),
        Explained::Unexplained { recorded: None } => {
            format!("NO RECORD explains {}", metric.value)
        }
        Explained::Hidden { by } => {
            format!("cannot be told: record {by} or its document cannot be read")
        }
    }
}

fn table(
    path: &Path,
    baselines: &Baselines,
    shown: &[(&Baseline, Explained)],
    version_explained: bool,
    history: &History,
) -> String {
    let width = shown.iter().map(|(m, _)| m.metric.len()).max().unwrap_or(0);
    let mut lines = vec![
        format!(
            "{}  version {}  sha256:{}",
            path.display(),
            baselines.version,
            baselines.digest()
        ),
        format!(
            "{:<width$}  {:>9}  {:>9}  {:>9}  {:<5}",
            "metric", "baseline", "target", "trigger", "unit"
        ),
    ];
    for (metric, explained) in shown {
        let trigger = metric
            .trigger
            .as_ref()
            .map_or("-".to_owned(), ToString::to_string);
        lines.push(format!(
            "{:<width$}  {:>9}  {:>9}  {:>9}  {:<5}  {}",
            metric.metric,
            metric.value.to_string(),
            metric.target.to_string(),
            trigger,
            metric.unit,
            words(metric, explained),
        ));
    }
    if !version_explained {
        lines.push(format!(
            "NO RECORD explains version {}: {}",
            baselines.version,
            history.version().map_or(
                "the ledger holds none, and the first version is 1".to_owned(),
                |version| format!("the last record left version {version}")
            )
        ));
    }
    lines.iter().map(|line| visible(line) + "\n").collect()
}
