//! Protocol Buffers as text, read into the JSON that conftest makes of them.
//!
//! <https://protobuf.dev/reference/protobuf/textformat-spec/> is the format of the text,
//! and `.proto` files ([`Definitions`]) say what is in it. The comment `# proto-message:
//! a.b.C` names the message. The JSON has the fields' names as they are in the `.proto`
//! file, 64-bit integers as strings, enums by name, bytes in base64; fields that are not
//! there are left out, and so is zero where it cannot be told from that. Messages of
//! `google.protobuf` such as `Timestamp` have their own form
//! (<https://protobuf.dev/programming-guides/json/>).
//!
//! Refused, although conftest reads it: a key of a map that is there twice (it takes the
//! last), an entry of a map without key or value, an `Any` as bytes, extensions, groups,
//! and a zero with a sign. conftest finds a message by name only if it is not within
//! another.

mod definitions;
mod known;
mod reader;
mod scalar;
mod scanner;
mod schema;
mod tokens;

pub use definitions::Definitions;

use super::{FormatError, doubles};
use crate::json::{self, Limits, Value};

/// Longest line before the comment, and with it, that conftest reads.
const LINE_MAX: usize = 60_000;

/// Reads `bytes` as one message.
pub(super) fn parse(
    bytes: &[u8],
    definitions: &Definitions,
    limits: Limits,
) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    if definitions.is_empty() {
        return Err(FormatError::Whole {
            what: "textproto needs `--proto-file-dirs` with the `.proto` files".to_owned(),
        });
    }
    let (line, name) = message_name(text)?;
    match definitions.message(name) {
        Some(message) if message.is_outermost && !known::is_known(name) => {}
        _ => {
            let what = reader::not_outermost(definitions, name);
            return Err(FormatError::at(line, what));
        }
    }
    let mut value = reader::Reader::of(text, definitions, limits.depth_max).document(name)?;
    doubles::settle(&mut value)?;
    Ok(value)
}

/// Returns the line of the first comment that names a message, and that name.
fn message_name(text: &str) -> Result<(usize, &str), FormatError> {
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.len() > LINE_MAX {
            return Err(FormatError::at(
                number,
                "a line that is too long for conftest",
            ));
        }
        let Some(name) = named_in(line) else {
            continue;
        };
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
        let (name, after) = name
            .split_at_checked(end.unwrap_or(name.len()))
            .unwrap_or_default();
        let is_comment = line.trim_start().starts_with('#');
        if !is_comment || !(after.is_empty() || after.starts_with([' ', '\t', '\r'])) {
            let what = format!(
                "conftest takes `{name}` for the message: `# proto-message: NAME` is a line of its own, and the name is letters, digits and dots"
            );
            return Err(FormatError::at(number, what));
        }
        return Ok((number, name));
    }
    Err(FormatError::Whole {
        what: "no comment says which message this is: write `# proto-message: NAME`".to_owned(),
    })
}

