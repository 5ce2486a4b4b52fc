//! `assize verify --receipt` and `--growth`: proofs that were handed out.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use super::wanted::Wanted;
use super::{read, refused};
use crate::cli::anchors;
use crate::cli::args::{Cli, Verify};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::log::{self, Content};
use crate::cli::settings;
use crate::clock::{Clock as _, System};
use crate::digest::Digest;
use crate::json::{self, Limits, json};
use crate::report::visible;
use crate::verify::{self, ConsistencyReport, ReceiptReport};

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
    let wanted = Wanted::of(args, System.now())?;
    let trusted = settings::verifier_trust(&args.key, args.trust.as_ref(), config)?;
    let policy = anchors::witnesses(args.witnesses.as_ref())?;
    let receipt = read(path)?;
    let report = match verify::witnessed_receipt(&receipt, &trusted.policy, policy.as_ref()) {
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
        format!("policies       sha256:{}", predicate.digests.policies),
        format!("data           sha256:{}", predicate.digests.data),
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
    let mut cosigned = String::new();
    for one in &report.witnesses {
        let _ = writeln!(
            cosigned,
            "cosigned by    {} at {}",
            visible(&one.name),
            one.at
        );
    }
    let unmet = unmet.map_or(String::new(), |reason| {
        format!("{red}NOT WHAT IS WANTED{reset}  {}\n", visible(reason))
    });
    format!(
        "{green}VERIFIED{reset}  record {} of {}  {}\n\
         {what}\
         record by      {}\n\
         checkpoint by  {}\n\
         {cosigned}trusting       {source}\n\
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
        "witnesses": report.witnesses.iter().map(|one| json!({"name": one.name, "at": one.at.to_string()})).collect::<Vec<_>>(),
        "quorum": report.quorum,
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
