//! One item of a loaded bundle, and how far it can be relied on at an instant.

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::Value;

use super::kinds::Reading;
use super::manifest::{Entry, Observed};
use super::{Kind, Mapping, SKEW_MAX_S, Status, redaction};

/// One item of evidence.
#[derive(Debug, Clone)]
pub struct Item {
    entry: Entry,
    /// `None` where the file is absent or not the one that was sealed.
    bytes: Option<Vec<u8>>,
    /// What was found, before time is looked at.
    found: Found,
    facts: Value,
    coverage: Option<f64>,
    /// Ids of the keys whose signature over the bytes was verified, sorted.
    signed_by: Vec<String>,
    as_of: Timestamp,
    /// What was found, judged at `as_of`.
    judged: Found,
}

/// A status and, unless it is `ok`, the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) status: Status,
    pub(super) reason: Option<String>,
}

impl Item {
    /// The item that `entry` describes, as `reading` found it.
    pub(super) fn read(
        mut entry: Entry,
        bytes: Vec<u8>,
        reading: Reading,
        as_of: Timestamp,
    ) -> Self {
        let claimed = Found {
            status: entry.status,
            reason: entry.reason.clone(),
        };
        let own = Found {
            status: reading.status,
            reason: reading.reason,
        };
        // A mapping that says where the date is wants that one, and makes nothing younger
        // than what was sealed.
        if entry.map.as_ref().is_some_and(Mapping::is_dating) {
            entry.collected_at = match reading.collected_at {
                None => None,
                found => earlier(entry.collected_at, found),
            };
        }
        entry.collected_at = entry.collected_at.or(reading.collected_at);
        entry.observed = reading.observed.or(entry.observed);
        entry.valid_until = earlier(entry.valid_until, reading.valid_until);
        let found = claimed.or_worse(own).or_worse(answered(&entry));
        let found = match redaction::disagreement(&bytes, &entry.redactions) {
            Some(reason) => found.or_worse(Found {
                status: Status::Error,
                reason: Some(reason),
            }),
            None => found,
        };
        Self {
            judged: judge(&entry, &found, as_of),
            entry,
            bytes: Some(bytes),
            found,
            facts: reading.facts,
            coverage: reading.coverage,
            signed_by: reading.signed_by,
            as_of,
        }
    }

    /// The item that `entry` describes, whose bytes are not there or not those sealed.
    pub(super) fn unread(entry: Entry, status: Status, reason: String, as_of: Timestamp) -> Self {
        let found = Found {
            status,
            reason: Some(reason),
        };
        Self {
            entry,
            bytes: None,
            judged: found.clone(),
            found,
            facts: Value::Null,
            coverage: None,
            signed_by: Vec::new(),
            as_of,
        }
    }

    /// The same item, of a bundle that `signers` signed. What is not there, or is not what
    /// was sealed, they did not sign.
    pub(super) fn vouched_by(mut self, signers: &[String]) -> Self {
        if self.bytes.is_some() {
            self.signed_by.extend_from_slice(signers);
            self.signed_by.sort();
            self.signed_by.dedup();
        }
        self
    }

    /// Returns the item's name in policies.
    pub fn id(&self) -> &str {
        &self.entry.id
    }

    /// Returns what the item is.
    pub fn kind(&self) -> Kind {
        self.entry.kind
    }

    /// Returns the path of its file, relative to the bundle's folder.
    pub fn path(&self) -> &str {
        &self.entry.path
    }

    /// Returns how far it can be relied on at the bundle's `as_of`.
    pub fn status(&self) -> Status {
        self.judged.status
    }

    /// Returns why its status is not `ok`.
    pub fn reason(&self) -> Option<&str> {
        self.judged.reason.as_deref()
    }

    /// Returns the SHA-256 that the manifest gives.
    pub fn sha256(&self) -> Digest {
        self.entry.sha256
    }

    /// Returns the bytes in the file, as the manifest gives them.
    pub fn size(&self) -> u64 {
        self.entry.size
    }

    /// Returns when the evidence was obtained: what the manifest says, else what the
    /// content says, else nothing.
    pub fn collected_at(&self) -> Option<Timestamp> {
        self.entry.collected_at
    }

    /// Returns the time that the evidence speaks about.
    pub fn observed(&self) -> Option<Observed> {
        self.entry.observed
    }

    /// Returns the instant from which the item may not be used.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.entry.valid_until
    }

    /// Returns the raw bytes. `None` where the file is absent or its bytes are not
    /// those that the manifest gives: they are no evidence of this bundle.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// Returns what policies see; null unless the status is `ok`, `partial` or `empty`.
    pub fn facts(&self) -> &Value {
        self.facts_at(self.judged.status)
    }

    /// Returns the share of the observed time that is covered by samples, 0 to 1.
    /// Prometheus kinds only; the least over all series.
    pub fn coverage(&self) -> Option<f64> {
        self.coverage
    }

    /// Returns the ids of the keys whose signature over its bytes was verified, its own or
    /// that of its bundle; sorted, each once.
    pub fn signed_by(&self) -> &[String] {
        &self.signed_by
    }

    /// Returns whole seconds from `collected_at` to the bundle's `as_of`.
    pub fn age_s(&self) -> Option<u64> {
        self.age_s_at(self.as_of)
    }

    /// Returns the item's line in the manifest, completed from its content.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    pub(super) fn judged_at(&self, as_of: Timestamp) -> Found {
        judge(&self.entry, &self.found, as_of)
    }

    pub(super) fn facts_at(&self, status: Status) -> &Value {
        if status.shows_facts() {
            &self.facts
        } else {
            &Value::Null
        }
    }

    pub(super) fn age_s_at(&self, as_of: Timestamp) -> Option<u64> {
        let collected_at = self.entry.collected_at?;
        Some(u64::try_from(as_of.seconds_since(collected_at)).unwrap_or(0))
    }
}

