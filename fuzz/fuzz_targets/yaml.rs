//! Any bytes as YAML.
#![no_main]

use assize::json::{Limits, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let one = yaml::parse(bytes, Limits::AUTHORED);
    let all = yaml::parse_stream(bytes, Limits::AUTHORED);
    if let (Ok(one), Ok(all)) = (&one, &all)
        && let [only] = all.as_slice()
    {
        assert_eq!(one, only);
    }
});
