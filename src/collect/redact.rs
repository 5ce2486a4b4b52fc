//! `redact` of a source: what is taken out of its files before anything is written.
//!
//! INVARIANT: of a file that rules apply to, nothing is written that they were not applied
//! to. Where they cannot be, its bytes are dropped and the item is an error.
//! What a source says itself of its files, as the record of a command does, does not hold
//! the digest of one that was redacted: it has no salt, so that who knows the rest of the
//! file could guess at what was removed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Collected;
use super::sources::STANDARD_OUTPUT;
use crate::digest::Digest;
use crate::evidence::manifest::Source;
use crate::evidence::redaction::{
    Disclosed, Disclosure, Effect, RedactionError, Rule, effect, redact,
};
use crate::evidence::validate;
use crate::http::secret::Known;
use crate::json::{self, Limits, Value, json};
use crate::signing;

/// A rule, and the file that it is for. Where none is named, that is every file but the one
/// in which a source lists the others.
#[derive(Debug, Clone)]
pub(super) struct Removal {
    path: Option<String>,
    rule: Rule,
}

/// How settings spell one that has more than a pointer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spelt {
    pointer: String,
    reason: Option<String>,
    #[serde(default)]
    optional: bool,
    path: Option<String>,
}

impl Removal {
    /// Reads `value`, of a source that gives the files `paths`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(value: Value, paths: &[String]) -> Result<Self, String> {
        let spelt = match value {
            Value::String(pointer) => Spelt {
                pointer,
                reason: None,
                optional: false,
                path: None,
            },
            Value::Object(_) => json::decode(value).map_err(|error| format!("redact: {error}"))?,
            _ => return Err("redact: expected pointers, as `/items/*/token`".into()),
        };
        if let Some(path) = spelt.path.as_ref().filter(|path| !paths.contains(path)) {
            let paths = paths.join("`, `");
            return Err(format!(
                "redact: `{path}` is none of its files, which are `{paths}`"
            ));
        }
        let rule = Rule::new(&spelt.pointer, spelt.reason, spelt.optional);
        Ok(Self {
            path: spelt.path,
            rule: rule.map_err(|error| format!("redact: {error}"))?,
        })
    }

    /// The rules of `all` that are for the file at `path`, in which others may be listed.
    pub(super) fn of(all: &[Self], path: &str, is_list: bool) -> Vec<Rule> {
        let apply = all.iter().filter(|one| match &one.path {
            Some(own) => own == path,
            None => !is_list,
        });
        apply.map(|one| one.rule.clone()).collect()
    }
}

/// What is left of a file that was redacted: its bytes, or why there are none.
pub(super) type Left = Result<(usize, Digest), String>;

/// Takes out of `files` what their rules name, and returns that.
pub(super) fn apply_all(files: &mut [Collected]) -> Vec<Disclosed> {
    let mut all = Vec::new();
    let mut left: BTreeMap<String, Left> = BTreeMap::new();
    for file in files.iter_mut().filter(|file| !file.is_list) {
        let held_any = !file.bytes.is_empty();
        all.extend(apply(file));
        if !file.redactions.is_empty() {
            let bytes = &file.bytes;
            left.insert(file.path.clone(), Ok((bytes.len(), Digest::of(bytes))));
        } else if held_any && file.bytes.is_empty() {
            let reason = file.fault.clone().unwrap_or_default();
            left.insert(file.path.clone(), Err(reason));
        }
    }
    for file in files.iter_mut().filter(|file| file.is_list) {
        if !left.is_empty() && !file.bytes.is_empty() && !relist(file, &left) {
            file.bytes = Vec::new();
            let reason = "holds the digest of what could not be redacted, and is not kept";
            file.fault.get_or_insert(reason.to_owned());
        }
        all.extend(apply(file));
    }
    all
}

