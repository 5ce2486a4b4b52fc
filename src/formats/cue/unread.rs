//! What is no concrete data, by name.

use super::cursor::Cursor;

/// Words that begin something else, unless a colon follows.
const KEYWORDS: [&str; 10] = [
    "false", "for", "if", "import", "in", "let", "null", "package", "true", "try",
];

const TYPES: [&str; 22] = [
    "_", "bool", "bytes", "error", "float", "float32", "float64", "int", "int128", "int16",
    "int32", "int64", "int8", "number", "rune", "string", "uint", "uint128", "uint16", "uint32",
    "uint64", "uint8",
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Says what a label without quotes is, if it is not simply a name.
pub(super) fn label(name: &str) -> Option<String> {
    let quoted = |what: &str| format!("`{name}` is {what}: as a plain field it is `\"{name}\"`");
    if name.contains('#') {
        Some(quoted("a definition"))
    } else if name.starts_with('_') {
        Some(quoted("a hidden field"))
    } else if matches!(name, "try" | "package" | "import") {
        Some(quoted("a keyword"))
    } else {
        None
    }
}

/// Says what the text behind a label makes of it.
pub(super) fn mark(after: &str) -> Option<&'static str> {
    if after.starts_with("?:") {
        Some("an optional field")
    } else if after.starts_with("!:") {
        Some("a required field")
    } else if after.starts_with(['=', '~']) && !after.starts_with("==") && !after.starts_with("=~")
    {
        Some("an alias")
    } else {
        None
    }
}

/// Says what comes next in a struct, if it is known and no field.
pub(super) fn entry(mut cursor: Cursor<'_>) -> Option<String> {
    let what = match cursor.peek()? {
        '@' => "an attribute",
        '(' => "a computed label",
        '.' if cursor.rest().starts_with("...") => "`...`",
        _ => match cursor.word() {
            "for" | "if" | "try" => "a comprehension",
            "let" => "`let`",
            "import" => "an import",
            _ => return None,
        },
    };
    Some(not_read(what))
}

/// Says what comes next, which is no value that is read.
pub(super) fn value(mut cursor: Cursor<'_>) -> String {
    let what = match cursor.peek() {
        None => return "expected a value, but the text ends".to_owned(),
        Some('\'') => "a value of bytes",
        Some('<' | '>' | '!' | '=') => "a constraint",
        Some('*') => "a default",
        Some('(') => "an expression in brackets",
        Some('@') => "an attribute",
        Some('.') => "`...`",
        Some('_') if cursor.rest().starts_with("_|_") => "`_|_`",
        Some(_) => match cursor.word() {
            "" => return "expected a value".to_owned(),
            "for" | "if" | "try" => "a comprehension",
            "let" => "`let`",
            word if TYPES.contains(&word) => "a type",
            word => return not_read(&format!("the reference `{word}`")),
        },
    };
    not_read(what)
}

/// Says what comes behind a value, where a comma or the end of the line should.
pub(super) fn after_value(cursor: Cursor<'_>) -> String {
    let what = match cursor.peek() {
        Some('|') => "a disjunction",
        Some('&') => "a unification",
        Some('+' | '-' | '*' | '/') => "arithmetic",
        Some('=' | '!' | '<' | '>') => "a comparison",
        Some('.' | '[') => "an element of a value",
        Some('(') => "a call",
        Some('@') => "an attribute",
        _ => return "expected a comma or the end of the line".to_owned(),
    };
    not_read(what)
}

fn not_read(what: &str) -> String {
    format!("{what} is not read: only concrete data is")
}
