//! What heads yield → statements.
//!
//! INVARIANT: a value that is neither a string nor an object with a `msg` that says
//! something is an error of the rule, never dropped: it may be the only sign that
//! something is denied. Readings are as strict: a record without them looks the same.

use std::collections::BTreeSet;

use crate::decision::{Meaning, Outcome, Reading, Said, Statement};
use crate::engine::wire;
use crate::json::{self, Map, Value};
use crate::policy::HeadKind;

mod readings;

/// Returns what a head means; none for heads that give no statement.
pub const fn meaning(kind: HeadKind) -> Option<Meaning> {
    match kind {
        HeadKind::Deny | HeadKind::Violation => Some(Meaning::Blocks),
        HeadKind::Warn => Some(Meaning::Warns),
        HeadKind::Inconclusive => Some(Meaning::CannotTell),
        HeadKind::NotApplicable => Some(Meaning::DoesNotApply),
        HeadKind::Trigger => Some(Meaning::Fires),
        HeadKind::Exception | HeadKind::Reading | HeadKind::Rollback | HeadKind::Hold => None,
    }
}

/// What a rule was evaluated over.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// Sealed evidence; the items to show where a statement names none.
    Items(&'a [String]),
    /// A file, as conftest has it. Keys other than `msg` are the policy's own there, so
    /// that any of them may hold anything, and `evidence` does not replace the file.
    File(&'a str),
}

impl Source<'_> {
    /// Returns the ids to show where a statement names none.
    fn ids(self) -> Vec<String> {
        match self {
            Self::Items(ids) => ids.to_vec(),
            Self::File(path) => vec![path.to_owned()],
        }
    }
}

/// Returns the outcome of one rule from what its heads yielded.
pub fn outcome(result: &wire::CallResult, source: Source<'_>) -> Outcome {
    match said(result, source) {
        Ok(said) => Outcome::Evaluated(said),
        Err(message) => Outcome::Failed(message),
    }
}

fn said(result: &wire::CallResult, source: Source<'_>) -> Result<Said, String> {
    let mut statements = Vec::new();
    let mut readings: Vec<Reading> = Vec::new();
    let mut excepted = BTreeSet::new();
    for head in &result.heads {
        let kind = HeadKind::of(&head.head);
        let elements = elements(head)?;
        if kind == Some(HeadKind::Exception) {
            excepted.extend(exceptions(elements)?);
            continue;
        }
        if kind == Some(HeadKind::Reading) {
            for element in elements {
                readings.push(readings::reading(&head.head, element, source)?);
            }
            continue;
        }
        let meaning = kind
            .and_then(meaning)
            .ok_or_else(|| format!("`{}` is no head that is decided here", head.head))?;
        for element in elements {
            statements.push(statement(&head.head, meaning, element, source)?);
        }
    }
    for statement in &mut statements {
        let can_be_excepted = matches!(statement.meaning, Meaning::Blocks | Meaning::Warns);
        if can_be_excepted && excepted.contains(rule_name(&statement.head)) {
            statement.excepted_by = Some(format!("{}.exception", result.id));
            // What is set aside is shown as waived, and only what blocks can be.
            statement.meaning = Meaning::Blocks;
        }
    }
    Ok(Said {
        statements,
        readings,
    })
}

/// conftest names a rule by its head without these prefixes, each taken away once and
/// in this order; the bare heads have the empty name.
fn rule_name(head: &str) -> &str {
    if matches!(head, "violation" | "deny" | "warn") {
        return "";
    }
    ["violation_", "deny_", "warn_"]
        .iter()
        .fold(head, |name, prefix| {
            name.strip_prefix(prefix).unwrap_or(name)
        })
}

/// Reads conftest's `exception contains ["name", …]`.
///
/// conftest passes over elements of another form, so that they except nothing: an
/// error, because whoever wrote them meant to except something.
fn exceptions(elements: &[Value]) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    for element in elements {
        let listed = element.as_array().and_then(|list| {
            let read: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
            read
        });
        names.extend(listed.ok_or_else(|| {
            "`exception` does not hold lists of rule names: write `exception contains [\"name\"]`"
                .to_owned()
        })?);
    }
    Ok(names)
}

