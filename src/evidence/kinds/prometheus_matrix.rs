//! `prometheus-matrix`: raw samples of one or more series.
//!
//! INVARIANT: the facts do not depend on the order of series or samples, except for
//! the count `out_of_order`. A gap is never filled, and samples that contradict each
//! other are left out: nobody can say which is true.

use std::collections::BTreeSet;

use crate::evidence::detect::BULK_LIMITS;
use crate::evidence::{Kind, Observed, Status};
use crate::json::bulk::{self, Step};
use crate::json::{Value, json};

use super::node::{Node, number, with_list};
use super::prometheus::{
    self, Instant, Labels, Observation, SAMPLES_MAX, answer, infinite, labels, sample, share, shown,
};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// What one series comes to.
struct Series {
    labels: Labels,
    facts: Value,
    coverage: f64,
    max_gap_ms: Option<i64>,
    conflicts: usize,
    observed_count: usize,
    span: Option<(Instant, Instant)>,
}

/// Samples as they come.
type Points = Vec<(Instant, Observation)>;

/// The samples of one series, sorted, one for each instant.
struct Samples {
    points: Vec<(Instant, Observation)>,
    conflicts: usize,
    out_of_order: usize,
    /// Every instant that occurs, conflicting ones included.
    span: Option<(Instant, Instant)>,
}

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PrometheusMatrix,
    media_type: "application/json",
    form: Form::Bulk {
        paths: PATHS,
        // A refused query has no data; it is told from other documents by its error type.
        is: |value| prometheus::is_answer(value, "matrix") || prometheus::is_refusal(value),
        read,
    },
};

/// Where the samples are.
const PATHS: &[bulk::Path] = &[&[
    Step::Field("data"),
    Step::Field("result"),
    Step::Each,
    Step::Field("values"),
]];

/// Reads the response `text` with `resultType` `matrix`; `outline` has all but its
/// samples.
fn read(outline: &Value, text: &[u8]) -> Result<Reading, KindError> {
    let answer = answer(outline, "matrix")?;
    let mut labels_of = Vec::new();
    let mut known = BTreeSet::new();
    for node in answer.result.nodes()? {
        let labels = labels(&node)?;
        if !known.insert(labels.clone()) {
            return Err(node.refuse(format!("a second series {}", shown(&labels))));
        }
        node.field("values")?.values()?;
        labels_of.push(labels);
    }
    let points = points(text, labels_of.len())?;
    let series_of = labels_of.into_iter().zip(points);
    let mut all: Vec<Series> = series_of
        .map(|(labels, points)| series(labels, points))
        .collect();
    all.sort_by(|one, other| one.labels.cmp(&other.labels));
    let coverage = all
        .iter()
        .map(|one| one.coverage)
        .reduce(f64::min)
        .unwrap_or(0.0);
    let max_gap_ms = all.iter().filter_map(|one| one.max_gap_ms).max();
    let conflicts: usize = all.iter().map(|one| one.conflicts).sum();
    let observed_count: usize = all.iter().map(|one| one.observed_count).sum();
    let spans = || all.iter().filter_map(|one| one.span);
    let from = spans().map(|span| span.0).min();
    let to = spans().map(|span| span.1).max();
    let facts = json!({
        "series_count": all.len(),
        "coverage": number(coverage),
        "max_gap_s": max_gap_ms.map(|gap| Instant(gap).seconds()),
        "warnings": answer.warnings,
        "infos": answer.infos,
    });
    let series = all.into_iter().map(|one| one.facts).collect();
    let facts = with_list(facts, "series", series);
    let mut reading = Reading::of(Kind::PrometheusMatrix, facts);
    reading.coverage = Some(coverage);
    reading.collected_at = to.and_then(Instant::timestamp);
    let ends = from.and_then(Instant::timestamp).zip(reading.collected_at);
    reading.observed = ends.map(|(from, to)| Observed { from, to });
    Ok(if observed_count == 0 {
        reading.found(Status::Empty, "holds no observed sample")
    } else if let Some(doubt) = answer.doubt() {
        reading.found(Status::Partial, doubt)
    } else if conflicts > 0 {
        let reason = format!("samples contradict each other at {conflicts} instants");
        reading.found(Status::Partial, reason)
    } else {
        reading
    })
}

