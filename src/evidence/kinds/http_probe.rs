//! `http-probe`: attempts to get an answer over HTTP, and how each went. Our own format,
//! `assize/http-probe/v1`; `docs/evidence/http-probe.md`.
//!
//! INVARIANTS
//! - Counts, shares and times are counted from the attempts, never taken over.
//! - An attempt that contradicts what was expected of it is an error: one that is said to
//!   have succeeded has an expected status and was in time.
//! - That nobody answered is an observation. That nobody was asked is none.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, number, put, put_instant, shortened, with_list};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

const SCHEMA: &str = "assize/http-probe/v1";
/// Most attempts, and most of anything that is expected.
const LIST_MAX: usize = 1_000;
/// Nothing came back that has a status.
const UNANSWERED: [&str; 9] = [
    "dns",
    "protocol",
    "refused",
    "request",
    "reset",
    "size",
    "timeout",
    "tls",
    "unreachable",
];
/// What came back was not looked at.
const UNREAD: [&str; 2] = ["echo", "redirect"];
/// What came back is not what was expected.
const UNEXPECTED: [&str; 4] = ["body", "header", "latency", "status"];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::HttpProbe,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/http-probe/"),
        read,
    },
};

/// Reads a probe.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[SCHEMA])?;
    root.only(&[
        "schema",
        "url",
        "place",
        "expected",
        "planned",
        "interval_ms",
        "timeout_ms",
        "started_at",
        "finished_at",
        "attempts",
    ])?;
    let mut facts = Map::new();
    facts.insert("schema".to_owned(), SCHEMA.into());
    let url = root.field("url")?.words()?;
    facts.insert("url".to_owned(), shortened(url, TEXT_MAX).into());
    let place = root.optional("place")?;
    let place = place.map(|node| node.words()).transpose()?;
    let place = place.map(|text| shortened(text, TEXT_MAX));
    facts.insert("place".to_owned(), json!(place));
    let (expected, shown) = Expected::read(&root.field("expected")?)?;
    facts.insert("expected".to_owned(), shown);
    for name in ["interval_ms", "timeout_ms"] {
        facts.insert(name.to_owned(), root.field(name)?.count()?.into());
    }
    let planned = root.field("planned")?;
    let count = planned.count()?;
    if count == 0 {
        return Err(planned.refuse("must be at least 1"));
    }
    facts.insert("planned".to_owned(), count.into());
    let started_at = put_instant(&mut facts, &root, "started_at")?;
    let finished_at = put_instant(&mut facts, &root, "finished_at")?;
    if finished_at < started_at {
        let node = root.field("finished_at")?;
        return Err(node.refuse("must not be earlier than `started_at`"));
    }
    let mut tally = Tally::default();
    let attempts = root.field("attempts")?;
    if attempts.values()?.len() > LIST_MAX {
        return Err(attempts.refuse(format!("more than {LIST_MAX} attempts")));
    }
    let mut last = started_at;
    for node in attempts.nodes()? {
        last = tally.add(&node, &expected, last..=finished_at)?;
    }
    let made = tally.results.len() as u64;
    if made > count {
        return Err(attempts.refuse(format!("are {made}, but {count} were planned")));
    }
    let mut reading = Reading::of(Kind::HttpProbe, tally.facts(facts));
    reading.collected_at = Some(finished_at);
    if made > 0 {
        reading.observed = Some(Observed {
            from: started_at,
            to: finished_at,
        });
    }
    reading.coverage = Some(share(made, count));
    Ok(match made {
        0 => reading.found(Status::Empty, "no attempt was made"),
        made if made < count => {
            let reason = format!("{made} of {count} attempts were made");
            reading.found(Status::Partial, reason)
        }
        _ => reading,
    })
}

/// What of an answer can be held against what was expected of it.
struct Expected {
    /// None: 200 to 299.
    statuses: Vec<u64>,
    latency_max_ms: Option<u64>,
    header: bool,
    body: bool,
}

