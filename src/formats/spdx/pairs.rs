//! Lines into tags and values.

use crate::formats::FormatError;

/// Most bytes in a line: conftest reads no longer one.
const LINE_MAX: usize = 65_535;

/// A tag with its value.
#[derive(Debug)]
pub(super) struct Pair {
    /// The 1-based line of the tag.
    pub(super) line: usize,
    pub(super) tag: String,
    pub(super) value: String,
}

/// Reads every tag, with a value on its line or in `<text>`.
pub(super) fn pairs(text: &str) -> Result<Vec<Pair>, FormatError> {
    let mut pairs = Vec::new();
    let mut open: Option<Pair> = None;
    for (index, line) in text.split('\n').enumerate() {
        let number = index + 1;
        if line.len() > LINE_MAX {
            let what = format!("longer than {LINE_MAX} bytes: break it within `<text>`");
            return Err(FormatError::at(number, what));
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(mut pair) = open.take() {
            match line.split_once("</text>") {
                None => {
                    pair.value.push_str(line);
                    pair.value.push('\n');
                    open = Some(pair);
                }
                Some((value, rest)) => {
                    pair.value.push_str(value);
                    refuse_rest(rest, number)?;
                    pairs.push(pair);
                }
            }
            continue;
        }
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = content.split_once(':') else {
            return Err(FormatError::at(
                number,
                format!("`{content}` is no `Tag: value`"),
            ));
        };
        let mut pair = Pair {
            line: number,
            tag: tag.trim().to_owned(),
            value: value.trim().to_owned(),
        };
        let Some((before, text)) = value.split_once("<text>") else {
            pairs.push(pair);
            continue;
        };
        refuse_rest(before, number)?;
        if let Some((text, rest)) = text.split_once("</text>") {
            refuse_rest(rest, number)?;
            text.clone_into(&mut pair.value);
            pairs.push(pair);
        } else {
            pair.value = format!("{text}\n");
            open = Some(pair);
        }
    }
    match open {
        Some(pair) => Err(FormatError::at(pair.line, "`<text>` without `</text>`")),
        None => Ok(pairs),
    }
}

fn refuse_rest(rest: &str, line: usize) -> Result<(), FormatError> {
    let rest = rest.trim();
    if rest.is_empty() {
        Ok(())
    } else {
        let what = format!("`{rest}` beside `<text>`, which conftest leaves out");
        Err(FormatError::at(line, what))
    }
}
