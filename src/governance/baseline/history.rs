//! What the ledger says of the baselines in force.

use std::collections::BTreeMap;

use super::{BASELINE, Baseline, Baselines, CHANGE_SCHEMA};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::governance::{Acts, RecordedAct};
use crate::json::{self, Limits, Number, Value};
use crate::ledger::read::{ReadError, Reader};

/// Why a baseline is what it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Explained {
    /// It is as it was before the first record.
    Initial,
    /// A record set it.
    Record {
        /// 0-based number.
        index: u64,
        /// When it was appended.
        recorded_at: Timestamp,
        /// Who approved it.
        approved_by: String,
    },
    /// A record set another, and the file was never written: the command was interrupted.
    Interrupted {
        /// 0-based number of the record.
        index: u64,
        /// What it set.
        value: Number,
    },
    /// No record explains it.
    Unexplained {
        /// What should be there, and the record that says so, where one does.
        recorded: Option<(u64, Number)>,
    },
    /// It cannot be told, because this record cannot be read.
    Hidden {
        /// 0-based number of the record.
        by: u64,
    },
}

/// One recorded change, as far as it explains something.
#[derive(Debug, Clone)]
struct Past {
    index: u64,
    recorded_at: Timestamp,
    approved_by: String,
    metric: String,
    new: Number,
    version: u64,
    file_before: Digest,
}

/// Every recorded change of baselines.
#[derive(Debug, Clone, Default)]
pub struct History {
    changes: Vec<Past>,
    /// What was in force before the first change.
    initial: Option<BTreeMap<String, Number>>,
    /// Records that cannot be read.
    unreadable: Vec<u64>,
}

impl History {
    /// Reads the changes that a ledger holds.
    ///
    /// # Errors
    /// A ledger that cannot be read.
    pub fn read(reader: &Reader) -> Result<Self, ReadError> {
        let acts = Acts::read(reader, BASELINE)?;
        let mut history = Self {
            unreadable: acts.unreadable,
            ..Self::default()
        };
        for (position, recorded) in acts.records.iter().enumerate() {
            if position == 0 {
                history.initial = before(reader, recorded)?;
                if history.initial.is_none() {
                    history.unreadable.push(recorded.index);
                }
            }
            match past(reader, recorded)? {
                Some(past) => history.changes.push(past),
                None => history.unreadable.push(recorded.index),
            }
        }
        history.unreadable.sort_unstable();
        history.unreadable.dedup();
        Ok(history)
    }

    /// Returns the version that the last record left; none without one.
    pub fn version(&self) -> Option<u64> {
        self.changes.last().map(|past| past.version)
    }

    /// Returns the number of the last record.
    pub fn last(&self) -> Option<u64> {
        self.changes.last().map(|past| past.index)
    }

    /// Says why `metric` of `file` is what it is.
    pub fn explain(&self, file: &Baselines, metric: &Baseline) -> Explained {
        let of_metric = self.changes.iter().rev();
        let last = of_metric.clone().find(|past| past.metric == metric.metric);
        // A record that cannot be read and may have come later hides everything before it.
        let since = last.map_or(0, |past| past.index + 1);
        if let Some(by) = self.unreadable.iter().find(|index| **index >= since) {
            return Explained::Hidden { by: *by };
        }
        let Some(last) = last else {
            return match &self.initial {
                Some(initial) => match initial.get(&metric.metric) {
                    Some(value) if same(value, &metric.value) => Explained::Initial,
                    value => Explained::Unexplained {
                        recorded: value.cloned().zip(self.last()).map(|(v, i)| (i, v)),
                    },
                },
                None if file.version == 1 => Explained::Initial,
                None => Explained::Unexplained { recorded: None },
            };
        };
        let (index, value) = (last.index, last.new.clone());
        if same(&last.new, &metric.value) {
            Explained::Record {
                index,
                recorded_at: last.recorded_at,
                approved_by: last.approved_by.clone(),
            }
        } else if last.file_before == file.digest() {
            Explained::Interrupted { index, value }
        } else {
            Explained::Unexplained {
                recorded: Some((index, value)),
            }
        }
    }

    /// Whether the file's own version is the one that the last record left, or, where
    /// that was interrupted, found.
    pub fn explains_version(&self, file: &Baselines) -> bool {
        match self.changes.last() {
            None => !self.unreadable.is_empty() || file.version == 1,
            Some(last) => last.version == file.version || last.file_before == file.digest(),
        }
    }
}

/// Numbers are the same when they read back the same.
fn same(one: &Number, other: &Number) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => false,
    }
}

fn before(
    reader: &Reader,
    recorded: &RecordedAct,
) -> Result<Option<BTreeMap<String, Number>>, ReadError> {
    let Some(digest) = recorded.act.predicate.digests.get("before") else {
        return Ok(None);
    };
    let bytes = reader.blob(digest)?;
    let baselines = bytes.and_then(|bytes| Baselines::parse(&bytes).ok());
    Ok(baselines.map(|baselines| {
        let metrics = baselines.metrics.into_iter();
        metrics.map(|m| (m.metric, m.value)).collect()
    }))
}

fn past(reader: &Reader, recorded: &RecordedAct) -> Result<Option<Past>, ReadError> {
    let bytes = reader.blob(&recorded.act.document())?;
    let document = bytes.and_then(|bytes| json::parse(&bytes, Limits::AUTHORED).ok());
    Ok(document.and_then(|document| {
        let text = |at: &str| document.pointer(at).and_then(Value::as_str);
        if text("/schema") != Some(CHANGE_SCHEMA) {
            return None;
        }
        let Some(Value::Number(new)) = document.get("new") else {
            return None;
        };
        let predicate = &recorded.act.predicate;
        Some(Past {
            index: recorded.index,
            recorded_at: predicate.recorded_at,
            approved_by: predicate.people.approved_by.clone(),
            metric: text("/metric")?.to_owned(),
            new: new.clone(),
            version: document.pointer("/version/after")?.as_u64()?,
            file_before: text("/file/before")?.parse().ok()?,
        })
    }))
}
