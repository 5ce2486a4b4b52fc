//! What the ledger's own records say of triggers in the past.
//!
//! TRUST: records are read here and not verified; `assize verify` does that. A document
//! that a record binds is taken only if it has the digest that the record names.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{KIND, State};
use crate::clock::Timestamp;
use crate::json::{self, Limits, Value};
use crate::ledger::read::{Entry, ReadError, Reader};
use crate::record::decided::Decided;
use crate::record::{DECISION_TYPE, Statement};
use crate::signing::dsse::Envelope;

/// A record and the instant that its policies saw. Ordered by instant, then by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The instant.
    pub as_of: Timestamp,
    /// 0-based number of the record.
    pub index: u64,
}

/// A record that may say something of triggers and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// 0-based number of the record.
    pub index: u64,
    /// Why not.
    pub reason: String,
}

/// One record of the past; without states where its document cannot be read.
#[derive(Debug, Clone)]
struct Past {
    /// None where not even that can be read.
    as_of: Option<Timestamp>,
    index: u64,
    states: Option<BTreeMap<String, State>>,
}

/// Whether a trigger has fired and not been clear since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Episode {
    /// It has not.
    None,
    /// It has.
    Open {
        /// The first record of the episode in which it fired; the first that is known,
        /// where a record is in the way.
        first: Point,
        /// The record that cannot be read and hides whether it fired earlier.
        hidden_by: Option<u64>,
    },
    /// It cannot be told, because this record cannot be read.
    Hidden {
        /// 0-based number of the record.
        by: u64,
    },
}

/// The records of triggers before one instant and place.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Oldest first; what has no instant comes last, where it hides most.
    records: Vec<Past>,
    unreadable: Vec<Unreadable>,
    last: Option<(Point, Decided)>,
}

/// What an entry of the ledger is to triggers.
enum Found {
    Nothing,
    Record(Point, Decided),
    Unreadable(Option<Timestamp>, String),
}

impl History {
    /// Reads the records of triggers that lie before `until`, in place and in instant.
    /// Records whose policies saw a later instant are no past and are left out.
    pub fn read(reader: &Reader, until: Point) -> Self {
        let mut history = Self::default();
        let entries = match reader.entries() {
            Ok(entries) => entries,
            Err(error) => {
                history.hide(0, None, error.to_string());
                return history;
            }
        };
        for (index, entry) in (0..until.index).zip(entries) {
            let found = match entry {
                Ok(entry) => found(reader, &entry),
                Err(error) => Found::Unreadable(None, error.to_string()),
            };
            match found {
                Found::Record(point, decided) if point.as_of <= until.as_of => {
                    history.add(point, decided);
                }
                Found::Unreadable(as_of, reason) if as_of.is_none_or(|at| at <= until.as_of) => {
                    history.hide(index, as_of, reason);
                }
                _ => {}
            }
        }
        history
            .records
            .sort_by_key(|past| (past.as_of.is_none(), past.as_of, past.index));
        history
    }

    fn add(&mut self, point: Point, decided: Decided) {
        let states: Option<BTreeMap<_, _>> = decided
            .rules
            .iter()
            .map(|rule| Some((rule.id.clone(), State::of(rule)?)))
            .collect();
        let Some(states) = states else {
            let reason = "it holds a state that triggers do not have";
            self.hide(point.index, Some(point.as_of), reason.to_owned());
            return;
        };
        self.records.push(Past {
            as_of: Some(point.as_of),
            index: point.index,
            states: Some(states),
        });
        if self.last.as_ref().is_none_or(|(last, _)| *last < point) {
            self.last = Some((point, decided));
        }
    }

    fn hide(&mut self, index: u64, as_of: Option<Timestamp>, reason: String) {
        self.records.push(Past {
            as_of,
            index,
            states: None,
        });
        self.unreadable.push(Unreadable { index, reason });
    }

    /// Returns how many records there are, readable or not.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns the records that cannot be read, in order of place.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Returns the latest record that can be read.
    pub fn last(&self) -> Option<&(Point, Decided)> {
        self.last.as_ref()
    }