impl Expected {
    fn read(node: &Node<'_>) -> Result<(Self, Value), KindError> {
        node.only(&[
            "status",
            "body_contains",
            "json",
            "headers",
            "latency_max_ms",
        ])?;
        let mut statuses = Vec::new();
        for status in node.each("status")? {
            statuses.push(http_status(&status)?);
            if statuses.len() > LIST_MAX {
                return Err(node.refuse(format!("more than {LIST_MAX} statuses")));
            }
        }
        let text = node.optional("body_contains")?;
        let text = text.map(|node| node.words()).transpose()?;
        let pointers = object(node, "json")?;
        let headers = object(node, "headers")?;
        if let Some(headers) = node.optional("headers")? {
            for name in headers.object()?.keys() {
                headers.field(name)?.text()?;
            }
        }
        let latency_max_ms = node.optional("latency_max_ms")?;
        let latency_max_ms = latency_max_ms.map(|node| node.count()).transpose()?;
        let shown = json!({
            "status": (!statuses.is_empty()).then_some(&statuses),
            "body_contains": text.map(|text| shortened(text, TEXT_MAX)),
            "json": pointers,
            "headers": headers,
            "latency_max_ms": latency_max_ms,
        });
        let expected = Self {
            statuses,
            latency_max_ms,
            header: headers.is_some(),
            body: text.is_some() || pointers.is_some(),
        };
        Ok((expected, shown))
    }

    fn is_status(&self, status: u64) -> bool {
        if self.statuses.is_empty() {
            return (200..300).contains(&status);
        }
        self.statuses.contains(&status)
    }

    fn is_late(&self, duration_ms: u64) -> bool {
        self.latency_max_ms.is_some_and(|max| duration_ms > max)
    }
}

fn http_status(node: &Node<'_>) -> Result<u64, KindError> {
    match node.count()? {
        status @ 100..=999 => Ok(status),
        _ => Err(node.refuse("expected an HTTP status")),
    }
}

/// The object `name`, where it is there and says something.
fn object<'a>(node: &Node<'a>, name: &str) -> Result<Option<&'a Map<String, Value>>, KindError> {
    let Some(field) = node.optional(name)? else {
        return Ok(None);
    };
    let object = field.object()?;
    if object.is_empty() || object.len() > LIST_MAX {
        return Err(field.refuse(format!("expected 1 to {LIST_MAX} entries")));
    }
    Ok(Some(object))
}

/// What the attempts come to.
#[derive(Default)]
struct Tally {
    results: Vec<Value>,
    successes: u64,
    /// How long the right answers took, in time or not.
    times_ms: Vec<u64>,
    by_class: BTreeMap<String, u64>,
    first_failure: Option<usize>,
    failures_at_end: u64,
}

impl Tally {
    /// Adds an attempt, which lies in `span`; returns when it began.
    fn add(
        &mut self,
        node: &Node<'_>,
        expected: &Expected,
        span: std::ops::RangeInclusive<Timestamp>,
    ) -> Result<Timestamp, KindError> {
        node.only(&[
            "at",
            "duration_ms",
            "status",
            "size",
            "sha256",
            "failure",
            "reason",
        ])?;
        let mut result = Map::new();
        let at = put_instant(&mut result, node, "at")?;
        if !span.contains(&at) {
            let what = "must lie between the attempt before it and `finished_at`";
            return Err(node.field("at")?.refuse(what));
        }
        let duration_ms = node.field("duration_ms")?.count()?;
        let failure = node.optional("failure")?;
        let failure = failure.map(|node| class(&node)).transpose()?;
        let reason = node.optional("reason")?;
        let reason = reason.map(|node| node.words()).transpose()?;
        if failure.is_some() != reason.is_some() {
            return Err(node.refuse("`failure` and `reason` go together"));
        }
        let answer = answer(node, failure)?;
        contradiction(node, expected, failure, answer.status, duration_ms)?;
        for (name, value) in [
            ("duration_ms", json!(duration_ms)),
            ("status", json!(answer.status)),
            ("size", json!(answer.size)),
            ("sha256", json!(answer.sha256)),
            ("failure", json!(failure)),
            (
                "reason",
                json!(reason.map(|text| shortened(text, TEXT_MAX))),
            ),
        ] {
            result.insert(name.to_owned(), value);
        }
        match failure {
            None => {
                self.successes += 1;
                self.failures_at_end = 0;
            }
            Some(class) => {
                self.failures_at_end += 1;
                self.first_failure.get_or_insert(self.results.len());
                *self.by_class.entry(class.to_owned()).or_default() += 1;
            }
        }
        if matches!(failure, None | Some("latency")) {
            self.times_ms.push(duration_ms);
        }
        self.results.push(result.into());
        Ok(at)
    }

