//! One trigger as it stands: its state, its episode, and what the matrix makes of it.

use super::{Episode, History, Matrix, Point, Row, State, Urgency, Window};
use crate::record::decided::{Reading, Rule};

/// Whether something should have been done by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// It need not.
    No,
    /// It should, so many days ago.
    Days(i64),
    /// It cannot be told, because a record cannot be read.
    Unknown,
}

/// One trigger as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What the decision document says of it.
    pub rule: Rule,
    /// What it shows.
    pub state: State,
    /// Since which record it has shown that; none where it cannot be told.
    pub since: Option<Point>,
    /// Whether it has fired and not been clear since.
    pub episode: Episode,
    /// Its row of the matrix.
    pub row: Option<Row>,
    /// When it is due; at the latest, where a record hides when it first fired.
    pub due: Option<Window>,
    /// Whether it should have been done by now.
    pub overdue: Overdue,
}

impl Standing {
    /// Returns how `rule`, which `here` records, stands; none where it holds a state that
    /// triggers do not have.
    pub fn of(rule: &Rule, matrix: &Matrix, history: &History, here: Point) -> Option<Self> {
        let state = State::of(rule)?;
        let episode = history.episode(&rule.id, state, here);
        let named = rule
            .trigger
            .as_ref()
            .and_then(|known| known.matrix.as_ref());
        let row = named.and_then(|name| matrix.row(name));
        let due = match (episode, row) {
            (Episode::Open { first, .. }, Some(row)) => row.due.window(first.as_of),
            _ => None,
        };
        Some(Self {
            since: history.since(&rule.id, state, here),
            overdue: overdue(episode, due, here),
            rule: rule.clone(),
            state,
            episode,
            row,
            due,
        })
    }

    /// Returns whether it has fired and not been clear since.
    pub fn is_open(&self) -> bool {
        matches!(self.episode, Episode::Open { .. })
    }

    /// Returns the reading that the rule goes by for each thing that it judges.
    pub fn used(&self) -> impl Iterator<Item = &Reading> {
        self.rule.readings.iter().filter(|reading| reading.used)
    }

    /// Returns every reading, those that the rule goes by first.
    pub fn readings(&self) -> impl Iterator<Item = &Reading> {
        let others = self.rule.readings.iter().filter(|reading| !reading.used);
        self.used().chain(others)
    }

    /// Returns the readings by which the condition would come out another way: than by the
    /// one that the rule goes by for the same thing, or, where that is none or several, than
    /// the trigger itself did.
    pub fn differing(&self) -> Vec<&Reading> {
        let expected = |other: &Reading| {
            let mut same = self.used().filter(|used| used.term == other.term);
            match (same.next(), same.next()) {
                (Some(used), None) => used.verdict.as_str(),
                _ => match self.state {
                    State::Fired => "true",
                    State::Clear => "false",
                    State::Unknown | State::Unmeasured | State::NotApplicable => "unknown",
                },
            }
        };
        let others = self.rule.readings.iter().filter(|reading| !reading.used);
        others
            .filter(|other| other.verdict != expected(other))
            .collect()
    }

    /// Returns the age of the oldest item that it names, in seconds.
    pub fn age_s(&self) -> Option<i64> {
        self.rule
            .evidence
            .iter()
            .filter_map(|item| item.age_s)
            .max()
    }
}

/// Days are whole days in UTC: what is due on a day is overdue on the next.
fn overdue(episode: Episode, due: Option<Window>, here: Point) -> Overdue {
    let late_days = due.map_or(0, |due| here.as_of.day() - due.by.day());
    match episode {
        // Had it fired earlier than is known, it would be due earlier still.
        Episode::Open { .. } if late_days > 0 => Overdue::Days(late_days),
        Episode::None
        | Episode::Open {
            hidden_by: None, ..
        } => Overdue::No,
        Episode::Open { .. } | Episode::Hidden { .. } => Overdue::Unknown,
    }
}

/// Returns the open trigger whose urgency rules over the others: the most urgent, of those
/// the one due first.
pub fn most_urgent(standings: &[Standing]) -> Option<&Standing> {
    let rank = |standing: &&Standing| {
        let urgency = standing.row.map_or(Urgency::Low, |row| row.urgency);
        let by = standing.due.map(|due| due.by);
        (urgency, by.is_none(), by, standing.rule.id.clone())
    };
    let open = standings.iter().filter(|standing| standing.is_open());
    open.min_by_key(rank)
}
