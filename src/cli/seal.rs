//! `assize seal`: an evidence folder gets its manifest.

use std::io::Write;

use super::args::Seal;
use super::error::CliError;
use super::gate::subjects;
use crate::clock::{Clock as _, System, Timestamp, TimestampError};
use crate::digest::Digest;
use crate::evidence::manifest::Entry;
use crate::evidence::{self, Change, Description, SealOptions};

/// Runs `assize seal`.
///
/// # Errors
/// Folders that cannot be sealed, and arguments that are not what they should be.
pub fn run(args: &Seal, out: &mut impl Write) -> Result<(), CliError> {
    let mut subject = subjects(&args.subject)?;
    for subject in &mut subject {
        subject.environment.clone_from(&args.environment);
    }
    let mut options = SealOptions {
        subject: (!subject.is_empty()).then_some(subject),
        created_at: Some(System.now()),
        collector_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..SealOptions::default()
    };
    let mut sealed = evidence::seal(&args.folder, &options)?;
    if let Some(collected_at) = collected_at(args)? {
        let unknown = sealed
            .manifest
            .items
            .iter()
            .filter(|entry| entry.collected_at.is_none());
        options.descriptions = unknown
            .map(|entry| {
                let description = Description {
                    collected_at: Some(collected_at),
                    ..Description::default()
                };
                (entry.path.clone(), description)
            })
            .collect();
        sealed = evidence::seal(&args.folder, &options)?;
    }
    sealed.manifest.write(&args.folder)?;
    for entry in &sealed.manifest.items {
        describe(entry, out).map_err(CliError::Output)?;
    }
    for change in &sealed.changes {
        let verb = match change {
            Change::Added { .. } => "added",
            Change::Removed { .. } => "removed",
            Change::Altered { .. } => "altered",
            Change::Described { .. } => "described anew",
        };
        writeln!(out, "{verb}: {}", change.path()).map_err(CliError::Output)?;
    }
    writeln!(
        out,
        "sealed {} item{}  {}  sha256:{}",
        sealed.manifest.items.len(),
        if sealed.manifest.items.len() == 1 {
            ""
        } else {
            "s"
        },
        args.folder.join(evidence::MANIFEST_NAME).display(),
        Digest::of(&sealed.manifest.to_bytes()?)
    )
    .map_err(CliError::Output)
}

fn collected_at(args: &Seal) -> Result<Option<Timestamp>, CliError> {
    match args.collected_at.as_deref() {
        None => Ok(None),
        Some("now") => Ok(Some(System.now())),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error: TimestampError| CliError::Argument {
                argument: "--collected-at".into(),
                reason: error.to_string(),
            }),
    }
}

fn describe(entry: &Entry, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{:<18} {:<10} {}",
        entry.kind.name(),
        entry.status.name(),
        entry.id
    )?;
    if let Some(reason) = &entry.reason {
        writeln!(out, "{:<18} {reason}", "")?;
    }
    if entry.collected_at.is_none() {
        writeln!(
            out,
            "{:<18} no collection time: a rule with max_age cannot use it (--collected-at)",
            ""
        )?;
    }
    Ok(())
}