/// Returns the elements of the set that a head is, or why it is none.
fn elements(head: &wire::HeadResult) -> Result<&[Value], String> {
    match &head.outcome {
        wire::Outcome::Set(elements) => Ok(elements),
        wire::Outcome::Undefined => Err(format!("`{}` is undefined", head.head)),
        wire::Outcome::NotASet { found } => Err(format!(
            "`{}` is {found}, not a set: write `{} contains …`",
            head.head, head.head
        )),
        wire::Outcome::Error(error) => Err(format!("`{}`: {error}", head.head)),
    }
}

fn statement(
    head: &str,
    meaning: Meaning,
    value: &Value,
    source: Source<'_>,
) -> Result<Statement, String> {
    let mut statement = Statement {
        head: head.to_owned(),
        meaning,
        msg: String::new(),
        term: None,
        severity: None,
        evidence: source.ids(),
        details: None,
        excepted_by: None,
    };
    match value {
        Value::String(msg) => statement.msg.clone_from(msg),
        Value::Object(object) => from_object(&mut statement, object, source)?,
        other => {
            return Err(format!(
                "`{head}` holds {}: expected a string, or an object with `msg`",
                shown(other)
            ));
        }
    }
    // For conftest an empty message is a pass.
    if statement.msg.is_empty() {
        return Err(format!("`{head}` gives an empty message"));
    }
    Ok(statement)
}

/// Returns the beginning of `value`, for a message.
fn shown(value: &Value) -> String {
    json::canonical(value).map_or_else(
        |error| error.to_string(),
        |bytes| String::from_utf8_lossy(&bytes).chars().take(80).collect(),
    )
}

