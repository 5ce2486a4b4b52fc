//! The totals that a report declares on its root, or else on its outermost suites, and
//! those of each suite.

use crate::json::{Value, json};
use crate::xml::Element;

use super::{Counts, Suite};

/// Totals by name; absent where no element declares them.
#[derive(Debug, Default)]
pub(super) struct Declared {
    root: Totals,
    suites: Totals,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Totals {
    tests: Option<u64>,
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
}

impl Declared {
    pub(super) fn root(&mut self, element: &Element) -> Result<(), String> {
        self.root = Totals::of(element)?;
        Ok(())
    }

    pub(super) fn suite(&mut self, totals: Totals) -> Result<(), String> {
        self.suites = self.suites.plus(totals)?;
        Ok(())
    }

    pub(super) fn facts(&self) -> Value {
        let totals = self.totals();
        json!({
            "tests": totals.tests,
            "failures": totals.failures,
            "errors": totals.errors,
            "skipped": totals.skipped,
        })
    }

    /// Whether no declared total differs from the recount.
    pub(super) fn matches(&self, counted: Counts) -> bool {
        self.totals().matches(counted)
    }

    fn totals(&self) -> Totals {
        Totals {
            tests: self.root.tests.or(self.suites.tests),
            failures: self.root.failures.or(self.suites.failures),
            errors: self.root.errors.or(self.suites.errors),
            skipped: self.root.skipped.or(self.suites.skipped),
        }
    }
}

/// Whether each suite declares what it has, without the suites inside it or with them.
pub(super) fn each_matches(suites: &[Suite]) -> bool {
    let mut whole: Vec<Counts> = suites.iter().map(|suite| suite.counts).collect();
    // A suite comes before those inside it.
    for (at, suite) in suites.iter().enumerate().rev() {
        let Some(inner) = whole.get(at).copied() else {
            continue;
        };
        if !suite.declared.matches(suite.counts) && !suite.declared.matches(inner) {
            return false;
        }
        if let Some(outer) = suite.parent.and_then(|parent| whole.get_mut(parent)) {
            outer.add_all(inner);
        }
    }
    true
}

impl Totals {
    pub(super) fn of(element: &Element) -> Result<Self, String> {
        let count = |name: &str| match element.attribute(name) {
            None | Some("") => Ok(None),
            Some(text) => match text.trim().replace(',', "").parse::<u32>() {
                Ok(count) => Ok(Some(u64::from(count))),
                Err(_) => Err(format!("`{name}` is not a count")),
            },
        };
        Ok(Self {
            tests: count("tests")?,
            failures: count("failures")?,
            errors: count("errors")?,
            skipped: sum(count("skipped")?, count("disabled")?)?,
        })
    }

    fn matches(self, counted: Counts) -> bool {
        let agrees = |declared: Option<u64>, counted| declared.is_none_or(|it| it == counted);
        agrees(self.tests, counted.tests())
            && agrees(self.failures, counted.failures)
            && agrees(self.errors, counted.errors)
            && agrees(self.skipped, counted.skipped)
    }

    fn plus(self, other: Self) -> Result<Self, String> {
        Ok(Self {
            tests: sum(self.tests, other.tests)?,
            failures: sum(self.failures, other.failures)?,
            errors: sum(self.errors, other.errors)?,
            skipped: sum(self.skipped, other.skipped)?,
        })
    }
}

fn sum(one: Option<u64>, other: Option<u64>) -> Result<Option<u64>, String> {
    match (one, other) {
        (Some(one), Some(other)) => one
            .checked_add(other)
            .map(Some)
            .ok_or_else(|| "the declared counts overflow".to_owned()),
        (one, other) => Ok(one.or(other)),
    }
}
