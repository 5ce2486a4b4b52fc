//! One result of a SARIF run, and the rules that say how severe it is.

use crate::evidence::kinds::{
    KindError,
    node::{Node, TEXT_MAX, number, shortened},
};
use crate::json::{Value, json};

use super::rules::{Level, Reference, Rules, Weight, score};

/// What the results of a run refer to.
pub(super) struct Context<'a> {
    rules: Rules<'a>,
    artifacts: Vec<Node<'a>>,
}

/// Results by severity; suppressed and absent ones apart.
#[derive(Debug, Default)]
pub(super) struct Counts {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    none: u64,
    suppressed: u64,
    absent: u64,
}

/// From worst to mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Critical,
    High,
    Medium,
    Low,
    None,
}

impl<'a> Context<'a> {
    pub(super) fn of(run: &Node<'a>) -> Result<Self, KindError> {
        Ok(Self {
            rules: Rules::of(&run.field("tool")?, "rules")?,
            artifacts: run.each("artifacts")?,
        })
    }

    pub(super) fn rules_count(&self) -> usize {
        self.rules.count()
    }

    pub(super) fn artifacts(&self) -> &[Node<'a>] {
        &self.artifacts
    }
}

/// How severe a result is.
struct Judged {
    severity: Severity,
    score: Option<f64>,
    level: Level,
}

impl Judged {
    /// By its own words, and where it has none by the worst of `weights`.
    fn of(result: &Node<'_>, weights: &[Weight]) -> Result<Self, KindError> {
        let own = Weight {
            score: score(result)?,
            level: Level::of(result)?,
        };
        let mut worst = Self {
            severity: Severity::None,
            score: None,
            level: Level::None,
        };
        for weight in weights {
            let score = own.score.or(weight.score);
            let level = own.level.or(weight.level).unwrap_or_default();
            worst.severity = worst.severity.min(Severity::of(score, level));
            worst.level = worst.level.max(level);
            if worst.score < score {
                worst.score = score;
            }
        }
        Ok(worst)
    }
}

/// Reads one result and counts it.
pub(super) fn facts<'a>(
    result: &Node<'a>,
    context: &Context<'a>,
    counts: &mut Counts,
) -> Result<Value, KindError> {
    let reference = Reference::of_result(result)?;
    let rules = context.rules.named(&reference)?;
    let judged = Judged::of(result, &context.rules.weights(&reference, &rules)?)?;
    let rule = rules.first().copied();
    let kind = match result.optional("kind")? {
        Some(kind) => kind.one_of(&[
            "pass",
            "open",
            "informational",
            "notApplicable",
            "review",
            "fail",
        ])?,
        None => "fail",
    };
    let severity = match kind {
        "pass" | "informational" | "notApplicable" => Severity::None,
        _ => judged.severity,
    };
    let suppressed = is_suppressed(result)?;
    let baseline_state = match result.optional("baselineState")? {
        Some(state) => Some(state.one_of(&["new", "unchanged", "updated", "absent"])?),
        None => None,
    };
    counts.add(severity, suppressed, baseline_state == Some("absent"));
    let (uri, line) = location(result, context)?;
    let id = match (reference.id(), rule) {
        (Some(id), _) => Some(id),
        (None, Some(rule)) => Some(rule.field("id")?.text()?),
        (None, None) => None,
    };
    Ok(json!({
        "rule_id": id,
        "kind": kind,
        "severity": severity.name(),
        "security_severity": judged.score.map(number),
        "level": if kind == "fail" { judged.level.name() } else { "none" },
        "message": message(result, rule)?,
        "uri": uri,
        "line": line,
        "suppressed": suppressed,
        "baseline_state": baseline_state,
        "first_detected_at": first_detected_at(result)?,
        "fingerprint": fingerprint(result)?,
    }))
}

fn is_suppressed(result: &Node<'_>) -> Result<bool, KindError> {
    let suppressions = result.each("suppressions")?;
    let mut is_suppressed = !suppressions.is_empty();
    for suppression in suppressions {
        let status = match suppression.optional("status")? {
            Some(status) => Some(status.one_of(&["accepted", "underReview", "rejected"])?),
            None => None,
        };
        is_suppressed &= status == Some("accepted");
    }
    Ok(is_suppressed)
}

