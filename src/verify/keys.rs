//! Which keys signed the records, and whether each was announced by one before it.

use std::collections::BTreeMap;

use super::RecordKey;
use crate::signing::{KeyId, TrustPolicy};

/// What is known of the keys so far.
#[derive(Debug, Default)]
pub(super) struct Signers {
    keys: BTreeMap<KeyId, Span>,
    /// The first announcement of each key: its index and who signed it.
    announced: BTreeMap<KeyId, (u64, KeyId)>,
}

#[derive(Debug)]
struct Span {
    count: u64,
    first: u64,
    last: u64,
}

impl Signers {
    /// Adds a record whose signature holds, and the key that it announces.
    pub(super) fn add(&mut self, signer: KeyId, index: u64, announces: Option<KeyId>) {
        let span = self.keys.entry(signer).or_insert(Span {
            count: 0,
            first: index,
            last: index,
        });
        span.count += 1;
        span.last = index;
        // TRUST: a key that announces itself is announced by nobody.
        if let Some(new) = announces.filter(|new| *new != signer) {
            self.announced.entry(new).or_insert((index, signer));
        }
    }

    /// Returns the keys in the order of their first records.
    pub(super) fn finish(self, trust: &TrustPolicy) -> Vec<RecordKey> {
        let name = |key_id: &KeyId| trust.name(key_id).unwrap_or_default().to_owned();
        let mut keys: Vec<_> = self
            .keys
            .into_iter()
            .map(|(key_id, span)| RecordKey {
                key_id,
                name: name(&key_id),
                count: span.count,
                first: span.first,
                last: span.last,
                announced: self
                    .announced
                    .get(&key_id)
                    .filter(|(index, _)| *index < span.first)
                    .map(|(index, by)| (*index, name(by))),
            })
            .collect();
        keys.sort_by_key(|key| key.first);
        keys
    }
}
