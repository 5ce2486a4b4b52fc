//! What the answers of Prometheus' HTTP API have in common
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/>).
//!
//! INVARIANT: a sample is a finite number at an instant of whole milliseconds, which
//! is the precision of Prometheus. NaN is "not observed"; infinities are set apart.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::json::{Value, json};

use super::KindError;
use super::node::{Node, TEXT_MAX, number, shortened};

/// Most samples in one answer.
pub const SAMPLES_MAX: usize = 2_500_000;

/// The year 2261, where timestamps end.
const MILLISECONDS_MAX: f64 = 9.2e12;

/// A successful answer.
pub(super) struct Answer<'a> {
    pub(super) result: Node<'a>,
    pub(super) warnings: Vec<String>,
    pub(super) infos: Vec<String>,
    is_partial: bool,
}

/// One value as Prometheus writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Observation {
    Finite(f64),
    PositiveInfinity,
    NegativeInfinity,
    NotANumber,
}

/// An instant in whole milliseconds since the Unix epoch, or a distance of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant(pub(super) i64);

/// A series' identity.
pub(super) type Labels = BTreeMap<String, String>;

/// Whether `value` is an answer of this `resultType`.
pub(super) fn is_answer(value: &Value, result_type: &str) -> bool {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str);
    matches!(text("/status"), Some("success" | "error"))
        && text("/data/resultType") == Some(result_type)
}

/// Whether `value` is the answer to a question that was refused.
pub(super) fn is_refusal(value: &Value) -> bool {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str);
    text("/status") == Some("error")
        && text("/data/resultType").is_none()
        && text("/errorType").is_some()
}

/// Opens an answer whose `resultType` is `result_type`.
pub(super) fn answer<'a>(value: &'a Value, result_type: &str) -> Result<Answer<'a>, KindError> {
    let answer = succeeded(value)?;
    let data = answer.result;
    data.field("resultType")?.one_of(&[result_type])?;
    Ok(Answer {
        result: data.field("result")?,
        ..answer
    })
}

/// Opens an answer whose result is all of its `data`.
pub(super) fn succeeded(value: &Value) -> Result<Answer<'_>, KindError> {
    let root = Node::root(value);
    if root.field("status")?.one_of(&["success", "error"])? == "error" {
        let text = |name| -> Result<String, KindError> {
            let node = root.optional(name)?;
            let text = node.map_or(Ok("unknown"), |node| node.text())?;
            Ok(shortened(text, TEXT_MAX))
        };
        return Err(KindError::Answer {
            error_type: text("errorType")?,
            message: text("error")?,
        });
    }
    Ok(Answer {
        result: root.field("data")?,
        warnings: texts(&root, "warnings")?,
        infos: texts(&root, "infos")?,
        // VictoriaMetrics says so where a storage node did not answer
        // (<https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability>).
        is_partial: root
            .optional("isPartial")?
            .map_or(Ok(false), |node| node.boolean())?,
    })
}

impl Answer<'_> {
    /// Why the answer may not be all there is.
    pub(super) fn doubt(&self) -> Option<String> {
        if self.is_partial {
            let reason = "the server says that its answer is partial (`isPartial`)";
            return Some(reason.to_owned());
        }
        let warning = self.warnings.first()?;
        Some(format!("Prometheus warned: {warning}"))
    }
}

pub(super) fn labels(series: &Node<'_>) -> Result<Labels, KindError> {
    if series.optional("histogram")?.is_some() || series.optional("histograms")?.is_some() {
        return Err(series.refuse("holds native histograms; ask for a quantile of them"));
    }
    named_texts(&series.field("metric")?)
}

/// Labels or annotations.
pub(super) fn named_texts(node: &Node<'_>) -> Result<Labels, KindError> {
    let mut texts = Labels::new();
    for name in node.object()?.keys() {
        texts.insert(name.clone(), node.field(name)?.text()?.to_owned());
    }
    Ok(texts)
}

