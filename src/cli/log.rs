//! `assize log list|show|head|prove|export`: what a ledger holds, unverified.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{Cli, Log, LogArgs, LogHead, LogProve, LogShow};
use super::config::Config;
use super::error::CliError;
use super::exit::Exit;
use super::location::Location;
use super::{keys, settings};
use crate::digest::Digest;
use crate::json::{self, Limits, Value, json};
use crate::ledger::read::{self, Entry, Reader};
use crate::record::act::Act;
use crate::record::{Predicate, RecordError, Statement};
use crate::report::visible;
use crate::signing::dsse::{self, Envelope};
use crate::signing::keyfile;
use crate::signing::note::{Note, VerifierKey};

#[cfg(feature = "engine")]
mod anchor;

mod export;

/// Runs `assize log`.
///
/// # Errors
/// No ledger, one that cannot be read, and records that are not there.
pub fn run(
    command: &Log,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    match command {
        #[cfg(feature = "engine")]
        Log::Anchor(args) => return anchor::run(args, config, out),
        Log::List(args) => list(&open(args, config)?.1, wants_json(&args.output)?, out),
        Log::Show(args) => show(args, config, out),
        Log::Head(args) => head(args, config, out),
        Log::Prove(args) => prove(args, config, out),
        Log::Export(args) => export::run(args, cli, config, out, err),
    }?;
    Ok(Exit::Yes)
}

/// Reads `--output` of commands that know text and JSON.
///
/// # Errors
/// Any other format.
pub fn wants_json(output: &str) -> Result<bool, CliError> {
    match output {
        "text" => Ok(false),
        "json" => Ok(true),
        other => Err(CliError::Argument {
            argument: format!("--output `{other}`"),
            reason: "expected text or json".into(),
        }),
    }
}

fn open(args: &LogArgs, config: &Config) -> Result<(Location, Reader), CliError> {
    reader(args.ledger.as_ref(), config)
}

fn reader(ledger: Option<&PathBuf>, config: &Config) -> Result<(Location, Reader), CliError> {
    let location = settings::ledger(ledger, config)?;
    let reader = location.present()?;
    Ok((location, reader))
}

fn list(reader: &Reader, json: bool, out: &mut impl Write) -> Result<(), CliError> {
    for entry in reader.entries()? {
        let entry = entry?;
        let record = Shown::of(&entry)?;
        let line = if json {
            String::from_utf8_lossy(&json::canonical(&record.json())?).into_owned()
        } else {
            visible(&record.line())
        };
        writeln!(out, "{line}").map_err(CliError::Output)?;
    }
    Ok(())
}

fn head(args: &LogHead, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let json = wants_json(&args.place.output)?;
    let reader = &open(&args.place, config)?.1;
    let checkpoint = reader.checkpoint();
    let verifier = args
        .key
        .as_deref()
        .map(|path| verifier_key(path, reader))
        .transpose()?;
    let last = reader.last()?;
    let digest = last.as_ref().map_or(Digest::ZERO, Entry::line_digest);
    let text = if json {
        let document = json!({
            "origin": checkpoint.origin.as_str(),
            "size": checkpoint.size,
            "head": digest,
            "root": checkpoint.root,
            "checkpoint": String::from_utf8_lossy(reader.checkpoint_bytes()),
            "verifier_key": verifier,
        });
        format!("{}\n", json::pretty(&document))
    } else {
        format!(
            "{} records  {}\nhead  sha256:{digest}\nroot  sha256:{}\n{}\n{}",
            checkpoint.size,
            checkpoint.origin.as_str(),
            checkpoint.root,
            verifier.map_or(String::new(), |key| format!("vkey  {key}\n")),
            String::from_utf8_lossy(reader.checkpoint_bytes())
        )
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)
}

/// The key in the form that witnesses and their policies take, if it signed the checkpoint.
fn verifier_key(path: &Path, reader: &Reader) -> Result<String, CliError> {
    let key = keyfile::load_public(path)?;
    let name = reader.checkpoint().origin.key_name();
    let verifier = VerifierKey::new(name.clone(), key);
    Note::parse(reader.checkpoint_bytes())
        .and_then(|note| note.verify(std::slice::from_ref(&verifier)).map(|_| ()))
        .map_err(|error| CliError::Argument {
            argument: format!("--key `{}`", path.display()),
            reason: format!("the checkpoint {error}"),
        })?;
    Ok(verifier.to_string())
}

/// Writes a receipt, or a proof of growth, as it is.
fn prove(args: &LogProve, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let (location, reader) = reader(args.ledger.as_ref(), config)?;
    let proof = if let Some(old) = args.from {
        read::consistency(reader.dir(), old)?.to_bytes()
    } else {
        let entry = entry(&reader, &location, args.index)?;
        read::receipt(reader.dir(), &entry)?.to_bytes()
    };
    out.write_all(&proof).map_err(CliError::Output)
}