/// The samples of each of `series_count` series, in the order of the text.
fn points(text: &[u8], series_count: usize) -> Result<Vec<Points>, KindError> {
    let mut all: Vec<Points> = vec![Vec::new(); series_count];
    let mut samples_left = SAMPLES_MAX;
    bulk::parse(text, BULK_LIMITS, PATHS, &mut |element| {
        let &[series, index] = element.indexes else {
            return Ok(());
        };
        let values = || Node::at(&element.value, format!("data.result[{series}].values"));
        let Some(points) = all.get_mut(series).filter(|_| samples_left > 0) else {
            return Err(values().refuse(format!("more than {SAMPLES_MAX} samples")));
        };
        samples_left -= 1;
        points.push(sample(&element.value, |what| {
            values().refuse(format!("sample {index}: {what}"))
        })?);
        Ok(())
    })?;
    Ok(all)
}

fn series(labels: Labels, points: Points) -> Series {
    let samples = Samples::of(points);
    let cover = Cover::of(&samples);
    let finite: Vec<Value> = samples
        .finite()
        .map(|(instant, value)| json!([instant.seconds(), number(value)]))
        .collect();
    let infinities: Vec<Value> = samples
        .points
        .iter()
        .filter_map(|(instant, seen)| Some(infinite(*instant, seen.infinity()?)))
        .collect();
    let nan = samples.count(Observation::NotANumber);
    let facts = json!({
        "labels": labels,
        "n": finite.len(),
        "infinite": infinities,
        "step_s": cover.step_ms.map(|step| Instant(step).seconds()),
        "coverage": number(cover.coverage),
        "max_gap_s": cover.max_gap_ms.map(|gap| Instant(gap).seconds()),
        "nan": nan,
        "inf": {
            "pos": samples.count(Observation::PositiveInfinity),
            "neg": samples.count(Observation::NegativeInfinity),
        },
        "conflicts": samples.conflicts,
        "out_of_order": samples.out_of_order,
        "from": samples.span.map(|span| span.0.seconds()),
        "to": samples.span.map(|span| span.1.seconds()),
    });
    let facts = with_list(facts, "samples", finite);
    Series {
        labels,
        facts,
        coverage: cover.coverage,
        max_gap_ms: cover.max_gap_ms,
        conflicts: samples.conflicts,
        observed_count: samples.points.len() - nan,
        span: samples.span,
    }
}

impl Samples {
    fn of(mut points: Vec<(Instant, Observation)>) -> Self {
        let neighbours = points.iter().zip(points.iter().skip(1));
        let out_of_order = neighbours.filter(|(one, next)| next.0 < one.0).count();
        points.sort_by_key(|point| point.0);
        let span = points.first().zip(points.last()).map(|(a, b)| (a.0, b.0));
        let mut kept = Vec::with_capacity(points.len());
        let mut conflicts = 0;
        for group in points.chunk_by(|one, other| one.0 == other.0) {
            let Some((first, rest)) = group.split_first() else {
                continue;
            };
            if rest.iter().all(|other| other.1 == first.1) {
                kept.push(*first);
            } else {
                conflicts += 1;
            }
        }
        Self {
            points: kept,
            conflicts,
            out_of_order,
            span,
        }
    }

    fn finite(&self) -> impl Iterator<Item = (Instant, f64)> {
        self.points.iter().filter_map(|(instant, seen)| match seen {
            Observation::Finite(value) => Some((*instant, *value)),
            _ => None,
        })
    }

    fn count(&self, seen: Observation) -> usize {
        self.points.iter().filter(|point| point.1 == seen).count()
    }
}

/// How much of a series' span its finite samples speak for.
struct Cover {
    step_ms: Option<i64>,
    coverage: f64,
    max_gap_ms: Option<i64>,
}

