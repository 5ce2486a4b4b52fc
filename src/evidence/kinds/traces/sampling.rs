//! What spans say of the sampler that let them through: the consistent probability
//! sampling of OpenTelemetry
//! (<https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>)
//! and the tags of Jaeger's clients
//! (<https://www.jaegertracing.io/docs/1.62/sampling/>).

use std::collections::BTreeSet;

use crate::evidence::kinds::node::number;
use crate::json::{Value, json};

/// What one span says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::evidence::kinds) struct Hint {
    method: &'static str,
    probability: Option<f64>,
}

/// What all spans say.
#[derive(Debug, Default)]
pub(in crate::evidence::kinds) struct Sampling {
    stated_count: usize,
    methods: BTreeSet<&'static str>,
    bounds: Option<(f64, f64)>,
    leaves_out: bool,
}

impl Hint {
    /// The hint in a W3C `tracestate`: a threshold `th`, or the older power of two `p`.
    pub(in crate::evidence::kinds) fn of_tracestate(state: &str) -> Option<Self> {
        let mut members = state.split(',').map(str::trim);
        let ot = members.find_map(|member| member.strip_prefix("ot="))?;
        ot.split(';')
            .find_map(|field| match field.split_once(':')? {
                ("th", text) => Some(Self {
                    method: "tracestate-threshold",
                    probability: threshold(text),
                }),
                ("p", text) => Some(Self {
                    method: "tracestate-power",
                    probability: text
                        .parse::<u8>()
                        .ok()
                        .filter(|power| *power <= 62)
                        .map(|power| 0.5_f64.powi(i32::from(power))),
                }),
                _ => None,
            })
    }

    /// The hint in Jaeger's `sampler.type` and `sampler.param`.
    pub(in crate::evidence::kinds) fn of_sampler(kind: &str, param: Option<f64>) -> Self {
        let method = match kind {
            "const" => "const",
            "probabilistic" => "probabilistic",
            "ratelimiting" => "ratelimiting",
            "lowerbound" => "lowerbound",
            "remote" => "remote",
            _ => "other",
        };
        let has_probability = matches!(method, "const" | "probabilistic");
        Self {
            method,
            probability: param.filter(|param| has_probability && (0.0..=1.0).contains(param)),
        }
    }
}

/// The share of traces that pass a threshold of up to 14 hex digits.
fn threshold(text: &str) -> Option<f64> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || text.len() > 14 || !is_hex {
        return None;
    }
    let rejected = u64::from_str_radix(&format!("{text:0<14}"), 16).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "a share, of 56 bits")]
    Some(1.0 - rejected as f64 / (1_u64 << 56) as f64)
}

impl Sampling {
    pub(in crate::evidence::kinds) fn add(&mut self, hint: Option<Hint>) {
        let Some(hint) = hint else {
            return;
        };
        self.stated_count += 1;
        self.methods.insert(hint.method);
        self.leaves_out |= hint.probability != Some(1.0);
        if let Some(probability) = hint.probability {
            let (min, max) = self.bounds.unwrap_or((probability, probability));
            self.bounds = Some((min.min(probability), max.max(probability)));
        }
    }

    /// Whether a span names a sampler that is not known to let everything through.
    pub(super) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    pub(super) fn facts(&self) -> Value {
        json!({
            "stated_count": self.stated_count,
            "methods": self.methods,
            "probability_min": self.bounds.map(|bounds| number(bounds.0)),
            "probability_max": self.bounds.map(|bounds| number(bounds.1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_thresholds_and_powers() {
        let probability = |state| Hint::of_tracestate(state).and_then(|hint| hint.probability);
        assert_eq!(probability("ot=th:8"), Some(0.5));
        assert_eq!(probability("a=b, ot=rv:123;th:c"), Some(0.25));
        assert_eq!(probability("ot=th:0"), Some(1.0));
        assert_eq!(probability("ot=p:3;r:4"), Some(0.125));
        assert_eq!(probability("ot=th:xyz"), None);
        assert_eq!(probability("ot=p:63"), None);
        assert!(Hint::of_tracestate("ot=th:xyz").is_some());
        assert_eq!(Hint::of_tracestate("ot=rv:123"), None);
        assert_eq!(Hint::of_tracestate(""), None);
    }

    #[test]
    fn only_a_probability_of_one_leaves_nothing_out() {
        for (kind, param, leaves_out) in [
            ("const", Some(1.0), false),
            ("probabilistic", Some(1.0), false),
            ("probabilistic", Some(0.1), true),
            ("probabilistic", None, true),
            ("ratelimiting", Some(1.0), true),
            ("odd", Some(1.0), true),
        ] {
            let mut sampling = Sampling::default();
            sampling.add(Some(Hint::of_sampler(kind, param)));
            assert_eq!(sampling.leaves_out(), leaves_out, "{kind}");
        }
    }
}
