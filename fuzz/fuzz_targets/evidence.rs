//! Any bytes as evidence: the first says which kind is claimed, or none.
#![no_main]

use assize::evidence::{self, Kind};
use assize::json;
use assize::policy::KINDS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let kind = KINDS
        .get(usize::from(*first))
        .and_then(|name| Kind::named(name));
    let (status, facts) = evidence::facts_of(bytes, kind);
    assert!(status.shows_facts() || facts.is_null(), "{status}: {facts}");
    // What policies see has a canonical form, or a gate could not run.
    json::canonical(&facts).expect("facts have a canonical form");
});
