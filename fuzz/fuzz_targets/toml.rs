//! Any bytes as TOML.
#![no_main]

use assize::json::{Limits, toml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = toml::parse(bytes, Limits::AUTHORED);
});
