//! Any bytes as a DSSE envelope: what is accepted is the one way to write it.
#![no_main]

use assize::signing::dsse::Envelope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(envelope) = Envelope::parse(bytes) {
        assert_eq!(envelope.to_line(), bytes);
    }
});
