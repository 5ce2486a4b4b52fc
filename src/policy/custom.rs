//! The `custom` mapping of package METADATA, typed.

use super::metadata::text;
use super::requirement::requirement;
use super::rule::{Family, Requirement, Severity};
use super::spelling::nearest;
use crate::clock::Timestamp;
use crate::json::{Map, Value};

/// How it can be known whether a trigger fired.
pub const CLASSES: [&str; 6] = [
    "measured",
    "events",
    "declared",
    "measured+events",
    "measured+declared",
    "events+declared",
];

/// Keys of `custom` that mean something here: the first six anywhere, the rest in
/// triggers.
const KEYS: [&str; 9] = [
    "id",
    "severity",
    "controls",
    "requires",
    "remediation",
    "effective_on",
    "condition",
    "class",
    "matrix",
];

/// How many of [`KEYS`] mean something anywhere.
const KEYS_ANYWHERE: usize = 6;

/// What `custom` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Custom {
    pub(super) id: Option<String>,
    pub(super) severity: Option<Severity>,
    pub(super) controls: Vec<String>,
    pub(super) requires: Vec<Requirement>,
    pub(super) remediation: Option<String>,
    pub(super) effective_on: Option<Timestamp>,
    pub(super) condition: Option<String>,
    pub(super) class: Option<String>,
    pub(super) matrix: Option<String>,
    /// What is wrong with it.
    pub(super) problems: Vec<CustomProblem>,
}

/// A part of `custom` that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CustomProblem {
    /// Of the wrong type or outside its range.
    Invalid(String),
    /// Looks like a misspelling.
    Misspelt { key: String, meant: &'static str },
    /// A requirement of a kind that does not exist.
    UnknownKind { kind: String },
}

/// Reads `custom`, a mapping or null, of a package of `family`.
pub(super) fn read(value: &Value, family: &Family) -> Custom {
    let mut custom = Custom::default();
    let Value::Object(object) = value else {
        return custom;
    };
    let mut problems = Vec::new();
    let is_trigger = *family == Family::Trigger;
    let meaningful = if is_trigger {
        KEYS.len()
    } else {
        KEYS_ANYWHERE
    };
    let known = KEYS.get(..meaningful).unwrap_or_default();
    for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
        if let Some(meant) = nearest(key, known, 2) {
            let key = format!("custom.{key}");
            problems.push(CustomProblem::Misspelt { key, meant });
        }
    }
    let mut keep = |result: Result<(), String>| {
        problems.extend(result.err().map(CustomProblem::Invalid));
    };
    keep(field(object, "id", id).map(|v| custom.id = v));
    keep(field(object, "severity", severity).map(|v| custom.severity = v));
    keep(field(object, "controls", controls).map(|v| custom.controls = v.unwrap_or_default()));
    keep(field(object, "remediation", string).map(|v| custom.remediation = v));
    keep(field(object, "effective_on", instant).map(|v| custom.effective_on = v));
    if is_trigger {
        keep(field(object, "condition", string).map(|v| custom.condition = v));
        keep(field(object, "class", class).map(|v| custom.class = v));
        keep(field(object, "matrix", string).map(|v| custom.matrix = v));
    }
    match object.get("requires") {
        None | Some(Value::Null) => {}
        Some(Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                let prefix = format!("custom.requires[{index}]");
                match requirement(value, &prefix, &mut problems) {
                    Ok(requirement) => custom.requires.push(requirement),
                    Err(message) => problems.push(CustomProblem::Invalid(message)),
                }
            }
        }
        Some(_) => problems.push(CustomProblem::Invalid(
            "`custom.requires` is not a list".to_owned(),
        )),
    }
    custom.problems = problems;
    custom
}

fn field<T>(
    object: &Map<String, Value>,
    key: &str,
    read: impl Fn(&Value, &str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value, &format!("custom.{key}")).map(Some),
    }
}

pub(super) fn string(value: &Value, key: &str) -> Result<String, String> {
    text(Some(value.clone()), key)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| format!("`{key}` is empty"))
}

fn id(value: &Value, key: &str) -> Result<String, String> {
    let id = string(value, key)?;
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if id.len() <= 128 && id.split(['.', '-']).all(is_word) {
        Ok(id)
    } else {
        Err(format!(
            "`{key}` is `{id}`: expected lower-case words joined by `-` and `.`, as `deploy.no-open-findings`"
        ))
    }
}

fn severity(value: &Value, key: &str) -> Result<Severity, String> {
    let name = string(value, key)?;
    Severity::of(&name).ok_or_else(|| {
        format!("`{key}` is `{name}`: expected `critical`, `high`, `medium` or `low`")
    })
}

fn class(value: &Value, key: &str) -> Result<String, String> {
    let name = string(value, key)?;
    if CLASSES.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(format!(
            "`{key}` is `{name}`: expected `{}`",
            CLASSES.join("`, `")
        ))
    }
}

fn controls(value: &Value, key: &str) -> Result<Vec<String>, String> {
    let refused = || format!("`{key}` is not a list of controls such as `SOC2:CC8.1`");
    let values = value.as_array().ok_or_else(refused)?;
    let control = |value: &Value| {
        let control = string(value, key)?;
        match control.split_once(':') {
            Some((framework, clause)) if !framework.is_empty() && !clause.is_empty() => Ok(control),
            _ => Err(refused()),
        }
    };
    values.iter().map(control).collect()
}

