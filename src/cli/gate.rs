//! `assize gate`: arguments and settings → one assessment → reports and exit code.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::actor;
use super::args::{Cli, Gate};
use super::config::Config;
use super::error::CliError;
use super::evaluation::{self, Output};
use super::exit::Exit;
use super::terminal::Progress;
use super::{conftest, receipt, settings};
use crate::assess::{self, Assessment, Files, Input, Recorder, Request, Selection};
use crate::clock::System;
use crate::decision::Decision;
use crate::evidence::Subject;
use crate::evidence::manifest::SubjectDigest;
use crate::formats::Format;
use crate::json::{self, json};
use crate::report;
use crate::signing::TrustPolicy;

mod each;

/// Where conftest users have their policies.
const CONFTEST_POLICIES: &str = "policy";
/// The gate when none is named.
const DEFAULT_GATE: &str = "deploy";

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Report {
    Text,
    Json,
}

/// Their names.
const REPORTS: [(&str, Report); 2] = [("text", Report::Text), ("json", Report::Json)];

/// Runs `assize gate`.
///
/// # Errors
/// Everything that leaves no verdict; nothing is printed on `out` then.
pub fn run(
    args: &Gate,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    // Before anything can go wrong: what went wrong has no receipt.
    if let Some(path) = &args.receipt {
        receipt::clear(path)?;
    }
    let args = &match targets(args)? {
        (_, files) if !files.is_empty() => conftest::settled(args, config)?,
        _ => args.clone(),
    };
    if let Some(folder) = &args.each {
        return each::run(folder, args, cli, config, out, err);
    }
    let outputs = evaluation::outputs(&args.output, &REPORTS)?;
    let trust = settings::trust(args.trust.as_ref(), config)?;
    let request = request(args, config, trust.as_ref())?;
    let (ledger, signer) = evaluation::open_ledger(&args.place, config, trust.as_ref(), err)?;
    let recorder = Recorder {
        ledger: ledger.as_ref(),
    };

    let name = request.selection.name();
    let progress = Progress::start(&format!("evaluating {name}"), cli.quiet);
    let assessment = assess::assess(&request, &recorder, &System)?;
    drop(progress);

    let record = signer.record(&assessment);
    if let Some(path) = &args.receipt {
        receipt::write(path, &signer.ledger, &assessment.appended)?;
    }
    let exit = Exit::of(assessment.decision.verdict, args.advisory);
    let decision = as_shown(assessment.decision.clone(), &request.input);
    let gate = reported(&name, &decision, &assessment, &request, record);
    for output in &outputs {
        write_report(output, &gate, cli, out)?;
    }
    Ok(exit)
}

/// Returns what reports say of an assessment.
fn reported<'a>(
    name: &'a str,
    decision: &'a Decision,
    assessment: &'a Assessment,
    request: &'a Request<'_>,
    record: report::RecordRef,
) -> report::Gate<'a> {
    report::Gate {
        name,
        decision,
        document: &assessment.document,
        as_of: assessment.as_of,
        as_of_source: request.as_of.as_ref().map(|(_, source)| source.as_str()),
        subjects: assessment.subjects.clone(),
        evidence: shown(&request.input),
        items: assessment.items,
        contract: assessment.contract.clone(),
        policies: evaluation::list(&request.policies),
        relaxations: &assessment.relaxations,
        advisory: request.advisory,
        lint: assessment.lint.clone(),
        prints: assessment.prints.clone(),
        record,
    }
}

