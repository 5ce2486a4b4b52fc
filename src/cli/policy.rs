//! `assize policy lint|list|test|explain`.

use std::io::Write;

use super::args::{Cli, Policy, Sources};
use super::config::Config;
use super::error::CliError;
use super::evaluation;
use super::exit::Exit;
use crate::assess;
use crate::policy::{LoadOptions, PolicySet};

mod convert;
mod explain;
mod list;
mod markdown;
mod test;
mod watch;

pub use explain::requirement as requirement_text;
pub use list::requirement as requirement_value;

/// Runs `assize policy`. Lint that finds something to refuse, and tests that do not
/// pass, answer [`Exit::No`].
///
/// # Errors
/// Policies that cannot be loaded, and tests that were not run.
pub fn run(
    command: &Policy,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    match command {
        Policy::Lint(sources) => lint(&load(sources, config)?, out),
        Policy::List(args) => list::run(args, &load(&args.sources, config)?, out),
        Policy::Test(args) => test::run(args, cli, config, out),
        Policy::Explain(args) => {
            explain::run(args, &load(&args.sources, config)?, config, out).map(|()| Exit::Yes)
        }
    }
}

/// Loads policies and data.
///
/// # Errors
/// What cannot be loaded.
pub fn load(sources: &Sources, config: &Config) -> Result<PolicySet, CliError> {
    Ok(PolicySet::load(&LoadOptions {
        roots: evaluation::policies(sources, config),
        data: evaluation::data(sources, config),
        ..LoadOptions::default()
    })?)
}

fn lint(policies: &PolicySet, out: &mut impl Write) -> Result<Exit, CliError> {
    let findings = assess::lint(policies, &super::gate::worker()?)?;
    for finding in &findings {
        writeln!(out, "{}", finding.text).map_err(CliError::Output)?;
    }
    let refused = findings.iter().filter(|finding| finding.refuses).count();
    writeln!(
        out,
        "{} rules, {} files: {refused} refused, {} to look at",
        policies.rules().len(),
        policies.files().len(),
        findings.len() - refused
    )
    .map_err(CliError::Output)?;
    Ok(if refused == 0 { Exit::Yes } else { Exit::No })
}
