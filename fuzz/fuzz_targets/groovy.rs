//! Any bytes as Groovy: a tree has a canonical form and its leaves are in the text.
#![no_main]

use assize::formats::Format;
use assize::json::{self, Limits, Value};
use libfuzzer_sys::fuzz_target;

fn leaves(tree: &Value, text: &str) {
    if let Some(leaf) = tree["text"].as_str() {
        assert!(text.contains(leaf));
    }
    for child in tree["children"].as_array().into_iter().flatten() {
        leaves(child, text);
    }
}

fuzz_target!(|bytes: &[u8]| {
    for tree in Format::Groovy
        .documents(bytes, Limits::EVIDENCE)
        .unwrap_or_default()
    {
        json::canonical(&tree).expect("a tree has a canonical form");
        leaves(&tree, std::str::from_utf8(bytes).expect("it was read"));
    }
});