fn request<'a>(
    args: &Gate,
    config: &Config,
    trust: Option<&'a TrustPolicy>,
) -> Result<Request<'a>, CliError> {
    let (selection, files) = targets(args)?;
    let gate_config = evaluation::section(&selection, config);
    let conftest = !files.is_empty();
    let configured_waivers = config.waivers.as_ref().map(|path| config.resolve(path));
    Ok(Request {
        policies: policies(args, config, conftest),
        data: evaluation::data(&args.sources, config),
        input: if conftest {
            Input::Files(Files {
                paths: files,
                parser: parser(args.parser.as_deref())?,
                definitions: args.proto_file_dirs.clone(),
                combined: args.combine,
            })
        } else {
            let given = args.evidence.as_ref();
            Input::Folder(evaluation::evidence(given, &gate_config, config))
        },
        waivers: args.waivers.clone().or(configured_waivers),
        contracts: evaluation::contracts(args.contract.as_ref(), &args.sources, config),
        as_of: evaluation::as_of(args.as_of.as_deref(), &gate_config)?,
        subject: subjects(&args.subject)?,
        params: gate_config.params.unwrap_or_else(|| json!({})),
        trust,
        overrides: overrides(args),
        configured_gates: if args.sources.policy.is_empty() && !conftest {
            config.gate.keys().cloned().collect()
        } else {
            Vec::new()
        },
        fail_on_warn: args.fail_on_warn,
        advisory: args.advisory,
        actor: actor::from_environment(),
        worker: worker()?,
        selection,
    })
}

/// What a flag or variable puts in the place of what the repository has settled.
fn overrides(args: &Gate) -> Vec<(String, String)> {
    let flags = [
        ("--trust", &args.trust),
        ("--waivers", &args.waivers),
        ("--contract", &args.contract),
    ];
    flags
        .into_iter()
        .filter_map(|(flag, path)| {
            let path = path.as_ref()?;
            Some((flag.to_owned(), path.display().to_string()))
        })
        .collect()
}

/// Returns the decision as people see it: where files are the input, with the file before
/// each message. The document that is recorded has the file beside the message.
fn as_shown(mut decision: Decision, input: &Input) -> Decision {
    if let Input::Folder(_) = input {
        return decision;
    }
    let rules = decision.rules.iter_mut();
    for finding in rules.flat_map(|rule| &mut rule.findings) {
        let said = &mut finding.statement;
        if let [file] = said.evidence.as_slice() {
            said.msg = format!("{file}: {}", said.msg);
        }
    }
    decision
}

fn write_report(
    output: &Output<Report>,
    gate: &report::Gate<'_>,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let palette = output.palette(cli.color);
    let mut bytes = Vec::new();
    let written = match output.format {
        Report::Text if cli.quiet => report::gate_verdict(gate, palette, &mut bytes),
        Report::Text => report::gate_text(gate, palette, &mut bytes),
        Report::Json => writeln!(bytes, "{}", json::pretty(&report::gate_json(gate))),
    };
    written.map_err(CliError::Output)?;
    output.write(&bytes, out)
}