/// Writes into `list` what is `left` of the files in it; returns whether that could be
/// done.
pub(super) fn relist(list: &mut Collected, left: &BTreeMap<String, Left>) -> bool {
    let Ok(mut document) = json::parse(&list.bytes, Limits::EVIDENCE) else {
        return false;
    };
    let mut out = None;
    let listed = document.get_mut("files").and_then(Value::as_array_mut);
    let mut is_changed = false;
    for entry in listed.into_iter().flatten() {
        let path = entry.get("item_path").and_then(Value::as_str);
        let Some(left) = path.and_then(|path| left.get(path)) else {
            continue;
        };
        is_changed = true;
        if entry.get("path").and_then(Value::as_str) == Some(STANDARD_OUTPUT) {
            out = Some(left);
        }
        let Value::Object(entry) = entry else {
            continue;
        };
        let said = match left {
            Ok((size, sha256)) => [
                ("size", json!(size)),
                ("sha256", json!(sha256)),
                ("reason", Value::Null),
            ],
            Err(reason) => [
                ("size", Value::Null),
                ("sha256", Value::Null),
                ("reason", json!(reason)),
            ],
        };
        for (name, value) in said {
            entry.insert(name.to_owned(), value);
        }
    }
    match (out, document.get_mut("stdout")) {
        (None, _) => {}
        (Some(Ok((size, sha256))), Some(stdout)) => {
            *stdout = json!({"size": size, "sha256": sha256});
        }
        (Some(_), _) => return false,
    }
    if is_changed {
        list.bytes = (json::pretty(&document) + "\n").into_bytes();
    }
    true
}

/// Takes out of `file` what its rules name, and returns that.
fn apply(file: &mut Collected) -> Vec<Disclosed> {
    let failed = file.fault.is_some() && file.bytes.is_empty();
    if file.redact.is_empty() || failed {
        return Vec::new();
    }
    let bytes = std::mem::take(&mut file.bytes);
    let mut salt = || signing::random().map_err(|error| error.to_string());
    let redacted = match redact(&bytes, &file.redact, &[], &mut salt) {
        Ok(redacted) => redacted,
        Err(error) => {
            file.fault.get_or_insert(said(&error));
            return Vec::new();
        }
    };
    if !redacted.redactions.is_empty() {
        // What it is must not hang on what was removed.
        let map = file.map.as_ref();
        let kind = Some(validate(&bytes, file.kind, map).kind);
        let effect = effect(kind, map, &bytes, &redacted.bytes);
        file.kind = kind;
        match effect {
            Effect::None => {}
            Effect::Partial(reason) => file.gap = Some(reason),
            Effect::Error(reason) => {
                file.fault.get_or_insert(reason);
            }
        }
    }
    strike(
        &redacted.disclosures,
        file.fault.as_mut(),
        file.source.as_mut(),
    );
    file.bytes = redacted.bytes;
    file.redactions = redacted.redactions;
    let path = &file.path;
    let disclosures = redacted.disclosures.into_iter();
    disclosures
        .map(|disclosure| Disclosed {
            path: path.clone(),
            disclosure,
        })
        .collect()
}

/// Takes what `removed` holds out of what else a manifest says of an item.
pub fn strike(removed: &[Disclosure], reason: Option<&mut String>, source: Option<&mut Source>) {
    let mut texts = Vec::new();
    for disclosure in removed {
        words(&disclosure.value, &mut texts);
    }
    let mut known = Known::default();
    known.add_all(texts.iter().map(String::as_str));
    let strike = |text: &mut String| *text = known.struck_from(text);
    if let Some(reason) = reason {
        strike(reason);
        if texts.iter().any(|text| holds_part_of(reason, text)) {
            "what was said of it may hold what was redacted, and is not kept".clone_into(reason);
        }
    }
    if let Some(source) = source {
        strike(&mut source.uri);
        source.request.iter_mut().for_each(strike);
        source.server.iter_mut().for_each(strike);
        source.warnings.iter_mut().for_each(strike);
    }
}

/// Shortest part of a value that tells something of it.
const PART_MIN: usize = 6;

/// Whether `said` repeats a part of `value`: a reason may quote its beginning only.
fn holds_part_of(said: &str, value: &str) -> bool {
    let parts: BTreeSet<&[u8]> = said.as_bytes().windows(PART_MIN).collect();
    let mut of_value = value.as_bytes().windows(PART_MIN);
    of_value.any(|part| parts.contains(part))
}