/// Returns what comes after `# proto-message: ` in `line`.
fn named_in(line: &str) -> Option<&str> {
    let spaces: &[char] = &[' ', '\t', '\r', '\u{c}'];
    line.match_indices("proto-message:")
        .find_map(|(at, marker)| {
            let before = line.get(..at)?;
            let hash = before.trim_end_matches(spaces);
            let after = line.get(at + marker.len()..)?;
            let name = after.trim_start_matches(spaces);
            let is_marked =
                hash.len() < before.len() && hash.ends_with('#') && name.len() < after.len();
            let is_named = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
            (is_marked && is_named).then_some(name)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;
    use proptest::prelude::*;

    const TREE: &str = "syntax = \"proto3\"; package a; message T { T t = 1; repeated T r = 2; \
                        map<string, T> m = 3; string s = 4; double d = 5; repeated int32 i = 6; }";

    fn definitions(text: &str) -> Result<Definitions, String> {
        Definitions::read([("protos/a.proto", text.as_bytes())])
            .map_err(|(path, error)| format!("{path}: {error}"))
    }

    fn read(text: &str) -> Result<Value, String> {
        let text = format!("# proto-message: a.T\n{text}");
        let definitions = definitions(TREE)?;
        parse(text.as_bytes(), &definitions, Limits::EVIDENCE).map_err(|error| error.to_string())
    }

    #[test]
    fn nesting_is_bounded_in_levels_of_the_value() {
        for (open, levels) in [
            ("t {", 1),
            ("r {", 2),
            ("r [{", 2),
            ("m { key: \"\" value {", 2),
        ] {
            let deep = open.repeat(100_000);
            let error = read(&deep).unwrap_err();
            assert!(
                error.contains("nests deeper than 100 levels"),
                "{open}: {error}"
            );
            let close = if open == "r [{" { "}]" } else { "}" };
            let close = close.repeat(open.matches('{').count());
            let fits = format!("{}{}", open.repeat(99 / levels), close.repeat(99 / levels));
            let value = read(&fits).unwrap();
            assert!(json::parse(value.to_string().as_bytes(), Limits::EVIDENCE).is_ok());
        }
        let deep = "message M {".repeat(100_000);
        let error = definitions(&format!("syntax = \"proto3\"; {deep}")).unwrap_err();
        assert!(error.contains("deeper than 32"), "{error}");
    }

    #[test]
    fn large_texts_take_no_longer_than_they_are() {
        let many = "i: 1 ".repeat(200_000);
        let value = read(&many).unwrap();
        assert_eq!(value["i"].as_array().map(Vec::len), Some(200_000));
        assert!(read(&format!("s: \"{}", "\\n".repeat(200_000))).is_err());
        assert!(read(&"'' ".repeat(200_000)).is_err());
        assert!(parse(b"\xff", &definitions(TREE).unwrap(), Limits::EVIDENCE).is_err());
        let long = format!("# {}\n# proto-message: a.T", "x".repeat(70_000));
        let error = parse(
            long.as_bytes(),
            &definitions(TREE).unwrap(),
            Limits::EVIDENCE,
        );
        assert!(error.unwrap_err().to_string().contains("too long"));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0_i64, "1970-01-01T00:00:00Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            let fields = json!({"seconds": seconds.to_string()});
            let form = known::form("google.protobuf.Timestamp", fields.as_object().unwrap());
            assert_eq!(form, Some(Ok(json!(text))));
        }
    }

    const NOT_DEFINITIONS: &[(&str, &str)] = &[
        ("message A {}", "line 1: expected `syntax"),
        ("syntax = \"proto4\";", "expected `syntax"),
        ("edition = \"2023\";", "expected `syntax"),
        (
            "syntax = \"proto3\";\nimport \"b.proto\";",
            "line 2: import `b.proto` is not known",
        ),
        (
            "syntax = \"proto3\";\nmessage A { B b = 1; }",
            "line 2: type `B` is not known",
        ),
        (
            "syntax = \"proto3\"; message A { google.protobuf.Empty e = 1; }",
            "is its file imported?",
        ),
        (
            "syntax = \"proto3\"; message A {} message A {}",
            "`A` is there twice",
        ),
        (
            "syntax = \"proto3\"; message A { int32 a = 1; string a = 2; }",
            "`A.a` is there twice",
        ),
        (
            "syntax = \"proto3\"; message A { int32 a = 1; int32 b = 1; }",
            "the number 1 of another",
        ),
        (
            "syntax = \"proto3\"; message A { int32 a = 0; }",
            "cannot have the number 0",
        ),
        (
            "syntax = \"proto3\"; message A { int32 a = 19000; }",
            "number 19000",
        ),
        (
            "syntax = \"proto3\"; message A { reserved 2 to max; int32 a = 7; }",
            "is reserved",
        ),
        (
            "syntax = \"proto3\"; message A { required int32 a = 1; }",
            "not possible here",
        ),
        (
            "syntax = \"proto3\"; message A { map<float, A> a = 1; }",
            "the key of a map",
        ),
        (
            "syntax = \"proto3\"; message A { oneof b {} }",
            "has no field",
        ),
        (
            "syntax = \"proto3\"; message A { S a = 1; } service S {}",
            "is no type",
        ),
        (
            "syntax = \"proto3\"; enum E { A = 1; }",
            "the first value of enum `E` is not 0",
        ),
        (
            "syntax = \"proto3\"; enum E { A = 0; B = 0; }",
            "0 has two names",
        ),
        ("syntax = \"proto3\"; enum E {}", "has no value"),
        (
            "syntax = \"proto2\"; message A { int32 a = 1; }",
            "expected `optional`",
        ),
        (
            "syntax = \"proto2\"; message A { optional group G = 1 {} }",
            "groups are not read",
        ),
        (
            "syntax = \"proto2\"; extend A { optional int32 b = 1000; }",
            "extensions are not read",
        ),
        (
            "syntax = \"proto3\"; package google.rpc;",
            "`google.rpc` is built in",
        ),
        ("syntax = \"proto3\"; /* open", "a comment without an end"),
        (
            "syntax = \"proto3\"; message A { int32 a = 1 [x = {}; }",
            "without its pair",
        ),
        ("syntax = \"proto3\"; message A {", "found the end"),
        (
            "syntax = \"proto3\"; message A { int32 \u{e9} = 1; }",
            "unexpected `\u{e9}`",
        ),
    ];

    #[test]
    fn definitions_that_conftest_would_not_take_are_named() {
        for (text, what) in NOT_DEFINITIONS {
            let error = definitions(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn enums_of_proto2_do_not_go_into_proto3() {
        let old = "syntax = \"proto2\"; enum E { A = 0; }";
        let new = "syntax = \"proto3\"; import \"old.proto\"; message M { E e = 1; }";
        let read =
            Definitions::read([("old.proto", old.as_bytes()), ("new.proto", new.as_bytes())]);
        let (path, error) = read.unwrap_err();
        assert_eq!(path, "new.proto");
        assert!(error.to_string().contains("an enum of proto2"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([trmsdi]|key|value|[{}<>:,;\"'\\[\\]#\\\\ \n.-]|[0-9]{1,3}){0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn any_definitions_are_read_or_refused(
            text in "(message |enum |oneof |map<|optional |int32 |reserved |[AB]|[{}<>=;,\\[\\]\"'/* \n.]|[0-9]{1,2}){0,40}",
        ) {
            let _ = definitions(&format!("syntax = \"proto3\"; {text}"));
        }
    }
}
