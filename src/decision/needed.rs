//! What a run needed of evidence, and how far it was there.

use super::Seen;

/// An item that a contract demands, besides what rules require, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Demand {
    /// The item as it was seen.
    pub evidence: Seen,
    /// Why the demand is not met; empty where it is.
    pub unmet: Vec<String>,
}

/// How an item came to be there, by what the evidence says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Pulled or pushed by a program.
    Automated,
    /// Stated by a person.
    Declared,
    /// Copied from somewhere, or nobody says.
    Unstated,
}

/// How much of the evidence that is required is there, and how it came: counts alone.
///
/// INVARIANT: `present` is at most `required`, and the sum of the three after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Items that rules or a contract require; what may be missing is none of them.
    pub required: u64,
    /// Those that meet all that is asked of them.
    pub present: u64,
    /// Of these, pulled or pushed.
    pub automated: u64,
    /// Of these, stated by people.
    pub declared: u64,
    /// Of these, with no word of how they came.
    pub unstated: u64,
}

impl Completeness {
    /// Counts required items: the origin of one that meets what is asked of it, none for
    /// one that does not.
    pub fn of(required: impl IntoIterator<Item = Option<Origin>>) -> Self {
        let mut counts = Self::default();
        for item in required {
            counts.required += 1;
            let origin = match item {
                None => continue,
                Some(Origin::Automated) => &mut counts.automated,
                Some(Origin::Declared) => &mut counts.declared,
                Some(Origin::Unstated) => &mut counts.unstated,
            };
            *origin += 1;
            counts.present += 1;
        }
        counts
    }

    /// Returns the automated ones in a million required, rounded down so that a target is
    /// not reached by rounding; none where nothing is required.
    pub fn automated_ppm(self) -> Option<u64> {
        (self.automated.saturating_mul(1_000_000)).checked_div(self.required)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Origin::{Automated, Declared, Unstated};

    #[test]
    fn every_required_item_is_counted_once() {
        let items = [
            Some(Automated),
            None,
            Some(Declared),
            Some(Automated),
            Some(Unstated),
        ];
        let counts = Completeness::of(items);
        assert_eq!(
            counts,
            Completeness {
                required: 5,
                present: 4,
                automated: 2,
                declared: 1,
                unstated: 1,
            }
        );
        assert_eq!(counts.automated_ppm(), Some(400_000));
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        for (automated, required, ppm) in [(2, 3, 666_666), (0, 7, 0), (7, 7, 1_000_000)] {
            let items = (0..required).map(|n| (n < automated).then_some(Automated));
            assert_eq!(Completeness::of(items).automated_ppm(), Some(ppm));
        }
        let most = Completeness {
            required: 1_000_001,
            automated: 950_000,
            ..Completeness::default()
        };
        assert_eq!(most.automated_ppm(), Some(949_999));
    }

    #[test]
    fn nothing_required_is_no_share() {
        assert_eq!(Completeness::of([]).automated_ppm(), None);
        assert_eq!(Completeness::of([None]).automated_ppm(), Some(0));
    }
}
