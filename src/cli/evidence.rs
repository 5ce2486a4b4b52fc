//! `assize evidence`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{Evidence, EvidenceList, EvidenceShow, EvidenceValidate};
use super::config::Config;
use super::error::CliError;
use super::exit::Exit;
use super::settings;
use crate::clock::{Clock as _, System, Timestamp, TimestampError, duration_text};
use crate::evidence::manifest::Redaction;
use crate::evidence::{
    Bundle, ITEM_SIZE_MAX, Item, Kind, LoadOptions, Mapping, SIGNATURE_NAME, Status, Vouched,
};
use crate::json::{self, Value, json};
use crate::report;
use crate::tree;

mod redact;

pub use redact::{refuse_present, refuse_within};

/// Runs `assize evidence`. Files that are not what they should be answer [`Exit::No`].
///
/// # Errors
/// Folders that cannot be read, and names of nothing.
pub fn run(command: &Evidence, config: &Config, out: &mut impl Write) -> Result<Exit, CliError> {
    match command {
        Evidence::List(args) => list(args, config, out),
        Evidence::Show(args) => show(args, config, out),
        Evidence::Validate(args) => validate(args, out),
        Evidence::Redact(args) => redact::redact(args, out),
        Evidence::Disclosed(args) => redact::disclosed(args, out),
        Evidence::Schema(args) => {
            let named = args.kind.as_deref().map(kind).transpose()?;
            schema(named, out).map_err(CliError::Output)
        }
    }
}

fn list(args: &EvidenceList, config: &Config, out: &mut impl Write) -> Result<Exit, CliError> {
    let bundle = load(
        args.folder.as_ref(),
        args.as_of.as_deref(),
        args.trust.as_ref(),
        config,
    )?;
    match args.output.as_str() {
        "text" => {
            for item in bundle.items() {
                line(item, out).map_err(CliError::Output)?;
            }
            for disagreement in bundle.disagreements() {
                writeln!(out, "{disagreement}").map_err(CliError::Output)?;
            }
            vouched(&bundle, out).map_err(CliError::Output)?;
        }
        "json" => {
            let items: Vec<_> = bundle.items().iter().map(entry).collect();
            let disagreements = bundle.disagreements().iter();
            let disagreements: Vec<_> = disagreements.map(ToString::to_string).collect();
            let list = json!({
                "items": items,
                "disagreements": disagreements,
                "signed_by": bundle.vouched().signers(),
            });
            writeln!(out, "{}", json::pretty(&list)).map_err(CliError::Output)?;
        }
        other => {
            return Err(CliError::Argument {
                argument: format!("--output `{other}`"),
                reason: "expected text or json".into(),
            });
        }
    }
    Ok(Exit::Yes)
}

/// Who signed the bundle; one that is wrong stands among the disagreements.
fn vouched(bundle: &Bundle, out: &mut impl Write) -> std::io::Result<()> {
    match bundle.vouched() {
        Vouched::Unsigned | Vouched::Wrong(_) => Ok(()),
        Vouched::Unknown(reason) => writeln!(out, "`{SIGNATURE_NAME}` is not verified: {reason}"),
        Vouched::By(signers) => {
            for key_id in signers {
                writeln!(out, "signed by {key_id}")?;
            }
            Ok(())
        }
    }
}

fn line(item: &Item, out: &mut impl Write) -> std::io::Result<()> {
    let age = item.age_s().map_or("age unknown".to_owned(), |age_s| {
        format!("{} old", rounded(age_s))
    });
    writeln!(
        out,
        "{:<10} {:<18} {}  {age}",
        item.status().name(),
        item.kind().name(),
        item.id()
    )?;
    if let Some(map) = &item.entry().map {
        writeln!(out, "{:<10} by map {}", "", named(map))?;
    }
    if let Some(reason) = item.reason() {
        writeln!(out, "{:<10} {reason}", "")?;
    }
    match redacted(&item.entry().redactions) {
        Some(text) => writeln!(out, "{:<10} {text}", ""),
        None => Ok(()),
    }
}

/// A mapping, as one line says which it is.
pub(super) fn named(map: &Mapping) -> String {
    format!("{}  sha256:{}", map.name(), map.digest())
}

/// What was taken out of an item, in a line; nothing where that is nothing.
pub fn redacted(redactions: &[Redaction]) -> Option<String> {
    let pointers = redactions.iter().map(|one| one.pointer.as_str());
    report::redacted(redactions.len(), pointers)
}

/// An age in its largest whole unit.
fn rounded(age_s: u64) -> String {
    let unit_s = [86_400, 3_600, 60]
        .into_iter()
        .find(|unit_s| age_s >= *unit_s)
        .unwrap_or(1);
    duration_text(std::time::Duration::from_secs(age_s / unit_s * unit_s))
}

