//! `prometheus-vector`: one value for each series at one instant.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::number;
use super::prometheus::{
    self, Instant, Labels, Observation, SAMPLES_MAX, answer, labels, sample, shown,
};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PrometheusVector,
    media_type: "application/json",
    form: Form::Json {
        is: |value| prometheus::is_answer(value, "vector"),
        read,
    },
};

/// Reads a response with `resultType` `vector`.
pub(super) fn read(value: &Value) -> Result<Reading, KindError> {
    let answer = answer(value, "vector")?;
    if answer.result.values()?.len() > SAMPLES_MAX {
        return Err(answer
            .result
            .refuse(format!("more than {SAMPLES_MAX} samples")));
    }
    let mut all: Vec<(Labels, Instant, Observation)> = Vec::new();
    let mut known = BTreeSet::new();
    for node in answer.result.nodes()? {
        let labels = labels(&node)?;
        let value = node.field("value")?;
        let (instant, seen) = sample(value.value(), |what| value.refuse(what))?;
        if !known.insert(labels.clone()) {
            return Err(node.refuse(format!("a second sample of {}", shown(&labels))));
        }
        all.push((labels, instant, seen));
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    let mut samples = Vec::new();
    let mut infinite = Vec::new();
    for (labels, instant, seen) in &all {
        let t = instant.seconds();
        if let Observation::Finite(value) = seen {
            samples.push(json!({"labels": labels, "t": t, "value": number(*value)}));
        } else if let Some(value) = seen.infinity() {
            infinite.push(json!({"labels": labels, "t": t, "value": value}));
        }
    }
    let observed_count = samples.len() + infinite.len();
    #[expect(clippy::cast_precision_loss, reason = "at most a million samples")]
    let coverage = samples.len() as f64 / all.len().max(1) as f64;
    let facts = json!({
        "samples": samples,
        "infinite": infinite,
        "nan": all.len() - observed_count,
        "warnings": answer.warnings,
        "infos": answer.infos,
    });
    let mut reading = Reading::of(Kind::PrometheusVector, facts);
    reading.coverage = Some(coverage);
    let instants = || all.iter().map(|one| one.1);
    reading.collected_at = instants().max().and_then(Instant::timestamp);
    let from = instants().min().and_then(Instant::timestamp);
    reading.observed = from
        .zip(reading.collected_at)
        .map(|(from, to)| Observed { from, to });
    Ok(if observed_count == 0 {
        reading.found(Status::Empty, "holds no observed sample")
    } else if let Some(doubt) = answer.doubt() {
        reading.found(Status::Partial, doubt)
    } else {
        reading
    })
}
