//! `assize gate --each`: one gate over many evidence folders, with few commits.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::args::{Cli, Gate};
use super::super::config::Config;
use super::super::error::CliError;
use super::super::evaluation::{self, Output, Signer};
use super::super::exit::Exit;
use super::super::settings;
use super::super::terminal::Progress;
use super::{REPORTS, Report, reported, request};
use crate::assess::{self, Assessment, Input, Recorder, Request, Unjudged};
use crate::clock::System;
use crate::decision::Verdict;
use crate::json::{self, Value, json};
use crate::report::{self, Palette, visible};

/// `schema` of the JSON report, described in `docs/gate-reports.schema.json`.
const SCHEMA: &str = "assize/gate-reports/v1";

/// Folders whose records are appended at once. What they bind is in memory until then.
const BATCH: usize = 32;

/// One folder and its verdict, which is recorded.
struct Judged<'r, 'a> {
    request: &'r Request<'a>,
    assessment: Assessment,
}

/// All that was recorded.
struct Run<'r, 'a> {
    judged: Vec<Judged<'r, 'a>>,
    asked: usize,
    signer: Signer,
}

/// Runs the gate over every folder in `folder`.
///
/// # Errors
/// Everything that leaves a folder without verdict. The reports of those that were recorded
/// before are written all the same.
pub fn run(
    folder: &Path,
    args: &Gate,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    if super::targets(args).is_ok_and(|(_, files)| !files.is_empty()) {
        return Err(CliError::Argument {
            argument: "--each".into(),
            reason: "it names evidence folders, and files are none".into(),
        });
    }
    let outputs = evaluation::outputs(&args.output, &REPORTS)?;
    let trust = settings::trust(args.trust.as_ref(), config)?;
    let requests = folders(folder)?
        .into_iter()
        .map(|evidence| {
            let args = Gate {
                evidence: Some(evidence),
                ..args.clone()
            };
            request(&args, config, trust.as_ref())
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (ledger, signer) = evaluation::open_ledger(&args.place, config, trust.as_ref(), err)?;
    let recorder = Recorder {
        ledger: ledger.as_ref(),
    };
    let what = format!("evaluating {} folders", requests.len());
    let progress = Progress::start(&what, cli.quiet);
    let (judged, failed) = judge(&requests, &recorder);
    drop(progress);
    let run = Run {
        judged,
        asked: requests.len(),
        signer,
    };
    for output in &outputs {
        write_reports(output, &run, cli, out)?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let exits = run.judged.iter();
    Ok(exits
        .map(|one| Exit::of(one.assessment.decision.verdict, args.advisory))
        .fold(Exit::Yes, Exit::worse))
}

/// Returns the folders in `folder`, sorted by name.
///
/// Anything else in it is refused: evidence that lies in the wrong place would be left out
/// in silence. Names that begin with a dot are not looked at.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let refused = |reason: String| CliError::Argument {
        argument: format!("--each `{}`", folder.display()),
        reason,
    };
    let read = |source| CliError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if !entry.file_type().map_err(read)?.is_dir() {
            let name = visible(&name.to_string_lossy());
            return Err(refused(format!("`{name}` in it is no folder of evidence")));
        }
        folders.push(folder.join(name));
    }
    if folders.is_empty() {
        return Err(refused("there is no folder in it".into()));
    }
    folders.sort();
    Ok(folders)
}

/// Assesses batch after batch, until one has no verdict.
fn judge<'r, 'a>(
    requests: &'r [Request<'a>],
    recorder: &Recorder<'_>,
) -> (Vec<Judged<'r, 'a>>, Option<CliError>) {
    let mut judged = Vec::with_capacity(requests.len());
    for batch in requests.chunks(BATCH) {
        let assessments = match assess::assess_each(batch, recorder, &System) {
            Ok(assessments) => assessments,
            Err(unjudged) => return (judged, Some(failed(batch, unjudged))),
        };
        let recorded = batch.iter().zip(assessments);
        judged.extend(recorded.map(|(request, assessment)| Judged {
            request,
            assessment,
        }));
    }
    (judged, None)
}

/// Says which folder of the batch has no verdict, where it is one of them.
fn failed(batch: &[Request<'_>], unjudged: Unjudged) -> CliError {
    let Unjudged { request, source } = unjudged;
    let request = request.and_then(|number| batch.get(number));
    match request.map(|request| &request.input) {
        Some(Input::Folder(folder)) => CliError::Folder {
            folder: folder.clone(),
            source,
        },
        _ => CliError::from(*source),
    }
}

fn write_reports(
    output: &Output<Report>,
    run: &Run<'_, '_>,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let palette = output.palette(cli.color);
    let mut bytes = Vec::new();
    let written = match output.format {
        Report::Text => text(run, cli.quiet, palette, &mut bytes),
        Report::Json => writeln!(bytes, "{}", json::pretty(&document(run))),
    };
    written.map_err(CliError::Output)?;
    output.write(&bytes, out)
}

/// In full what is not allowed, then a line for each folder, then their numbers.
fn text(
    run: &Run<'_, '_>,
    quiet: bool,
    palette: Palette,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    for one in run.judged.iter().filter(|_| !quiet) {
        let decision = &one.assessment.decision;
        if decision.verdict != Verdict::Allow {
            let name = one.request.selection.name();
            let record = run.signer.record(&one.assessment);
            let gate = reported(&name, decision, &one.assessment, one.request, record);
            report::gate_text(&gate, palette, out)?;
            writeln!(out)?;
        }
    }
    for one in &run.judged {
        let verdict = one.assessment.decision.verdict;
        let color = match verdict {
            Verdict::Allow | Verdict::Clear => palette.green,
            Verdict::Inconclusive => palette.yellow,
            Verdict::Deny | Verdict::Fired => palette.red,
        };
        writeln!(
            out,
            "{color}{:<12}{}  {}  record {}",
            verdict.name().to_uppercase(),
            palette.reset,
            visible(&super::shown(&one.request.input)),
            one.assessment.appended.position.index,
        )?;
    }
    let [allowed, denied, inconclusive] = run.counts();
    let asked = run.asked;
    writeln!(
        out,
        "{allowed} allowed, {denied} denied, {inconclusive} inconclusive, of {asked} folders"
    )
}

fn document(run: &Run<'_, '_>) -> Value {
    let [allow, deny, inconclusive] = run.counts();
    let reports: Vec<_> = run
        .judged
        .iter()
        .map(|one| {
            let name = one.request.selection.name();
            let record = run.signer.record(&one.assessment);
            let decision = &one.assessment.decision;
            let gate = reported(&name, decision, &one.assessment, one.request, record);
            json!({"evidence": gate.evidence.clone(), "report": report::gate_json(&gate)})
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "folders": run.asked,
        "counts": {"allow": allow, "deny": deny, "inconclusive": inconclusive},
        "reports": reports,
    })
}

impl Run<'_, '_> {
    /// Returns how many are allowed, denied and inconclusive.
    fn counts(&self) -> [usize; 3] {
        let count = |verdict| {
            let of = |one: &&Judged<'_, '_>| one.assessment.decision.verdict == verdict;
            self.judged.iter().filter(of).count()
        };
        [Verdict::Allow, Verdict::Deny, Verdict::Inconclusive].map(count)
    }
}
