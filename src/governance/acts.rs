//! The records of acts in a ledger.

use crate::ledger::read::{Entry, ReadError, Reader};
use crate::record::RecordError;
use crate::record::act::Act;
use crate::signing::dsse::Envelope;

/// A record of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAct {
    /// 0-based number.
    pub index: u64,
    /// What was recorded.
    pub act: Act,
}

/// Every record of one kind of act, oldest first, and what could not be read.
#[derive(Debug, Clone, Default)]
pub struct Acts {
    /// The records.
    pub records: Vec<RecordedAct>,
    /// Numbers of lines that cannot be read, and may be such records.
    pub unreadable: Vec<u64>,
}

impl Acts {
    /// Reads the acts of `kind`.
    ///
    /// # Errors
    /// A ledger that cannot be read. A line that makes no sense is counted.
    pub fn read(reader: &Reader, kind: &str) -> Result<Self, ReadError> {
        let mut acts = Self::default();
        for entry in reader.entries()? {
            let entry = entry?;
            match act(&entry) {
                Ok(Some(act)) if act.predicate.kind == kind => {
                    let index = entry.index;
                    acts.records.push(RecordedAct { index, act });
                }
                Ok(_) => {}
                Err(_) => acts.unreadable.push(entry.index),
            }
        }
        Ok(acts)
    }
}

fn act(entry: &Entry) -> Result<Option<Act>, RecordError> {
    let envelope = Envelope::parse(&entry.line).map_err(|error| RecordError::Shape {
        reason: error.to_string(),
    })?;
    Act::parse(envelope.unverified_payload())
}
