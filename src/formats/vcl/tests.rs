use super::*;
use proptest::prelude::*;

fn refuse(bytes: &[u8]) -> String {
    parse(bytes, Limits::EVIDENCE).unwrap_err().to_string()
}

#[test]
fn what_is_too_long_or_no_text_is_refused() {
    let many = format!("acl a {{\n{}}}", "\"b\";\n".repeat(250_000));
    assert!(refuse(many.as_bytes()).contains("more than 200000"));
    let long = format!("acl a {{ \"{}\"; }}", "b".repeat(1 << 20));
    assert!(parse(long.as_bytes(), Limits::EVIDENCE).is_ok());
    let nested = "backend a { .b = { ".repeat(100_000);
    assert!(refuse(nested.as_bytes()).contains("line 1: an attribute should be here"));
    assert!(refuse(b"acl \xff").contains("not valid UTF-8 at byte 4"));
}

proptest! {
    #[test]
    fn any_text_ends_in_a_value_or_an_error(
        text in prop_oneof![any::<String>(), "(acl|backend|table|[a{}=.;:,\"/*#0 \n])*"],
    ) {
        let _ = parse(text.as_bytes(), Limits::EVIDENCE);
        let _ = parse(format!("backend a {{ .b = {text}; }}").as_bytes(), Limits::EVIDENCE);
    }

    #[test]
    fn changed_declarations_end_in_a_value_or_an_error(
        at in 0_usize..1_000,
        length in 0_usize..8,
        put in "(\"|[{}]|;|\n|#|/|\\*|!|é|[a-c ]){0,4}",
    ) {
        let text = include_bytes!("../../../tests/vectors/formats/vcl/accepted/shop.vcl");
        let mut bytes = text.to_vec();
        let start = at.min(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        let _ = parse(&bytes, Limits::EVIDENCE);
    }
}
