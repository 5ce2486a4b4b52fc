//! `prometheus-rule-file`: groups of alerting and recording rules
//! (<https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/>), with
//! the refusals of `promtool check rules`
//! (<https://github.com/prometheus/prometheus/blob/v2.42.0/model/rulefmt/rulefmt.go>).
//!
//! INVARIANT: an unknown field is refused, because a misspelt `for` or `labels` changes
//! what a rule does. No expression is parsed and none is evaluated.

use std::collections::BTreeSet;

use crate::evidence::Kind;
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, number, put, shortened, text_of};
use super::prometheus::Labels;
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// Most rules in one file.
const RULES_MAX: usize = 50_000;

/// Of Prometheus, then of Thanos and Mimir.
const GROUP_FIELDS: [&str; 9] = [
    "name",
    "interval",
    "query_offset",
    "limit",
    "labels",
    "rules",
    "partial_response_strategy",
    "evaluation_delay",
    "source_tenants",
];

const RULE_FIELDS: [&str; 7] = [
    "record",
    "alert",
    "expr",
    "for",
    "keep_firing_for",
    "labels",
    "annotations",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PrometheusRuleFile,
    media_type: "application/yaml",
    form: Form::Document { is, read },
};

/// A first group with a name, whose first rule has an expression and a name.
fn is(value: &Value) -> bool {
    let Some(group) = value.pointer("/groups/0") else {
        return false;
    };
    let rule = group.pointer("/rules/0");
    let names_rule = |rule: &Value| {
        let has = |name| rule.get(name).is_some();
        (has("alert") || has("record")) && has("expr")
    };
    group.get("name").is_some() && rule.is_some_and(names_rule)
}

/// Reads a file.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.only(&["groups", "namespace"])?;
    let mut names = BTreeSet::new();
    let mut known = BTreeSet::new();
    let mut groups = Vec::new();
    let mut rules = Vec::new();
    let mut duplicates_count = 0;
    for group in root.field("groups")?.nodes()? {
        group.only(&GROUP_FIELDS)?;
        let name = group.field("name")?;
        if !names.insert(name.words()?) {
            return Err(name.refuse("a second group with this name"));
        }
        let shared = labels(&group)?;
        let before = rules.len();
        for node in group.each("rules")? {
            if rules.len() >= RULES_MAX {
                return Err(node.refuse(format!("more than {RULES_MAX} rules")));
            }
            let mut facts = rule(&node, &shared)?;
            let identity = (
                text_of(&facts, "type").to_owned(),
                text_of(&facts, "name").to_owned(),
                labels_of(&facts),
            );
            duplicates_count += usize::from(!known.insert(identity));
            put(&mut facts, "group", shortened(name.text()?, TEXT_MAX));
            rules.push(facts);
        }
        groups.push(json!({
            "name": shortened(name.text()?, TEXT_MAX),
            "interval_s": duration(&group, "interval")?,
            "rules_count": rules.len() - before,
        }));
    }
    let count = |kind: &str| {
        rules
            .iter()
            .filter(|rule| text_of(rule, "type") == kind)
            .count()
    };
    let facts = json!({
        "groups_count": groups.len(),
        "rules_count": rules.len(),
        "alerting_count": count("alerting"),
        "recording_count": count("recording"),
        "duplicates_count": duplicates_count,
        "groups": groups,
        "rules": rules,
    });
    Ok(Reading::of(Kind::PrometheusRuleFile, facts))
}

fn labels_of(facts: &Value) -> String {
    facts
        .get("labels")
        .map(Value::to_string)
        .unwrap_or_default()
}

fn rule(node: &Node<'_>, shared: &Labels) -> Result<Value, KindError> {
    node.only(&RULE_FIELDS)?;
    let (kind, name) = match (node.optional("alert")?, node.optional("record")?) {
        (Some(name), None) => ("alerting", name),
        (None, Some(name)) => ("recording", name),
        _ => return Err(node.refuse("needs either `alert` or `record`")),
    };
    if kind == "recording" {
        for field in ["for", "keep_firing_for", "annotations"] {
            if node.optional(field)?.is_some() {
                return Err(node.refuse(format!("a recording rule takes no `{field}`")));
            }
        }
        if !is_metric_name(name.text()?) {
            return Err(name.refuse("is no name of a metric"));
        }
    }
    let expression = scalar(&node.field("expr")?)?;
    if expression.trim().is_empty() {
        return Err(node.field("expr")?.refuse("must not be empty"));
    }
    let mut all = shared.clone();
    all.extend(labels(node)?);
    let hold = |name| -> Result<Value, KindError> {
        match (duration(node, name)?, kind) {
            (None, "alerting") => Ok(Value::from(0)),
            (seconds, _) => Ok(seconds.unwrap_or(Value::Null)),
        }
    };
    Ok(json!({
        "type": kind,
        "name": shortened(name.words()?, TEXT_MAX),
        "expr": shortened(&expression, TEXT_MAX),
        "for_s": hold("for")?,
        "keep_firing_for_s": hold("keep_firing_for")?,
        "severity": all.get("severity"),
        "labels": all,
        "annotations": texts(node, "annotations")?,
    }))
}

fn labels(node: &Node<'_>) -> Result<Labels, KindError> {
    let labels = texts(node, "labels")?;
    let is_label =
        |name: &String| is_metric_name(name) && !name.contains(':') && name != "__name__";
    match labels.keys().find(|name| !is_label(name)) {
        None => Ok(labels),
        Some(name) => Err(node.refuse(format!("`{}` is no name of a label", shortened(name, 80)))),
    }
}

fn texts(node: &Node<'_>, name: &str) -> Result<Labels, KindError> {
    let mut texts = Labels::new();
    if let Some(node) = node.optional(name)? {
        for name in node.object()?.keys() {
            let text = scalar(&node.field(name)?)?;
            texts.insert(name.clone(), shortened(&text, TEXT_MAX));
        }
    }
    Ok(texts)
}

/// Text, or a whole number or a boolean that YAML made of it.
fn scalar(node: &Node<'_>) -> Result<String, KindError> {
    match node.value() {
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) if value.is_i64() || value.is_u64() => Ok(value.to_string()),
        _ => Ok(node.text()?.to_owned()),
    }
}

fn is_metric_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(plain)
}

/// A duration such as `1h30m`, in seconds.
fn duration(node: &Node<'_>, name: &str) -> Result<Option<Value>, KindError> {
    let Some(node) = node.optional(name)? else {
        return Ok(None);
    };
    let text = scalar(&node)?;
    let milliseconds = milliseconds(&text);
    let milliseconds =
        milliseconds.ok_or_else(|| node.refuse("expected a duration such as `30m`"))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    Ok(Some(number(milliseconds as f64 / 1_000.0)))
}

/// Units in falling order, each at most once, as Prometheus writes and reads them.
fn milliseconds(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let units = [
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let mut units = units.iter();
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, behind) = rest.split_at_checked(end)?;
        let end = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(end)?;
        let (_, unit_ms) = units.find(|(name, _)| *name == unit)?;
        let count: u64 = count.parse().ok()?;
        total = total.checked_add(count.checked_mul(*unit_ms)?)?;
        rest = behind;
    }
    (!text.is_empty() && total <= 100 * 31_536_000_000).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_prometheus() {
        for (text, expected) in [
            ("30m", Some(1_800_000)),
            ("1h30m", Some(5_400_000)),
            ("1d12h", Some(129_600_000)),
            ("500ms", Some(500)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("", None),
            ("30", None),
            ("30m1h", None),
            ("1h1h", None),
            ("1.5h", None),
            ("-1h", None),
            ("30 m", None),
            ("999y", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
