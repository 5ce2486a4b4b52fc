//! `assize collect run`: a command is run, and how it ended becomes sealed evidence.
//!
//! Standard output and standard error are the command's, unchanged; what there is to say
//! of the evidence is said on standard error when the command has ended.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::{refuse_unfinished, report};
use crate::cli::actor;
use crate::cli::args::{Cli, CollectRun};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::signer;
use crate::clock::{Clock as _, System, parse_duration};
use crate::collect::{self, Collected, Options, Output, Plan, Sealing};
use crate::evidence::Kind;
use crate::json::{self, Limits, Value, json};

/// Runs `assize collect run`.
///
/// # Errors
/// Arguments that make no sense, and folders that cannot be written.
pub fn run(
    args: &CollectRun,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    let time_limit = parse_duration(&args.time_limit).map_err(|error| CliError::Argument {
        argument: "--time-limit".into(),
        reason: error.to_string(),
    })?;
    let options = Options {
        // The command's own limit is to be the one that ends it.
        time_limit: time_limit.saturating_add(Duration::from_mins(1)),
        parallel: 1,
    };
    // A key that cannot be read is found before the command has run.
    let key_reference = args.key.as_deref();
    let key = key_reference
        .map(|key| signer::named(key, config))
        .transpose()?;
    let (sender, written) = sync_channel(16);
    let plan = plan(args, config)?.passing_on(sender);
    let plan = plan.withholding(signer::withheld(key_reference));
    collect::refuse_unready(&plan, key.as_ref())?;
    let ran = thread::spawn(move || collect::run(&plan, options, System.now(), &System, &|_| {}));
    // Whoever looked on may go; the command is not stopped by that.
    let (mut out_open, mut err_open) = (true, true);
    for (output, bytes) in written {
        match output {
            Output::Out => out_open &= out_open && pass(&bytes, out),
            Output::Error => err_open &= err_open && pass(&bytes, err),
        }
    }
    let files = ran.join().map_err(|_| CliError::Argument {
        argument: "collect run".into(),
        reason: "the collector failed".into(),
    })?;
    let code = exit_code(&files);
    let who = actor::from_environment().user;
    let sealing = Sealing {
        at: System.now(),
        actor: who.as_deref(),
        disclosures: None,
        key: key.as_ref(),
    };
    let written = collect::write(files, &sealing)?;
    let mut said = Vec::new();
    let failed = report(&written, &mut said)?;
    if failed > 0 || written.failure.is_some() || !cli.quiet {
        // The evidence is sealed, whether or not anybody listens.
        let _ = err.write_all(&said);
    }
    refuse_unfinished(written)?;
    Ok(match (failed, code) {
        (0, Some(code)) if args.propagate => Exit::Command(code),
        (0, _) => Exit::Yes,
        // A command that said no is not made a yes or an unknown by a file that is not there.
        (_, Some(code)) if args.propagate && code != 0 => Exit::Command(code),
        _ => Exit::Unknown,
    })
}

/// A plan with the command as its one source.
fn plan(args: &CollectRun, config: &Config) -> Result<Plan, CliError> {
    let program = args.run.first().map_or("", String::as_str);
    let program = Path::new(program)
        .file_stem()
        .and_then(|name| name.to_str());
    let name = args.name.as_deref().or(program).unwrap_or_default();
    let name = if name.is_empty() { "run" } else { name };
    let mut source = json!({
        "from": "command",
        "run": args.run,
        "files": args.file,
        "environment": args.env,
        "time_limit": args.time_limit,
        "path": format!("{name}.json"),
    });
    for (key, value) in [
        ("stdout", &args.stdout),
        ("tool_version", &args.tool_version),
        ("map", &args.map),
    ] {
        if let (Value::Object(fields), Some(value)) = (&mut source, value) {
            fields.insert(key.to_owned(), value.as_str().into());
        }
    }
    let configured = config.evidence.as_ref().map(|path| config.resolve(path));
    let evidence = args.evidence.clone().or(configured);
    let evidence = evidence.unwrap_or_else(|| config.resolve(Path::new("evidence")));
    let sources = BTreeMap::from([(name.to_owned(), source)]);
    // It runs here, and not where the settings are.
    Ok(Plan::read(
        &BTreeMap::new(),
        &sources,
        Some(&evidence),
        Path::new("."),
    )?)
}

/// What the command ended with, if it ended by itself.
fn exit_code(files: &[Collected]) -> Option<u8> {
    let run = files
        .iter()
        .find(|file| file.kind == Some(Kind::CommandRun))?;
    let document = json::parse(&run.bytes, Limits::EVIDENCE).ok()?;
    let code = document.get("exit_code")?.as_u64()?;
    // What does not fit is still no success.
    Some(u8::try_from(code).unwrap_or(u8::MAX))
}

fn pass(bytes: &[u8], to: &mut impl Write) -> bool {
    to.write_all(bytes).and_then(|()| to.flush()).is_ok()
}
