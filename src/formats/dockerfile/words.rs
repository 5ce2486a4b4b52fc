//! Words of an instruction, with their quotes.

/// What parts the words of an instruction.
pub(super) const BLANKS: [char; 5] = ['\t', '\x0b', '\x0c', '\r', ' '];

/// Returns whether `character` is a blank among the flags.
pub(super) fn is_blank(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\x0b'
}

/// Parts `text` at its first blanks.
pub(super) fn split_first(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once(BLANKS)?;
    Some((first, rest.trim_start_matches(BLANKS)))
}

/// Returns the words of `text`, whatever quotes are around them.
pub(super) fn plain(text: &str) -> Vec<String> {
    let words = text.split(BLANKS).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Words that may have blanks between quotes.
pub(super) struct Quoted {
    /// As written, with quotes and escapes.
    pub words: Vec<String>,
    /// What is wrong at the end of the last one.
    pub wrong: Option<&'static str>,
}

/// Returns the words of `text`, in which quotes and `escape` keep blanks.
pub(super) fn quoted(text: &str, escape: char) -> Quoted {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    let mut wrong = None;
    while let Some(character) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        if character == escape && quote != Some('\'') {
            match characters.next() {
                Some(next) => word.extend([escape, next]),
                None => wrong = Some("an escape at the end escapes nothing"),
            }
            continue;
        }
        match quote {
            Some(open) if open == character => quote = None,
            None if character == '\'' || character == '"' => quote = Some(character),
            _ => {}
        }
        word.push(character);
    }
    if !word.is_empty() {
        words.push(word);
    }
    if quote.is_some() {
        wrong = Some("a quote is not closed");
    }
    Quoted { words, wrong }
}
