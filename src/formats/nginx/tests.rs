use super::*;
use proptest::prelude::*;

fn refuse(bytes: &[u8]) -> String {
    parse(bytes, Limits::EVIDENCE).unwrap_err().to_string()
}

#[test]
fn what_is_too_deep_too_long_or_no_text_is_refused() {
    let nested = |levels: usize| format!("{}{}", "if {".repeat(levels), "}".repeat(levels));
    assert!(parse(nested(32).as_bytes(), Limits::EVIDENCE).is_ok());
    assert!(refuse(nested(33).as_bytes()).contains("nest too deep"));
    assert!(refuse("if {\n".repeat(200_000).as_bytes()).starts_with("line 33: blocks nest"));
    let many = "pid a;\n".repeat(150_000);
    assert!(refuse(many.as_bytes()).contains("more than 200000"));
    let long = format!("pid {};", "a".repeat(1 << 20));
    assert!(parse(long.as_bytes(), Limits::EVIDENCE).is_ok());
    assert!(refuse(b"pid \xff;").contains("not valid UTF-8 at byte 4"));
}

#[test]
fn names_of_directives_are_sorted() {
    let names: Vec<_> = include_str!("directives.txt").split_whitespace().collect();
    assert!(names.is_sorted());
    assert_eq!(names.len(), KNOWN.len());
}

#[test]
fn siblings_do_not_nest() {
    let text = "if { }\n".repeat(100);
    assert!(parse(text.as_bytes(), Limits::EVIDENCE).is_ok());
}

proptest! {
    #[test]
    fn any_text_ends_in_a_value_or_an_error(
        text in prop_oneof![any::<String>(), "(pid|if|map|server|[a{};\"'\\\\$# \n])*"],
    ) {
        let _ = parse(text.as_bytes(), Limits::EVIDENCE);
    }

    #[test]
    fn a_changed_configuration_ends_in_a_value_or_an_error(
        at in 0_usize..1_000,
        length in 0_usize..8,
        put in "(\\\\|\"|'|[{}]|;|\n|#|\\$|é|[a-c ]){0,4}",
    ) {
        let text = include_bytes!("../../../tests/vectors/formats/nginx/accepted/site.conf");
        let mut bytes = text.to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at.min(end)..end, put.into_bytes());
        let _ = parse(&bytes, Limits::EVIDENCE);
    }
}
