//! One result of a SARIF run, and the rules that say how severe it is.

use std::collections::BTreeMap;

use crate::evidence::kinds::{
    KindError,
    node::{Node, TEXT_MAX, number, shortened},
};
use crate::json::{Value, json};

/// What the results of a run refer to.
pub(super) struct Context<'a> {
    driver: Rules<'a>,
    extensions: Vec<Rules<'a>>,
    artifacts: Vec<Node<'a>>,
}

/// The rules of one component; the first of an id counts.
struct Rules<'a> {
    rules: Vec<Node<'a>>,
    by_id: BTreeMap<&'a str, usize>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Critical,
    High,
    Medium,
    Low,
    None,
}

impl<'a> Rules<'a> {
    fn of(component: &Node<'a>) -> Result<Self, KindError> {
        let rules = component.each("rules")?;
        let mut by_id = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            by_id.entry(rule.field("id")?.text()?).or_insert(index);
        }
        Ok(Self { rules, by_id })
    }

    /// The rule called `id`, or the one it is a part of: `CA1000/1` is of `CA1000`.
    fn named(&self, id: &str) -> Option<&Node<'a>> {
        let whole = || self.by_id.get(id.rsplit_once('/')?.0);
        let index = self.by_id.get(id).or_else(whole)?;
        self.rules.get(*index)
    }
}

impl<'a> Context<'a> {
    pub(super) fn of(run: &Node<'a>) -> Result<Self, KindError> {
        let tool = run.field("tool")?;
        let mut extensions = Vec::new();
        for extension in tool.each("extensions")? {
            extensions.push(Rules::of(&extension)?);
        }
        Ok(Self {
            driver: Rules::of(&tool.field("driver")?)?,
            extensions,
            artifacts: run.each("artifacts")?,
        })
    }

    pub(super) fn rules_count(&self) -> usize {
        let extensions = self.extensions.iter();
        self.driver.rules.len() + extensions.map(|rules| rules.rules.len()).sum::<usize>()
    }

    pub(super) fn artifacts(&self) -> &[Node<'a>] {
        &self.artifacts
    }

    /// The rule that `result` names by index, or else by id.
    fn rule(&self, result: &Node<'a>) -> Result<Option<&Node<'a>>, KindError> {
        let reference = result.optional("rule")?;
        let component = match &reference {
            Some(reference) => reference.optional("toolComponent")?,
            None => None,
        };
        let component = match &component {
            Some(component) => component.optional("index")?,
            None => None,
        };
        let rules = match &component {
            Some(index) => self
                .extensions
                .get(usize::try_from(index.count()?).unwrap_or(usize::MAX))
                .ok_or_else(|| index.refuse("there is no such extension"))?,
            None => &self.driver,
        };
        let index = match &reference {
            Some(reference) => reference.optional("index")?,
            None => None,
        };
        if let Some(index) = index.or(result.optional("ruleIndex")?) {
            // -1 is the format's way to say "none".
            if index.value().as_i64() != Some(-1) {
                let at = usize::try_from(index.count()?).unwrap_or(usize::MAX);
                return match rules.rules.get(at) {
                    Some(rule) => Ok(Some(rule)),
                    None => Err(index.refuse("there is no such rule")),
                };
            }
        }
        Ok(rule_id(result)?.and_then(|id| rules.named(id)))
    }
}

/// Reads one result and counts it.
pub(super) fn facts<'a>(
    result: &Node<'a>,
    context: &Context<'a>,
    counts: &mut Counts,
) -> Result<Value, KindError> {
    let rule = context.rule(result)?;
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
    let level = level(result, rule)?;
    let score = score(result, rule)?;
    let severity = match kind {
        "pass" | "informational" | "notApplicable" => Severity::None,
        _ => Severity::of(score, level),
    };
    let suppressed = is_suppressed(result)?;
    let baseline_state = match result.optional("baselineState")? {
        Some(state) => Some(state.one_of(&["new", "unchanged", "updated", "absent"])?),
        None => None,
    };
    counts.add(severity, suppressed, baseline_state == Some("absent"));
    let (uri, line) = location(result, context)?;
    let id = match (rule_id(result)?, rule) {
        (Some(id), _) => Some(id),
        (None, Some(rule)) => Some(rule.field("id")?.text()?),
        (None, None) => None,
    };
    Ok(json!({
        "rule_id": id,
        "kind": kind,
        "severity": severity.name(),
        "security_severity": score.map(number),
        "level": if kind == "fail" { level } else { "none" },
        "message": message(result, rule)?,
        "uri": uri,
        "line": line,
        "suppressed": suppressed,
        "baseline_state": baseline_state,
        "first_detected_at": first_detected_at(result)?,
        "fingerprint": fingerprint(result)?,
    }))
}

fn rule_id<'a>(result: &Node<'a>) -> Result<Option<&'a str>, KindError> {
    if let Some(id) = result.optional("ruleId")? {
        return Ok(Some(id.text()?));
    }
    match result.optional("rule")? {
        Some(rule) => rule.optional("id")?.map(|id| id.text()).transpose(),
        None => Ok(None),
    }
}

/// The result's level, else its rule's default, else `warning`, as the format has it.
fn level<'a>(result: &Node<'a>, rule: Option<&Node<'a>>) -> Result<&'a str, KindError> {
    let mut level = result.optional("level")?;
    if let (None, Some(rule)) = (&level, rule)
        && let Some(defaults) = rule.optional("defaultConfiguration")?
    {
        level = defaults.optional("level")?;
    }
    level.map_or(Ok("warning"), |level| {
        level.one_of(&["none", "note", "warning", "error"])
    })
}

/// `security-severity`, a CVSS-like score that tools write as text or number into the
/// properties of the result or of its rule.
fn score(result: &Node<'_>, rule: Option<&Node<'_>>) -> Result<Option<f64>, KindError> {
    for node in [Some(result), rule].into_iter().flatten() {
        let Some(properties) = node.optional("properties")? else {
            continue;
        };
        let Some(score) = properties.optional("security-severity")? else {
            continue;
        };
        let value = match score.value() {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        };
        return match value {
            Some(value) if (0.0..=10.0).contains(&value) => Ok(Some(value)),
            _ => Err(score.refuse("expected a score from 0 to 10")),
        };
    }
    Ok(None)
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
    fn of(score: Option<f64>, level: &str) -> Self {
        match (score, level) {
            (Some(score), _) if score >= 9.0 => Self::Critical,
            (Some(score), _) if score >= 7.0 => Self::High,
            (Some(score), _) if score >= 4.0 => Self::Medium,
            (Some(score), _) if score > 0.0 => Self::Low,
            (None, "error") => Self::High,
            (None, "warning") => Self::Medium,
            (None, "note") => Self::Low,
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
