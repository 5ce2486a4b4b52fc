//! Any bytes as `waivers.yaml`: whoever asks is never who approves.
#![no_main]

use assize::waiver;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for waiver in waiver::parse_yaml(bytes).unwrap_or_default() {
        assert_ne!(waiver.requested_by, waiver.approved_by);
        assert!(waiver.approved_at < waiver.expires_at);
    }
});
