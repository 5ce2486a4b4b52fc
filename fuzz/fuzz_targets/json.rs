//! Any bytes as JSON: what is accepted has a canonical form that reads back the same.
#![no_main]

use assize::json::{self, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = json::parse(bytes, Limits::EVIDENCE) {
        // Not every number has a canonical form.
        if let Ok(canonical) = json::canonical(&value) {
            let again = json::parse(&canonical, Limits::EVIDENCE).expect("canonical JSON reads");
            assert_eq!(json::canonical(&again).expect("has a form"), canonical);
        }
    }
});