/// Free text by name, each shortened.
pub(super) fn annotations(parent: &Node<'_>) -> Result<Labels, KindError> {
    let Some(node) = parent.optional("annotations")? else {
        return Ok(Labels::new());
    };
    let texts = named_texts(&node)?.into_iter();
    Ok(texts
        .map(|(name, text)| (name, shortened(&text, TEXT_MAX)))
        .collect())
}

/// Reads `[unix seconds, "value"]`.
pub(super) fn sample(
    value: &Value,
    refuse: impl Fn(&str) -> KindError,
) -> Result<(Instant, Observation), KindError> {
    let Value::Array(pair) = value else {
        return Err(refuse("expected `[seconds, \"value\"]`"));
    };
    let [Value::Number(seconds), Value::String(text)] = pair.as_slice() else {
        return Err(refuse(
            "expected `[seconds, \"value\"]`: a number and a quoted number",
        ));
    };
    let milliseconds = (seconds.as_f64().unwrap_or(f64::NAN) * 1_000.0).round();
    if !(0.0..=MILLISECONDS_MAX).contains(&milliseconds) {
        return Err(refuse("the instant is not between the years 1970 and 2261"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
    let instant = Instant(milliseconds as i64);
    let observation = observation(text)
        .ok_or_else(|| refuse("the value is not a number that Prometheus writes"))?;
    Ok((instant, observation))
}

/// Reads a number as Prometheus writes it.
pub(super) fn observation(text: &str) -> Option<Observation> {
    match text {
        "NaN" => return Some(Observation::NotANumber),
        "+Inf" => return Some(Observation::PositiveInfinity),
        "-Inf" => return Some(Observation::NegativeInfinity),
        _ => {}
    }
    // Rust also reads `nan`, `inf` and `infinity`; Prometheus writes none of them.
    let is_plain = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    let value: f64 = text.parse().ok().filter(|_| text.bytes().all(is_plain))?;
    value.is_finite().then_some(Observation::Finite(value))
}

impl Instant {
    pub(super) fn seconds(self) -> Value {
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        number(self.0 as f64 / 1_000.0)
    }

    /// The whole second that the instant lies in.
    pub(super) fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_unix_seconds(self.0.div_euclid(1_000))
    }
}

impl Observation {
    /// How Prometheus writes an infinity.
    pub(super) fn infinity(self) -> Option<&'static str> {
        match self {
            Self::PositiveInfinity => Some("+Inf"),
            Self::NegativeInfinity => Some("-Inf"),
            Self::Finite(_) | Self::NotANumber => None,
        }
    }
}

/// A share of covered time, cut to the millionth so that it reads the same everywhere.
pub(super) fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53")]
    let share = part as f64 / whole as f64;
    // Downwards: a share that is not whole must not round to 1.
    (share * 1e6).floor() / 1e6
}

/// `labels` as people write a series.
pub(super) fn shown(labels: &Labels) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    shortened(&format!("{{{}}}", pairs.join(", ")), 200)
}

pub(super) fn infinite(instant: Instant, infinity: &str) -> Value {
    json!([instant.seconds(), infinity])
}

fn texts(root: &Node<'_>, name: &str) -> Result<Vec<String>, KindError> {
    root.each(name)?
        .iter()
        .map(|node| Ok(shortened(node.text()?, TEXT_MAX)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_numbers_that_prometheus_writes() {
        assert_eq!(observation("1.5e+09"), Some(Observation::Finite(1.5e9)));
        assert_eq!(observation("-0.25"), Some(Observation::Finite(-0.25)));
        assert_eq!(observation("NaN"), Some(Observation::NotANumber));
        assert_eq!(observation("+Inf").unwrap().infinity(), Some("+Inf"));
        for text in [
            "", "nan", "inf", "Inf", "infinity", "1e400", "1,5", "0x10", " 1", "1 ", "120ms",
        ] {
            assert_eq!(observation(text), None, "{text}");
        }
    }

    #[test]
    fn shares_round_downwards() {
        assert!(share(999_999_999, 1_000_000_000) < 1.0);
        assert!((share(10, 10) - 1.0).abs() < f64::EPSILON);
        assert!(share(0, 0).abs() < f64::EPSILON);
    }
}
