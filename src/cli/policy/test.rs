//! `assize policy test`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use super::{convert, load, watch};
use crate::assess::{self, TestOptions};
use crate::cli::args::{Cli, Test};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::evaluation;
use crate::cli::exit::Exit;
use crate::cli::gate;
use crate::clock::Timestamp;
use crate::json;
use crate::report::{self, Palette, TestState, TestSuite};

/// How a report is written.
#[derive(Debug, Clone, Copy)]
enum Format {
    Text,
    Json,
    Junit,
}

/// Runs the tests: [`Exit::No`] where one does not pass or coverage is below its
/// threshold, [`Exit::Broken`] where none ran.
///
/// # Errors
/// Policies that do not load, and reports that cannot be written.
pub fn run(
    args: &Test,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let outputs = outputs(&args.output)?;
    let as_of = as_of(args)?;
    if !args.watch {
        return once(args, cli, config, &outputs, as_of, out);
    }
    let roots = evaluation::policies(&args.sources, config);
    let data = evaluation::data(&args.sources, config);
    let places: Vec<PathBuf> = roots.into_iter().chain(data).collect();
    loop {
        let seen = watch::state(&places);
        match once(args, cli, config, &outputs, as_of, out) {
            Ok(_) => {}
            // A closed output ends the watch; a policy being edited does not.
            Err(error @ CliError::Output(_)) => return Err(error),
            Err(error) => writeln!(out, "error: {}", report::visible(&error.to_string()))
                .map_err(CliError::Output)?,
        }
        writeln!(out, "\nwaiting for a change (ctrl-c ends)").map_err(CliError::Output)?;
        out.flush().map_err(CliError::Output)?;
        watch::until_other(&places, &seen);
        writeln!(out, "\n---- changed, running again").map_err(CliError::Output)?;
    }
}

fn as_of(args: &Test) -> Result<Option<Timestamp>, CliError> {
    let Some(text) = &args.as_of else {
        return Ok(None);
    };
    match text.parse() {
        Ok(instant) => Ok(Some(instant)),
        Err(_) => Err(CliError::Argument {
            argument: format!("--as-of `{text}`"),
            reason: "expected an instant as 2026-11-23T13:00:00Z".into(),
        }),
    }
}

fn once(
    args: &Test,
    cli: &Cli,
    config: &Config,
    outputs: &[(Format, Option<PathBuf>)],
    as_of: Option<Timestamp>,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let started = Instant::now();
    let policies = load(&args.sources, config)?;
    let options = TestOptions {
        pattern: args.run.as_deref(),
        coverage: args.coverage,
        as_of,
    };
    let run = assess::test(&policies, &options, &gate::worker()?)?;
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let thresholds = (args.threshold_rules, args.threshold_lines);
    let suite = convert::suite(run, thresholds, elapsed_ms);
    for (format, path) in outputs {
        let text = rendered(&suite, *format, path.is_none(), args, cli)?;
        match path {
            None => out.write_all(&text).map_err(CliError::Output)?,
            Some(path) => fs::write(path, &text).map_err(|source| CliError::Write {
                path: path.clone(),
                source,
            })?,
        }
    }
    Ok(exit(&suite))
}

fn exit(suite: &TestSuite) -> Exit {
    let count = |state| suite.count(state);
    if count(TestState::Fail) + count(TestState::Error) > 0 {
        Exit::No
    } else if count(TestState::Pass) == 0 {
        // Nothing was asked, so nothing was answered.
        Exit::Broken
    } else if suite.below_threshold().is_empty() {
        Exit::Yes
    } else {
        Exit::No
    }
}

fn rendered(
    suite: &TestSuite,
    format: Format,
    is_terminal: bool,
    args: &Test,
    cli: &Cli,
) -> Result<Vec<u8>, CliError> {
    Ok(match format {
        Format::Json => format!("{}\n", json::pretty(&report::test_json(suite))).into_bytes(),
        Format::Junit => report::test_junit(suite).into_bytes(),
        Format::Text => {
            let palette = if is_terminal {
                cli.color.palette()
            } else {
                Palette::default()
            };
            let mut text = Vec::new();
            write_text(suite, args, palette, &mut text).map_err(CliError::Output)?;
            if cli.quiet { last_line(&text) } else { text }
        }
    })
}

fn last_line(text: &[u8]) -> Vec<u8> {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.next_back().unwrap_or_default().to_vec()
}

fn write_text(
    suite: &TestSuite,
    args: &Test,
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    report::test_text(suite, args.verbose, palette, out)?;
    if suite.cases.is_empty() {
        let what = args.run.as_ref().map_or_else(
            || "no rule is named `test_…`".to_owned(),
            |pattern| format!("no test is named like `{pattern}`"),
        );
        writeln!(out, "nothing ran: {}", report::visible(&what))?;
    } else if exit(suite) == Exit::Broken {
        writeln!(out, "nothing ran: every test is a todo")?;
    }
    Ok(())
}

fn outputs(given: &[String]) -> Result<Vec<(Format, Option<PathBuf>)>, CliError> {
    if given.is_empty() {
        return Ok(vec![(Format::Text, None)]);
    }
    given
        .iter()
        .map(|output| {
            let (name, path) = match output.split_once('=') {
                Some((name, path)) => (name, Some(PathBuf::from(path))),
                None => (output.as_str(), None),
            };
            let format = match name {
                "text" => Format::Text,
                "json" => Format::Json,
                "junit" => Format::Junit,
                _ => {
                    return Err(CliError::Argument {
                        argument: format!("--output `{output}`"),
                        reason: "expected text, json or junit, or one of them and =PATH".into(),
                    });
                }
            };
            Ok((format, path))
        })
        .collect()
}
