//! `assize log export`: records in the forms that other tools read.

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use super::reader;
use crate::cli::args::{Cli, ExportFormat, LogExport};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::files;
use crate::interop::{Span, sigstore};
use crate::ledger::read::{Entry, Reader};
use crate::report::visible;
use crate::signing::dsse::Envelope;

mod tiles;
mod vsa;

/// Runs `assize log export`.
///
/// # Errors
/// Records that are not there or were altered, and files that cannot be written.
pub fn run(
    args: &LogExport,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), CliError> {
    let (location, reader) = reader(args.ledger.as_ref(), config)?;
    if let Some(path) = &args.output {
        outside(path, reader.dir())?;
    }
    fit(args)?;
    let said = match (args.format, &args.output) {
        (ExportFormat::Vsa, output) => {
            let signed = vsa::summary(args, config, (&location, &reader), err)?;
            match output {
                Some(path) => files::replace(path, &signed.bytes)?,
                None => out.write_all(&signed.bytes).map_err(CliError::Output)?,
            }
            signed.said
        }
        (ExportFormat::Tiles, Some(folder)) => {
            let which = match reader.checkpoint().size {
                1 => "1 record".to_owned(),
                size => format!("{size} records"),
            };
            let origin = reader.checkpoint().origin.to_string();
            tiles::write(folder, reader)?;
            done(&which, &origin)
        }
        _ => envelopes(args, reader, out)?,
    };
    // Not before it is out.
    out.flush().map_err(CliError::Output)?;
    if !cli.quiet {
        let _ = writeln!(err, "{said}");
    }
    Ok(())
}

/// Writes records in a form that holds their envelopes; returns what to say of it.
fn envelopes(args: &LogExport, reader: Reader, out: &mut impl Write) -> Result<String, CliError> {
    let range = asked_for(args, &reader);
    let span = Span::new(reader, range)?;
    // Found out before anything is written, not after.
    span.hold()?;
    match &args.output {
        Some(path) => files::replace_by(path, |file| {
            records(args.format, &span, file, |source| CliError::Write {
                path: path.clone(),
                source,
            })
        })?,
        None => records(args.format, &span, out, CliError::Output)?,
    }
    let range = span.range();
    let which = match range.end - range.start {
        1 => format!("record {}", range.start),
        _ => format!("records {} to {}", range.start, range.end - 1),
    };
    Ok(done(&which, span.reader().checkpoint().origin.as_str()))
}

/// What to say of records that left unverified.
fn done(which: &str, origin: &str) -> String {
    visible(&format!(
        "exported {which} of {origin}; no signature was verified: `assize verify` does that"
    ))
}

/// Refuses options that the format has no use for: they would be taken to have had one.
fn fit(args: &LogExport) -> Result<(), CliError> {
    let refuse = |argument: &str, reason: &str| {
        Err(CliError::Argument {
            argument: argument.to_owned(),
            reason: reason.to_owned(),
        })
    };
    let several = args.from.is_some() || args.to.is_some();
    match args.format {
        ExportFormat::Dsse if several => {
            refuse("--format dsse", "is one record; several are --format jsonl")
        }
        ExportFormat::Vsa if several => refuse("--format vsa", "is of one record"),
        ExportFormat::Tiles if several || args.index.is_some() => {
            refuse("--format tiles", "is the whole ledger")
        }
        ExportFormat::Vsa => Ok(()),
        _ => match args.summary.given() {
            Some(option) => refuse(option, "is for --format vsa"),
            None => Ok(()),
        },
    }
}

/// Which records: those named, or all of them, or the last one.
fn asked_for(args: &LogExport, reader: &Reader) -> Range<u64> {
    let size = reader.checkpoint().size;
    let several = args.from.is_some() || args.to.is_some();
    if several || (args.format == ExportFormat::Jsonl && args.index.is_none()) {
        return args.from.unwrap_or(0)..args.to.unwrap_or(size);
    }
    let index = args.index.unwrap_or(size.saturating_sub(1));
    index..index.saturating_add(1)
}

/// Writes one line for each record. A single envelope has no newline at its end: its
/// digest is what the next record names.
fn records(
    format: ExportFormat,
    span: &Span,
    to: &mut impl Write,
    failed: impl Fn(io::Error) -> CliError,
) -> Result<(), CliError> {
    let lines = span.range().end - span.range().start > 1 || format != ExportFormat::Dsse;
    span.each(|entry, envelope| {
        let mut bytes = form(format, entry, envelope)?;
        if lines {
            bytes.push(b'\n');
        }
        to.write_all(&bytes).map_err(&failed)
    })
}

fn form(format: ExportFormat, entry: &Entry, envelope: &Envelope) -> Result<Vec<u8>, CliError> {
    match format {
        ExportFormat::SigstoreBundle => Ok(sigstore::bundle(envelope)?),
        _ => Ok(entry.line.clone()),
    }
}

/// Refuses to write into the ledger: what is there is not to be replaced.
fn outside(path: &Path, ledger: &Path) -> Result<(), CliError> {
    // The nearest folder above that is there.
    let folder = path.ancestors().find_map(|folder| {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        folder.canonicalize().ok()
    });
    let ledger = ledger.canonicalize().ok();
    if let (Some(folder), Some(ledger)) = (folder, ledger)
        && folder.starts_with(ledger)
    {
        return Err(CliError::Argument {
            argument: format!("--output `{}`", path.display()),
            reason: "is in the ledger, where nothing may be put beside it".into(),
        });
    }
    Ok(())
}