/// Reads `evidence`: an id, or a list of ids.
fn ids(head: &str, value: &Value) -> Result<Vec<String>, String> {
    let listed = match value {
        Value::String(id) => Some(vec![id.clone()]),
        Value::Array(ids) => ids
            .iter()
            .map(|id| id.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    };
    listed.ok_or_else(|| format!("`{head}` gives an `evidence` that is not a list of ids"))
}

fn from_object(
    statement: &mut Statement,
    object: &Map<String, Value>,
    source: Source<'_>,
) -> Result<(), String> {
    let head = statement.head.clone();
    let is_file = matches!(source, Source::File(_));
    let mut details = Map::new();
    for (key, value) in object {
        match (key.as_str(), value) {
            ("msg", Value::String(text)) => statement.msg.clone_from(text),
            ("term", Value::String(text)) => statement.term = Some(text.clone()),
            ("severity", Value::String(text)) => statement.severity = Some(text.clone()),
            ("evidence", ids) if !is_file => statement.evidence = self::ids(&head, ids)?,
            ("msg", _) => return Err(format!("`{head}` gives a `msg` that is not text")),
            ("term" | "severity", _) if !is_file => {
                return Err(format!("`{head}` gives a `{key}` that is not text"));
            }
            _ => {
                details.insert(key.clone(), value.clone());
            }
        }
    }
    if !object.contains_key("msg") {
        return Err(format!("`{head}` gives an object without `msg`"));
    }
    if !details.is_empty() {
        let bytes = json::canonical(&details).map_err(|error| error.to_string())?;
        statement.details = Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn call(head: &str, outcome: wire::Outcome) -> wire::CallResult {
        wire::CallResult {
            id: "rule".into(),
            heads: vec![wire::HeadResult {
                head: head.into(),
                outcome,
            }],
            prints: Vec::new(),
        }
    }

    fn said(head: &str, value: Value) -> Outcome {
        outcome(
            &call(head, wire::Outcome::Set(vec![value])),
            Source::Items(&["slo".to_owned()]),
        )
    }

    fn said_of_file(head: &str, value: Value) -> Outcome {
        outcome(
            &call(head, wire::Outcome::Set(vec![value])),
            Source::File("a.yaml"),
        )
    }

    #[test]
    fn over_a_file_every_key_but_msg_is_the_policys_own() {
        let object =
            json!({"msg": "no", "severity": 5, "evidence": {"a": 1}, "term": null, "limit": 3});
        let Outcome::Evaluated(Said { statements, .. }) = said_of_file("deny", object) else {
            panic!()
        };
        assert_eq!(statements[0].evidence, ["a.yaml"]);
        assert_eq!(
            statements[0].details.as_deref(),
            Some(r#"{"evidence":{"a":1},"limit":3,"severity":5,"term":null}"#)
        );
        for value in [json!({"msg": 1}), json!({"message": "no"}), json!(1)] {
            assert!(
                matches!(said_of_file("deny", value.clone()), Outcome::Failed(_)),
                "{value}"
            );
        }
    }

    #[test]
    fn names_are_those_that_conftest_excepts_by() {
        for (head, name) in [
            ("deny", ""),
            ("warn", ""),
            ("violation_tag", "tag"),
            ("warn_a_b", "a_b"),
            ("violation_deny_x", "x"),
        ] {
            assert_eq!(rule_name(head), name);
        }
    }

    #[test]
    fn an_exception_covers_the_rule_it_names_and_no_other() {
        let set = |head: &str, value: Value| wire::HeadResult {
            head: head.into(),
            outcome: wire::Outcome::Set(vec![value]),
        };
        let result = wire::CallResult {
            id: "main".into(),
            heads: vec![
                set("deny_root", json!("root")),
                set("deny_tag", json!("tag")),
                set("deny", json!("bare")),
                set("warn_root", json!("look")),
                set("exception", json!(["root", ""])),
            ],
            prints: Vec::new(),
        };
        let Outcome::Evaluated(Said { statements, .. }) = outcome(&result, Source::Items(&[]))
        else {
            panic!()
        };
        let by: Vec<_> = statements
            .iter()
            .map(|s| (s.msg.as_str(), s.excepted_by.is_some()))
            .collect();
        assert_eq!(
            by,
            [
                ("root", true),
                ("tag", false),
                ("bare", true),
                ("look", true)
            ]
        );

        // conftest would except nothing.
        for element in [json!([1]), json!("root"), json!({"a": "root"})] {
            let odd = wire::CallResult {
                heads: vec![set("exception", element)],
                ..result.clone()
            };
            assert!(matches!(
                outcome(&odd, Source::Items(&[])),
                Outcome::Failed(_)
            ));
        }
    }

    #[test]
    fn strings_and_objects_are_statements() {
        let Outcome::Evaluated(Said { statements, .. }) = said("deny", json!("no")) else {
            panic!()
        };
        assert_eq!(
            (statements[0].msg.as_str(), statements[0].evidence.len()),
            ("no", 1)
        );
        let object = json!({"msg": "no", "term": "CVE-1", "evidence": ["scan"], "limit": 3, "details": {"n": 1}});
        let Outcome::Evaluated(Said { statements, .. }) = said("deny", object) else {
            panic!()
        };
        assert_eq!(statements[0].term.as_deref(), Some("CVE-1"));
        assert_eq!(statements[0].evidence, ["scan"]);
        assert_eq!(
            statements[0].details.as_deref(),
            Some(r#"{"details":{"n":1},"limit":3}"#)
        );
    }

    #[test]
    fn anything_else_is_an_error_of_the_rule() {
        for value in [
            json!(1),
            json!(true),
            json!(["no"]),
            json!({"message": "no"}),
            json!({"msg": 1}),
            json!({"msg": "no", "term": 1}),
            json!({"msg": "no", "evidence": [1]}),
            json!({}),
            json!(""),
            json!({"msg": ""}),
        ] {
            assert!(
                matches!(said("deny", value.clone()), Outcome::Failed(_)),
                "{value}"
            );
        }
        for bad in [
            wire::Outcome::Undefined,
            wire::Outcome::NotASet {
                found: "boolean".into(),
            },
        ] {
            assert!(matches!(
                outcome(&call("deny", bad), Source::Items(&[])),
                Outcome::Failed(_)
            ));
        }
        assert!(matches!(said("dney", json!("no")), Outcome::Failed(_)));
    }
}
