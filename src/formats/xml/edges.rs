//! Both ends of a text: conftest trims white space there, and what cannot be seen.

/// Returns `text` without the white space at its ends.
///
/// # Errors
/// Ends that conftest trims although they are not white space: controls, marks of
/// direction, unassigned characters. Which these are changes with Unicode, so all but
/// the common scripts and symbols are refused.
pub(super) fn trimmed(text: &str) -> Result<&str, String> {
    let text = text.trim();
    for end in [text.chars().next(), text.chars().next_back()] {
        if let Some(end) = end.filter(|end| !is_seen(*end)) {
            let code = u32::from(end);
            return Err(format!(
                "the text begins or ends with U+{code:04X}, which conftest may trim: put it inside"
            ));
        }
    }
    Ok(text)
}

/// Whether every version of Unicode that matters has `character` as a graphic one.
fn is_seen(character: char) -> bool {
    match character {
        // Symbols and punctuation: ASCII, Latin-1, dashes, currencies, arrows, mathematics,
        // shapes; combining accents, CJK, full-width forms; emoji, and the mark that makes
        // emoji of symbols.
        '!'..='~'
        | '\u{a1}'..='\u{ac}'
        | '\u{ae}'..='\u{ff}'
        | '\u{300}'..='\u{377}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205e}'
        | '\u{20a0}'..='\u{20c0}'
        | '\u{2100}'..='\u{2189}'
        | '\u{2190}'..='\u{2426}'
        | '\u{2460}'..='\u{2b73}'
        | '\u{3001}'..='\u{303f}'
        | '\u{fe0e}'..='\u{fe0f}'
        | '\u{ff01}'..='\u{ff9d}'
        | '\u{1f1e6}'..='\u{1f1ff}'
        | '\u{1f300}'..='\u{1f6d7}'
        | '\u{1f900}'..='\u{1fa53}' => true,
        // Letters and digits, without the blocks where some were added lately.
        '\u{100}'..='\u{85f}'
        | '\u{900}'..='\u{c5b}'
        | '\u{cdd}'..='\u{1c88}'
        | '\u{1c8b}'..='\u{a7ca}'
        | '\u{a7f2}'..='\u{ffdc}'
        | '\u{20000}'..='\u{2a6df}' => character.is_alphanumeric(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_the_rest_stays() {
        for (text, left) in [
            ("\n\t a b \u{a0}\u{3000}", "a b"),
            ("  ", ""),
            ("…", "…"),
            ("日本語。", "日本語。"),
            ("✔\u{fe0f}", "✔\u{fe0f}"),
            ("a\u{200b}b", "a\u{200b}b"),
        ] {
            assert_eq!(trimmed(text), Ok(left));
        }
        for text in [
            "\u{200b}a",
            "a\u{7f}",
            " \u{feff} ",
            "\u{e000}",
            "a\u{10ffff}",
        ] {
            assert!(trimmed(text).is_err(), "{text:?}");
        }
    }
}
