//! Reading a ledger in an object store from some record on, several objects at a time.

use std::thread;

use super::objects::{Object, ObjectError, Objects};
use super::retry::{self, Patience};
use super::tip::lines;
use super::{LINES_MAX, OBJECT_SIZE_MAX, RECORDS, first_index, records_path};
use crate::ledger::LedgerError;
use crate::ledger::ReplicaError;

/// Objects that are asked for at once.
const AT_ONCE: usize = 16;
/// Most names in one listing.
const NAMES_MAX: usize = 1_000;

/// Gives every line from `start` to before `end` to `take`, with its index.
pub(super) fn each_line<O: Objects>(
    objects: &O,
    patience: &Patience,
    (start, end): (u64, u64),
    mut take: impl FnMut(u64, &[u8]) -> Result<(), ReplicaError>,
) -> Result<(), ReplicaError> {
    let mut names = Names::around(objects, patience, start);
    let mut next = start;
    let mut is_first = true;
    while next < end {
        let mut group = Vec::new();
        while group.len() < AT_ONCE
            && let Some(first) = names.next()?
            && first < end
        {
            group.push(first);
        }
        if group.is_empty() {
            return Err(gap(objects, next, "is missing"));
        }
        // The first may start before what is asked for; of those before it none is needed.
        if is_first {
            let before = group.iter().filter(|first| **first <= start).max().copied();
            let before = before.ok_or_else(|| gap(objects, next, "is missing"))?;
            group.retain(|first| *first >= before);
            next = before;
            is_first = false;
        }
        for (first, object) in group.iter().zip(fetch(objects, patience, &group)) {
            let object = object?;
            if *first != next {
                return Err(gap(objects, next, "is missing, or in two objects"));
            }
            for line in lines(&object.bytes).map_err(|reason| gap(objects, next, reason))? {
                if (start..end).contains(&next) {
                    take(next, line)?;
                }
                next += 1;
            }
        }
    }
    Ok(())
}

fn gap<O: Objects>(objects: &O, index: u64, reason: &str) -> ReplicaError {
    ReplicaError::Record {
        path: objects.display(RECORDS),
        index,
        reason: reason.to_owned(),
    }
}

/// Asks for all of `group` at once; the answers are in its order.
fn fetch<O: Objects>(
    objects: &O,
    patience: &Patience,
    group: &[u64],
) -> Vec<Result<Object, ReplicaError>> {
    let one = |first: u64| {
        let path = records_path(first);
        match retry::read(objects, patience, &path, OBJECT_SIZE_MAX) {
            Ok(Some(object)) => Ok(object),
            Ok(None) => Err(gap(objects, first, "is missing")),
            Err(error) => Err(unreadable(objects, &path, error)),
        }
    };
    thread::scope(|scope| {
        let asked: Vec<_> = group
            .iter()
            .map(|first| (*first, scope.spawn(move || one(*first))))
            .collect();
        asked
            .into_iter()
            // A thread that died says nothing of its object: it is asked for here.
            .map(|(first, thread)| thread.join().unwrap_or_else(|_| one(first)))
            .collect()
    })
}

pub(super) fn unreadable<O: Objects>(objects: &O, path: &str, error: ObjectError) -> ReplicaError {
    ReplicaError::Folder(LedgerError::Remote {
        action: "read",
        path: objects.display(path),
        source: Box::new(error),
    })
}

/// The first indexes of the objects, in order, some before the one that is wanted.
struct Names<'o, O> {
    objects: &'o O,
    patience: &'o Patience,
    listed: std::vec::IntoIter<u64>,
    /// What the next listing starts after; none when there is no more.
    after: Option<String>,
}

impl<'o, O: Objects> Names<'o, O> {
    fn around(objects: &'o O, patience: &'o Patience, start: u64) -> Self {
        // The object with `start` in it starts at most 255 before it.
        let before = start.checked_sub(LINES_MAX as u64);
        Self {
            objects,
            patience,
            listed: Vec::new().into_iter(),
            after: Some(before.map_or_else(String::new, |index| format!("{index:020}"))),
        }
    }

    fn next(&mut self) -> Result<Option<u64>, ReplicaError> {
        loop {
            if let Some(first) = self.listed.next() {
                return Ok(Some(first));
            }
            let Some(after) = self.after.take() else {
                return Ok(None);
            };
            let names = retry::again(self.patience, || {
                self.objects.after(RECORDS, &after, NAMES_MAX)
            });
            let names = names.map_err(|error| unreadable(self.objects, RECORDS, error))?;
            // TRUST: a store that answers with what was there before would never end.
            if names.len() >= NAMES_MAX {
                self.after = names.last().filter(|last| **last > after).cloned();
            }
            let indexes: Vec<u64> = names.iter().filter_map(|name| first_index(name)).collect();
            self.listed = indexes.into_iter();
        }
    }
}
