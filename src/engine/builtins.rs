//! Which functions policies may call without defining them, and why not the others.
//!
//! INVARIANT: a function that OPA has and this engine does not ends in an error that
//! names it and says what to do instead, never in "undefined".

use regorus::unstable::BUILTINS;

use crate::engine::extensions;

/// What a name means to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    /// The engine's own, with so many arguments.
    Native(u8),
    /// Supplied by [`extensions`], with so many arguments.
    Extension(u8),
    /// Takes any number of arguments.
    Print,
    /// Exists in OPA, but gives other answers at other times or places.
    NonDeterministic(&'static str),
    /// Exists in OPA, but not here.
    Unsupported(&'static str),
    /// Exists nowhere.
    Unknown,
}

/// Returns what `name` means.
pub(super) fn lookup(name: &str) -> Builtin {
    if name == "print" {
        return Builtin::Print;
    }
    if let Some((_, _, hint)) = NON_DETERMINISTIC.iter().find(|entry| entry.0 == name) {
        return Builtin::NonDeterministic(hint);
    }
    if let Some(arity) = extensions::arity(name) {
        return Builtin::Extension(arity);
    }
    if let Some((_, arity)) = BUILTINS.get(name) {
        return Builtin::Native(*arity);
    }
    unsupported_hint(name).map_or(Builtin::Unknown, Builtin::Unsupported)
}

/// Name, number of arguments and what to do instead.
pub(super) const NON_DETERMINISTIC: &[(&str, u8, &str)] = &[
    (
        "http.send",
        1,
        "collect the answer as evidence and read it from `input`",
    ),
    (
        "net.lookup_ip_addr",
        1,
        "collect the addresses as evidence and read them from `input`",
    ),
    (
        "opa.runtime",
        0,
        "put what the policy needs into `input.params`",
    ),
    (
        "rand.intn",
        2,
        "a verdict must be the same when it is replayed",
    ),
    (
        "uuid.rfc4122",
        1,
        "a verdict must be the same when it is replayed",
    ),
];

/// Names that OPA 1.x knows and this engine does not: a name, or all that start with it.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("all", "use `every`"),
    ("any", "use `some … in`"),
    ("cast_array", "use `is_array` and comprehensions"),
    ("cast_boolean", "use `is_boolean`"),
    ("cast_null", "use `is_null`"),
    ("cast_object", "use `is_object`"),
    ("cast_set", "use a set comprehension"),
    ("cast_string", "use `is_string` or `sprintf`"),
    ("crypto.md5", "use `crypto.sha256`"),
    ("crypto.sha1", "use `crypto.sha256`"),
    (
        "crypto.",
        "verify signatures and certificates where evidence is collected",
    ),
    ("graphql.", "parse the document where evidence is collected"),
    ("internal.", "it is not for policies"),
    (
        "io.jwt.",
        "verify tokens where evidence is collected, and collect their claims",
    ),
    (
        "json.match_schema",
        "test the fields in Rego: facts are typed already",
    ),
    (
        "json.verify_schema",
        "test the fields in Rego: facts are typed already",
    ),
    (
        "net.cidr_merge",
        "list the ranges, and use `net.cidr_contains`",
    ),
    ("net.cidr_overlap", "use `net.cidr_intersects`"),
    (
        "providers.aws.",
        "sign requests where evidence is collected",
    ),
    ("re_match", "use `regex.match`"),
    ("rego.", "write the title and the id into the result"),
    ("regex.globs_match", "use `glob.match`"),
    ("set_diff", "use `-`"),
    ("strings.render_template", "use `sprintf`"),
    ("uri.", "use `regex.match` or `split`"),
    ("uuid.", "use `regex.match`"),
    ("yaml.marshal", "use `json.marshal`"),
    ("and", "use `&`"),
    ("assign", "use `:=`"),
    ("div", "use `/`"),
    ("eq", "use `=`"),
    ("equal", "use `==`"),
    ("gt", "use `>`"),
    ("gte", "use `>=`"),
    ("lt", "use `<`"),
    ("lte", "use `<=`"),
    ("minus", "use `-`"),
    ("mul", "use `*`"),
    ("neq", "use `!=`"),
    ("or", "use `|`"),
    ("plus", "use `+`"),
    ("rem", "use `%`"),
];

/// Returns what to do instead of a function that only OPA has.
pub(super) fn unsupported_hint(name: &str) -> Option<&'static str> {
    UNSUPPORTED
        .iter()
        .find(|(known, _)| *known == name || (known.ends_with('.') && name.starts_with(known)))
        .map(|(_, hint)| *hint)
}

/// Returns a known name that `name` may be a misspelling of.
pub(super) fn similar(name: &str) -> Option<&'static str> {
    BUILTINS
        .keys()
        .copied()
        .chain(extensions::names())
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= 2 && *distance * 2 < name.len())
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein distance, in bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, a) in left.bytes().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(right.bytes()) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            before = replaced.min(before + 1).min(diagonal + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_meaning() {
        assert_eq!(lookup("count"), Builtin::Native(1));
        assert_eq!(lookup("object.get"), Builtin::Native(3));
        assert_eq!(lookup("time.now_ns"), Builtin::Extension(0));
        assert_eq!(lookup("crypto.sha256"), Builtin::Extension(1));
        assert_eq!(lookup("print"), Builtin::Print);
        assert!(matches!(lookup("http.send"), Builtin::NonDeterministic(_)));
        assert!(matches!(lookup("rand.intn"), Builtin::NonDeterministic(_)));
        assert!(matches!(
            lookup("io.jwt.decode_verify"),
            Builtin::Unsupported(_)
        ));
        assert!(
            matches!(lookup("crypto.md5"), Builtin::Unsupported(hint) if hint.contains("sha256"))
        );
        assert_eq!(lookup("nosuch.fn"), Builtin::Unknown);
        assert_eq!(lookup("rego"), Builtin::Unknown);
    }

    #[test]
    fn every_operator_that_reads_the_world_is_known() {
        // The engine's own list of what it must not evaluate twice.
        for name in ["opa.runtime", "rand.intn", "time.now_ns", "uuid.rfc4122"] {
            assert!(
                matches!(
                    lookup(name),
                    Builtin::NonDeterministic(_) | Builtin::Extension(0)
                ),
                "{name}"
            );
        }
    }

    #[test]
    fn misspellings_are_recognised_and_other_names_are_not() {
        assert_eq!(similar("cuont"), Some("count"));
        assert_eq!(similar("startwith"), Some("startswith"));
        assert_eq!(similar("time.now"), None);
        assert_eq!(similar("f"), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