impl Cover {
    /// A sample speaks until the next one, if that comes within two and a half steps:
    /// one missed scrape is forgiven, two are not.
    fn of(samples: &Samples) -> Self {
        let step_ms = median_gap_ms(samples.points.iter().map(|point| point.0));
        let (Some((from, to)), Some(step_ms)) = (samples.span, step_ms) else {
            return Self {
                step_ms,
                coverage: 0.0,
                max_gap_ms: None,
            };
        };
        // The ends of the span count: where it begins or ends without a finite sample,
        // that time is not covered.
        let mut covered_ms = 0;
        let mut max_gap_ms = 0;
        let mut last: Option<Instant> = None;
        for (instant, _) in samples.finite() {
            let gap_ms = instant.0 - last.unwrap_or(from).0;
            max_gap_ms = max_gap_ms.max(gap_ms);
            if last.is_some() && gap_ms * 2 <= step_ms * 5 {
                covered_ms += gap_ms;
            }
            last = Some(instant);
        }
        let tail_ms = to.0 - last.unwrap_or(from).0;
        Self {
            step_ms: Some(step_ms),
            coverage: share(covered_ms, to.0 - from.0),
            max_gap_ms: Some(max_gap_ms.max(tail_ms)),
        }
    }
}

/// The median distance of neighbours; of the two middle ones, the smaller, so that it
/// is a distance that occurs and no gap passes for a step.
fn median_gap_ms(instants: impl Iterator<Item = Instant> + Clone) -> Option<i64> {
    let next = instants.clone().skip(1);
    let mut gaps: Vec<i64> = instants
        .zip(next)
        .map(|(one, next)| next.0 - one.0)
        .collect();
    gaps.sort_unstable();
    let middle = gaps.len().checked_sub(1)? / 2;
    gaps.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(points: &[(i64, f64)]) -> Samples {
        let seen = |value: f64| {
            if value.is_nan() {
                Observation::NotANumber
            } else {
                Observation::Finite(value)
            }
        };
        Samples::of(
            points
                .iter()
                .map(|(second, value)| (Instant(second * 1_000), seen(*value)))
                .collect(),
        )
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn one_missed_scrape_is_covered_and_two_are_not() {
        let one_missed = samples(&[(0, 1.0), (15, 1.0), (30, 1.0), (60, 1.0), (75, 1.0)]);
        let cover = Cover::of(&one_missed);
        assert_eq!(cover.step_ms, Some(15_000));
        assert_eq!(cover.max_gap_ms, Some(30_000));
        assert!(near(cover.coverage, 1.0));
        let two_missed = samples(&[(0, 1.0), (15, 1.0), (30, 1.0), (75, 1.0), (90, 1.0)]);
        let cover = Cover::of(&two_missed);
        assert!(near(cover.coverage, 0.5), "{}", cover.coverage);
        assert_eq!(cover.max_gap_ms, Some(45_000));
    }

    #[test]
    fn unobserved_ends_are_not_covered() {
        let nan = f64::NAN;
        let ends = samples(&[(0, nan), (15, nan), (30, 1.0), (45, 1.0), (60, nan)]);
        let cover = Cover::of(&ends);
        assert!(near(cover.coverage, 0.25), "{}", cover.coverage);
        assert_eq!(cover.max_gap_ms, Some(30_000));
    }

    #[test]
    fn a_single_sample_covers_nothing() {
        let cover = Cover::of(&samples(&[(0, 1.0)]));
        assert_eq!((cover.step_ms, cover.max_gap_ms), (None, None));
        assert!(near(cover.coverage, 0.0));
        assert!(near(Cover::of(&samples(&[])).coverage, 0.0));
    }

    #[test]
    fn contradictions_are_left_out_and_counted() {
        let points = [(30, 3.0), (0, 1.0), (15, 2.0), (15, 2.5), (30, 3.0)];
        let samples = samples(&points);
        assert_eq!((samples.conflicts, samples.out_of_order), (1, 1));
        let kept: Vec<i64> = samples.finite().map(|(instant, _)| instant.0).collect();
        assert_eq!(kept, [0, 30_000]);
    }
}
