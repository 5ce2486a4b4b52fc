//! Characters, names and references of XML 1.0.

/// Refuses characters that XML does not have.
///
/// # Errors
/// The place of the first, and what it is.
pub(super) fn refuse_foreign(text: &str) -> Result<(), (usize, String)> {
    let found = text
        .char_indices()
        .find(|(_, character)| !is_character(*character));
    found.map_or(Ok(()), |(at, character)| {
        let code = u32::from(character);
        Err((at, format!("U+{code:04X} is no character of XML")))
    })
}

fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// White space as XML has it.
pub(super) fn is_space(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Splits a name into its prefix, empty where there is none, and its local part.
///
/// # Errors
/// What is no name. Letters beyond those of the common scripts are refused, because the
/// editions of XML disagree about them.
pub(super) fn split_name(name: &str) -> Result<(&str, &str), String> {
    let is_whole =
        |part: &str| part.chars().next().is_some_and(is_first) && part.chars().all(is_later);
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    if is_whole(local) && (is_whole(prefix) || !name.contains(':')) {
        Ok((prefix, local))
    } else {
        Err(format!("`{name}` is no name"))
    }
}

fn is_first(character: char) -> bool {
    matches!(character,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{131}'
        | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3ce}'
        | '\u{401}'..='\u{40c}' | '\u{40e}'..='\u{44f}'
        | '\u{3041}'..='\u{3094}' | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}')
}

fn is_later(character: char) -> bool {
    is_first(character) || matches!(character, '0'..='9' | '-' | '.')
}

/// Returns the character that `name`, which stands between `&` and `;`, is for.
///
/// # Errors
/// What is neither one of XML's five entities nor a character of XML.
pub(super) fn resolve(name: &str) -> Result<char, String> {
    let number = |digits: &str, radix: u32| {
        let is_number = digits.chars().all(|digit| digit.is_digit(radix));
        let code = u32::from_str_radix(digits, radix).ok();
        code.filter(|_| is_number)
            .and_then(char::from_u32)
            .filter(|character| is_character(*character))
            .ok_or_else(|| format!("`&{name};` is no character of XML"))
    };
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => match name.strip_prefix("#x") {
            Some(digits) => number(digits, 16),
            None => match name.strip_prefix('#') {
                Some(digits) => number(digits, 10),
                None => Err(format!("entity `{name}` is not one of XML's own")),
            },
        },
    }
}

/// Returns `text` with each line break as one `\n`.
pub(super) fn with_plain_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Returns the value of an attribute that is written as `raw`. Its white space stays.
///
/// # Errors
/// References that are refused, and `<`.
pub(super) fn attribute_value(raw: &str) -> Result<String, String> {
    if raw.contains('<') {
        return Err("`<` in the value of an attribute: write `&lt;`".to_owned());
    }
    let mut parts = raw.split('&');
    let mut value = with_plain_breaks(parts.next().unwrap_or_default());
    for part in parts {
        let Some((name, rest)) = part.split_once(';') else {
            return Err("`&` that begins no reference: write `&amp;`".to_owned());
        };
        value.push(resolve(name)?);
        value.push_str(&with_plain_breaks(rest));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_at_most_one_prefix() {
        assert_eq!(split_name("a"), Ok(("", "a")));
        assert_eq!(split_name("a:b-1.x"), Ok(("a", "b-1.x")));
        assert_eq!(split_name("größe"), Ok(("", "größe")));
        for name in [
            "",
            ":a",
            "a:",
            "a:b:c",
            "1a",
            "a:1",
            "-a",
            "a/",
            "a\u{1F600}",
            "a\"b",
        ] {
            assert!(split_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn references_are_the_five_and_characters() {
        assert_eq!(resolve("#65"), Ok('A'));
        assert_eq!(resolve("#x1F600"), Ok('\u{1F600}'));
        assert_eq!(resolve("quot"), Ok('"'));
        for name in [
            "nbsp",
            "",
            "#",
            "#x",
            "#X41",
            "#+65",
            "#-1",
            "#0",
            "#xD800",
            "#xFFFE",
            "#x110000",
            "#99999999999999999999",
            "lt ",
        ] {
            assert!(resolve(name).is_err(), "{name}");
        }
    }

    #[test]
    fn values_keep_their_white_space_and_have_plain_line_breaks() {
        assert_eq!(
            attribute_value("a\r\nb\rc\td&#13;&lt;&amp;lt;"),
            Ok("a\nb\nc\td\r<&lt;".to_owned())
        );
        for raw in ["a<b", "a & b", "a&b", "&x;"] {
            assert!(attribute_value(raw).is_err(), "{raw}");
        }
    }
}