fn message(result: &Node<'_>, rule: Option<&Node<'_>>) -> Result<Option<String>, KindError> {
    let message = result.field("message")?;
    if let Some(text) = message.optional("text")? {
        return Ok(Some(shortened(text.text()?, TEXT_MAX)));
    }
    let (Some(id), Some(rule)) = (message.optional("id")?, rule) else {
        return Ok(None);
    };
    let Some(strings) = rule.optional("messageStrings")? else {
        return Ok(None);
    };
    match strings.optional(id.text()?)? {
        Some(string) => Ok(Some(shortened(string.field("text")?.text()?, TEXT_MAX))),
        None => Ok(None),
    }
}

/// The first location's file and line.
fn location(result: &Node<'_>, context: &Context<'_>) -> Result<(Value, Value), KindError> {
    let none = (Value::Null, Value::Null);
    let Some(first) = result.each("locations")?.into_iter().next() else {
        return Ok(none);
    };
    let Some(physical) = first.optional("physicalLocation")? else {
        return Ok(none);
    };
    let line = match physical.optional("region")? {
        Some(region) => region.optional("startLine")?,
        None => None,
    };
    let line = match line {
        Some(line) => Value::from(line.count()?),
        None => Value::Null,
    };
    let Some(artifact) = physical.optional("artifactLocation")? else {
        return Ok((Value::Null, line));
    };
    if let Some(uri) = artifact.optional("uri")? {
        return Ok((shortened(uri.text()?, TEXT_MAX).into(), line));
    }
    let Some(index) = artifact.optional("index")? else {
        return Ok((Value::Null, line));
    };
    let at = usize::try_from(index.count()?).unwrap_or(usize::MAX);
    let artifact = context
        .artifacts
        .get(at)
        .ok_or_else(|| index.refuse("there is no such artifact"))?;
    let uri = artifact.field("location")?.field("uri")?;
    Ok((shortened(uri.text()?, TEXT_MAX).into(), line))
}

fn first_detected_at(result: &Node<'_>) -> Result<Option<String>, KindError> {
    let Some(provenance) = result.optional("provenance")? else {
        return Ok(None);
    };
    let first = provenance.optional("firstDetectionTimeUtc")?;
    first
        .map(|node| Ok(node.timestamp()?.to_string()))
        .transpose()
}

/// The first fingerprint by name; a partial one where there is no full one.
fn fingerprint(result: &Node<'_>) -> Result<Option<String>, KindError> {
    for name in ["fingerprints", "partialFingerprints"] {
        let Some(prints) = result.optional(name)? else {
            continue;
        };
        if let Some(first) = prints.object()?.keys().next() {
            let text = prints.field(first)?.text()?;
            return Ok(Some(shortened(text, TEXT_MAX)));
        }
    }
    Ok(None)
}

impl Severity {
    fn of(score: Option<f64>, level: Level) -> Self {
        match (score, level) {
            (Some(score), _) if score >= 9.0 => Self::Critical,
            (Some(score), _) if score >= 7.0 => Self::High,
            (Some(score), _) if score >= 4.0 => Self::Medium,
            (Some(score), _) if score > 0.0 => Self::Low,
            (None, Level::Error) => Self::High,
            (None, Level::Warning) => Self::Medium,
            (None, Level::Note) => Self::Low,
            _ => Self::None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::None => "none",
        }
    }
}

impl Counts {
    fn add(&mut self, severity: Severity, suppressed: bool, absent: bool) {
        *match severity {
            _ if absent => &mut self.absent,
            _ if suppressed => &mut self.suppressed,
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::None => &mut self.none,
        } += 1;
    }

    pub(super) fn facts(&self) -> Value {
        json!({
            "critical": self.critical,
            "high": self.high,
            "medium": self.medium,
            "low": self.low,
            "none": self.none,
            "suppressed": self.suppressed,
            "absent": self.absent,
        })
    }
}
