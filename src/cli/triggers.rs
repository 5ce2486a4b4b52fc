//! `assize triggers`: one assessment of every trigger → where each stands.

use std::io::Write;

use super::args::{Cli, Triggers, TriggersCommand, TriggersRun};
use super::config::Config;
use super::error::CliError;
use super::evaluation::{self, Flags, Output, Signer};
use super::exit::Exit;
use super::settings;
use super::terminal::Progress;
use crate::assess::{self, Assessment, Input, Recorder, Request, Selection};
use crate::clock::System;
use crate::decision::Verdict;
use crate::json;
use crate::policy::Family;
use crate::record::decided::Decided;
use crate::report;
use crate::signing::TrustPolicy;
use crate::triggers::{History, Overdue, Point, Standing};

mod explain;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Markdown,
    Html,
}

/// Their names.
const FORMATS: [(&str, Format); 4] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("markdown", Format::Markdown),
    ("html", Format::Html),
];

/// Runs `assize triggers` and `assize triggers explain`.
///
/// # Errors
/// Everything that leaves no verdict; nothing is printed on `out` then.
pub fn run(
    args: &Triggers,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    match &args.command {
        Some(TriggersCommand::Explain(args)) => {
            explain::run(args, cli, config, out).map(|()| Exit::Yes)
        }
        None => evaluate(&args.run, cli, config, out, err),
    }
}

fn evaluate(
    args: &TriggersRun,
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

    let progress = Progress::start("evaluating triggers", cli.quiet);
    let assessment = assess::assess(&request, &recorder, &System)?;
    drop(progress);

    let here = Point {
        as_of: assessment.as_of,
        index: assessment.appended.position.index,
    };
    let history = History::read(&signer.ledger.present()?, here);
    let decided = Decided::of(assessment.document.clone())?;
    let standings = standings(&decided, &assessment, &history, here)?;
    let problems = assessment.decision.problems.iter().cloned();
    let problems: Vec<_> = problems
        .chain(assessment.decision.unmet_demands())
        .collect();
    let report = report::Triggers {
        problems: &problems,
        ..shown(&request, &assessment, &signer, &standings, &history)
    };
    for output in &outputs {
        write_report(output, &report, cli, out)?;
    }
    Ok(exit(args, assessment.decision.verdict, &standings))
}

fn request<'a>(
    args: &TriggersRun,
    config: &Config,
    trust: Option<&'a TrustPolicy>,
) -> Result<Request<'a>, CliError> {
    let selection = Selection::Family(Family::Trigger);
    let flags = Flags {
        sources: &args.sources,
        evidence: args.evidence.as_ref(),
        as_of: args.as_of.as_deref(),
        trust: args.trust.as_deref(),
        contract: args.contract.as_ref(),
    };
    evaluation::request(selection, &flags, config, trust)
}

fn standings(
    decided: &Decided,
    assessment: &Assessment,
    history: &History,
    here: Point,
) -> Result<Vec<Standing>, CliError> {
    let rules = decided.rules.iter();
    rules
        .map(|rule| {
            Standing::of(rule, &assessment.matrix, history, here).ok_or_else(|| {
                CliError::UnknownRecord {
                    index: here.index,
                    reason: format!("trigger `{}` is in the state `{}`", rule.id, rule.state),
                }
            })
        })
        .collect()
}

fn shown<'a>(
    request: &'a Request<'_>,
    assessment: &'a Assessment,
    signer: &Signer,
    standings: &'a [Standing],
    history: &'a History,
) -> report::Triggers<'a> {
    report::Triggers {
        verdict: assessment.decision.verdict.name(),
        standings,
        history,
        document: &assessment.document,
        problems: &assessment.decision.problems,
        as_of: assessment.as_of,
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
        lint: assessment.lint.clone(),
        prints: assessment.prints.clone(),
        record: signer.record(assessment),
    }
}

fn write_report(
    output: &Output<Format>,
    report: &report::Triggers<'_>,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let palette = output.palette(cli.color);
    let mut bytes = Vec::new();
    let written = match output.format {
        Format::Text if cli.quiet => report::triggers_verdict(report, palette, &mut bytes),
        Format::Text => report::triggers_text(report, palette, &mut bytes),
        Format::Json => writeln!(bytes, "{}", json::pretty(&report::triggers_json(report))),
        Format::Markdown => write!(bytes, "{}", report::triggers_markdown(report)),
        Format::Html => write!(bytes, "{}", report::triggers_html(report)),
    };
    written.map_err(CliError::Output)?;
    output.write(&bytes, out)
}

/// Returns how the command ends: well, unless a flag asks for more than that it ran.
fn exit(args: &TriggersRun, verdict: Verdict, standings: &[Standing]) -> Exit {
    let by_verdict = if args.exit_code {
        Exit::of(verdict, false)
    } else {
        Exit::Yes
    };
    let by_date = if args.fail_on_overdue {
        let mut overdue = standings.iter().map(|standing| standing.overdue);
        if overdue.clone().any(|o| matches!(o, Overdue::Days(_))) {
            Exit::No
        } else if overdue.any(|o| o == Overdue::Unknown) {
            Exit::Unknown
        } else {
            Exit::Yes
        }
    } else {
        Exit::Yes
    };
    let found = [by_verdict, by_date];
    *[Exit::No, Exit::Unknown]
        .iter()
        .find(|exit| found.contains(exit))
        .unwrap_or(&Exit::Yes)
}
