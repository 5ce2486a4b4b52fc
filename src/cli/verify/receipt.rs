//! `assize verify --receipt` and `--growth`: proofs that were handed out.

use std::io::Write;
use std::path::Path;

use super::{read, refused};
use crate::cli::args::{Cli, Verify};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::log::{self, Content};
use crate::cli::settings;
use crate::digest::Digest;
use crate::json::{self, Limits, json};
use crate::record::Relaxation;
use crate::report::visible;
use crate::verify::{self, ConsistencyReport, ReceiptReport};

/// The verdict that lets something pass.
const ALLOW: &str = "allow";

/// What somebody wants a receipt to say.
#[derive(Debug, Default)]
struct Wanted<'a> {
    subject: Option<(Option<&'a str>, Digest)>,
    gate: Option<&'a str>,
    accepted: &'a [String],
}

/// Verifies a receipt.
///
/// # Errors
/// Files that cannot be read, and arguments that cannot be used. That something is wrong
/// is an answer.
pub fn verify(
    path: &Path,
    args: &Verify,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let json = log::wants_json(&args.output)?;
    let wanted = wanted(args)?;
    let trusted = settings::verifier_trust(&args.key, args.trust.as_ref(), config)?;
    let report = match verify::receipt(&read(path)?, &trusted.policy) {
        Ok(report) => report,
        Err(error) => return refused(error, path, json, out),
    };
    let content = Content::parse(&report.payload).map_err(|error| CliError::UnknownRecord {
        index: report.index,
        reason: error.to_string(),
    })?;
    let unmet = wanted.unmet(&content);
    let text = if json {
        as_json(&report, unmet.as_deref())
    } else {
        as_text(
            &report,
            &lines(&content)?,
            unmet.as_deref(),
            &trusted.source,
            cli,
        )
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(if unmet.is_some() { Exit::No } else { Exit::Yes })
}

/// Verifies that a ledger continues a kept checkpoint.
///
/// # Errors
/// As [`verify`].
pub fn verify_growth(
    path: &Path,
    args: &Verify,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let json = log::wants_json(&args.output)?;
    let trusted = settings::verifier_trust(&args.key, args.trust.as_ref(), config)?;
    let kept = args.since.as_deref().map(read).transpose()?;
    let proof = read(path)?;
    match verify::consistency(&proof, &kept.unwrap_or_default(), &trusted.policy) {
        Ok(report) => {
            let text = if json {
                growth_json(&report)
            } else {
                growth_text(&report, &trusted.source, cli)
            };
            out.write_all(text.as_bytes()).map_err(CliError::Output)?;
            Ok(Exit::Yes)
        }
        Err(error) => refused(error, path, json, out),
    }
}

fn wanted(args: &Verify) -> Result<Wanted<'_>, CliError> {
    let subject = args.allows.as_deref().map(|text| {
        let (name, digest) = match text.rsplit_once('@') {
            Some((name, digest)) => (Some(name), digest),
            None => (None, text),
        };
        let digest = digest.strip_prefix("sha256:").map(str::parse);
        match digest {
            Some(Ok(digest)) => Ok((name, digest)),
            _ => Err(CliError::Argument {
                argument: format!("--allows `{text}`"),
                reason: "expected sha256:HEX or NAME@sha256:HEX".into(),
            }),
        }
    });
    Ok(Wanted {
        subject: subject.transpose()?,
        gate: args.gate.as_deref(),
        accepted: &args.accept,
    })
}

impl Wanted<'_> {
    fn accepts(&self, kind: &str) -> bool {
        self.accepted.iter().any(|accepted| accepted == kind)
    }

    /// Why the record is not what is wanted.
    fn unmet(&self, content: &Content) -> Option<String> {
        if self.subject.is_none() && self.gate.is_none() {
            return None;
        }
        let Content::Decision(statement) = content else {
            return Some("the record is an act, not a decision".to_owned());
        };
        let predicate = &statement.predicate;
        if let Some(gate) = self.gate
            && (predicate.kind.as_str(), predicate.name.as_str()) != ("gate", gate)
        {
            let (kind, name) = (&predicate.kind, &predicate.name);
            return Some(format!(
                "the record is of {kind} `{name}`, not of gate `{gate}`"
            ));
        }
        let (name, digest) = self.subject?;
        if predicate.verdict != ALLOW {
            return Some(format!("the verdict is {}", predicate.verdict));
        }
        let hex = digest.hex();
        let is_judged = statement.subject.iter().any(|subject| {
            subject.digest.get("sha256") == Some(&hex)
                && name.is_none_or(|name| name == subject.name)
        });
        if !is_judged {
            return Some(format!("sha256:{hex} is not what was judged"));
        }
        let mut bent = predicate.relaxations.iter().filter_map(bending);
        let kind = bent.find(|kind| !self.accepts(kind))?;
        Some(format!(
            "the verdict was bent by `{kind}`, which --accept takes"
        ))
    }
}

