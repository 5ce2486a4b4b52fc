//! Here-documents, to refuse them.

/// What to say of one.
pub(super) const REFUSED: &str = "a here-document: its text would not be in the value, so no \
     policy would see it; write the commands behind `RUN`, or copy a file";

/// Returns whether `line` may start a here-document. Where only a shell could tell, it may.
pub(super) fn may_start(line: &str) -> bool {
    let mut pieces = line.split("<<");
    let Some(mut before) = pieces.next() else {
        return false;
    };
    let mut any = false;
    for after in pieces {
        any = true;
        if at_start_of_word(before) && names_something(after) {
            return true;
        }
        before = after;
    }
    any && has_conditional(line)
}

/// Returns whether `argument`, as written or out of a JSON array, reads as one.
pub(super) fn is_one(argument: &str) -> bool {
    argument
        .trim_start_matches(|character: char| character.is_ascii_digit())
        .starts_with("<<")
}

/// A descriptor may stand before it.
fn at_start_of_word(before: &str) -> bool {
    let before = before.trim_end_matches(|character: char| character.is_ascii_digit());
    before.is_empty() || before.ends_with(char::is_whitespace)
}

/// `<<<` is something else, and so is `<<` with nothing behind it. Blanks may stand before
/// the name.
fn names_something(after: &str) -> bool {
    let after = after.strip_prefix('-').unwrap_or(after);
    let first = after.trim_start().chars().next();
    first.is_some_and(|first| first != '<')
}

/// Whether there is `${…}` with more than a name in it: its text may become part of the
/// line, at any place.
fn has_conditional(line: &str) -> bool {
    line.split("${").skip(1).any(|inside| {
        let named = |character: char| character.is_ascii_alphanumeric() || character == '_';
        !inside.trim_start_matches(named).starts_with('}')
    })
}
