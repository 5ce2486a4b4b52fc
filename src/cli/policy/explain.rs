//! `assize policy explain`: one rule, what it reads, its tests and its last results.

use std::io::Write;

use crate::cli::args::Explain;
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::{log, settings};
use crate::clock::duration_text;
use crate::json::{self, Limits, Value, json};
use crate::ledger::read::Reader;
use crate::policy::{About, PolicySet, Requirement, Rule, Severity};
use crate::record::Statement;
use crate::report::visible;
use crate::signing::dsse::Envelope;

/// Most records that are looked through for results.
const RECORDS_MAX: u64 = 10_000;

/// Runs `assize policy explain`.
///
/// # Errors
/// A rule that does not exist, and a ledger that cannot be read.
pub fn run(
    args: &Explain,
    policies: &PolicySet,
    config: &Config,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let wants_json = log::wants_json(&args.output)?;
    let rule = find(&args.rule, policies)?;
    let about = policies.about(rule);
    let ledger = settings::ledger(args.ledger.as_ref(), config)?;
    let reader = match &args.ledger {
        Some(_) => Some(ledger.present()?),
        None => ledger.reader()?,
    };
    let results = reader.map(|reader| results(&reader, &rule.id, args.last));
    let results = results.transpose()?;
    let text = if wants_json {
        let document = value(rule, &about, results.as_deref());
        format!("{}\n", json::pretty(&document))
    } else {
        let lines = text(rule, &about, results.as_deref());
        lines.iter().map(|line| visible(line) + "\n").collect()
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)
}

fn find<'p>(name: &str, policies: &'p PolicySet) -> Result<&'p Rule, CliError> {
    let rules = policies.rules();
    let found = rules
        .iter()
        .find(|rule| rule.id == name)
        .or_else(|| rules.iter().find(|rule| rule.package == name));
    found.ok_or_else(|| CliError::NoRule {
        rule: name.to_owned(),
        near: rules
            .iter()
            .filter(|rule| rule.id.contains(name) || name.contains(rule.id.as_str()))
            .map(|rule| rule.id.clone())
            .collect(),
    })
}

/// One result of the rule.
struct Outcome {
    index: u64,
    recorded_at: String,
    kind: String,
    name: String,
    state: String,
    findings: Vec<String>,
}

/// The last `count` results of rule `id`, newest first. They are not verified.
fn results(reader: &Reader, id: &str, count: usize) -> Result<Vec<Outcome>, CliError> {
    let size = reader.checkpoint().size;
    let mut found = Vec::new();
    for index in (size.saturating_sub(RECORDS_MAX)..size).rev() {
        if found.len() >= count {
            break;
        }
        let Some(entry) = reader.entry(index)? else {
            continue;
        };
        // A record of another version is no result of this rule.
        let Some(statement) = Envelope::parse(&entry.line)
            .ok()
            .and_then(|envelope| Statement::parse(envelope.unverified_payload()).ok())
        else {
            continue;
        };
        let predicate = statement.predicate;
        let Some(bytes) = reader.blob(&predicate.digests.decision)? else {
            continue;
        };
        let decision = json::parse(&bytes, Limits::EVIDENCE)?;
        let rules = decision.get("rules").and_then(Value::as_array);
        let decided = rules
            .into_iter()
            .flatten()
            .find(|rule| part(rule, "id") == id);
        found.extend(decided.map(|decided| Outcome {
            index,
            recorded_at: predicate.recorded_at.to_string(),
            kind: predicate.kind,
            name: predicate.name,
            state: part(decided, "state").to_owned(),
            findings: messages(decided),
        }));
    }
    Ok(found)
}

fn messages(decided: &Value) -> Vec<String> {
    let findings = decided.get("findings").and_then(Value::as_array);
    let findings = findings.into_iter().flatten();
    findings
        .map(|finding| part(finding, "msg").to_owned())
        .collect()
}

fn part<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn text(rule: &Rule, about: &About, results: Option<&[Outcome]>) -> Vec<String> {
    let severity = rule.severity.map_or("unrated", Severity::name);
    let mut lines = vec![format!(
        "{}  [{severity}]  {}:{}",
        rule.id, rule.path, rule.line
    )];
    lines.extend(rule.title.iter().cloned());
    let description = rule.description.iter();
    lines.extend(description.flat_map(|text| text.lines().map(str::to_owned)));
    for (name, value) in said(rule, about).into_iter().chain(read(rule, about)) {
        if !value.is_empty() {
            lines.push(format!("  {name:<12}{value}"));
        }
    }
    lines.extend(result_lines(results));
    lines
}

/// What METADATA says.
fn said(rule: &Rule, about: &About) -> Vec<(String, String)> {
    let on = rule.effective_on.map(|on| on.to_string());
    let mut fields = vec![("package".to_owned(), rule.package.clone())];
    fields.extend(own_keys(&about.custom));
    fields.push(("controls".into(), rule.controls.join(", ")));
    fields.push((
        "remediation".into(),
        rule.remediation.clone().unwrap_or_default(),
    ));
    fields.push(("effective".into(), on.unwrap_or_default()));
    let resources = rule.related_resources.iter();
    fields.extend(resources.map(|resource| ("see".into(), resource.reference.clone())));
    fields
}

