//! What is wrong at a byte offset, for readers that count lines only once something is.

use super::FormatError;

/// What is wrong, and at which byte of the text.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    what: String,
}

/// What a reader makes of a part of the text.
pub(super) type Read<T> = Result<T, Fault>;

/// Fails at the byte offset `at`.
pub(super) fn fault<T>(at: usize, what: impl Into<String>) -> Read<T> {
    let what = what.into();
    Err(Fault { at, what })
}

impl Fault {
    /// Returns the error with its line in `text`.
    pub(super) fn in_text(self, text: &str) -> FormatError {
        let before = text.get(..self.at).unwrap_or_default();
        FormatError::at(before.matches('\n').count() + 1, self.what)
    }
}

/// Refuses a carriage return that ends no line: readers differ over whether it does.
pub(super) fn refuse_lone_return(text: &str) -> Read<()> {
    for (at, _) in text.match_indices('\r') {
        let after = text.get(at + 1..).unwrap_or_default();
        if !after.starts_with('\n') {
            return fault(at, "a carriage return that ends no line");
        }
    }
    Ok(())
}
