//! `assize verify`: a ledger, held against the keys and checkpoints given.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::anchors;
use super::args::{Cli, Verify};
use super::config::Config;
use super::error::CliError;
use super::exit::Exit;
use super::location::Location;
use super::settings;
use super::terminal::Progress;
use crate::json::{self, Value, json};
use crate::report::visible;
use crate::verify::{self, LedgerReport, Options, RecordKey, VerifyError};

mod receipt;
#[cfg(feature = "object-store")]
mod remote;
mod rests;
mod wanted;

/// Runs `assize verify`.
///
/// # Errors
/// What could not be read. That something is wrong, or cannot be verified, is an answer.
pub fn run(
    args: &Verify,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let json = super::log::wants_json(&args.output)?;
    if let Some(path) = &args.receipt {
        return receipt::verify(path, args, cli, config, out);
    }
    if let Some(path) = &args.growth {
        return receipt::verify_growth(path, args, cli, config, out);
    }
    let location = settings::ledger(args.ledger.as_ref(), config)?;
    let trusted = settings::verifier_trust(&args.key, args.trust.as_ref(), config)?;
    let options = Options {
        since: args.since.as_deref().map(read).transpose()?,
        witnesses: anchors::witnesses(args.witnesses.as_ref())?,
        authorities: anchors::authorities(&args.tsa_ca, Some(&trusted.policy))?,
        stamped: !args.tsa_ca.is_empty(),
        ..Options::default()
    };
    let progress = Progress::start(&format!("verifying {location}"), cli.quiet);
    let ledger = match &location {
        Location::Folder(path) if path.is_dir() => path,
        Location::Folder(path) => return Err(CliError::NoLedger { path: path.clone() }),
        #[cfg(feature = "object-store")]
        Location::Remote { place, mirror } => match remote::read_anew(place, mirror) {
            Ok(()) => mirror,
            Err(error) => {
                drop(progress);
                return remote::differs(error, &location, json, out);
            }
        },
    };
    let outcome = match &options.since {
        Some(kept) if args.incremental => {
            verify::continuation(ledger, &trusted.policy, kept, options.blobs)
        }
        _ => verify::ledger(ledger, &trusted.policy, &options),
    };
    drop(progress);
    match outcome {
        Ok(report) => {
            let text = if json {
                sound_json(&report)
            } else {
                sound(&report, &trusted.source, cli)
            };
            out.write_all(text.as_bytes()).map_err(CliError::Output)?;
            Ok(Exit::Yes)
        }
        Err(error) => refused(error, location.as_path(), json, out),
    }
}

/// Reads a file that was named.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })
}

fn sound(report: &LedgerReport, source: &str, cli: &Cli) -> String {
    let palette = cli.color.palette();
    let (green, dim, reset) = (palette.green, palette.dim, palette.reset);
    let signers: Vec<_> = report
        .record_signers
        .iter()
        .map(|(name, count)| format!("{name} ({count})"))
        .collect();
    let since = match report.since {
        Some(size) if report.unread > 0 => format!(
            "continues the checkpoint of {size} records that was kept elsewhere\n\
             {dim}not read: the first {size} records and what they name; without --incremental they are{reset}\n"
        ),
        Some(size) => {
            format!("continues the checkpoint of {size} records that was kept elsewhere\n")
        }
        None => format!(
            "{dim}not shown: that the end was not cut off, or all of it signed anew by the holder of \
             the key;\nfor that, keep a checkpoint elsewhere and give it with --since{reset}\n"
        ),
    };
    format!(
        "{green}VERIFIED{reset}  {} record{}, {} blobs  {}\n\
         chain, tree, signatures and checkpoint agree\n\
         records by     {}\n{}\
         checkpoint by  {}\n\
         trusting       {source}\n\
         head  sha256:{}\n\
         root  sha256:{}\n\
         {}{since}",
        report.size,
        if report.size == 1 { "" } else { "s" },
        report.blobs,
        report.origin.as_str(),
        signers.join(", "),
        keys(&report.record_keys),
        report.checkpoint_signers.join(", "),
        report.head,
        report.root,
        rests::text(report),
    )
}

/// Tells of a change of keys; nothing where one key signed all.
fn keys(keys: &[RecordKey]) -> String {
    let [first, later @ ..] = keys else {
        return String::new();
    };
    if later.is_empty() {
        return String::new();
    }
    let mut lines = format!(
        "keys           {}: records {} to {}\n",
        visible(&first.name),
        first.first,
        first.last
    );
    for key in later {
        let how = match &key.announced {
            Some((index, by)) => format!("announced by record {index}, signed by {}", visible(by)),
            None => "NOT ANNOUNCED by a record of an earlier key".to_owned(),
        };
        let name = visible(&key.name);
        let (from, to) = (key.first, key.last);
        let _ = writeln!(
            lines,
            "               {name}: records {from} to {to}, {how}"
        );
    }
    lines
}

fn key_json(key: &RecordKey) -> Value {
    let announced = key.announced.as_ref();
    json!({
        "key_id": key.key_id.to_string(),
        "name": key.name,
        "records": key.count,
        "first": key.first,
        "last": key.last,
        "announced": announced.map(|(index, by)| json!({"record": index, "by": by})),
    })
}

fn sound_json(report: &LedgerReport) -> String {
    let (rests, unrelied) = rests::json(report);
    let document = json!({
        "schema": "assize/verify-report/v1",
        "result": "verified",
        "origin": report.origin.as_str(),
        "records": report.size,
        "blobs": report.blobs,
        "head": report.head,
        "root": report.root,
        "record_signers": report.record_signers,
        "record_keys": report.record_keys.iter().map(key_json).collect::<Vec<_>>(),
        "checkpoint_signers": report.checkpoint_signers,
        "since": report.since,
        "unread": report.unread,
        "rests_on": rests,
        "not_relied_on": unrelied,
    });
    format!("{}\n", json::pretty(&document))
}

/// Says why `what` is not verified, or that it could not be read.
pub(super) fn refused(
    error: VerifyError,
    what: &Path,
    json: bool,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let (result, failures, exit) = match error {
        VerifyError::Wrong(failures) => ("wrong", failures, Exit::No),
        VerifyError::Unverifiable(failures) => ("unverifiable", failures, Exit::Unknown),
        VerifyError::Io { path, source } => return Err(CliError::Read { path, source }),
    };
    let text = if json {
        let listed: Vec<_> = failures
            .listed()
            .iter()
            .map(|failure| json!({"file": failure.file, "index": failure.index, "what": failure.what.to_string()}))
            .collect();
        let document = json!({
            "schema": "assize/verify-report/v1",
            "result": result,
            "failures": listed,
            "omitted": failures.omitted(),
        });
        format!("{}\n", json::pretty(&document))
    } else {
        // A damaged ledger may say anything.
        let failures = failures.to_string();
        let lines = failures.lines().map(|line| visible(line) + "\n");
        format!(
            "{}  {}\n{}",
            result.to_uppercase(),
            what.display(),
            lines.collect::<String>()
        )
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(exit)
}
