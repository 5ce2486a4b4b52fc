//! Text from evidence and policies, made safe for a terminal.
//!
//! TRUST: a test's name or a scanner's message comes from whoever wrote the evidence.
//! Printed as it is, it could clear the screen, or begin a line that reads like a
//! verdict. In JSON it is escaped anyway.

/// Where the continuation of a text begins that has several lines.
const INDENT: &str = "\n              ";

/// Returns `text` with every character that would not show written as an escape, and
/// with further lines indented, so that none looks like a line of the report.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str(INDENT),
            _ if is_invisible(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// Control characters, and those that reorder or hide their neighbours.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor_or_begins_a_line() {
        assert_eq!(
            visible("x\nALLOW  1 pass\u{1b}[2J\r\u{9b}1A"),
            "x\n              ALLOW  1 pass\\u{1b}[2J\\u{d}\\u{9b}1A"
        );
        assert_eq!(visible("a\u{202e}b\u{200b}c"), "a\\u{202e}b\\u{200b}c");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        let text = "CVE-2026-1 in `libö` 東京 ✓ \\n";
        assert_eq!(visible(text), text);
    }
}
