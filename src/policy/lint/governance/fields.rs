//! Reading fields of data, with a finding for each that is not what it should be.

use super::{Found, LintCode};
use crate::json::Value;

/// An object of data, by its place.
pub(super) struct Fields<'f, 'a, 'r> {
    pub(super) found: &'f mut Found<'a, 'r>,
    pub(super) at: Vec<&'a str>,
}

impl<'f, 'a, 'r> Fields<'f, 'a, 'r> {
    /// The object at `at`; a finding where it is something else.
    pub(super) fn of(found: &'f mut Found<'a, 'r>, at: &[&'a str]) -> Option<Self> {
        if found.data(at).is_some_and(Value::is_object) {
            let at = at.to_vec();
            return Some(Self { found, at });
        }
        let what = format!("`data.{}` is not an object", at.join("."));
        found.refuse(
            LintCode::GovernanceInvalid,
            at,
            what,
            "see docs/governance.md for its fields",
        );
        None
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        let at = [self.at.as_slice(), &[key]].concat();
        self.found.data(&at)
    }

    pub(super) fn refuse(&mut self, key: &str, what: &str, hint: &str) {
        self.refuse_as(LintCode::GovernanceInvalid, key, what, hint);
    }

    pub(super) fn refuse_as(&mut self, code: LintCode, key: &str, what: &str, hint: &str) {
        let at = [self.at.as_slice(), &[key]].concat();
        let message = format!("`{}` {what}", at.join("."));
        // What is absent is looked for where it should be.
        let place = if self.value(key).is_some() {
            at.as_slice()
        } else {
            self.at.as_slice()
        };
        self.found.refuse(code, place, message, hint);
    }

    /// Refuses keys other than `known`: a misspelt one would mean nothing, unnoticed.
    pub(super) fn only(&mut self, known: &[&str]) {
        let at = self.at.clone();
        let keys = self.found.data(&at).and_then(Value::as_object);
        let unknown: Vec<_> = keys
            .into_iter()
            .flat_map(|keys| keys.keys())
            .filter(|key| !known.contains(&key.as_str()))
            .collect();
        for key in unknown {
            self.refuse(
                key,
                "is not known",
                &format!("known are {}", known.join(", ")),
            );
        }
    }

    /// A number that must be there.
    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        let number = self.value(key).and_then(Value::as_f64);
        if number.is_none() {
            self.refuse(key, "is not a number", "give it one");
        }
        number
    }

    /// A whole number from 1, that must be there.
    pub(super) fn count(&mut self, key: &str) -> Option<u64> {
        let count = self.value(key).and_then(Value::as_u64);
        let count = count.filter(|count| *count > 0);
        if count.is_none() {
            self.refuse(key, "is not a whole number above 0", "give it one");
        }
        count
    }

    /// Text that must be there.
    pub(super) fn text(&mut self, key: &str) -> Option<&'a str> {
        let text = self.value(key).and_then(Value::as_str);
        let text = text.filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.refuse(key, "is not a text", "give it one");
        }
        text
    }

    /// One of `choices`, that must be there.
    pub(super) fn one_of(&mut self, key: &str, choices: &[&str]) -> Option<&'a str> {
        let text = self.value(key).and_then(Value::as_str);
        let chosen = text.filter(|text| choices.contains(text));
        if chosen.is_none() {
            let hint = format!("choose from {}", choices.join(", "));
            self.refuse(
                key,
                &format!("is `{}`", text.unwrap_or("missing or not a text")),
                &hint,
            );
        }
        chosen
    }
}
