//! `assize policy list`.

use std::io::Write;

use super::markdown;
use crate::cli::args::List;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::clock::duration_text;
use crate::json::{self, Value, json};
use crate::policy::{PolicySet, Requirement, Rule, Severity};

/// Runs `assize policy list`.
///
/// # Errors
/// An unknown format, and standard output that is closed.
pub fn run(args: &List, policies: &PolicySet, out: &mut impl Write) -> Result<Exit, CliError> {
    let rules = selected(&args.namespace, policies)?;
    match args.output.as_str() {
        "text" => {
            for rule in rules {
                text(rule, out).map_err(CliError::Output)?;
            }
        }
        "markdown" => {
            let page = markdown::page(&rules, policies);
            out.write_all(page.as_bytes()).map_err(CliError::Output)?;
        }
        "json" => {
            let rules: Vec<_> = rules.into_iter().map(value).collect();
            let document = json!({
                "schema": "assize/policy-list/v1",
                "sha256": policies.digest(),
                "rules": rules,
            });
            writeln!(out, "{}", json::pretty(&document)).map_err(CliError::Output)?;
        }
        other => {
            return Err(CliError::Argument {
                argument: format!("--output `{other}`"),
                reason: "expected text, json or markdown".into(),
            });
        }
    }
    Ok(Exit::Yes)
}

/// Returns the rules in the packages that match; all of them where nothing is asked for.
fn selected<'p>(patterns: &[String], policies: &'p PolicySet) -> Result<Vec<&'p Rule>, CliError> {
    if patterns.is_empty() {
        return Ok(policies.rules().iter().collect());
    }
    // A pattern that matches nothing is misspelt.
    for pattern in patterns {
        if policies.select_namespace(&[pattern]).is_empty() {
            return Err(CliError::Argument {
                argument: format!("--namespace `{pattern}`"),
                reason: "no package with rules matches".into(),
            });
        }
    }
    Ok(policies.select_namespace(patterns))
}

fn text(rule: &Rule, out: &mut impl Write) -> std::io::Result<()> {
    let severity = rule.severity.map_or("unrated", Severity::name);
    writeln!(
        out,
        "{}  [{severity}]  {}:{}",
        rule.id, rule.path, rule.line
    )?;
    if let Some(title) = &rule.title {
        writeln!(out, "  {title}")?;
    }
    let heads: Vec<_> = rule.heads.iter().map(|head| head.name.as_str()).collect();
    writeln!(out, "  heads     {}", heads.join(", "))?;
    for required in &rule.requires {
        let mut line = format!("  requires  {}", required.evidence);
        if let Some(kind) = &required.kind {
            line = format!("{line}  {kind}");
        }
        if let Some(max_age) = required.max_age {
            line = format!("{line}  at most {} old", duration_text(max_age));
        }
        if !required.facts.is_empty() {
            line = format!("{line}  with {}", required.facts.join(", "));
        }
        if required.optional {
            line = format!("{line}  optional");
        }
        if let Some(coverage) = required.min_coverage {
            line = format!("{line}  coverage at least {coverage}");
        }
        writeln!(out, "{line}")?;
    }
    if !rule.controls.is_empty() {
        writeln!(out, "  controls  {}", rule.controls.join(", "))?;
    }
    if let Some(on) = rule.effective_on {
        writeln!(out, "  effective {on}")?;
    }
    Ok(())
}

/// Returns a requirement as JSON reports have it.
pub fn requirement(required: &Requirement) -> Value {
    json!({
        "evidence": required.evidence,
        "kind": required.kind,
        "max_age_s": required.max_age.map(|age| age.as_secs()),
        "min_coverage": required.min_coverage,
        "verified": required.verified,
        "signers": required.signers,
        "maps": required.maps,
        "optional": required.optional,
        "facts": required.facts,
    })
}

fn value(rule: &Rule) -> Value {
    let requires: Vec<_> = rule.requires.iter().map(requirement).collect();
    json!({
        "id": rule.id,
        "package": rule.package,
        "title": rule.title,
        "description": rule.description,
        "severity": rule.severity.map(Severity::name),
        "controls": rule.controls,
        "requires": requires,
        "heads": rule.heads.iter().map(|head| &head.name).collect::<Vec<_>>(),
        "effective_on": rule.effective_on,
        "source": {"path": rule.path, "line": rule.line},
    })
}
