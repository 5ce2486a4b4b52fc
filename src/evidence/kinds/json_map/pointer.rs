//! JSON Pointer, RFC 6901 (<https://www.rfc-editor.org/rfc/rfc6901>), in its form as a
//! text. The form as a fragment of a URI (`#/a`) is not one.
//!
//! INVARIANT: nothing is found in the place of a value that was redacted, and nothing is
//! missing there either.

use crate::evidence::redaction::marked;
use crate::json::Value;

/// Most bytes in a pointer.
const SIZE_MAX: usize = 1_000;

/// The way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer {
    text: String,
    /// What the text names, without its escapes.
    tokens: Vec<String>,
}

/// What is at the end of the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found<'a> {
    /// This.
    Value(&'a Value),
    /// Nothing.
    Nothing,
    /// A value that was taken out, there or on the way.
    Redacted,
}

impl Pointer {
    /// Returns the pointer that `text` is, if it is one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut escapes = text.split('~').skip(1);
        let is_sound = text.len() <= SIZE_MAX && escapes.all(|rest| rest.starts_with(['0', '1']));
        let mut parts = text.split('/');
        // What stands before the first slash.
        if !is_sound || parts.next() != Some("") {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            // In this order, so that `~01` is `~1`.
            tokens: parts
                .map(|part| part.replace("~1", "/").replace("~0", "~"))
                .collect(),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether `value` is one that has something at such a place: any for the pointer to the
    /// whole, a list for an index, an object for anything.
    pub(super) fn leads_into(&self, value: &Value) -> bool {
        match self.tokens.first() {
            None => true,
            Some(token) => value.is_object() || value.is_array() && index(token).is_some(),
        }
    }

    pub(super) fn find<'a>(&self, root: &'a Value) -> Found<'a> {
        let mut at = root;
        for token in &self.tokens {
            if marked(at).is_some() {
                return Found::Redacted;
            }
            let next = match at {
                Value::Object(object) => object.get(token),
                Value::Array(values) => index(token).and_then(|index| values.get(index)),
                _ => None,
            };
            match next {
                Some(value) => at = value,
                None => return Found::Nothing,
            }
        }
        if marked(at).is_some() {
            Found::Redacted
        } else {
            Found::Value(at)
        }
    }
}

/// `name` as it stands in a pointer: section 3.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Section 4: digits without leading zeros. `-` is the element behind the last, which is
/// not there.
fn index(token: &str) -> Option<usize> {
    let is_index = token == "0" || !token.starts_with('0');
    let is_digits = token.bytes().all(|byte| byte.is_ascii_digit());
    token.parse().ok().filter(|_| is_index && is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;
    use proptest::prelude::*;

    fn find<'a>(text: &str, root: &'a Value) -> Found<'a> {
        Pointer::parse(text).unwrap().find(root)
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // Section 5.
        let document = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8
        });
        for (text, value) in [
            ("", document.clone()),
            ("/foo", json!(["bar", "baz"])),
            ("/foo/0", json!("bar")),
            ("/", json!(0)),
            ("/a~1b", json!(1)),
            ("/c%d", json!(2)),
            ("/e^f", json!(3)),
            ("/g|h", json!(4)),
            ("/i\\j", json!(5)),
            ("/k\"l", json!(6)),
            ("/ ", json!(7)),
            ("/m~0n", json!(8)),
        ] {
            assert_eq!(find(text, &document), Found::Value(&value), "{text}");
        }
    }

    #[test]
    fn escapes_are_undone_once_and_in_order() {
        let document = json!({"~1": 1, "/": 2, "~": 3, "~01": 4});
        assert_eq!(find("/~01", &document), Found::Value(&json!(1)));
        assert_eq!(find("/~1", &document), Found::Value(&json!(2)));
        assert_eq!(find("/~0", &document), Found::Value(&json!(3)));
        assert_eq!(find("/~001", &document), Found::Value(&json!(4)));
    }

    #[test]
    fn what_is_no_index_finds_nothing_in_a_list_and_a_name_in_an_object() {
        let list = json!([0, 1, 2]);
        let names = [
            "00", "01", "-", "-1", "+1", "1.0", "1e0", "", " 1", "３", "x",
        ];
        for name in names {
            let text = format!("/{name}");
            assert_eq!(find(&text, &list), Found::Nothing, "{name}");
            let object = json!({name: true});
            assert_eq!(find(&text, &object), Found::Value(&json!(true)), "{name}");
        }
        for beyond in ["/3", "/18446744073709551615", "/18446744073709551616"] {
            assert_eq!(find(beyond, &list), Found::Nothing, "{beyond}");
        }
        assert_eq!(find("/2", &list), Found::Value(&json!(2)));
        for root in [json!("text"), json!(1), Value::Null] {
            assert_eq!(find("/0", &root), Found::Nothing);
            assert_eq!(find("", &root), Found::Value(&root));
        }
    }

    #[test]
    fn what_is_no_pointer_is_none() {
        for text in ["a", "#/a", "a/b", " /a", "/~", "/~2", "/a~", "/~~0", "$.a"] {
            assert_eq!(Pointer::parse(text), None, "{text}");
        }
        assert_eq!(Pointer::parse(&"/a".repeat(501)), None);
        assert!(Pointer::parse(&"/a".repeat(500)).is_some());
    }

    #[test]
    fn what_was_redacted_is_neither_there_nor_missing() {
        let mark = json!({"assize/redacted/v1": "0".repeat(64)});
        let document = json!({"a": {"b": mark}, "list": [1, mark]});
        for text in [
            "/a/b",
            "/a/b/c",
            "/list/1",
            "/list/1/x",
            "/a/b/assize~1redacted~1v1",
        ] {
            assert_eq!(find(text, &document), Found::Redacted, "{text}");
        }
        assert_eq!(find("/list/0", &document), Found::Value(&json!(1)));
    }

    proptest! {
        #[test]
        fn a_name_is_found_by_its_pointer_and_by_no_other(name in any::<String>(), other in any::<String>()) {
            prop_assume!(name != other && name.len() < 200);
            let text = format!("/{}", escaped(&name));
            let pointer = Pointer::parse(&text).unwrap();
            let (same, other) = (json!({name: 1}), json!({other: 1}));
            prop_assert_eq!(pointer.find(&same), Found::Value(&json!(1)));
            prop_assert_eq!(pointer.find(&other), Found::Nothing);
        }

        #[test]
        fn any_text_is_a_pointer_or_not_and_finds_as_its_library_does(text in "[/~01a-]{0,12}") {
            let document = json!({"a": [0, {"": 1, "~": 2, "/": 3, "-": 4, "01": 5}], "": {"0": 6}});
            if let Some(pointer) = Pointer::parse(&text) {
                let expected = document.pointer(&text).map_or(Found::Nothing, Found::Value);
                prop_assert_eq!(pointer.find(&document), expected);
            }
        }
    }
}
