//! What makes an allow one of another time, of other rules or of something else than the
//! evidence speaks of.

use std::fmt;

use super::{Predicate, Relaxation};

/// What an allow can be bent by. Permissions that the policies themselves know, as waivers,
/// are none of these.
const BENDING: [&str; 3] = ["as-of", "namespaces", "override"];

/// Why an allow is not to be taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bent {
    /// By something that the record lists.
    By(&'static str),
    /// By what the record leaves out, for all it says.
    Unlisted(u64),
}

impl fmt::Display for Bent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(kind) => write!(f, "the verdict was bent by `{kind}`"),
            Self::Unlisted(count) => write!(
                f,
                "{count} relaxations are not in the record, and may be of any kind"
            ),
        }
    }
}

impl Predicate {
    /// Returns what bent the verdict, besides the kinds in `accepted`.
    pub fn bent(&self, accepted: &[String]) -> Option<Bent> {
        let accepts = |kind: &str| accepted.iter().any(|accepted| accepted == kind);
        let mut bent = self.relaxations.iter().filter_map(bending);
        if let Some(kind) = bent.find(|kind| !accepts(kind)) {
            return Some(Bent::By(kind));
        }
        // TRUST: what does not fit into a record is left out from the end, and what bends
        // stands first. Where nothing of what comes after it is listed, what is left out may
        // be any of it: somebody may have made it too long on purpose.
        let is_other = |last| bending(last).is_none() && *last != Relaxation::Advisory {};
        let is_told =
            self.relaxations_omitted == 0 || self.relaxations.last().is_some_and(is_other);
        if is_told || BENDING.into_iter().all(accepts) {
            return None;
        }
        Some(Bent::Unlisted(self.relaxations_omitted))
    }
}

fn bending(relaxation: &Relaxation) -> Option<&'static str> {
    match relaxation {
        Relaxation::AsOf { .. } => Some("as-of"),
        Relaxation::Namespaces { .. } => Some("namespaces"),
        Relaxation::Override { .. } => Some("override"),
        _ => None,
    }
}