/// What makes an allow one of another time, of other rules or of something else than the
/// evidence speaks of. Permissions that the policies themselves know are none of these.
fn bending(relaxation: &Relaxation) -> Option<&'static str> {
    match relaxation {
        Relaxation::AsOf { .. } => Some("as-of"),
        Relaxation::Namespaces { .. } => Some("namespaces"),
        Relaxation::Override { .. } => Some("override"),
        _ => None,
    }
}

/// What the record says, line by line.
fn lines(content: &Content) -> Result<Vec<String>, CliError> {
    let statement = match content {
        Content::Act(act) => {
            let predicate = &act.predicate;
            let (kind, name) = (&predicate.kind, &predicate.name);
            return Ok(vec![
                format!("{kind} {name}: {}", predicate.outcome),
                format!("recorded at {}", predicate.recorded_at),
            ]);
        }
        Content::Decision(statement) => statement,
    };
    let predicate = &statement.predicate;
    let (kind, name) = (&predicate.kind, &predicate.name);
    let mut lines = vec![
        format!("{kind} {name}: {}", predicate.verdict),
        format!(
            "as of {}, recorded at {}",
            predicate.as_of, predicate.recorded_at
        ),
    ];
    for subject in &statement.subject {
        let digest = subject.digest.get("sha256").map_or("", String::as_str);
        lines.push(format!("judged         {}@sha256:{digest}", subject.name));
    }
    for relaxation in &predicate.relaxations {
        let bytes = json::canonical(relaxation)?;
        lines.push(format!(
            "relaxation     {}",
            String::from_utf8_lossy(&bytes)
        ));
    }
    if predicate.relaxations_omitted > 0 {
        lines.push(format!(
            "relaxation     and {} more",
            predicate.relaxations_omitted
        ));
    }
    Ok(lines)
}

fn as_text(
    report: &ReceiptReport,
    lines: &[String],
    unmet: Option<&str>,
    source: &str,
    cli: &Cli,
) -> String {
    let palette = cli.color.palette();
    let (green, red, dim, reset) = (palette.green, palette.red, palette.dim, palette.reset);
    let what: String = lines.iter().map(|line| visible(line) + "\n").collect();
    let unmet = unmet.map_or(String::new(), |reason| {
        format!("{red}NOT WHAT IS WANTED{reset}  {}\n", visible(reason))
    });
    format!(
        "{green}VERIFIED{reset}  record {} of {}  {}\n\
         {what}\
         record by      {}\n\
         checkpoint by  {}\n\
         trusting       {source}\n\
         {dim}not shown: that others see the same ledger, and that it still has the record;\n\
         for that, compare checkpoints: `assize log prove --from {}` there, `assize verify --growth` here{reset}\n\
         {unmet}",
        report.index,
        report.size,
        report.origin,
        report.record_signer,
        report.checkpoint_signers.join(", "),
        report.size,
    )
}

fn as_json(report: &ReceiptReport, unmet: Option<&str>) -> String {
    let document = json!({
        "schema": "assize/receipt-report/v1",
        "result": "verified",
        "origin": report.origin.as_str(),
        "index": report.index,
        "records": report.size,
        "sha256": Digest::of(&report.record),
        "statement": json::parse(&report.payload, Limits::AUTHORED).ok(),
        "record_signer": report.record_signer,
        "checkpoint_signers": report.checkpoint_signers,
        "unmet": unmet,
    });
    format!("{}\n", json::pretty(&document))
}

fn growth_text(report: &ConsistencyReport, source: &str, cli: &Cli) -> String {
    let palette = cli.color.palette();
    let (green, reset) = (palette.green, palette.reset);
    format!(
        "{green}VERIFIED{reset}  {}\n\
         the ledger of {} records continues that of {}: none of those was changed or removed\n\
         checkpoint by  {}\n\
         trusting       {source}\n\
         to be kept from now on:\n\n{}",
        report.origin,
        report.size,
        report.old,
        report.checkpoint_signers.join(", "),
        visible_lines(&report.checkpoint),
    )
}

fn visible_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(|line| visible(line) + "\n").collect()
}

fn growth_json(report: &ConsistencyReport) -> String {
    let document = json!({
        "schema": "assize/growth-report/v1",
        "result": "verified",
        "origin": report.origin.as_str(),
        "from": report.old,
        "records": report.size,
        "checkpoint_signers": report.checkpoint_signers,
        "checkpoint": String::from_utf8_lossy(&report.checkpoint),
    });
    format!("{}\n", json::pretty(&document))
}
