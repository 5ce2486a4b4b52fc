//! Thresholds, recomputed
//! (<https://grafana.com/docs/k6/latest/using-k6/thresholds/#threshold-expression-syntax>).

use crate::evidence::kinds::node::{TEXT_MAX, number, shortened};
use crate::json::{Value, json};

use super::Metric;

/// What became of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    /// The summary does not hold the value, or the metric observed nothing.
    Unproved,
}

/// Thresholds by outcome.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) unproved: usize,
}

/// The comparison of one expression.
struct Comparison<'a> {
    stat: &'a str,
    operator: &'a str,
    limit: f64,
}

/// Facts and outcome of `expression` of `metric`; a refusal where what is declared and
/// what the values say contradict each other.
pub(super) fn judge(
    expression: &str,
    metric: &Metric,
    declared_passed: bool,
) -> Result<(Value, Outcome), String> {
    let comparison = comparison(expression);
    let observed = comparison.as_ref().and_then(|one| metric.value(one.stat));
    let holds = match (&comparison, observed) {
        (Some(one), Some(value)) if !metric.is_blank() => Some(one.holds(value)),
        _ => None,
    };
    if holds.is_some_and(|holds| holds != declared_passed) {
        let declared = outcome_of(declared_passed).name();
        return Err(format!(
            "says that `{}` {declared}, but the value is {}",
            shortened(expression, 80),
            observed.unwrap_or_default()
        ));
    }
    let outcome = match holds {
        Some(holds) => outcome_of(holds),
        None if declared_passed => Outcome::Unproved,
        None => Outcome::Failed,
    };
    let facts = json!({
        "expression": shortened(expression, TEXT_MAX),
        "declared": outcome_of(declared_passed).name(),
        "computed": holds.map_or(Outcome::Unproved, outcome_of).name(),
        "outcome": outcome.name(),
        "observed": observed.map(number),
        "limit": comparison.map(|one| number(one.limit)),
    });
    Ok((facts, outcome))
}

const fn outcome_of(passed: bool) -> Outcome {
    if passed {
        Outcome::Passed
    } else {
        Outcome::Failed
    }
}

/// Reads `statistic operator number`.
fn comparison(expression: &str) -> Option<Comparison<'_>> {
    let at = expression.find(['<', '>', '=', '!'])?;
    let (stat, rest) = expression.split_at_checked(at)?;
    let operators = ["<=", ">=", "===", "==", "!=", "<", ">"];
    let operator = operators.into_iter().find(|one| rest.starts_with(one))?;
    let limit = rest.strip_prefix(operator)?.trim();
    let is_plain = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    let limit: f64 = limit.parse().ok().filter(|_| limit.bytes().all(is_plain))?;
    Some(Comparison {
        stat: stat.trim(),
        operator,
        limit,
    })
    .filter(|one| one.limit.is_finite())
}

impl Comparison<'_> {
    #[expect(
        clippy::float_cmp,
        reason = "k6 compares for equality without tolerance"
    )]
    fn holds(&self, value: f64) -> bool {
        match self.operator {
            "<" => value < self.limit,
            "<=" => value <= self.limit,
            ">" => value > self.limit,
            ">=" => value >= self.limit,
            "!=" => value != self.limit,
            _ => value == self.limit,
        }
    }
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unproved => "unproved",
        }
    }
}

impl Counts {
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Unproved => self.unproved += 1,
        }
    }

    /// The worst outcome: failed, then unproved, also where there is no threshold.
    pub(super) fn outcome(&self) -> &'static str {
        let worst = match self {
            _ if self.failed > 0 => Outcome::Failed,
            _ if self.unproved > 0 || self.passed == 0 => Outcome::Unproved,
            _ => Outcome::Passed,
        };
        worst.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_k6_reads() {
        for (text, expected) in [
            ("p(95)<120", Some(("p(95)", "<", 120.0))),
            ("p(99.9) <= 1e3", Some(("p(99.9)", "<=", 1000.0))),
            ("rate===1", Some(("rate", "===", 1.0))),
            ("count != 0.5", Some(("count", "!=", 0.5))),
            ("med>-1", Some(("med", ">", -1.0))),
            ("avg<", None),
            ("avg<ten", None),
            ("avg < 10 && max < 20", None),
            ("avg<inf", None),
            ("", None),
        ] {
            let found = comparison(text).map(|one| (one.stat, one.operator, one.limit));
            assert_eq!(found, expected, "{text}");
        }
    }
}
