//! `assize triggers explain`: one trigger as it was last recorded.
//!
//! It evaluates nothing: what is shown as a verdict is in the ledger.

use std::io::Write;

use crate::cli::args::{Cli, TriggersExplain};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::settings;
use crate::digest::Digest;
use crate::json::{self, Limits, Value};
use crate::ledger::read::Reader;
use crate::record::decided::Rule;
use crate::report::plot::Style;
use crate::report::{self, Explanation, Previous};
use crate::triggers::{History, Matrix, Recorded, RecordedError, Standing};

/// Runs `assize triggers explain`.
///
/// # Errors
/// No record of triggers, one that cannot be read, and no such trigger in it.
pub fn run(
    args: &TriggersExplain,
    cli: &Cli,
    config: &Config,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let ledger = settings::ledger(args.ledger.as_ref(), config)?;
    let reader = ledger.reader()?.ok_or(RecordedError::None)?;
    let recorded = Recorded::last(&reader)?;
    let rule = recorded.decided.rule(&args.id).ok_or_else(|| {
        let rules = recorded.decided.rules.iter();
        let known: Vec<_> = rules.map(|rule| rule.id.as_str()).collect();
        CliError::Argument {
            argument: format!("`{}`", args.id),
            reason: format!(
                "no trigger of record {} has that id; it has {}",
                recorded.point.index,
                known.join(", ")
            ),
        }
    })?;
    let digests = &recorded.statement.predicate.digests;
    let data = document(&reader, &digests.data)?.unwrap_or_default();
    let input = document(&reader, &digests.input)?;
    let history = History::read(&reader, recorded.point);
    let matrix = Matrix::read(&data, []).unwrap_or_default();
    let unknown = || CliError::UnknownRecord {
        index: recorded.point.index,
        reason: format!("trigger `{}` is in the state `{}`", rule.id, rule.state),
    };
    let standing = Standing::of(rule, &matrix, &history, recorded.point).ok_or_else(unknown)?;
    let explanation = Explanation {
        standing: &standing,
        here: recorded.point,
        recorded_at: recorded.statement.predicate.recorded_at,
        previous: history.last().map(|(point, decided)| Previous {
            point: *point,
            rule: decided.rule(&rule.id),
        }),
        input: input.as_ref(),
        thresholds: thresholds(rule, &data),
        style: if args.ascii {
            Style::Ascii
        } else {
            Style::Unicode
        },
    };
    report::trigger_explanation(&explanation, cli.color.palette(), out).map_err(CliError::Output)
}

/// Returns a document that a record binds; none where the ledger does not hold it.
fn document(reader: &Reader, digest: &Digest) -> Result<Option<Value>, CliError> {
    let bytes = reader.blob(digest)?;
    Ok(bytes
        .map(|bytes| json::parse(&bytes, Limits::EVIDENCE))
        .transpose()?)
}

/// Returns the thresholds of a trigger: `triggers.sla.x` has them at
/// `data.triggers.sla.thresholds.x`.
fn thresholds<'d>(rule: &Rule, data: &'d Value) -> Option<&'d Value> {
    let (parent, name) = rule.package.rsplit_once('.')?;
    let group = parent.split('.').try_fold(data, |at, part| at.get(part))?;
    group.get("thresholds")?.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn thresholds_lie_beside_the_package() {
        let data = json!({"triggers": {"sla": {"thresholds": {"x": {"limit_ms": 120}}}}});
        let rule = |package: &str| -> Rule {
            json::decode(json!({
                "id": "sla.x", "package": package, "title": "t", "severity": "high", "controls": [],
                "remediation": null, "source": {"path": "p", "line": 1}, "state": "pass",
                "evidence": [], "findings": [],
            }))
            .unwrap()
        };
        let found = thresholds(&rule("triggers.sla.x"), &data);
        assert_eq!(found, Some(&json!({"limit_ms": 120})));
        for other in ["triggers.sla.y", "triggers.x", "x"] {
            assert_eq!(thresholds(&rule(other), &data), None, "{other}");
        }
    }
}
