//! Any bytes as evidence of one kind. Each kind has a target of its own, so that its corpus
//! grows by itself: the name of the binary says which.
#![no_main]

use assize::evidence::{self, Kind};
use assize::json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let name = env!("CARGO_BIN_NAME").strip_prefix("kind-");
    let kind = name.and_then(Kind::named).expect("targets are named after kinds");
    let (status, facts) = evidence::facts_of(bytes, Some(kind));
    assert!(status.shows_facts() || facts.is_null(), "{status}: {facts}");
    // What policies see has a canonical form, or a gate could not run.
    json::canonical(&facts).expect("facts have a canonical form");
});