/// Every name, text and number in `value`.
fn words(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| words(value, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(name.clone());
                words(value, found);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Where JSON is not well-formed, the reason may repeat a part of it.
fn said(error: &RedactionError) -> String {
    match error {
        RedactionError::NotJson(_) => {
            "cannot be redacted, since it is not JSON, and is not kept".to_owned()
        }
        other => format!("{other}, and is not kept"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Kind;
    use crate::evidence::manifest::Method;

    fn file(text: &str, rules: &[Value]) -> Collected {
        let paths = ["a.json".to_owned()];
        let all: Vec<_> = rules
            .iter()
            .map(|rule| Removal::read(rule.clone(), &paths).unwrap())
            .collect();
        Collected {
            name: "a".into(),
            folder: "evidence".into(),
            path: "a.json".into(),
            bytes: text.as_bytes().to_vec(),
            kind: None,
            map: None,
            whole: None,
            is_list: false,
            collected_at: None,
            valid_for: None,
            method: Method::Pull,
            source: Some(Source::of("https://a.test")),
            fault: None,
            redact: Removal::of(&all, "a.json", false),
            gap: None,
            redactions: Vec::new(),
        }
    }

    #[test]
    fn rules_are_pointers_or_say_more() {
        let paths = ["a.json".to_owned(), "a/b.json".to_owned()];
        for (value, what) in [
            (json!(1), "expected pointers"),
            (json!("token"), "no JSON Pointer"),
            (json!({"reason": "r"}), "missing field `pointer`"),
            (json!({"pointer": "/a", "optoinal": true}), "optoinal"),
            (
                json!({"pointer": "/a", "path": "b.json"}),
                "none of its files, which are `a.json`, `a/b.json`",
            ),
        ] {
            let error = Removal::read(value, &paths).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
        let all = [
            Removal::read(json!("/a"), &paths).unwrap(),
            Removal::read(json!({"pointer": "/b", "path": "a/b.json"}), &paths).unwrap(),
        ];
        let count = |path| Removal::of(&all, path, false).len();
        assert_eq!((count("a.json"), count("a/b.json"), count("c")), (1, 2, 1));
        assert_eq!(Removal::of(&all, "a.json", true).len(), 0);
        assert_eq!(Removal::of(&all, "a/b.json", true).len(), 1);
    }

    #[test]
    fn what_cannot_be_redacted_is_dropped() {
        for (text, rule, what) in [
            ("token=hunter22", json!("/a"), "not JSON"),
            (
                "{\"hunter22\": 1, \"hunter22\": 2}",
                json!("/a"),
                "not JSON",
            ),
            ("{\"b\": \"hunter22\"}", json!("/a"), "`/a` finds nothing"),
            (
                "[hunter22]",
                json!({"pointer": "/a", "optional": true}),
                "not JSON",
            ),
        ] {
            let mut file = file(text, &[rule]);
            assert!(apply(&mut file).is_empty());
            assert!(file.bytes.is_empty());
            let fault = file.fault.unwrap();
            assert!(
                fault.contains(what) && !fault.contains("hunter22"),
                "{fault}"
            );
        }
        let mut none = file("{}", &[json!({"pointer": "/a", "optional": true})]);
        apply(&mut none);
        assert_eq!(
            (none.bytes.as_slice(), none.fault),
            (b"{}".as_slice(), None)
        );
        // Of what did not come, the reason is why.
        let mut failed = file("", &[json!("/a")]);
        failed.fault = Some("answered 500".into());
        apply(&mut failed);
        assert_eq!(failed.fault.unwrap(), "answered 500");
    }

    #[test]
    fn what_is_removed_is_nowhere_else_either() {
        let text = "{\"user\": {\"mail\": \"a@mail.example\", \"id\": 8675309}}";
        let mut file = file(text, &[json!("/user")]);
        file.fault = Some("answered 500: {\"mail\": \"a@mail.example\"}".into());
        let source = file.source.as_mut().unwrap();
        source.request = Some("GET /?user=a%40mail.example".into());
        source.server = Some("for 8675309".into());
        source.warnings = vec!["slow for a@mail.example".into()];
        let disclosed = apply(&mut file);
        assert_eq!(disclosed[0].path, "a.json");
        assert_eq!(disclosed[0].disclosure.value["id"], 8_675_309);
        let all = format!("{file:?} {}", String::from_utf8_lossy(&file.bytes));
        for value in ["a@mail.example", "a%40mail.example", "8675309"] {
            assert!(!all.contains(value), "{all}");
        }
        assert_eq!(file.kind, Some(Kind::Json));
        assert!(file.gap.unwrap().contains("missing from the facts"));
        assert!(file.fault.unwrap().starts_with("answered 500"));
    }
}
