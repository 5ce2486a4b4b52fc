use super::*;
use proptest::prelude::*;

fn refuse(bytes: &[u8]) -> String {
    parse(bytes, Limits::EVIDENCE).unwrap_err().to_string()
}

#[test]
fn stages_count_from_the_first_image() {
    let text = b"# one\nARG a\nFROM b\nRUN c\n# two\nFROM d\nRUN e\n";
    let value = parse(text, Limits::EVIDENCE).unwrap();
    let commands = value[0].as_array().unwrap();
    let stages: Vec<_> = commands.iter().map(|command| &command["Stage"]).collect();
    assert_eq!(stages, [0, 0, 0, 0, 1, 1, 1]);
}

#[test]
fn what_is_too_long_or_no_text_is_refused() {
    let long = format!("FROM a\nRUN {}\n", "b".repeat(66_000));
    assert!(refuse(long.as_bytes()).starts_with("line 2: is longer than 65535"));
    let joined = format!("FROM a\nRUN b {}\n", "\\\nc ".repeat(100_000));
    assert!(parse(joined.as_bytes(), Limits::EVIDENCE).is_ok());
    let many = "RUN a\n".repeat(150_000);
    assert!(refuse(many.as_bytes()).contains("more than 200000"));
    let words = format!("FROM a\nLABEL {}\n", "\\\na= ".repeat(100_000));
    assert!(refuse(words.as_bytes()).contains("line 2: more than 200000"));
    assert!(refuse(b"FROM \xff\n").contains("not valid UTF-8 at byte 5"));
    let triggers = "ONBUILD ".repeat(8_000);
    assert!(refuse(triggers.as_bytes()).contains("cannot follow `ONBUILD`"));
    let brackets = format!("RUN {}", "[".repeat(60_000));
    assert!(refuse(brackets.as_bytes()).contains("strings only"));
}

proptest! {
    #[test]
    fn any_text_ends_in_a_value_or_an_error(text in any::<String>()) {
        let _ = parse(text.as_bytes(), Limits::EVIDENCE);
        let _ = parse(format!("RUN {text}").as_bytes(), Limits::EVIDENCE);
    }

    #[test]
    fn a_changed_dockerfile_ends_in_a_value_or_an_error(
        at in 0_usize..1_000,
        length in 0_usize..8,
        put in "(\\\\|\"|'|<<|\\[|--|\n|#|=|é|[a-c ]){0,4}",
    ) {
        let text = include_bytes!("../../../tests/vectors/formats/dockerfile/accepted/stages");
        let mut bytes = text.to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at.min(end)..end, put.into_bytes());
        let _ = parse(&bytes, Limits::EVIDENCE);
    }
}
