//! `locust-stats`: statistics of a Locust run, from `--json` or from `--csv`'s
//! `_stats.csv` (<https://docs.locust.io/en/stable/retrieving-stats.html>).
//!
//! INVARIANT: percentiles from JSON are recomputed from the histogram of response times,
//! over all entries too: no percentile is averaged. Those of a CSV are only stated, and
//! it was written while the run lasted.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, number, put, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod csv;

/// Most entries in one item.
const ENTRIES_MAX: usize = 50_000;

/// How the JSON of this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::LocustStats,
    media_type: "application/json",
    form: Form::List { is, read },
};

/// How the CSV of this kind is told and read.
pub(super) const CSV_READER: Reader = Reader {
    kind: Kind::LocustStats,
    media_type: "text/csv",
    form: Form::Text {
        is: |start| start.starts_with(csv::START),
        read: csv::read,
    },
};

/// What one entry, or all together, observed.
#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    failures: u64,
    total_ms: f64,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    /// Response times in whole milliseconds, as Locust rounds them, and how often each.
    histogram: BTreeMap<u64, u64>,
    started_s: Option<f64>,
    ended_s: Option<f64>,
}

fn is(first: &Value) -> bool {
    let has = |name| first.get(name).is_some();
    [
        "num_requests",
        "num_failures",
        "response_times",
        "method",
        "name",
    ]
    .into_iter()
    .all(has)
}

/// Reads the JSON.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let mut known = BTreeSet::new();
    let mut entries = Vec::new();
    let mut all = Tally::default();
    for node in root.nodes()? {
        if entries.len() >= ENTRIES_MAX {
            return Err(node.refuse(format!("more than {ENTRIES_MAX} entries")));
        }
        let name = node.field("name")?.text()?;
        let method = node.optional("method")?;
        let method = method.map(|method| method.text()).transpose()?;
        if !known.insert((name, method)) {
            return Err(node.refuse("a second entry of this method and name"));
        }
        let tally = Tally::of(&node)?;
        let mut facts = tally.facts();
        put(&mut facts, "name", shortened(name, TEXT_MAX));
        put(
            &mut facts,
            "method",
            method.map(|text| shortened(text, TEXT_MAX)),
        );
        entries.push(facts);
        all.add(tally);
    }
    let facts = json!({
        "format": "json",
        "percentiles_recomputed": true,
        "entries": entries,
        "total": all.facts(),
        "started_at": all.started_s.and_then(instant).map(|at| at.to_string()),
        "ended_at": all.ended_s.and_then(instant).map(|at| at.to_string()),
    });
    let mut reading = Reading::of(Kind::LocustStats, facts);
    reading.collected_at = all.ended_s.and_then(instant);
    let ends = all.started_s.and_then(instant).zip(reading.collected_at);
    reading.observed = ends
        .filter(|(from, to)| from <= to)
        .map(|(from, to)| Observed { from, to });
    Ok(if all.requests == 0 {
        reading.found(Status::Empty, "no request was sent")
    } else {
        reading
    })
}

impl Tally {
    fn of(node: &Node<'_>) -> Result<Self, KindError> {
        let requests = node.field("num_requests")?.count()?;
        let failures = node.field("num_failures")?.count()?;
        if failures > requests {
            return Err(node.refuse("counts more failures than requests"));
        }
        let untimed = match node.optional("num_none_requests")? {
            Some(count) => count.count()?,
            None => 0,
        };
        let times = node.field("response_times")?;
        let mut histogram = BTreeMap::new();
        let mut timed: u64 = 0;
        for key in times.object()?.keys() {
            let count = times.field(key)?;
            let time = key
                .parse::<f64>()
                .ok()
                .filter(|ms| (0.0..1e12).contains(ms));
            let time = time.ok_or_else(|| count.refuse("is of no response time"))?;
            timed = timed.saturating_add(count.count()?);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within range"
            )]
            let time = time.round() as u64;
            let held: &mut u64 = histogram.entry(time).or_default();
            *held = held.saturating_add(count.count()?);
        }
        if timed.saturating_add(untimed) != requests {
            let what = format!("holds {timed} of {requests} requests");
            return Err(times.refuse(what));
        }
        let instant = |name| positive(node, name);
        Ok(Self {
            requests,
            failures,
            total_ms: positive(node, "total_response_time")?.unwrap_or_default(),
            min_ms: positive(node, "min_response_time")?,
            max_ms: positive(node, "max_response_time")?,
            histogram,
            started_s: instant("start_time")?.filter(|_| requests > 0),
            ended_s: instant("last_request_timestamp")?.filter(|_| requests > 0),
        })
    }

    fn add(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.total_ms += other.total_ms;
        self.min_ms = self.min_ms.into_iter().chain(other.min_ms).reduce(f64::min);
        self.max_ms = self.max_ms.into_iter().chain(other.max_ms).reduce(f64::max);
        for (time, count) in other.histogram {
            let held = self.histogram.entry(time).or_default();
            *held = held.saturating_add(count);
        }
        self.started_s = self
            .started_s
            .into_iter()
            .chain(other.started_s)
            .reduce(f64::min);
        self.ended_s = self
            .ended_s
            .into_iter()
            .chain(other.ended_s)
            .reduce(f64::max);
    }

    fn facts(&self) -> Value {
        let counts = self.histogram.values().copied();
        let timed = counts.fold(0, u64::saturating_add);
        let rank = |percent| self.nearest_rank(timed, percent);
        let span_s = self.started_s.zip(self.ended_s).map(|(from, to)| to - from);
        let span_s = span_s.filter(|seconds| *seconds > 0.0);
        json!({
            "requests_count": self.requests,
            "failures_count": self.failures,
            "failure_share": share(self.failures, self.requests),
            "requests_per_s": span_s.map(|seconds| number(float(self.requests) / seconds)),
            "avg_ms": (timed > 0).then(|| number(self.total_ms / float(timed))),
            "min_ms": self.min_ms.map(number),
            "max_ms": self.max_ms.map(number),
            "p50_ms": rank(50),
            "p90_ms": rank(90),
            "p95_ms": rank(95),
            "p99_ms": rank(99),
        })
    }

    /// The smallest time that at least `percent` of the `timed` requests do not exceed.
    fn nearest_rank(&self, timed: u64, percent: u64) -> Option<u64> {
        let rank = u128::from(timed) * u128::from(percent);
        let rank = rank.div_ceil(100);
        let mut seen: u128 = 0;
        let mut times = self.histogram.iter();
        let reaches = |(_, count): &(&u64, &u64)| {
            seen += u128::from(**count);
            seen >= rank && rank > 0
        };
        times.find(reaches).map(|(time, _)| *time)
    }
}

fn positive(node: &Node<'_>, name: &str) -> Result<Option<f64>, KindError> {
    let Some(node) = node.optional(name)? else {
        return Ok(None);
    };
    match node.value().as_f64() {
        Some(value) if value >= 0.0 => Ok(Some(value)),
        _ => Err(node.refuse("expected a number, 0 or more")),
    }
}

fn share(part: u64, whole: u64) -> Value {
    if whole == 0 {
        return Value::Null;
    }
    number(float(part) / float(whole))
}

#[expect(clippy::cast_precision_loss, reason = "counts, far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

/// The whole second that `seconds` since the Unix epoch lies in.
fn instant(seconds: f64) -> Option<Timestamp> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a range is looked at behind it"
    )]
    Timestamp::from_unix_seconds(seconds as i64)
}