/// Reads the name of a format.
fn parser(name: Option<&str>) -> Result<Option<Format>, CliError> {
    let Some(name) = name else {
        return Ok(None);
    };
    match Format::named(name) {
        Some(format) => Ok(Some(format)),
        None => Err(CliError::Argument {
            argument: format!("--parser `{name}`"),
            reason: format!(
                "expected {}",
                Format::names().collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}

/// Tells gate names from files: a name has no dot and no slash.
fn targets(args: &Gate) -> Result<(Selection, Vec<PathBuf>), CliError> {
    let is_name = |path: &Path| {
        path.to_str().is_some_and(|text| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        }) && !path.is_file()
    };
    let (names, files): (Vec<_>, Vec<_>) =
        args.targets.iter().cloned().partition(|path| is_name(path));
    let argument = |reason: &str, path: &Path| CliError::Argument {
        argument: format!("`{}`", path.display()),
        reason: reason.to_owned(),
    };
    if let Some(given) = args.targets.iter().find(|path| *path == Path::new("-")) {
        return Err(argument(
            "standard input is not read: write it to a file",
            given,
        ));
    }
    if let Some(second) = names.get(1) {
        return Err(argument("one gate at a time", second));
    }
    let flags = [
        (args.combine, "--combine", "combine"),
        (args.parser.is_some(), "--parser", "parse"),
        (
            !args.proto_file_dirs.is_empty(),
            "--proto-file-dirs",
            "read by them",
        ),
    ];
    for (given, flag, verb) in flags {
        if given && files.is_empty() {
            return Err(CliError::Argument {
                argument: flag.into(),
                reason: format!("there are no files to {verb}"),
            });
        }
    }
    if args.contract.is_some() && !files.is_empty() {
        return Err(CliError::Argument {
            argument: "--contract".into(),
            reason: "it demands items of evidence, and files are none".into(),
        });
    }
    let selection = if args.all_namespaces {
        Selection::All
    } else if !args.namespace.is_empty() {
        Selection::Namespaces(args.namespace.clone())
    } else if !files.is_empty() {
        Selection::Namespaces(vec!["main".to_owned()])
    } else {
        let name = names
            .first()
            .and_then(|name| name.to_str())
            .unwrap_or(DEFAULT_GATE);
        return Ok((Selection::Gate(name.to_owned()), files));
    };
    match names.first() {
        Some(name) => Err(argument(
            "a gate name does not go with files or namespaces",
            name,
        )),
        None => Ok((selection, files)),
    }
}

fn policies(args: &Gate, config: &Config, conftest: bool) -> Vec<PathBuf> {
    if conftest && args.sources.policy.is_empty() && config.policies.is_none() {
        return vec![config.resolve(Path::new(CONFTEST_POLICIES))];
    }
    evaluation::policies(&args.sources, config)
}

/// Reads `name@sha256:hex`.
///
/// # Errors
/// Any other form.
pub fn subjects(texts: &[String]) -> Result<Vec<Subject>, CliError> {
    texts
        .iter()
        .map(|text| {
            let subject = text.split_once("@sha256:").and_then(|(name, hex)| {
                let sha256 = hex.parse().ok()?;
                (!name.is_empty()).then(|| Subject {
                    name: name.to_owned(),
                    digest: SubjectDigest { sha256 },
                    environment: None,
                })
            });
            subject.ok_or_else(|| CliError::Argument {
                argument: format!("--subject `{text}`"),
                reason: "expected name@sha256: and 64 lower-case hex digits".into(),
            })
        })
        .collect()
}

/// The worker is this very binary, found anew so that a moved one is noticed here.
pub fn worker() -> Result<PathBuf, CliError> {
    std::env::current_exe().map_err(|source| CliError::Read {
        path: PathBuf::from("assize"),
        source,
    })
}

fn shown(input: &Input) -> String {
    match input {
        Input::Folder(path) => path.display().to_string(),
        Input::Files(files) => evaluation::list(&files.paths),
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::GateConfig;
    use super::*;
    use clap::Parser as _;

    fn parsed(args: &[&str]) -> Gate {
        let cli = Cli::parse_from(["assize", "gate"].iter().chain(args));
        match cli.command {
            super::super::args::Command::Gate(gate) => gate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_and_files_are_told_apart() {
        let gate = |args: &[&str]| targets(&parsed(args)).map_err(|error| error.to_string());
        assert_eq!(gate(&[]).unwrap().0, Selection::Gate("deploy".into()));
        assert_eq!(
            gate(&["release"]).unwrap().0,
            Selection::Gate("release".into())
        );
        let (selection, files) = gate(&["a.yaml", "k8s/b"]).unwrap();
        assert_eq!(selection, Selection::Namespaces(vec!["main".into()]));
        assert_eq!(files.len(), 2);
        assert!(
            gate(&["one", "two"])
                .unwrap_err()
                .contains("one gate at a time")
        );
        assert!(gate(&["deploy", "a.yaml"]).is_err());
        assert!(gate(&["deploy", "-n", "main"]).is_err());
        for args in [vec!["-"], vec!["a.yaml", "-"]] {
            assert!(
                gate(&args).unwrap_err().contains("standard input"),
                "{args:?}"
            );
        }
    }

    #[test]
    fn subjects_are_names_with_digests() {
        let hex = "ab".repeat(32);
        assert_eq!(
            subjects(&[format!("a@b@sha256:{hex}")]).unwrap()[0].name,
            "a@b"
        );
        for text in [
            "registry",
            "registry@sha256:ab",
            &format!("@sha256:{hex}"),
            "",
        ] {
            assert!(subjects(&[text.to_owned()]).is_err(), "{text}");
        }
    }

    #[test]
    fn params_default_to_an_empty_object() {
        let config = GateConfig::default();
        assert_eq!(config.params.unwrap_or_else(|| json!({})), json!({}));
    }
}
