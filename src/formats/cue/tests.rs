use super::*;
use crate::json::json;
use proptest::prelude::*;

fn read(text: &str) -> Result<Value, String> {
    parse(text.as_bytes(), Limits::EVIDENCE).map_err(|error| error.to_string())
}

#[test]
fn nesting_is_bounded_before_it_is_read() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("a: ", ""), ("[{a: ", "}]")] {
        let text = format!("x: {}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(
            read(&text).unwrap_err().contains("deeper than 100"),
            "{open}"
        );
    }
    let deepest = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert!(read(&deepest).is_ok());
    assert!(read(&format!("a: {deepest}")).is_err());
}

#[test]
fn size_and_encoding_are_bounded() {
    let limits = Limits {
        size_max: 4,
        depth_max: 3,
    };
    assert!(parse(b"a: 1", limits).is_ok());
    assert!(parse(b"a: 10", limits).is_err());
    assert!(parse(b"a: \"\xff\"", Limits::EVIDENCE).is_err());
}

#[test]
fn long_texts_take_their_length() {
    let lines = format!("a: \"\"\"\n{}\t\"\"\"\n", "\tx\n".repeat(200_000));
    assert!(read(&lines).is_ok());
    let hashes = format!("a: {}", "#\"".repeat(200_000));
    assert!(read(&hashes).is_err());
    let fields: Vec<String> = (0..100_000).map(|n| format!("a: f{n}: {n}")).collect();
    assert!(read(&fields.join("\n")).is_ok());
    assert!(read(&format!("a: {}", "1".repeat(1_000_000))).is_err());
    assert!(read(&"#".repeat(1_000_000)).is_err());
}

#[test]
fn numbers_are_those_that_json_readers_keep() {
    for (text, value) in [
        ("1.5Ki", json!(1536)),
        ("-0x1F", json!(-31)),
        ("0b101", json!(5)),
        ("0o17", json!(15)),
        ("1_000_000", json!(1_000_000)),
        ("-0.0", json!(0)),
        (".5", json!(0.5)),
        ("5.", json!(5)),
        ("1.0e3", json!(1000)),
        ("2e-3", json!(0.002)),
        ("1e21", json!(1e21)),
        ("- 5", json!(-5)),
    ] {
        assert_eq!(read(text), Ok(value), "{text}");
    }
    for text in [
        "9007199254740993",
        "1e20",
        "1e400",
        "1e-400",
        "01",
        "1__0",
        "1_",
        "0x",
        "0x_1",
        "1e",
        "1.0005K",
        "1k",
        "1Kib",
        "1..2",
        "--1",
        "+",
        "1.2.3",
        "0x1K",
        "99999999999999999999999999999999",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

const GOOD: &str = "package a\n// c\na: b: {c: [1, \"x\\u00e9\"], \"d e\": -1.5Ki,}\n\
    f: \"\"\"\n\tx\n\t\"\"\"\ng: #\"\\#n\"#, a: h: null\n";

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = read(&text);
    }

    #[test]
    fn no_change_of_a_good_text_panics(at in 0..GOOD.len(), with in "[-{}\\[\\]:,\"#.0a_ \n\t\\\\]{0,3}") {
        let mut text = GOOD.as_bytes().to_vec();
        text.splice(at..=at, with.bytes());
        let _ = parse(&text, Limits::EVIDENCE);
    }
}
