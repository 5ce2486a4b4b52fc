//! `assize readiness`: one assessment of prerequisites → what is ready and what is missing.

use std::io::Write;

use super::args::{Cli, Readiness};
use super::config::Config;
use super::error::CliError;
use super::evaluation::{self, Flags};
use super::exit::Exit;
use super::settings;
use super::terminal::Progress;
use crate::assess::{self, Input, Recorder, Request, Selection};
use crate::clock::System;
use crate::json;
use crate::policy::Family;
use crate::record::decided::Decided;
use crate::report;
use crate::signing::TrustPolicy;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// Their names.
const FORMATS: [(&str, Format); 2] = [("text", Format::Text), ("json", Format::Json)];

/// Runs `assize readiness`.
///
/// # Errors
/// Everything that leaves no verdict; nothing is printed on `out` then.
pub fn run(
    args: &Readiness,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    let outputs = evaluation::outputs(&args.output, &FORMATS)?;
    let trust = settings::trust(args.trust.as_ref(), config)?;
    let request = request(args, config, trust.as_ref())?;
    let (ledger, signer) = evaluation::open_ledger(&args.place, config, trust.as_ref(), err)?;
    let recorder = Recorder {
        ledger: ledger.as_ref(),
    };

    let progress = Progress::start("evaluating readiness", cli.quiet);
    let assessment = assess::assess(&request, &recorder, &System)?;
    drop(progress);

    let decided = Decided::of(assessment.document.clone())?;
    let exit = Exit::of(assessment.decision.verdict, false);
    let shown = report::Readiness {
        decided: &decided,
        as_of_source: request.as_of.as_ref().map(|(_, source)| source.as_str()),
        subjects: assessment.subjects.clone(),
        evidence: match &request.input {
            Input::Folder(path) => path.display().to_string(),
            Input::Files(files) => evaluation::list(&files.paths),
        },
        items: assessment.items,
        completeness: assessment.decision.completeness,
        policies: evaluation::list(&request.policies),
        relaxations: &assessment.relaxations,
        remarks: [assessment.lint.clone(), assessment.prints.clone()].concat(),
        record: signer.record(&assessment),
    };
    for output in &outputs {
        let palette = output.palette(cli.color);
        let mut bytes = Vec::new();
        let written = match output.format {
            Format::Text if cli.quiet => report::readiness_verdict(&shown, palette, &mut bytes),
            Format::Text => report::readiness_text(&shown, palette, &mut bytes),
            Format::Json => {
                let document = report::readiness_json(&shown, &assessment.document);
                writeln!(bytes, "{}", json::pretty(&document))
            }
        };
        written.map_err(CliError::Output)?;
        output.write(&bytes, out)?;
    }
    Ok(exit)
}

fn request<'a>(
    args: &Readiness,
    config: &Config,
    trust: Option<&'a TrustPolicy>,
) -> Result<Request<'a>, CliError> {
    let whole = Selection::Family(Family::Readiness);
    let selection = args.phase.clone().map_or(whole, Selection::Phase);
    let flags = Flags {
        sources: &args.sources,
        evidence: args.evidence.as_ref(),
        as_of: args.as_of.as_deref(),
        trust: args.trust.as_deref(),
        contract: args.contract.as_ref(),
    };
    evaluation::request(selection, &flags, config, trust)
}
