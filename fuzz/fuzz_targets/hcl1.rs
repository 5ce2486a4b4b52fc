//! Any bytes as HCL 1.
#![no_main]

use assize::formats::Format;
use assize::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Format::Hcl1.documents(bytes, Limits::EVIDENCE);
});
