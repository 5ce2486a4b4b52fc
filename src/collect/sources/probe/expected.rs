//! What is expected of an answer, and how an answer differs from it.
//!
//! INVARIANT: what is said of a difference repeats nothing of the answer but its status.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::Answer;
use crate::http::secret::may_be_secret;
use crate::json::{self, Limits, Map, Value, json};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Any of them; 200 to 299 where nothing is said.
    #[serde(default)]
    status: Vec<u16>,
    /// Text that the body holds.
    body_contains: Option<String>,
    /// Values in the body, by JSON pointer.
    #[serde(default)]
    json: Map<String, Value>,
    /// Whole values of headers, by name.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Longest time for an answer.
    latency_max_ms: Option<u64>,
}

/// What is expected of an answer.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    settings: Settings,
}

impl Settings {
    /// Reads the settings, or says what is wrong with them.
    pub(super) fn read(mut self) -> Result<Expected, String> {
        if let Some(status) = self
            .status
            .iter()
            .find(|code| !(100..1_000).contains(*code))
        {
            return Err(format!("status: `{status}` is no HTTP status"));
        }
        self.status.sort_unstable();
        self.status.dedup();
        if self
            .body_contains
            .as_ref()
            .is_some_and(|text| text.trim().is_empty())
        {
            return Err("body_contains: every body holds that".into());
        }
        let is_pointer = |pointer: &String| pointer.is_empty() || pointer.starts_with('/');
        if let Some(pointer) = self.json.keys().find(|pointer| !is_pointer(pointer)) {
            return Err(format!(
                "json: `{pointer}` is no JSON pointer, as `/status`"
            ));
        }
        if let Some(name) = self.headers.keys().find(|name| may_be_secret(name)) {
            return Err(format!(
                "headers: `{name}` looks like the name of a secret, whose value would be recorded"
            ));
        }
        let headers = self.headers.into_iter();
        self.headers = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let reads =
            !self.headers.is_empty() || !self.json.is_empty() || self.body_contains.is_some();
        if reads && self.status.iter().any(|status| is_redirect(*status)) {
            return Err("status: a redirect is not read, so that no header and no body of one can be expected".into());
        }
        Ok(Expected { settings: self })
    }
}

/// Whether nothing but the status is known of an answer with this one.
fn is_redirect(status: u16) -> bool {
    (300..400).contains(&status) && status != 304
}

impl Expected {
    pub(super) fn is_status(&self, status: u16) -> bool {
        if self.settings.status.is_empty() {
            return (200..300).contains(&status);
        }
        self.settings.status.contains(&status)
    }

    /// The first thing in which `answer` differs, and what is said of it.
    pub(super) fn unmet(
        &self,
        answer: &Answer,
        duration_ms: u64,
    ) -> Option<(&'static str, String)> {
        if !self.is_status(answer.status) {
            return Some(("status", format!("answered {}", answer.status)));
        }
        let header = self.header(answer).map(|reason| ("header", reason));
        let body = || self.body(answer).map(|reason| ("body", reason));
        header.or_else(body).or_else(|| self.late(duration_ms))
    }

    /// What is said of an answer that took this long, where that is too long.
    pub(super) fn late(&self, duration_ms: u64) -> Option<(&'static str, String)> {
        let max = self.settings.latency_max_ms?;
        (duration_ms > max).then(|| {
            (
                "latency",
                format!("took {duration_ms} ms, at most {max} ms expected"),
            )
        })
    }

    fn header(&self, answer: &Answer) -> Option<String> {
        self.settings
            .headers
            .iter()
            .find_map(|(name, value)| match answer.headers.get(name) {
                None => Some(format!("has no header `{name}`")),
                Some(found) if found != value => {
                    Some(format!("the header `{name}` is not what was expected"))
                }
                Some(_) => None,
            })
    }