    /// Returns the episode of the trigger `rule`, which is in `state` at `here`.
    pub fn episode(&self, rule: &str, state: State, here: Point) -> Episode {
        if state == State::Clear {
            return Episode::None;
        }
        let mut first = (state == State::Fired).then_some(here);
        for past in self.records.iter().rev() {
            let Some((states, as_of)) = past.states.as_ref().zip(past.as_of) else {
                return match first {
                    Some(first) => Episode::Open {
                        first,
                        hidden_by: Some(past.index),
                    },
                    None => Episode::Hidden { by: past.index },
                };
            };
            match states.get(rule) {
                Some(State::Clear) => break,
                Some(State::Fired) => {
                    first = Some(Point {
                        as_of,
                        index: past.index,
                    });
                }
                // INVARIANT: that nobody could tell ends no episode.
                Some(State::Unknown | State::Unmeasured | State::NotApplicable) | None => {}
            }
        }
        first.map_or(Episode::None, |first| Episode::Open {
            first,
            hidden_by: None,
        })
    }

    /// Returns the earliest record since which the trigger `rule` has been in `state` in
    /// every record, up to `here`; none where a record that cannot be read is in the way.
    pub fn since(&self, rule: &str, state: State, here: Point) -> Option<Point> {
        let mut since = here;
        for past in self.records.iter().rev() {
            let (states, as_of) = past.states.as_ref().zip(past.as_of)?;
            if states.get(rule) != Some(&state) {
                break;
            }
            since = Point {
                as_of,
                index: past.index,
            };
        }
        Some(since)
    }
}

/// The last record of triggers in a ledger.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Where it is, and when.
    pub point: Point,
    /// The statement that was signed.
    pub statement: Statement,
    /// Its decision document.
    pub decided: Decided,
}

/// Why the last record of triggers cannot be shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordedError {
    /// Triggers were never recorded.
    #[error("the ledger holds no record of triggers")]
    None,
    /// The ledger, or a document in it, cannot be read.
    #[error("record {index} cannot be read: {reason}")]
    Unreadable {
        /// 0-based number of the record.
        index: u64,
        /// Why not.
        reason: String,
    },
    /// The ledger as a whole.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

impl Recorded {
    /// Reads the record of triggers that was appended last.
    ///
    /// # Errors
    /// None there, and one that cannot be read, or a line after it that may be one: an
    /// older record would be shown as if it were the last.
    pub fn last(reader: &Reader) -> Result<Self, RecordedError> {
        let mut last = Err(RecordedError::None);
        for entry in reader.entries()? {
            let entry = entry?;
            let index = entry.index;
            match statement(&entry) {
                Ok(Some(statement)) if statement.predicate.kind == KIND => {
                    last = Ok((index, statement));
                }
                Ok(_) => {}
                Err(reason) => last = Err(RecordedError::Unreadable { index, reason }),
            }
        }
        let (index, statement) = last?;
        let unreadable = |reason| RecordedError::Unreadable { index, reason };
        let bytes = reader
            .blob(&statement.predicate.digests.decision)?
            .ok_or_else(|| unreadable("its decision document is not in the ledger".to_owned()))?;
        Ok(Self {
            point: Point {
                as_of: statement.predicate.as_of,
                index,
            },
            decided: Decided::parse(&bytes).map_err(|error| unreadable(error.to_string()))?,
            statement,
        })
    }
}

fn found(reader: &Reader, entry: &Entry) -> Found {
    let statement = match statement(entry) {
        Ok(Some(statement)) => statement,
        Ok(None) => return Found::Nothing,
        Err(reason) => return Found::Unreadable(None, reason),
    };
    let predicate = statement.predicate;
    if predicate.kind != KIND {
        return Found::Nothing;
    }
    let point = Point {
        as_of: predicate.as_of,
        index: entry.index,
    };
    let hidden = |reason: String| Found::Unreadable(Some(point.as_of), reason);
    match reader.blob(&predicate.digests.decision) {
        Ok(Some(bytes)) => match Decided::parse(&bytes) {
            Ok(decided) => Found::Record(point, decided),
            Err(error) => hidden(error.to_string()),
        },
        Ok(None) => hidden("its decision document is not in the ledger".to_owned()),
        Err(error) => hidden(error.to_string()),
    }
}

/// Returns the statement of a record; none for records of other types than ours.
fn statement(entry: &Entry) -> Result<Option<Statement>, String> {
    let envelope = Envelope::parse(&entry.line).map_err(|error| error.to_string())?;
    let payload = envelope.unverified_payload();
    match Statement::parse(payload) {
        Ok(statement) => Ok(Some(statement)),
        Err(error) => {
            let value = json::parse(payload, Limits::AUTHORED).ok();
            let kind = value
                .as_ref()
                .and_then(|value| value.get("predicateType"))
                .and_then(Value::as_str);
            match kind {
                Some(kind) if kind != DECISION_TYPE => Ok(None),
                _ => Err(error.to_string()),
            }
        }
    }
}
