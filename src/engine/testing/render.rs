//! A value as Rego text, for people.

use regorus::Value as Term;

/// Longest text of one value, in bytes.
pub(super) const VALUE_MAX_BYTES: usize = 2_000;

/// Returns `term` as it would be written in Rego, cut to about `max_bytes`.
pub(super) fn rego(term: &Term, max_bytes: usize) -> String {
    let mut text = String::new();
    write(term, &mut text, max_bytes);
    if text.len() > max_bytes {
        let mut end = max_bytes;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

fn write(term: &Term, text: &mut String, max_bytes: usize) {
    if text.len() > max_bytes {
        return;
    }
    match term {
        Term::Array(items) => list(text, ("[", "]"), items.iter(), max_bytes),
        Term::Set(items) if items.is_empty() => text.push_str("set()"),
        Term::Set(items) => list(text, ("{", "}"), items.iter_sorted(), max_bytes),
        Term::Object(entries) => {
            text.push('{');
            for (number, (key, value)) in entries.iter_sorted().enumerate() {
                if text.len() > max_bytes {
                    return;
                }
                separate(number, text);
                write(key, text, max_bytes);
                text.push_str(": ");
                write(value, text, max_bytes);
            }
            text.push('}');
        }
        Term::Undefined => text.push_str("undefined"),
        Term::Null | Term::Bool(_) | Term::Number(_) | Term::String(_) => {
            text.push_str(&term.to_string());
        }
    }
}

fn list<'a>(
    text: &mut String,
    (open, close): (&str, &str),
    items: impl Iterator<Item = &'a Term>,
    max_bytes: usize,
) {
    text.push_str(open);
    for (number, item) in items.enumerate() {
        if text.len() > max_bytes {
            return;
        }
        separate(number, text);
        write(item, text, max_bytes);
    }
    text.push_str(close);
}

fn separate(number: usize, text: &mut String) {
    if number > 0 {
        text.push_str(", ");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sets_are_told_from_arrays_and_long_values_are_cut_between_characters() {
        let set = Term::from(BTreeSet::from([Term::from("b"), Term::from("a")]));
        assert_eq!(rego(&set, 100), r#"{"a", "b"}"#);
        assert_eq!(rego(&Term::new_set(), 100), "set()");
        assert_eq!(
            rego(&Term::from(vec![set, Term::Null]), 100),
            r#"[{"a", "b"}, null]"#
        );
        let long = Term::from("ä".repeat(100));
        assert_eq!(rego(&long, 6), "\"ää…");
        let many = Term::from(vec![Term::from(1_u64); 1_000_000]);
        assert!(rego(&many, 50).len() < 60);
    }
}
