//! What reports of test coverage have in common: lines and branches, found and hit.

use crate::json::{Value, json};

use super::node::{number, put};

/// Lines or branches: how many there are, and how many ran.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) valid: u64,
    pub(super) covered: u64,
}

impl Count {
    /// Counts one more.
    pub(super) fn add(&mut self, is_covered: bool) {
        self.valid += 1;
        self.covered += u64::from(is_covered);
    }

    /// Counts as many more; none where there would be too many to count.
    pub(super) fn sum(self, other: Self) -> Option<Self> {
        Some(Self {
            valid: self.valid.checked_add(other.valid)?,
            covered: self.covered.checked_add(other.covered)?,
        })
    }

    /// The share that ran; none where there is nothing to run.
    pub(super) fn rate(self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share needs no more than 53 bits"
        )]
        (self.valid > 0).then(|| self.covered as f64 / self.valid as f64)
    }
}

fn rate(count: Count) -> Value {
    count.rate().map_or(Value::Null, number)
}

/// The facts on `lines` and `branches`, with `extra` ones.
pub(super) fn facts(lines: Count, branches: Count, mut extra: Value) -> Value {
    for (name, value) in [
        ("lines_valid", json!(lines.valid)),
        ("lines_covered", json!(lines.covered)),
        ("line_rate", rate(lines)),
        ("branches_valid", json!(branches.valid)),
        ("branches_covered", json!(branches.covered)),
        ("branch_rate", rate(branches)),
    ] {
        put(&mut extra, name, value);
    }
    extra
}
