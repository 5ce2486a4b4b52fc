//! Any bytes as `bundle.json`: what is accepted is written and read back the same.
#![no_main]

use assize::evidence::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::parse(bytes) {
        let written = manifest
            .to_bytes()
            .expect("a manifest that was read can be written");
        assert_eq!(Manifest::parse(&written).expect("reads back"), manifest);
    }
});