fn instant(value: &Value, key: &str) -> Result<Timestamp, String> {
    string(value, key)?
        .parse()
        .map_err(|error| format!("`{key}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::json::json;

    const KEY_ID: &str = "SHA256:uNiVztksCsDhcc0u9e8BrrkjOH4wKi9J3IFP3v4gq1s";

    fn read(value: &Value) -> Custom {
        super::read(value, &Family::Gate("deploy".into()))
    }

    #[test]
    fn triggers_say_what_they_watch_and_where_the_matrix_has_them() {
        let value =
            json!({"condition": "P95 exceeds 120 ms", "class": "measured", "matrix": "sla"});
        let custom = super::read(&value, &Family::Trigger);
        assert_eq!(custom.problems, []);
        assert_eq!(custom.condition.as_deref(), Some("P95 exceeds 120 ms"));
        assert_eq!(custom.class.as_deref(), Some("measured"));
        assert_eq!(custom.matrix.as_deref(), Some("sla"));
        // Elsewhere these are keys of whoever wrote them.
        for family in [Family::Plain, Family::Readiness] {
            let custom = super::read(&json!({"class": 5, "clas": 1, "matrix": []}), &family);
            assert_eq!(custom, Custom::default(), "{family}");
        }
        for (value, message) in [
            (json!({"class": "gauged"}), "`custom.class` is `gauged`"),
            (json!({"matrix": 1}), "`custom.matrix` is not a string"),
            (json!({"condition": " "}), "`custom.condition` is empty"),
        ] {
            let custom = super::read(&value, &Family::Trigger);
            let [CustomProblem::Invalid(found)] = custom.problems.as_slice() else {
                panic!("{value}: {:?}", custom.problems);
            };
            assert!(found.contains(message), "{found}");
        }
        let misspelt = super::read(&json!({"conditon": "x"}), &Family::Trigger);
        assert_eq!(misspelt.problems.len(), 1);
    }

    #[test]
    fn reads_every_field() {
        let custom = read(&json!({
            "id": "sla.coordination-latency", "severity": "high",
            "controls": ["SOC2:CC7.2", "RTS6:16"],
            "requires": [{"evidence": "slo.x", "kind": "prometheus-matrix", "max_age": "10m",
                          "min_coverage": 1, "verified": true,
                          "signers": [KEY_ID, KEY_ID]},
                         {"evidence": "y", "optional": true},
                         {"evidence": "z", "kind": "json-map", "map": "0".repeat(64)}],
            "remediation": "Fix it.", "effective_on": "2026-12-01", "team": "payments"
        }));
        assert_eq!(custom.problems, []);
        assert_eq!(custom.id.as_deref(), Some("sla.coordination-latency"));
        assert_eq!(custom.severity, Some(Severity::High));
        assert_eq!(custom.requires[0].max_age.unwrap().as_secs(), 600);
        assert_eq!(custom.requires[0].min_coverage, Some(1.0));
        assert!(custom.requires[0].verified && !custom.requires[1].verified);
        assert_eq!(custom.requires[0].signers, [[KEY_ID]]);
        assert_eq!(custom.requires[1].signers, [[""; 0]; 0]);
        assert_eq!(custom.requires[1].maps, []);
        assert_eq!(custom.requires[2].maps, [Digest::ZERO]);
        assert!(!custom.requires[0].optional && custom.requires[1].optional);
        assert_eq!(
            custom.effective_on.unwrap().to_string(),
            "2026-12-01T00:00:00Z"
        );
    }

    #[test]
    fn names_what_is_wrong() {
        for (value, message) in [
            (json!({"id": "Has Space"}), "`custom.id` is `Has Space`"),
            (json!({"id": "a..b"}), "`custom.id` is `a..b`"),
            (json!({"id": ""}), "`custom.id` is empty"),
            (json!({"severity": "HIGH"}), "`custom.severity` is `HIGH`"),
            (json!({"controls": "SOC2:CC1"}), "not a list of controls"),
            (json!({"controls": ["CC1"]}), "not a list of controls"),
            (
                json!({"effective_on": "soon"}),
                "`custom.effective_on`: `soon`",
            ),
            (
                json!({"requires": {"evidence": "x"}}),
                "`custom.requires` is not a list",
            ),
            (
                json!({"requires": ["x"]}),
                "`custom.requires[0]` is not a mapping",
            ),
            (
                json!({"requires": [{"kind": "json"}]}),
                "`custom.requires[0].evidence` is missing",
            ),
            (
                json!({"requires": [{"evidence": "x", "maxage": "1h"}]}),
                "unknown key `maxage`",
            ),
            (
                json!({"requires": [{"evidence": "x", "max_age": "1 hour"}]}),
                "not a duration",
            ),
            (
                json!({"requires": [{"evidence": "x", "min_coverage": 90}]}),
                "from 0 to 1",
            ),
            (
                json!({"requires": [{"evidence": "x", "verified": "yes"}]}),
                "`true` or `false`",
            ),
            (
                json!({"requires": [{"evidence": "x", "facts": ["failed"]}]}),
                "list of JSON Pointers",
            ),
        ] {
            let custom = read(&value);
            let [CustomProblem::Invalid(found)] = custom.problems.as_slice() else {
                panic!("{value}: {:?}", custom.problems);
            };
            assert!(found.contains(message), "{value}: {found}");
        }
    }

    #[test]
    fn misspellings_and_unknown_kinds_are_told_apart_from_own_keys() {
        let custom = read(&json!({"serverity": "high", "require": [], "owner": "x",
            "requires": [{"evidence": "x", "kind": "prometheus"}]}));
        assert_eq!(
            custom.problems,
            [
                CustomProblem::Misspelt {
                    key: "custom.require".into(),
                    meant: "requires"
                },
                CustomProblem::Misspelt {
                    key: "custom.serverity".into(),
                    meant: "severity"
                },
                CustomProblem::UnknownKind {
                    kind: "prometheus".into()
                },
            ]
        );
    }
}
