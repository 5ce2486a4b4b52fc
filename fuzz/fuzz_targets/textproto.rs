//! Any text as a message in Protocol Buffers' text form; before `%%`, as its definition.
#![no_main]

use assize::formats::{Definitions, Format};
use assize::json::{self, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (proto, text) = text.split_once("%%").unwrap_or(("", text));
    let Ok(definitions) = Definitions::read([("a.proto", proto.as_bytes())]) else {
        return;
    };
    let documents =
        Format::Textproto.documents_by(text.as_bytes(), Limits::EVIDENCE, &definitions);
    for document in documents.unwrap_or_default() {
        json::canonical(&document).expect("a message has a canonical form");
    }
});