/// The record at `index`, or the last one.
fn entry(reader: &Reader, ledger: &Location, index: Option<u64>) -> Result<Entry, CliError> {
    let found = match index {
        Some(index) => reader.entry(index)?,
        None => reader.last()?,
    };
    found.ok_or_else(|| CliError::NotInLedger {
        what: index.map_or("a record".to_owned(), |index| format!("record {index}")),
        ledger: ledger.as_path().to_owned(),
    })
}

fn show(args: &LogShow, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let (location, reader) = open(&args.place, config)?;
    let missing = |what: String| CliError::NotInLedger {
        what,
        ledger: location.as_path().to_owned(),
    };
    let entry = entry(&reader, &location, args.index)?;
    let record = Shown::of(&entry)?;
    if let Some(name) = &args.document {
        let bytes = document(name, &record, &entry, &reader)?
            .ok_or_else(|| missing(format!("document `{name}` of record {}", entry.index)))?;
        return out.write_all(&bytes).map_err(CliError::Output);
    }
    let digest = match record.act() {
        Some(act) => act.document(),
        None => record.predicate()?.digests.decision,
    };
    let decision = reader
        .blob(&digest)?
        .map(|bytes| json::parse(&bytes, Limits::EVIDENCE))
        .transpose()?;
    let is_development = keys::is_development(&record.envelope.key_id(), config);
    let wants_json = wants_json(&args.place.output)?;
    let mut text = if wants_json {
        let name = match record.act() {
            Some(_) => "document",
            None => "decision",
        };
        let value = json!({
            "record": record.json(),
            "development_key": is_development,
            name: decision,
        });
        format!("{}\n", json::pretty(&value))
    } else if let Some(act) = record.act() {
        act_text(&record, act, decision.as_ref())
    } else {
        text(&record, decision.as_ref())?
    };
    if is_development && !wants_json {
        text.push_str("it is the development key of this machine: it proves nothing to others\n");
    }
    out.write_all(text.as_bytes()).map_err(CliError::Output)
}

/// Returns one document of a record as bytes; none when the ledger does not hold it.
fn document(
    name: &str,
    record: &Shown,
    entry: &Entry,
    reader: &Reader,
) -> Result<Option<Vec<u8>>, CliError> {
    let envelope = &record.envelope;
    let digests = || record.predicate().map(|predicate| &predicate.digests);
    let of_act = record.act().map(|act| &act.predicate.digests);
    let digest = match name {
        "envelope" => return Ok(Some(entry.line.clone())),
        "payload" => return Ok(Some(envelope.unverified_payload().to_vec())),
        "pae" => {
            return Ok(Some(dsse::pae(
                envelope.payload_type(),
                envelope.unverified_payload(),
            )));
        }
        "signature" => return Ok(Some(envelope.signature().as_bytes().to_vec())),
        other if of_act.is_some() => match of_act.and_then(|digests| digests.get(other)) {
            Some(digest) => *digest,
            None => return Ok(None),
        },
        "decision" => digests()?.decision,
        "input" => digests()?.input,
        "bundle" => digests()?.bundle,
        "policies" => digests()?.policies,
        "data" => digests()?.data,
        "waivers" => match digests()?.waivers {
            Some(digest) => digest,
            None => return Ok(None),
        },
        "trust" => match digests()?.trust {
            Some(digest) => digest,
            None => return Ok(None),
        },
        "bundle-signature" => match digests()?.signature {
            Some(digest) => digest,
            None => return Ok(None),
        },
        "contract" => match digests()?.contract {
            Some(digest) => digest,
            None => return Ok(None),
        },
        other => {
            return Err(CliError::Argument {
                argument: format!("--document `{other}`"),
                reason: "expected envelope, payload, pae, signature, decision, input, bundle, \
                         bundle-signature, policies, data, waivers, trust or contract"
                    .into(),
            });
        }
    };
    Ok(reader.blob(&digest)?)
}

/// A record as far as it can be read.
struct Shown {
    index: u64,
    digest: Digest,
    envelope: Envelope,
    content: Result<Content, RecordError>,
}

/// What was recorded.
pub enum Content {
    /// A verdict.
    Decision(Box<Statement>),
    /// What somebody did.
    Act(Box<Act>),
}

impl Content {
    /// Reads what an envelope holds.
    ///
    /// # Errors
    /// Records of a kind that this version does not know.
    pub fn parse(payload: &[u8]) -> Result<Self, RecordError> {
        match Act::parse(payload)? {
            Some(act) => Ok(Self::Act(Box::new(act))),
            None => Statement::parse(payload).map(|statement| Self::Decision(Box::new(statement))),
        }
    }
}

impl Shown {
    fn of(entry: &Entry) -> Result<Self, CliError> {
        let envelope = Envelope::parse(&entry.line).map_err(|source| CliError::Envelope {
            index: entry.index,
            source,
        })?;
        Ok(Self {
            index: entry.index,
            digest: entry.line_digest(),
            content: Content::parse(envelope.unverified_payload()),
            envelope,
        })
    }

