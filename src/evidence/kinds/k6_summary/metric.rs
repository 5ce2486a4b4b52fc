//! One metric of a summary, whose values have the same names in every form.

use std::collections::BTreeMap;

use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::{Node, number};
use crate::json::{Value, json};

/// What a metric adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sink {
    Counter,
    Gauge,
    Rate,
    Trend,
}

/// A metric.
#[derive(Debug)]
pub(super) struct Metric {
    sink: Sink,
    values: BTreeMap<String, f64>,
}

impl Metric {
    /// Reads `values`; where no type is given, they tell it.
    pub(super) fn of(values: &Node<'_>, given: Option<&Node<'_>>) -> Result<Self, KindError> {
        let mut found = BTreeMap::new();
        for (name, value) in values.object()? {
            if name == "thresholds" {
                continue;
            }
            let number = value.as_f64().filter(|value| value.is_finite());
            let number = number.ok_or_else(|| match values.field(name) {
                Ok(node) => node.refuse("expected a number"),
                Err(error) => error,
            })?;
            found.insert(name.clone(), number);
        }
        let sink = match given {
            Some(given) => match given.one_of(&["counter", "gauge", "rate", "trend"])? {
                "counter" => Sink::Counter,
                "gauge" => Sink::Gauge,
                "rate" => Sink::Rate,
                _ => Sink::Trend,
            },
            None if found.contains_key("passes") => Sink::Rate,
            None if found.contains_key("count") && found.contains_key("rate") => Sink::Counter,
            None if found.contains_key("value") => Sink::Gauge,
            None => Sink::Trend,
        };
        if sink == Sink::Rate {
            shares(values, &mut found)?;
        }
        if sink == Sink::Trend {
            for (short, long) in [("p90", "p(90)"), ("p95", "p(95)"), ("p99", "p(99)")] {
                if let Some(value) = found.remove(short) {
                    found.insert(long.to_owned(), value);
                }
            }
        }
        Ok(Self {
            sink,
            values: found,
        })
    }

    pub(super) fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }

    /// Whether the metric is known to have observed nothing: no event of a rate, no
    /// count, or a trend in which nothing took any time.
    pub(super) fn is_blank(&self) -> bool {
        let is_zero = |name| self.value(name).is_none_or(|value| value == 0.0);
        match self.sink {
            Sink::Rate => is_zero("total"),
            Sink::Trend => is_zero("max") && is_zero("avg"),
            Sink::Counter => is_zero("count"),
            Sink::Gauge => false,
        }
    }

    pub(super) fn facts(&self) -> Value {
        let values: BTreeMap<&str, Value> = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), number(*value)))
            .collect();
        let sink = match self.sink {
            Sink::Counter => "counter",
            Sink::Gauge => "gauge",
            Sink::Rate => "rate",
            Sink::Trend => "trend",
        };
        json!({"type": sink, "values": values})
    }
}

/// Brings a rate to `rate`, `passes`, `fails` and `total`, and recomputes the first.
fn shares(node: &Node<'_>, values: &mut BTreeMap<String, f64>) -> Result<(), KindError> {
    if let Some(rate) = values.remove("value") {
        values.insert("rate".to_owned(), rate);
    }
    let get = |name: &str| values.get(name).copied();
    let (passes, fails) = match (get("passes"), get("fails"), get("matches"), get("total")) {
        (Some(passes), Some(fails), ..) => (passes, fails),
        (_, _, Some(matches), Some(total)) => (matches, total - matches),
        _ => return Err(node.refuse("is a rate without its counts")),
    };
    let total = passes + fails;
    if passes < 0.0 || fails < 0.0 {
        return Err(node.refuse("counts less than nothing"));
    }
    let rate = if total > 0.0 { passes / total } else { 0.0 };
    if get("rate").is_some_and(|stated| (stated - rate).abs() > 1e-6) {
        return Err(node.refuse(format!("states another rate than its counts, {rate}")));
    }
    values.remove("matches");
    let all = [
        ("rate", rate),
        ("passes", passes),
        ("fails", fails),
        ("total", total),
    ];
    values.extend(all.map(|(name, value)| (name.to_owned(), value)));
    Ok(())
}
