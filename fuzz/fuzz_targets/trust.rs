//! Any bytes as `trust.toml`.
#![no_main]

use std::fs;

use assize::signing::TrustPolicy;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a temporary folder");
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| {
        let path = folder.path().join("trust.toml");
        fs::write(&path, bytes).expect("the temporary folder can be written");
        let _ = TrustPolicy::load(&path);
    });
});