impl Found {
    fn or_worse(self, other: Self) -> Self {
        if other.status > self.status || (other.status == self.status && self.reason.is_none()) {
            other
        } else {
            self
        }
    }
}

/// What the answer of its source says about an item: one that reports an error, or comes
/// with warnings, is not the whole truth, whatever else was written down.
fn answered(entry: &Entry) -> Found {
    let source = entry.source.as_ref();
    let failed = source
        .and_then(|source| source.response_status)
        .filter(|status| !(200..300).contains(status));
    let warning = source.and_then(|source| source.warnings.first());
    let (status, reason) = match (failed, warning) {
        (Some(status), _) => (
            Status::Error,
            Some(format!("its source answered with status {status}")),
        ),
        (None, Some(warning)) => (
            Status::Partial,
            Some(format!("its source warned: {warning}")),
        ),
        (None, None) => (Status::Ok, None),
    };
    Found { status, reason }
}

/// INVARIANT: time only ever makes an item worse.
fn judge(entry: &Entry, found: &Found, as_of: Timestamp) -> Found {
    let found = found.clone();
    let ends = [
        ("collected", entry.collected_at),
        ("observed", entry.observed.map(|observed| observed.to)),
    ];
    for (what, at) in ends {
        if let Some(at) = at
            && at.seconds_since(as_of) > SKEW_MAX_S
        {
            return found.or_worse(Found {
                status: Status::Error,
                reason: Some(format!("{what} in the future: at {at}, later than {as_of}")),
            });
        }
    }
    match entry.valid_until {
        Some(valid_until) if valid_until <= as_of => found.or_worse(Found {
            status: Status::Stale,
            reason: Some(format!("valid until {valid_until}, which has passed")),
        }),
        _ => found,
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn item(collected_at: Option<&str>, valid_until: Option<&str>, as_of: &str) -> Item {
        let mut reading = Reading::of(Kind::Json, json!({"a": 1}));
        reading.collected_at = collected_at.map(at);
        reading.valid_until = valid_until.map(at);
        let entry = Entry {
            id: "a".into(),
            kind: Kind::Json,
            path: "a.json".into(),
            media_type: "application/json".into(),
            size: 0,
            sha256: Digest::of(b""),
            status: Status::Ok,
            reason: None,
            told: None,
            collected_at: None,
            observed: None,
            valid_until: None,
            source: None,
            provenance: None,
            map: None,
            redactions: Vec::new(),
        };
        Item::read(entry, Vec::new(), reading, at(as_of))
    }

    #[test]
    fn a_valid_item_is_stale_from_the_instant_it_names() {
        let until = Some("2026-11-23T13:00:00Z");
        let before = item(None, until, "2026-11-23T12:59:59Z");
        assert_eq!((before.status(), before.age_s()), (Status::Ok, None));
        let after = item(None, until, "2026-11-23T13:00:00Z");
        assert_eq!(after.status(), Status::Stale);
        assert_eq!(after.facts(), &Value::Null);
        assert!(
            after
                .reason()
                .unwrap()
                .contains("valid until 2026-11-23T13:00:00Z")
        );
    }

    #[test]
    fn five_seconds_of_skew_are_forgiven_and_six_are_not() {
        let collected = Some("2026-11-23T13:00:05Z");
        let skewed = item(collected, None, "2026-11-23T13:00:00Z");
        assert_eq!((skewed.status(), skewed.age_s()), (Status::Ok, Some(0)));
        let future = item(collected, None, "2026-11-23T12:59:59Z");
        assert_eq!(future.status(), Status::Error);
        assert_eq!(future.facts(), &Value::Null);
        assert!(future.reason().unwrap().contains("collected in the future"));
        let past = item(collected, None, "2026-11-23T13:00:46Z");
        assert_eq!((past.status(), past.age_s()), (Status::Ok, Some(41)));
    }

    #[test]
    fn nobody_has_observed_what_is_to_come() {
        let as_of = |as_of| {
            let mut item = item(Some("2026-11-23T12:00:00Z"), None, as_of);
            item.entry.observed = Some(Observed {
                from: at("2026-11-23T11:00:00Z"),
                to: at("2026-11-23T13:00:00Z"),
            });
            item.judged_at(at(as_of))
        };
        let future = as_of("2026-11-23T12:59:54Z");
        assert_eq!(future.status, Status::Error);
        let reason = future.reason.unwrap();
        assert!(reason.contains("observed in the future: at 2026-11-23T13:00:00Z"));
        assert_eq!(as_of("2026-11-23T12:59:55Z").status, Status::Ok);
    }

    #[test]
    fn the_worse_of_two_statuses_wins_with_its_reason() {
        let found = |status, reason: Option<&str>| Found {
            status,
            reason: reason.map(str::to_owned),
        };
        let ok = found(Status::Ok, None);
        let partial = found(Status::Partial, Some("p"));
        let error = found(Status::Error, Some("e"));
        assert_eq!(ok.clone().or_worse(partial.clone()), partial);
        assert_eq!(partial.clone().or_worse(ok), partial);
        assert_eq!(error.clone().or_worse(partial.clone()), error);
        assert_eq!(partial.or_worse(error.clone()), error);
    }
}
