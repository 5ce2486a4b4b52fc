//! Any bytes as a time-stamp response, verified as far as it goes.
#![no_main]

use assize::anchor::timestamp::{Authorities, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut authorities = Authorities::default();
    let root = include_bytes!("../../tests/vectors/timestamp/ca.pem");
    let _ = authorities.add("root", root);
    let _ = authorities.add("any", bytes);
    if let Ok(token) = Token::parse(bytes) {
        let _ = token.is_over("a");
        let _ = token.verify(&authorities);
    }
});
