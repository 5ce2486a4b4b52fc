//! What the root says of the whole report.

use crate::evidence::kinds::KindError;
use crate::evidence::kinds::coverage::Count;
use crate::evidence::kinds::node::{number, shortened};
use crate::json::{Value, json};
use crate::xml::Element;

use super::line::{ROUNDING_MAX, whole};

/// Totals as the root declares them.
#[derive(Debug, Default)]
pub(super) struct Declared {
    lines_valid: Option<u64>,
    lines_covered: Option<u64>,
    branches_valid: Option<u64>,
    branches_covered: Option<u64>,
    line_rate: Option<f64>,
    branch_rate: Option<f64>,
}

impl Declared {
    pub(super) fn of(element: &Element) -> Result<Self, String> {
        Ok(Self {
            lines_valid: whole(element, "lines-valid")?,
            lines_covered: whole(element, "lines-covered")?,
            branches_valid: whole(element, "branches-valid")?,
            branches_covered: whole(element, "branches-covered")?,
            line_rate: rate(element, "line-rate")?,
            branch_rate: rate(element, "branch-rate")?,
        })
    }

    /// Refuses totals that are neither those of `lines` nor, as producers count that
    /// list a line once a class, those of all that are `listed`.
    pub(super) fn compare(
        &self,
        lines: Count,
        listed: Count,
        branches: Count,
    ) -> Result<(), KindError> {
        let says = |count: Count| {
            self.lines_valid.is_none_or(|valid| valid == count.valid)
                && self
                    .lines_covered
                    .is_none_or(|covered| covered == count.covered)
        };
        if !says(lines) && !says(listed) {
            return Err(contradiction(
                "lines",
                (self.lines_valid, self.lines_covered),
                lines,
            ));
        }
        let is_branches = self
            .branches_valid
            .is_none_or(|valid| valid == branches.valid)
            && self
                .branches_covered
                .is_none_or(|covered| covered == branches.covered);
        if !is_branches {
            return Err(contradiction(
                "branches",
                (self.branches_valid, self.branches_covered),
                branches,
            ));
        }
        // A share of nothing is written as 0, as 1 or as `NaN`.
        let near = |rate: f64, count: Count| {
            let real = count.rate();
            real.is_none_or(|real| (real - rate).abs() * 100.0 <= ROUNDING_MAX)
        };
        for (name, rate, is_near) in [
            (
                "line-rate",
                self.line_rate,
                near_any(&near, [lines, listed]),
            ),
            (
                "branch-rate",
                self.branch_rate,
                near_any(&near, [branches; 2]),
            ),
        ] {
            if let Some(rate) = rate.filter(|rate| !is_near(*rate)) {
                return Err(KindError::Field {
                    path: format!("coverage.{name}"),
                    what: format!("is {rate}, which is not what the lines say"),
                });
            }
        }
        Ok(())
    }

    pub(super) fn facts(&self) -> Value {
        json!({
            "lines_valid": self.lines_valid,
            "lines_covered": self.lines_covered,
            "branches_valid": self.branches_valid,
            "branches_covered": self.branches_covered,
            "line_rate": self.line_rate.map(number),
            "branch_rate": self.branch_rate.map(number),
        })
    }
}

fn near_any(near: impl Fn(f64, Count) -> bool, counts: [Count; 2]) -> impl Fn(f64) -> bool {
    move |rate| counts.iter().any(|count| near(rate, *count))
}

fn contradiction(
    what: &str,
    (valid, covered): (Option<u64>, Option<u64>),
    counted: Count,
) -> KindError {
    let text = |count: Option<u64>| count.map_or("not said".to_owned(), |count| count.to_string());
    KindError::Field {
        path: format!("coverage.{what}-covered"),
        what: format!(
            "{} of {} {what}, but those listed are {} of {}",
            text(covered),
            text(valid),
            counted.covered,
            counted.valid
        ),
    }
}

/// The share in the attribute `name`; none where it is a share of nothing.
fn rate(element: &Element, name: &str) -> Result<Option<f64>, String> {
    let Some(text) = element.attribute(name).map(str::trim) else {
        return Ok(None);
    };
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Some(rate)),
        Ok(rate) if rate.is_nan() => Ok(None),
        _ => Err(format!(
            "`{name}` is `{}`, not a share from 0 to 1",
            shortened(text, 80)
        )),
    }
}
