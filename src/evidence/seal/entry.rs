//! One file becomes one line of the manifest.
//!
//! INVARIANT: what a manifest tells of bytes that their content does not show, and that is
//! worse than `ok`, stays told as long as the bytes are the same: neither another mapping
//! nor several in turn make it better. Only whoever obtains the bytes anew tells it anew.

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::evidence::kinds::{self, Reading, Signatures};
use crate::evidence::manifest::{Entry, Told, is_sound_id};
use crate::evidence::{EvidenceError, Kind, Mapping, Status, id_of_path, redaction};

use super::Description;

/// Describes `bytes`: `description` goes before the content, the content before `known`
/// where it alone can tell, and `known` holds only while the bytes are the same.
pub(super) fn entry(
    path: String,
    bytes: &[u8],
    known: Option<&Entry>,
    mut description: Description,
) -> Result<(Entry, Reading), EvidenceError> {
    if redaction::is_disclosures(bytes) {
        return Err(EvidenceError::Disclosures { path });
    }
    let sha256 = Digest::of(bytes);
    let same = known.filter(|known| known.sha256 == sha256).cloned();
    let was = same.as_ref();
    // Whoever obtained the file says what it is, or its content does.
    let named = was.filter(|_| !description.is_collected);
    let kind = match description.map {
        Some(_) => Some(Kind::JsonMap),
        None => description.kind.or(named.map(|was| was.kind)),
    };
    let map = description.map.take();
    let map = map.or(named.and_then(|was| was.map.clone()));
    let map = map.filter(|_| kind == Some(Kind::JsonMap));
    let reading = kinds::read_mapped(bytes, kind, map.as_ref(), Signatures::Unseen);
    // A name that someone gave outlives the bytes; one that came from the path is the same.
    let id = description.id.take();
    let id = id
        .or(known
            .filter(|_| !description.is_collected)
            .map(|known| known.id.clone()))
        .unwrap_or_else(|| id_of_path(&path));
    if !is_sound_id(&id) {
        return Err(EvidenceError::Id { path });
    }
    if let Some(was) = was.filter(|_| description.redactions.is_empty()) {
        description.redactions.clone_from(&was.redactions);
    }
    let (standing, told) = standing(bytes, &reading, was, &mut description);
    let collected_at = dated(map.as_ref(), description.collected_at, &reading, was);
    let entry = Entry {
        id,
        kind: reading.kind,
        media_type: reading.media_type.to_owned(),
        size: bytes.len() as u64,
        sha256,
        status: standing.status,
        reason: standing.reason,
        told,
        collected_at,
        observed: reading.observed.or(was.and_then(|was| was.observed)),
        valid_until: collected_at
            .and_then(|at| at.plus(description.valid_for?))
            .or(description.valid_until)
            .or(was.and_then(|was| was.valid_until))
            .or(reading.valid_until),
        source: description
            .source
            .or(was.and_then(|was| was.source.clone())),
        provenance: description
            .provenance
            .or(was.and_then(|was| was.provenance.clone())),
        map,
        redactions: description.redactions,
        path,
    };
    Ok((entry, reading))
}

/// The status of `bytes` with its reason, and what was told of them where their content
/// alone is worse.
fn standing(
    bytes: &[u8],
    reading: &Reading,
    was: Option<&Entry>,
    description: &mut Description,
) -> (Told, Option<Told>) {
    // Whoever tells the content anew does not know what was there before it was redacted.
    let is_retold = description.kind.is_some() && description.redactions.is_empty();
    let told = was.filter(|_| !is_retold).and_then(|was| told(bytes, was));
    let gap = description.gap.take().map(|gap| Told {
        status: Status::Partial,
        reason: Some(gap),
    });
    let told = told.or(gap);
    let fault = description.fault.take();
    let fault = fault.or_else(|| redaction::disagreement(bytes, &description.redactions));
    if let Some(fault) = fault {
        let fault = Told {
            status: Status::Error,
            reason: Some(fault),
        };
        return match told.filter(|told| told.status > Status::Error) {
            Some(worse) => (worse, None),
            None => (fault, None),
        };
    }
    let found = Told {
        status: reading.status,
        reason: reading.reason.clone(),
    };
    match told {
        // Where both are as bad, what was told stays, or it would be forgotten by the next
        // one who makes something better of the content.
        Some(told) if told.status >= found.status => (told, None),
        told => (found, told),
    }
}

/// What `was` tells of `bytes` that neither its kind nor its mapping has made of them.
fn told(bytes: &[u8], was: &Entry) -> Option<Told> {
    let map = was.map.as_ref();
    let reading = kinds::read_mapped(bytes, Some(was.kind), map, Signatures::Unseen);
    let is_own = (reading.status, &reading.reason) == (was.status, &was.reason);
    if was.status == Status::Ok || is_own && was.redactions.is_empty() {
        return was.told.clone();
    }
    Some(Told {
        status: was.status,
        reason: was.reason.clone(),
    })
}

/// When an item was obtained: by its mapping, where that says so, else as it is told.
fn dated(
    map: Option<&Mapping>,
    told: Option<Timestamp>,
    reading: &Reading,
    was: Option<&Entry>,
) -> Option<Timestamp> {
    let was = was.and_then(|was| was.collected_at);
    if !map.is_some_and(Mapping::is_dating) {
        return told.or(was).or(reading.collected_at);
    }
    // A mapping that says where the date is wants that one and no other. What was known
    // before stays known where it is earlier, or another mapping would make it younger.
    match (reading.collected_at, was) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
