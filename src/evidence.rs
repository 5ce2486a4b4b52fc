//! Evidence: a folder of files becomes a [`Bundle`] of typed facts that policies see.
//!
//! A bundle is a folder. Where it holds a `bundle.json`, that manifest says what
//! belongs to it and the folder must agree; otherwise the folder is sealed in memory.
//! A `bundle.intoto.json` beside it says who sealed it.
//! `docs/spec/bundle.md` specifies the manifest, `docs/evidence/` the kinds.
//!
//! The only module that names `quick-xml`. It reads no wall clock and no modification
//! time, follows no symbolic link, and talks to no one.
//!
//! INVARIANTS
//! - Bytes are hashed as received and read once: what was hashed is what was parsed.
//! - A bundle is a function of the files' names and bytes (and of `as_of` and the
//!   trusted keys where stated), never of the order in which a folder lists them.
//! - Facts are shown only with the status `ok`, `partial` or `empty`. Bytes that
//!   cannot be read, are not what the manifest says, or are too old have no facts.
//! - Numbers in facts are finite, and nothing is inferred from a file's name but its id.

mod bundle;
mod detect;
mod error;
mod input;
pub mod inputs;
mod item;
mod kind;
mod kinds;
pub mod manifest;
pub mod redaction;
mod seal;
mod signature;
mod unfinished;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod vector_tests;

use crate::json::Value;

pub use bundle::{Bundle, Disagreement, LoadOptions, Mismatch, confirm};
pub use detect::DECLARATION_TYPE;
pub use error::EvidenceError;
pub use item::Item;
pub use kind::{Kind, Status};
pub(crate) use kinds::may_go_on;
pub use kinds::{Declaration, KindError, Mapping, SAMPLES_MAX};
pub use manifest::{Manifest, Observed, Subject};
pub(crate) use manifest::{is_sound_id, is_sound_path};
pub use seal::{Change, Description, SealOptions, Sealed, hold, seal, seal_with};
pub(crate) use signature::of_manifest as signature_of;
pub use signature::{
    BUNDLE_TYPE, BundleSignature, SIGNATURE_NAME, SIGNATURE_SIZE_MAX, SignatureError, Vouched,
    signature,
};
pub use unfinished::{UNFINISHED_NAME, Unfinished, refuse_unfinished};

/// Most bytes in one item: 128 MiB. A document that is read as a whole has a lower limit.
pub const ITEM_SIZE_MAX: u64 = 128 << 20;
/// Most bytes in all items of a bundle: 512 MiB.
pub const BUNDLE_SIZE_MAX: u64 = 512 << 20;
/// Most items in a bundle.
pub const ITEMS_MAX: usize = 10_000;
/// Most bytes in an item's id.
pub const ID_SIZE_MAX: usize = 255;
/// Most levels of nesting in an item. The `input` document puts four more around
/// them, and other readers stop at a hundred.
pub const DEPTH_MAX: usize = 96;
/// How far, in seconds, `collected_at` may lie after `as_of`: clocks differ.
pub const SKEW_MAX_S: i64 = 5;
/// The manifest's file name.
pub const MANIFEST_NAME: &str = "bundle.json";

/// Returns the status and the facts of `bytes` as an item; what `fuzz/` calls. A `json-map`
/// has its mapping in front, up to a NUL.
#[doc(hidden)]
pub fn facts_of(bytes: &[u8], kind: Option<Kind>) -> (Status, Value) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (map, bytes) = match (kind, parts.next(), parts.next()) {
        (Some(Kind::JsonMap), Some(map), Some(document)) => (Mapping::parse(map).ok(), document),
        _ => (None, bytes),
    };
    let reading = kinds::read_mapped(bytes, kind, map.as_ref(), kinds::Signatures::Unseen);
    (reading.status, reading.facts)
}

/// What a file is, read on its own: without a manifest, a time and trusted keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// What it is.
    pub kind: Kind,
    /// How far its content can be relied on.
    pub status: Status,
    /// Why the status is not `ok`.
    pub reason: Option<String>,
    /// What policies would see; null where they would see nothing.
    pub facts: Value,
}

/// Reads `bytes` by `map` where there is one, else as `kind`, or as what they are.
pub fn validate(bytes: &[u8], kind: Option<Kind>, map: Option<&Mapping>) -> Validated {
    let reading = kinds::read_mapped(bytes, kind, map, kinds::Signatures::Unseen);
    Validated {
        kind: reading.kind,
        status: reading.status,
        facts: reading.facts,
        reason: reading.reason,
    }
}

/// Returns the item id of the file at `path`: its extension dropped, `/` read as `.`.
pub fn id_of_path(path: &str) -> String {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if folders.is_empty() {
        stem.to_owned()
    } else {
        format!("{}.{stem}", folders.replace('/', "."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_may_stand_in_front_of_its_document() {
        let map = b"schema: assize/json-map/v1\nname: m\nfacts: {a: {pointer: /a, type: text}}";
        let of = |parts: &[&[u8]]| facts_of(&parts.concat(), Some(Kind::JsonMap));
        let (status, facts) = of(&[map, b"\0", b"{\"a\": \"\\u0000\"}"]);
        assert_eq!((status, &facts["a"]), (Status::Ok, &Value::from("\0")));
        for parts in [
            &[map.as_slice(), b"{}"][..],
            &[b"\0{}"],
            &[map, b"\0{}"],
            &[b""],
        ] {
            assert_eq!(of(parts), (Status::Error, Value::Null));
        }
        // What is of another kind is what it is.
        assert_eq!(facts_of(b"a\0b", Some(Kind::Blob)).0, Status::Ok);
    }

    #[test]
    fn ids_come_from_paths() {
        assert_eq!(
            id_of_path("slo/coordination-latency.json"),
            "slo.coordination-latency"
        );
        assert_eq!(id_of_path("a/b/c.tar.gz"), "a.b.c.tar");
        assert_eq!(id_of_path("LICENSE"), "LICENSE");
        assert_eq!(id_of_path("v1.2/x.xml"), "v1.2.x");
    }
}
