//! `assize collect`: the sources in the settings become sealed evidence.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::actor;
use super::args::{Cli, Collect, CollectCommand, CollectSources};
use super::config::Config;
use super::error::CliError;
use super::evidence::{redacted, refuse_present, refuse_within};
use super::exit::Exit;
use super::seal;
use super::signer;
use super::terminal::Progress;
use crate::clock::{Clock as _, System, Timestamp, TimestampError, parse_duration};
use crate::collect::{self, Failure, Folder, Options, Plan, Sealing, Written};
use crate::evidence::{MANIFEST_NAME, SIGNATURE_NAME, Status};
use crate::report::visible;

mod command;
mod plan;

/// Runs `assize collect`. A source that failed makes the answer "unknown": what it should
/// have given is in the folder as an error.
///
/// # Errors
/// Settings that cannot be used, and folders that cannot be written.
pub fn run(
    args: &Collect,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    match &args.command {
        Some(CollectCommand::Run(run)) => {
            command::run(run, cli, config, out, &mut std::io::stderr())
        }
        None => sources(&args.sources, cli, config, out),
    }
}

fn sources(
    args: &CollectSources,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let evidence = args
        .evidence
        .clone()
        .or_else(|| config.evidence.as_ref().map(|path| config.resolve(path)));
    let key = args.key.as_deref();
    let key = key.map(|key| signer::named(key, config)).transpose()?;
    let mut plan = Plan::read(
        &config.server,
        &config.collect,
        evidence.as_deref(),
        &config.folder,
    )?;
    plan = plan.withholding(signer::withheld(args.key.as_deref()));
    if !args.only.is_empty() {
        plan = plan.only(&args.only)?;
    }
    if let Some(path) = &args.disclosures {
        refuse_unkept(path, &plan)?;
    }
    if args.plan {
        return plan::run(args, &plan, config, out);
    }
    if plan.names().next().is_none() {
        return Err(CliError::Argument {
            argument: "collect".into(),
            reason: "the settings have no `[collect.NAME]`, so there is nothing to ask".into(),
        });
    }
    let options = Options {
        time_limit: parse_duration(&args.time_limit).map_err(|error| CliError::Argument {
            argument: "--time-limit".into(),
            reason: error.to_string(),
        })?,
        parallel: args.parallel,
    };
    let as_of = as_of(args)?;
    collect::refuse_unready(&plan, key.as_ref())?;
    let count = plan.names().count();
    let done = AtomicUsize::new(0);
    let progress = Progress::start(&format!("collecting, sources: {count}"), cli.quiet);
    let files = collect::run(&plan, options, as_of, &System, &|name| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress.tell(&format!("{name} ({done} of {count})"));
    });
    drop(progress);
    let who = actor::from_environment().user;
    let written = collect::write(
        files,
        &Sealing {
            at: System.now(),
            actor: who.as_deref(),
            disclosures: args.disclosures.as_deref(),
            key: key.as_ref(),
        },
    )?;
    let failed = report(&written, out)?;
    refuse_unfinished(written)?;
    Ok(if failed == 0 {
        Exit::Yes
    } else {
        Exit::Unknown
    })
}

/// Refuses a file of disclosures that could not be written or used, before anything is asked.
fn refuse_unkept(path: &Path, plan: &Plan) -> Result<(), CliError> {
    let refuse = |reason: String| CliError::Argument {
        argument: format!("--disclosures `{}`", path.display()),
        reason,
    };
    let folders: Vec<_> = plan.redacted_folders().into_iter().collect();
    match folders.as_slice() {
        [] => Err(refuse("no source has `redact`".into())),
        [folder] => {
            let parent = path.parent().filter(|path| !path.as_os_str().is_empty());
            // Made by the run itself, it would be the evidence folder.
            if parent.is_some_and(|parent| !parent.is_dir()) {
                return Err(refuse("its folder is not there".into()));
            }
            refuse_within(path, folder)?;
            refuse_present(path)
        }
        _ => Err(refuse(
            "sources redact in several folders: take those of one with --only".into(),
        )),
    }
}

/// Ends with what kept a folder from being written.
fn refuse_unfinished(written: Written) -> Result<(), CliError> {
    match written.failure {
        None => Ok(()),
        Some(failure) => Err(failure.error.into()),
    }
}

/// Says what became of each file and folder; returns how many files failed.
fn report(written: &Written, out: &mut impl Write) -> Result<usize, CliError> {
    let folders = &written.folders;
    let (mut files, mut failed) = (0, 0);
    for folder in folders {
        for (name, entry) in &folder.entries {
            files += 1;
            failed += usize::from(entry.status == Status::Error);
            let (status, id) = (entry.status.name(), visible(&entry.id));
            writeln!(out, "{status:<10} {}  {id}", visible(name)).map_err(CliError::Output)?;
            if let Some(reason) = &entry.reason {
                writeln!(out, "{:<10} {}", "", visible(reason)).map_err(CliError::Output)?;
            }
            if let Some(text) = redacted(&entry.redactions) {
                writeln!(out, "{:<10} {text}", "").map_err(CliError::Output)?;
            }
        }
    }
    for folder in folders {
        for path in &folder.strangers {
            let path = visible(path);
            writeln!(out, "{:<10} {path}: no source gave it", "kept").map_err(CliError::Output)?;
        }
        summary(folder, out).map_err(CliError::Output)?;
        seal::signed(&folder.path, folder.signers.iter().copied(), out)?;
    }
    if let Some(failure) = &written.failure {
        // A part of what is here would look like all of it.
        unfinished(failure, out).map_err(CliError::Output)?;
        return Ok(failed);
    }
    total(files, failed, out).map_err(CliError::Output)?;
    Ok(failed)
}

fn summary(folder: &Folder, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "sealed {}", folder.path.join(MANIFEST_NAME).display())?;
    if folder.is_unsigned {
        let path = folder.path.join(SIGNATURE_NAME);
        let path = path.display();
        writeln!(out, "removed {path}: it does not sign this manifest")?;
    }
    Ok(())
}

fn unfinished(failure: &Failure, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "not finished {}", failure.path.display())?;
    for path in &failure.left {
        writeln!(out, "not begun {}", path.display())?;
    }
    Ok(())
}

fn total(files: usize, failed: usize, out: &mut impl Write) -> std::io::Result<()> {
    match failed {
        0 => writeln!(out, "collected {files}"),
        _ => writeln!(
            out,
            "collected {} of {files}, {failed} failed",
            files - failed
        ),
    }
}

fn as_of(args: &CollectSources) -> Result<Timestamp, CliError> {
    match args.as_of.as_deref() {
        None => Ok(System.now()),
        Some(text) => text
            .parse()
            .map_err(|error: TimestampError| CliError::Argument {
                argument: "--as-of".into(),
                reason: error.to_string(),
            }),
    }
}
