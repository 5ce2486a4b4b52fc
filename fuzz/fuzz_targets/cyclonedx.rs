//! Any bytes as a bill of materials.
#![no_main]

use assize::formats::Format;
use assize::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Format::Cyclonedx.documents(bytes, Limits::AUTHORED);
});