/// What its code does: heads, what it needs and reads, and who tests it.
fn read(rule: &Rule, about: &About) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for head in &rule.heads {
        let title = head.title.iter().map(|title| format!("  {title}"));
        let place = format!("{}  {}:{}", head.name, head.path, head.line);
        fields.push(("head".into(), place + &title.collect::<String>()));
    }
    let requires = rule.requires.iter();
    fields.extend(requires.map(|required| ("requires".into(), requirement(required))));
    let dynamic = about
        .is_dynamic
        .then(|| "and what is chosen while the rule runs".to_owned());
    let evidence: Vec<String> = about.evidence.iter().cloned().chain(dynamic).collect();
    for (name, values) in [
        ("evidence", &evidence),
        ("input", &about.input),
        ("data", &about.data),
        ("uses", &about.uses),
        ("tests", &about.tests),
    ] {
        fields.extend(values.iter().map(|value| (name.into(), value.clone())));
    }
    if about.tests.is_empty() {
        let none = "none: no file of tests reads it";
        fields.push(("tests".into(), none.into()));
    }
    fields
}

fn result_lines(results: Option<&[Outcome]>) -> Vec<String> {
    let found = match results {
        None => return vec!["  results     none: there is no ledger".into()],
        Some([]) => return vec!["  results     none in the ledger".into()],
        Some(found) => found,
    };
    let mut lines = vec![format!(
        "  results     the last {} (not verified here: `assize verify`)",
        found.len()
    )];
    for outcome in found {
        lines.push(format!(
            "    record {:<6} {}  {} {}  {}",
            outcome.index, outcome.recorded_at, outcome.kind, outcome.name, outcome.state
        ));
        let findings = outcome.findings.iter();
        lines.extend(findings.map(|finding| format!("      {finding}")));
    }
    lines
}

/// Keys of METADATA that are not shown elsewhere.
fn own_keys(custom: &Value) -> Vec<(String, String)> {
    const SHOWN: [&str; 6] = [
        "id",
        "severity",
        "controls",
        "requires",
        "remediation",
        "effective_on",
    ];
    let keys = custom.as_object().into_iter().flatten();
    keys.filter(|(key, _)| !SHOWN.contains(&key.as_str()))
        .map(|(key, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (key.clone(), text)
        })
        .collect()
}

/// Returns a requirement for people, on one line.
pub fn requirement(required: &Requirement) -> String {
    let mut parts = vec![required.evidence.clone()];
    parts.extend(required.kind.clone());
    parts.extend(
        required
            .max_age
            .map(|age| format!("at most {} old", duration_text(age))),
    );
    parts.extend(
        required
            .min_coverage
            .map(|coverage| format!("coverage at least {coverage}")),
    );
    let maps = required.maps.iter();
    parts.extend(maps.map(|map| format!("by the map sha256:{map}")));
    if !required.facts.is_empty() {
        parts.push(format!("with {}", required.facts.join(", ")));
    }
    if required.verified {
        parts.push("signed by a trusted key".into());
    }
    let signers = required.signers.iter();
    parts.extend(signers.map(|list| format!("signed by {}", list.join(" or "))));
    if required.optional {
        parts.push("optional".into());
    }
    parts.join("  ")
}

fn value(rule: &Rule, about: &About, results: Option<&[Outcome]>) -> Value {
    let requires: Vec<_> = rule.requires.iter().map(super::list::requirement).collect();
    let heads: Vec<_> = rule
        .heads
        .iter()
        .map(|head| json!({"name": head.name, "path": head.path, "line": head.line, "title": head.title}))
        .collect();
    let results = results.map(|found| {
        let found = found.iter().map(|outcome| {
            json!({
                "index": outcome.index,
                "recorded_at": outcome.recorded_at,
                "kind": outcome.kind,
                "name": outcome.name,
                "state": outcome.state,
                "findings": outcome.findings,
            })
        });
        found.collect::<Vec<_>>()
    });
    json!({
        "schema": "assize/policy-explain/v1",
        "id": rule.id,
        "package": rule.package,
        "source": {"path": rule.path, "line": rule.line},
        "title": rule.title,
        "description": rule.description,
        "severity": rule.severity.map(Severity::name),
        "custom": about.custom,
        "controls": rule.controls,
        "remediation": rule.remediation,
        "effective_on": rule.effective_on,
        "related_resources": rule
            .related_resources
            .iter()
            .map(|resource| json!({"ref": resource.reference, "description": resource.description}))
            .collect::<Vec<_>>(),
        "heads": heads,
        "requires": requires,
        "reads": {
            "evidence": about.evidence,
            "evidence_dynamic": about.is_dynamic,
            "input": about.input,
            "data": about.data,
            "uses": about.uses,
        },
        "tests": about.tests,
        "results": results,
    })
}
