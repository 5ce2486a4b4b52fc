//! Any bytes as CUE.
#![no_main]

use assize::formats::Format;
use assize::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Format::Cue.documents(bytes, Limits::AUTHORED);
});