    fn predicate(&self) -> Result<&Predicate, CliError> {
        let unknown = |reason| CliError::UnknownRecord {
            index: self.index,
            reason,
        };
        match &self.content {
            Ok(Content::Decision(statement)) => Ok(&statement.predicate),
            Ok(Content::Act(_)) => Err(unknown("is an act, not a decision".to_owned())),
            Err(error) => Err(unknown(error.to_string())),
        }
    }

    fn act(&self) -> Option<&Act> {
        match &self.content {
            Ok(Content::Act(act)) => Some(act),
            _ => None,
        }
    }

    fn line(&self) -> String {
        if let Some(act) = self.act() {
            let predicate = &act.predicate;
            return format!(
                "{:>6}  {}  {:<12}  {} {}",
                self.index,
                predicate.recorded_at,
                predicate.outcome,
                predicate.kind,
                predicate.name,
            );
        }
        match self.predicate() {
            Ok(predicate) => format!(
                "{:>6}  {}  {:<12}  {} {}{}",
                self.index,
                predicate.recorded_at,
                predicate.verdict,
                predicate.kind,
                predicate.name,
                bent(predicate),
            ),
            Err(error) => format!("{:>6}  {error}", self.index),
        }
    }

    fn json(&self) -> Value {
        let payload = json::parse(self.envelope.unverified_payload(), Limits::AUTHORED).ok();
        json!({
            "index": self.index,
            "sha256": self.digest,
            "key": self.envelope.key_id().to_string(),
            "statement": payload,
        })
    }
}

fn bent(predicate: &Predicate) -> String {
    let count = predicate.relaxations.len() as u64 + predicate.relaxations_omitted;
    match count {
        0 => String::new(),
        1 => "  (1 relaxation)".to_owned(),
        _ => format!("  ({count} relaxations)"),
    }
}

fn text(record: &Shown, decision: Option<&Value>) -> Result<String, CliError> {
    let predicate = record.predicate()?;
    let mut lines = vec![
        format!("record {}  sha256:{}", record.index, record.digest),
        format!(
            "{} {}: {}",
            predicate.kind, predicate.name, predicate.verdict
        ),
        format!(
            "as of {}, recorded at {}",
            predicate.as_of, predicate.recorded_at
        ),
        format!(
            "signed by {} (not verified here: `assize verify`)",
            record.envelope.key_id()
        ),
    ];
    for relaxation in &predicate.relaxations {
        let bytes = json::canonical(relaxation)?;
        lines.push(format!("relaxation  {}", String::from_utf8_lossy(&bytes)));
    }
    if predicate.relaxations_omitted > 0 {
        lines.push(format!(
            "and {} more in the decision document",
            predicate.relaxations_omitted
        ));
    }
    let Some(decision) = decision else {
        lines.push("the decision document is not in the ledger".to_owned());
        return Ok(joined(&lines));
    };
    for reason in unmet_demands(decision) {
        lines.push(format!("{:<14} {}", "contract", reason));
    }
    for rule in decision
        .get("rules")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        lines.push(format!("{:<14} {}", part(rule, "state"), part(rule, "id")));
        for finding in rule
            .get("findings")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            lines.push(format!(
                "{:<14}   {}: {}",
                "",
                part(finding, "state"),
                part(finding, "msg")
            ));
        }
    }
    Ok(joined(&lines))
}

/// Why demands of the contract were not met.
fn unmet_demands(decision: &Value) -> impl Iterator<Item = &str> {
    let demands = decision.get("contract").and_then(Value::as_array);
    let unmet = demands.into_iter().flatten().filter_map(|demand| {
        let unmet = demand.get("unmet")?.as_array()?;
        Some(unmet.iter().filter_map(Value::as_str))
    });
    unmet.flatten()
}

fn act_text(record: &Shown, act: &Act, document: Option<&Value>) -> String {
    let predicate = &act.predicate;
    let people = &predicate.people;
    let mut lines = vec![
        format!("record {}  sha256:{}", record.index, record.digest),
        format!(
            "{} {}: {}",
            predicate.kind, predicate.name, predicate.outcome
        ),
        format!("recorded at {}", predicate.recorded_at),
        format!(
            "signed by {} (not verified here: `assize verify`)",
            record.envelope.key_id()
        ),
    ];
    lines.extend(
        people
            .requested_by
            .iter()
            .map(|name| format!("requested by {name}")),
    );
    lines.push(format!("approved by {}", people.approved_by));
    match document {
        Some(document) => lines.extend(json::pretty(document).lines().map(str::to_owned)),
        None => lines.push("the document is not in the ledger".to_owned()),
    }
    joined(&lines)
}

/// What a record quotes was written by others.
fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| visible(line) + "\n").collect()
}

fn part<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
