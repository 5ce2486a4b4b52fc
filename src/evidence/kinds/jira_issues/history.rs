//! The transitions of an issue, and what they say of its approval.
//!
//! INVARIANT: an approval that was taken back before the work began is none. Transitions
//! must join, each beginning where the one before it ended, up to the status of today.

use crate::clock::Timestamp;

use super::super::KindError;
use super::super::node::{Node, shortened};
use super::super::tickets::Tickets;
use super::stage::Stage;

/// Where the server cuts a changelog off, which it does not say.
const CUT_OFF: [usize; 2] = [40, 100];

/// What the transitions of an issue say.
#[derive(Debug, Default)]
pub(super) struct History<'a> {
    pub(super) requested_at: Option<Timestamp>,
    pub(super) approved_at: Option<Timestamp>,
    pub(super) approved_by: Option<&'a str>,
    pub(super) deployed_at: Option<Timestamp>,
}

/// A change of the status.
#[derive(Debug)]
struct Transition<'a> {
    at: Timestamp,
    by: Option<&'a str>,
    from: &'a str,
    to: &'a str,
}

impl<'a> History<'a> {
    /// Reads the `changelog` of the issue `key`, which stands at `stage` now.
    pub(super) fn read(
        changelog: &Node<'a>,
        status: Option<&str>,
        stage: Option<Stage>,
        key: &'a str,
        tickets: &mut Tickets<'a>,
    ) -> Result<Self, KindError> {
        let (count, mut transitions) = transitions(changelog, tickets)?;
        // Cloud answers with the latest first, Data Center with the earliest.
        transitions.sort_by_key(|one| one.at);
        let total = changelog.optional("total")?.map(|total| total.count());
        let is_short = total
            .transpose()?
            .is_some_and(|total| total != count as u64);
        let pairs = transitions.iter().zip(transitions.iter().skip(1));
        let joins = pairs.into_iter().all(|(one, next)| one.to == next.from);
        let ends = transitions
            .last()
            .is_none_or(|last| Some(last.to) == status);
        if is_short || CUT_OFF.contains(&count) || !joins || !ends {
            tickets.doubt("its changelog leaves something out, or may", key);
        }
        let was_carried_out = matches!(stage, Some(Stage::Deployed | Stage::Failed));
        let mut history = Self::default();
        for one in transitions {
            if Stage::named(one.to).is_none() {
                let name = shortened(one.to, 80);
                tickets.doubt(format!("nobody says what the status `{name}` means"), key);
            }
            history.pass(&one, was_carried_out);
        }
        Ok(history)
    }

    fn pass(&mut self, one: &Transition<'a>, was_carried_out: bool) {
        let stage = Stage::named(one.to).unwrap_or(Stage::Open);
        match stage {
            Stage::Approved => {
                self.approved_at = Some(one.at);
                self.approved_by = one.by;
            }
            Stage::Open | Stage::Awaiting | Stage::Rejected if self.deployed_at.is_none() => {
                self.approved_at = None;
                self.approved_by = None;
            }
            _ => {}
        }
        if stage == Stage::Awaiting {
            self.requested_at.get_or_insert(one.at);
        }
        let begins = match stage {
            Stage::Implementing | Stage::Deployed | Stage::Failed => true,
            Stage::Ended => was_carried_out,
            _ => false,
        };
        if begins {
            self.deployed_at.get_or_insert(one.at);
        }
    }
}

/// How many entries the changelog has, and those of them that change the status.
fn transitions<'a>(
    changelog: &Node<'a>,
    tickets: &mut Tickets<'a>,
) -> Result<(usize, Vec<Transition<'a>>), KindError> {
    let mut count = 0;
    let mut transitions = Vec::new();
    for history in changelog.field("histories")?.nodes()? {
        count += 1;
        for item in history.each("items")? {
            if item.field("field")?.text()? != "status" {
                continue;
            }
            transitions.push(Transition {
                at: super::stamp(&history.field("created")?)?,
                by: super::person(history.optional("author")?, tickets)?,
                from: item.field("fromString")?.words()?,
                to: item.field("toString")?.words()?,
            });
        }
    }
    Ok((count, transitions))
}
