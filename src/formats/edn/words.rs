//! Words: symbols, keywords, numbers and characters.

use super::Kind;

/// White space, which commas are too.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || character == ','
}

/// Whether a word ends before `character`.
pub(super) fn is_delimiter(character: char) -> bool {
    is_space(character)
        || matches!(
            character,
            '"' | '{' | '[' | '(' | ')' | ']' | '}' | '\\' | ';'
        )
}

/// A letter that every version of Unicode has as one.
fn is_letter(character: char) -> bool {
    matches!(character,
        'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}'
        | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3ce}'
        | '\u{400}'..='\u{481}'
        | '\u{3041}'..='\u{3094}' | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}')
}

fn is_first(character: char) -> bool {
    is_letter(character) || ".*+!-_?$%&=<>".contains(character)
}

fn is_later(character: char) -> bool {
    is_first(character) || character.is_ascii_digit() || ":#'".contains(character)
}

/// Whether `rest` may follow the first character of a name: one `/` at most, and
/// something behind it.
fn is_rest(rest: &str) -> bool {
    match rest.split_once('/') {
        None => rest.chars().all(is_later),
        Some((before, behind)) => {
            let is_name = !behind.is_empty() && behind.chars().all(is_later);
            is_name && before.chars().all(is_later)
        }
    }
}

/// Whether `tag`, without its `#`, is one.
pub(super) fn is_tag(tag: &str) -> bool {
    let mut characters = tag.chars();
    characters.next().is_some_and(is_letter) && is_rest(characters.as_str())
}

/// Returns what `word` is.
pub(super) fn kind(word: &str) -> Result<Kind, String> {
    match word {
        "nil" => return Ok(Kind::Nil),
        "true" | "false" => return Ok(Kind::Bool(word == "true")),
        "/" => return Ok(Kind::Symbol(word.to_owned())),
        _ => {}
    }
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return number(word, unsigned);
    }
    if let Some(name) = word.strip_prefix(':') {
        let mut characters = name.chars();
        let is_name = (characters.next()).is_some_and(|first| is_later(first) && first != ':');
        if is_name && is_rest(characters.as_str()) {
            return Ok(Kind::Keyword(name.to_owned()));
        }
        return Err(format!("`{word}` is no keyword"));
    }
    let mut characters = word.chars();
    let first = characters.next();
    let rest = characters.as_str();
    let is_fraction = first == Some('.') && rest.starts_with(|next: char| next.is_ascii_digit());
    if first.is_some_and(is_first) && is_rest(rest) && !is_fraction {
        return Ok(Kind::Symbol(word.to_owned()));
    }
    Err(format!("`{word}` is no value"))
}

fn number(word: &str, unsigned: &str) -> Result<Kind, String> {
    let malformed = || format!("`{word}` is no number");
    let (digits, rest) = digits(unsigned);
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(malformed());
    }
    let integer = || {
        let parsed = word.parse().map(Kind::Int);
        parsed.map_err(|_| format!("integer `{word}` does not fit 64 bits; write it as a string"))
    };
    let mut rest = match rest {
        "" => return integer(),
        "N" | "M" => return Ok(Kind::Exact),
        rest => rest,
    };
    if let Some(fraction) = rest.strip_prefix('.') {
        let (digits, behind) = self::digits(fraction);
        if digits.is_empty() {
            return Err(malformed());
        }
        rest = behind;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let (digits, behind) = self::digits(exponent);
        if digits.is_empty() {
            return Err(malformed());
        }
        rest = behind;
    }
    match rest {
        "" => match word.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Kind::Float(float)),
            _ => Err(malformed()),
        },
        "M" => Ok(Kind::Exact),
        _ => Err(malformed()),
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// Returns the character that is written as `\`, `first` and `rest`.
pub(super) fn character(first: char, rest: &str) -> Result<char, String> {
    match (first, rest) {
        (first, "") => Ok(first),
        ('n', "ewline") => Ok('\n'),
        ('r', "eturn") => Ok('\r'),
        ('s', "pace") => Ok(' '),
        ('t', "ab") => Ok('\t'),
        ('f', "ormfeed") => Ok('\u{c}'),
        ('u', digits) => unicode(digits),
        _ => Err(format!("`\\{first}{rest}` is no character")),
    }
}

/// Returns the character of four hexadecimal digits.
pub(super) fn unicode(digits: &str) -> Result<char, String> {
    let is_code = digits.len() == 4 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16)
        .ok()
        .filter(|_| is_code)
        .and_then(char::from_u32)
        .ok_or_else(|| format!("`\\u{digits}` is no character"))
}
