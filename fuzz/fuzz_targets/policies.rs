//! Any text as policies: lexer, limits, outline, METADATA and lint. `%%` parts files.
#![no_main]

use assize::policy::{self, PolicySet};
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 4] = [
    "gates/deploy/a.rego",
    "gates/deploy/a_test.rego",
    "lib/b.rego",
    "main.rego",
];

fuzz_target!(|text: &str| {
    let files = PATHS.iter().zip(text.split("%%"));
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    if let Ok(set) = PolicySet::from_parts(files.collect(), b"{}") {
        let findings = policy::lint(&set);
        assert_eq!(findings, policy::lint(&set));
        let _ = (set.digest(), set.rules());
    }
});