/// An item as the manifest would have it, judged.
fn entry(item: &Item) -> Value {
    json!({
        "id": item.id(),
        "kind": item.kind().name(),
        "map": item.entry().map.as_ref().map(|map| json!({
            "name": map.name(), "sha256": map.digest(),
        })),
        "path": item.path(),
        "status": item.status().name(),
        "reason": item.reason(),
        "age_s": item.age_s(),
        "sha256": item.sha256(),
        "size": item.size(),
        "collected_at": item.collected_at(),
        "observed": item.observed(),
        "valid_until": item.valid_until(),
        "signed_by": item.signed_by(),
        "coverage": item.coverage(),
        "source": item.entry().source,
        "provenance": item.entry().provenance,
        "redactions": item.entry().redactions,
    })
}

fn show(args: &EvidenceShow, config: &Config, out: &mut impl Write) -> Result<Exit, CliError> {
    let bundle = load(
        args.evidence.as_ref(),
        args.as_of.as_deref(),
        args.trust.as_ref(),
        config,
    )?;
    let as_of = bundle.as_of();
    let input = bundle.input(as_of, &json!({}));
    let items = input.get("evidence");
    let Some(shown) = items.and_then(|items| items.get(&args.id)) else {
        return item(&bundle, &args.id).map(|_| Exit::Yes);
    };
    writeln!(out, "{}", json::pretty(shown)).map_err(CliError::Output)?;
    Ok(Exit::Yes)
}

/// Returns the item called `id`, or says which there are.
fn item<'b>(bundle: &'b Bundle, id: &str) -> Result<&'b Item, CliError> {
    bundle.item(id).ok_or_else(|| {
        let ids: Vec<_> = bundle.items().iter().map(Item::id).collect();
        CliError::Argument {
            argument: format!("`{id}`"),
            reason: format!("there is no such item: there is {}", ids.join(", ")),
        }
    })
}

fn validate(args: &EvidenceValidate, out: &mut impl Write) -> Result<Exit, CliError> {
    let kind = args.kind.as_deref().map(kind).transpose()?;
    let map = args.map.as_deref().map(Mapping::load).transpose()?;
    if let Some(map) = &map {
        writeln!(out, "{:<10} {}", "map", named(map)).map_err(CliError::Output)?;
    }
    let mut exit = Exit::Yes;
    for path in &args.files {
        let bytes = tree::read(path, ITEM_SIZE_MAX)?;
        let found = crate::evidence::validate(&bytes, kind, map.as_ref());
        if found.status == Status::Error {
            exit = Exit::No;
        }
        writeln!(
            out,
            "{:<10} {:<18} {}",
            found.status.name(),
            found.kind.name(),
            path.display()
        )
        .map_err(CliError::Output)?;
        if let Some(reason) = found.reason {
            writeln!(out, "{:<10} {reason}", "").map_err(CliError::Output)?;
        }
        if map.is_some() && !found.facts.is_null() {
            writeln!(out, "{}", json::pretty(&found.facts)).map_err(CliError::Output)?;
        }
        let pointers = crate::evidence::redaction::markers(&bytes);
        if let Some(text) = report::redacted(pointers.len(), pointers.iter().map(String::as_str)) {
            writeln!(out, "{:<10} {text}", "").map_err(CliError::Output)?;
        }
    }
    Ok(exit)
}

fn schema(kind: Option<Kind>, out: &mut impl Write) -> std::io::Result<Exit> {
    if let Some(kind) = kind {
        write!(out, "{}", kind.schema())?;
    } else {
        for kind in Kind::ALL {
            writeln!(out, "{kind}")?;
        }
    }
    Ok(Exit::Yes)
}

fn kind(name: &str) -> Result<Kind, CliError> {
    Kind::named(name).ok_or_else(|| CliError::Argument {
        argument: format!("`{name}`"),
        reason: "there is no such kind: `assize evidence schema` lists them".into(),
    })
}

fn load(
    folder: Option<&PathBuf>,
    as_of: Option<&str>,
    trust: Option<&PathBuf>,
    config: &Config,
) -> Result<Bundle, CliError> {
    let configured = config.evidence.as_ref().map(|path| config.resolve(path));
    let folder = folder.cloned().or(configured);
    let folder = folder.unwrap_or_else(|| config.resolve(Path::new("evidence")));
    let trust = settings::trust(trust, config)?;
    let as_of = match as_of {
        None => System.now(),
        Some(text) => {
            text.parse::<Timestamp>()
                .map_err(|error: TimestampError| CliError::Argument {
                    argument: "--as-of".into(),
                    reason: error.to_string(),
                })?
        }
    };
    let options = LoadOptions {
        as_of,
        trust: trust.as_ref(),
        subject: None,
    };
    Ok(Bundle::load(&folder, &options)?)
}
