//! On whose word each record rests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Options;
use super::anchors::Anchor;
use super::failure::{Found, What};
use crate::anchor::policy::WitnessPolicy;
use crate::clock::Timestamp;
use crate::ledger::RECORDS;
use crate::ledger::anchors::ANCHOR;

/// How far the clock of who recorded may be ahead of those of witnesses and authorities.
pub const SKEW_MAX: Duration = Duration::from_mins(1);

/// What the records from one index on rest on, besides the keys that signed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The first record.
    pub from: u64,
    /// The first record that is not meant any more.
    pub until: u64,
    /// For each authority that saw them, the earliest time.
    pub stamps: Vec<Stamped>,
    /// For each witness that cosigned a checkpoint with them, the earliest time.
    pub witnesses: Vec<Witnessed>,
    /// Whether witnesses enough cosigned one checkpoint with them; none where nobody says
    /// how many are enough.
    pub quorum: Option<bool>,
}

/// An authority's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// What the authority is called by who trusts it.
    pub authority: String,
    /// Common name of who signed.
    pub signer: String,
    /// The time in the token, and how far it may be off.
    pub at: Timestamp,
    /// As the authority states it.
    pub accuracy: Duration,
    /// Records in the checkpoint that it saw.
    pub size: u64,
}

/// A witness's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// What the policy calls the witness.
    pub name: String,
    /// When it says to have cosigned.
    pub at: Timestamp,
    /// Records in the checkpoint that it cosigned.
    pub size: u64,
}

/// Anchors that nobody who is trusted made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unrelied {
    /// Signature lines besides those of the ledger's own keys and of known witnesses.
    pub cosignatures: u64,
    /// Time stamps, each with why it is not relied on.
    pub stamps: Vec<(String, String)>,
}

impl Rest {
    /// Returns what each of `size` records rests on.
    pub(super) fn all(by_size: &BTreeMap<u64, Anchor>, size: u64, options: &Options) -> Vec<Self> {
        let mut rests = Vec::new();
        let quorum = options.witnesses.as_ref().map(|_| false);
        let mut until = size;
        let mut above = Self {
            from: 0,
            until,
            stamps: Vec::new(),
            witnesses: Vec::new(),
            quorum,
        };
        // From the end: what covers a record covers all before it.
        for (anchored, anchor) in by_size.iter().rev() {
            if anchor.stamps.is_empty() && anchor.witnesses.is_empty() {
                continue;
            }
            if *anchored < until {
                rests.push(Self {
                    from: *anchored,
                    until,
                    ..above.clone()
                });
                until = *anchored;
            }
            for stamp in &anchor.stamps {
                let same = |other: &&mut Stamped| other.authority == stamp.authority;
                match above.stamps.iter_mut().find(same) {
                    Some(other) if before(other) <= before(stamp) => {}
                    Some(other) => *other = stamp.clone(),
                    None => above.stamps.push(stamp.clone()),
                }
            }
            for witness in &anchor.witnesses {
                let same = |other: &&mut Witnessed| other.name == witness.name;
                match above.witnesses.iter_mut().find(same) {
                    Some(other) if other.at <= witness.at => {}
                    Some(other) => *other = witness.clone(),
                    None => above.witnesses.push(witness.clone()),
                }
            }
            above.stamps.sort_by(|a, b| a.authority.cmp(&b.authority));
            above.witnesses.sort_by(|a, b| a.name.cmp(&b.name));
            above.quorum = above.quorum.map(|met| met || anchor.quorum);
        }
        if until > 0 {
            rests.push(Self {
                from: 0,
                until,
                ..above
            });
        }
        rests.reverse();
        rests
    }
}

/// The latest time at which the authority may have seen it.
fn before(stamp: &Stamped) -> Timestamp {
    stamp.at.plus(stamp.accuracy).unwrap_or(stamp.at)
}

/// Tells records that say to have been made after somebody else saw them.
pub(super) fn times(rests: &[Rest], recorded: &[Option<Timestamp>], found: &mut Found) {
    for rest in rests {
        let stamps = rest.stamps.iter().map(|s| (before(s), &s.authority));
        let witnesses = rest.witnesses.iter().map(|w| (w.at, &w.name));
        let Some((seen_at, by)) = stamps.chain(witnesses).min() else {
            continue;
        };
        let Some(limit) = seen_at.plus(SKEW_MAX) else {
            continue;
        };
        for index in rest.from..rest.until {
            let at = usize::try_from(index).ok().and_then(|i| recorded.get(i));
            if let Some(Some(recorded_at)) = at
                && *recorded_at > limit
            {
                let what = What::SeenBefore {
                    recorded_at: *recorded_at,
                    seen_at,
                    by: by.clone(),
                };
                found.add(RECORDS, Some(index), what);
            }
        }
    }
}

/// Tells which records lack what was asked for.
pub(super) fn required(rests: &[Rest], unrelied: &Unrelied, options: &Options, found: &mut Found) {
    let until = rests.last().map_or(0, |rest| rest.until);
    let first_without = |has: &dyn Fn(&Rest) -> bool| {
        let first = rests.iter().find(|rest| !has(rest));
        first.map(|rest| rest.from)
    };
    let policy = options.witnesses.as_ref();
    if policy.is_some_and(WitnessPolicy::needs_witnesses)
        && let Some(from) = first_without(&|rest| rest.quorum == Some(true))
    {
        let none = from == 0;
        found.add(ANCHOR, None, What::Quorum { from, until, none });
    }
    if options.stamped
        && let Some(from) = first_without(&|rest| !rest.stamps.is_empty())
    {
        let last = unrelied.stamps.last();
        let reason = last.map_or(String::new(), |(path, reason)| {
            format!("; {path}: {reason}")
        });
        let what = What::Unstamped {
            from,
            until,
            none: from == 0,
            reason,
        };
        found.add(ANCHOR, None, what);
    }
}