    fn facts(mut self, facts: Map<String, Value>) -> Value {
        self.times_ms.sort_unstable();
        let attempts = self.results.len() as u64;
        let rank = |percent| nearest_rank(&self.times_ms, percent);
        let availability = (attempts > 0).then(|| number(share(self.successes, attempts)));
        let first = self.first_failure.and_then(|at| self.results.get(at));
        let mut facts = Value::Object(facts);
        for (name, value) in [
            ("attempts", json!(attempts)),
            ("successes", json!(self.successes)),
            ("failures", json!(attempts - self.successes)),
            ("availability", json!(availability)),
            ("measured", json!(self.times_ms.len())),
            ("p50_ms", json!(rank(50))),
            ("p95_ms", json!(rank(95))),
            ("max_ms", json!(rank(100))),
            ("failures_by_class", json!(self.by_class)),
            ("first_failure", json!(first)),
            ("failures_at_end", json!(self.failures_at_end)),
        ] {
            put(&mut facts, name, value);
        }
        with_list(facts, "results", self.results)
    }
}

fn class<'a>(node: &Node<'a>) -> Result<&'a str, KindError> {
    node.one_of(&[&UNANSWERED[..], &UNREAD, &UNEXPECTED].concat())
}

/// What came back in an attempt.
struct Answered {
    status: Option<u64>,
    size: Option<u64>,
    sha256: Option<String>,
}

fn answer(node: &Node<'_>, failure: Option<&str>) -> Result<Answered, KindError> {
    let is = |classes: &[&str]| failure.is_some_and(|class| classes.contains(&class));
    let status = node.optional("status")?;
    let status = status.map(|node| http_status(&node)).transpose()?;
    if status.is_some() == is(&UNANSWERED) {
        return Err(node.refuse(match (status, failure) {
            (Some(_), Some(class)) => format!("`status` must be absent where it is `{class}`"),
            _ => "`status` is missing".to_owned(),
        }));
    }
    let size = node.optional("size")?;
    let size = size.map(|node| node.count()).transpose()?;
    let sha256 = node.optional("sha256")?;
    let sha256 = sha256.map(|node| node.digest()).transpose()?;
    if size.is_some() != sha256.is_some() {
        return Err(node.refuse("`size` and `sha256` go together"));
    }
    // Of a redirect nothing is read, also where it is what was expected.
    let may_be_unread = status.is_some_and(|status| (300..400).contains(&status));
    let is_unread = is(&UNANSWERED) || is(&UNREAD);
    if size.is_some() && is_unread {
        let class = failure.unwrap_or_default();
        return Err(node.refuse(format!("`size` must be absent where it is `{class}`")));
    }
    if size.is_none() && !is_unread && !may_be_unread {
        return Err(node.refuse("`size` is missing"));
    }
    Ok(Answered {
        status,
        size,
        sha256: sha256.map(|digest| digest.hex()),
    })
}

/// Refuses a failure, or the want of one, that the status and the time speak against.
fn contradiction(
    node: &Node<'_>,
    expected: &Expected,
    failure: Option<&str>,
    status: Option<u64>,
    duration_ms: u64,
) -> Result<(), KindError> {
    let Some(status) = status else { return Ok(()) };
    let is_status = expected.is_status(status);
    let is_late = expected.is_late(duration_ms);
    let what = match failure {
        None if !is_status => format!("has no failure, but {status} was not expected"),
        None if is_late => format!("has no failure, but took {duration_ms} ms"),
        Some("status" | "redirect") if is_status => format!("failed, but {status} was expected"),
        Some("redirect") if !(300..400).contains(&status) => {
            format!("is a redirect, but was answered {status}")
        }
        Some("header" | "body" | "latency") if !is_status => {
            format!("was answered {status}, which is what failed")
        }
        Some("header") if !expected.header => "failed by a header that nobody expected".into(),
        Some("body") if !expected.body => "failed by a body that nobody expected".into(),
        Some("latency") if !is_late => format!("was in time: {duration_ms} ms"),
        _ => return Ok(()),
    };
    Err(node.refuse(what))
}

/// The smallest value that at least `percent` of `sorted` do not exceed: one that occurs.
fn nearest_rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[expect(clippy::cast_precision_loss, reason = "a thousand at most, or refused")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let twenty: Vec<u64> = (1..=20).collect();
        assert_eq!(nearest_rank(&twenty, 50), Some(10));
        assert_eq!(nearest_rank(&twenty, 95), Some(19));
        assert_eq!(nearest_rank(&[7], 95), Some(7));
        assert_eq!(nearest_rank(&[], 50), None);
    }
}