    fn body(&self, answer: &Answer) -> Option<String> {
        if let Some(text) = &self.settings.body_contains {
            // Bytes, since a body may be anything.
            let mut windows = answer.body.windows(text.len());
            if !windows.any(|window| window == text.as_bytes()) {
                return Some("the body does not hold the text that was expected".into());
            }
        }
        if self.settings.json.is_empty() {
            return None;
        }
        let Ok(document) = json::parse(&answer.body, Limits::EVIDENCE) else {
            return Some("the body is no JSON".into());
        };
        let mut pointers = self.settings.json.iter();
        pointers.find_map(|(pointer, value)| match document.pointer(pointer) {
            None => Some(format!("the body has no `{pointer}`")),
            Some(found) if found != value => {
                Some(format!("`{pointer}` in the body is not what was expected"))
            }
            Some(_) => None,
        })
    }

    /// As it is recorded.
    pub(super) fn value(&self) -> Value {
        let settings = &self.settings;
        json!({
            "status": (!settings.status.is_empty()).then_some(&settings.status),
            "body_contains": settings.body_contains,
            "json": (!settings.json.is_empty()).then_some(&settings.json),
            "headers": (!settings.headers.is_empty()).then_some(&settings.headers),
            "latency_max_ms": settings.latency_max_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: Value) -> Result<Expected, String> {
        json::decode::<Settings>(settings).unwrap().read()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            body: body.into(),
            received_at: "2026-11-23T13:00:00Z".parse().unwrap(),
            clock_skew_s: None,
            server: None,
            wait: None,
            headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        }
    }

    #[test]
    fn the_first_difference_is_named_and_the_answer_is_not_repeated() {
        let body = "{\"status\": \"pl4nted\", \"n\": 1}";
        for (expect, status, duration_ms, found) in [
            (json!({}), 200, 9_000, None),
            (json!({}), 304, 1, Some("status")),
            (json!({"status": [404]}), 404, 1, None),
            (json!({"status": [404]}), 200, 1, Some("status")),
            (json!({"body_contains": "pl4n"}), 200, 1, None),
            (json!({"body_contains": "Pl4n"}), 200, 1, Some("body")),
            (json!({"json": {"/n": 1}}), 200, 1, None),
            (json!({"json": {"/n": "1"}}), 200, 1, Some("body")),
            (json!({"json": {"/status": "pass"}}), 200, 1, Some("body")),
            (json!({"json": {"/none": null}}), 200, 1, Some("body")),
            (
                json!({"headers": {"Content-Type": "application/json"}}),
                200,
                1,
                None,
            ),
            (
                json!({"headers": {"content-type": "application"}}),
                200,
                1,
                Some("header"),
            ),
            (
                json!({"headers": {"x-none": ""}, "body_contains": "no"}),
                200,
                1,
                Some("header"),
            ),
            (json!({"latency_max_ms": 10}), 200, 10, None),
            (json!({"latency_max_ms": 10}), 200, 11, Some("latency")),
            (json!({"latency_max_ms": 10}), 500, 11, Some("status")),
        ] {
            let unmet = read(expect.clone())
                .unwrap()
                .unmet(&answer(status, body), duration_ms);
            assert_eq!(unmet.as_ref().map(|(class, _)| *class), found, "{expect}");
            let said = unmet.map(|(_, reason)| reason).unwrap_or_default();
            assert!(!said.contains("pl4nted"), "{said}");
        }
        let json = read(json!({"json": {"": {}}})).unwrap();
        let (_, reason) = json.unmet(&answer(200, "{"), 1).unwrap();
        assert_eq!(reason, "the body is no JSON");
    }

    #[test]
    fn what_cannot_be_expected_is_refused() {
        for (settings, what) in [
            (json!({"status": [1000]}), "`1000`"),
            (json!({"body_contains": ""}), "every body"),
            (
                json!({"json": {"status": "ok"}}),
                "`status` is no JSON pointer",
            ),
            (
                json!({"headers": {"Set-Cookie": "a"}}),
                "`Set-Cookie` looks like",
            ),
            (
                json!({"status": [301], "body_contains": "a"}),
                "a redirect is not read",
            ),
        ] {
            let error = read(settings).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
        let moved = read(json!({"status": [308, 301]})).unwrap();
        assert_eq!(moved.value()["status"], json!([301, 308]));
    }
}
