//! The totals that a report declares on its root, or else on its outermost suites.

use crate::json::{Value, json};
use crate::xml::Element;

use super::Counts;

/// Totals by name; absent where no element declares them.
#[derive(Debug, Default)]
pub(super) struct Declared {
    root: Totals,
    suites: Totals,
}

#[derive(Debug, Default, Clone, Copy)]
struct Totals {
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

    pub(super) fn suite(&mut self, element: &Element) -> Result<(), String> {
        self.suites = self.suites.plus(Totals::of(element)?)?;
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
        let totals = self.totals();
        let agrees = |declared: Option<u64>, counted| declared.is_none_or(|it| it == counted);
        agrees(totals.tests, counted.tests())
            && agrees(totals.failures, counted.failures)
            && agrees(totals.errors, counted.errors)
            && agrees(totals.skipped, counted.skipped)
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

impl Totals {
    fn of(element: &Element) -> Result<Self, String> {
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
