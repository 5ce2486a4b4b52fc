//! SPDX documents in the form of tags and values, as conftest reads them, which is through
//! `spdx/tools-golang`: the JSON of the same document.
//!
//! <https://spdx.github.io/spdx-spec/v2.3/>, versions 2.2 and 2.3. The value says
//! `SPDX-2.3` for both, as conftest's does.
//!
//! Refused: tags that are unknown or stand in another section than theirs, and everything
//! that conftest leaves out: snippets, reviews, what an annotation is about (`SPDXREF`), a
//! package or file without `SPDXID`, the first of two values of a tag that has one, text
//! around `<text>`, and a comment that does not follow what it is about.

use crate::json::{self, Limits, Map, Value};

use super::FormatError;

use pairs::Pair;
use sections::{Fields, Section};

mod document;
mod pairs;
mod sections;
mod values;

/// Reads `bytes`.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let pairs = pairs::pairs(text)?;
    let version = pairs.iter().find(|pair| pair.tag == "SPDXVersion");
    let is_old = match version.map(|pair| pair.value.as_str()) {
        Some("SPDX-2.2") => true,
        Some("SPDX-2.3") => false,
        other => {
            let line = version.map_or(1, |pair| pair.line);
            let other = other.unwrap_or("no version");
            let what = format!("`SPDXVersion` is `{other}`: `SPDX-2.2` and `SPDX-2.3` are read");
            return Err(FormatError::at(line, what));
        }
    };
    let mut document = document::Document::new(is_old);
    for pair in &pairs {
        let read = document.pair(pair);
        read.map_err(|what| FormatError::at(pair.line, what))?;
    }
    let last = pairs.last().map_or(1, |pair| pair.line);
    let value = document.end();
    value.map_err(|what| FormatError::at(last, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nCreator: Tool: t\n\
        PackageName: p\nSPDXID: SPDXRef-p\nExternalRef: OTHER a b\nPackageComment: <text>c\n\
        </text>\nFileName: f\nSPDXID: SPDXRef-f\nFileChecksum: SHA1: 0\n\
        Relationship: SPDXRef-p CONTAINS DocumentRef-d:SPDXRef-f\nLicenseID: l\n";

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    #[test]
    fn a_line_is_as_long_as_conftest_reads_it() {
        let with = |length: usize| {
            let tag = "DocumentName: ";
            let name = "n".repeat(length - tag.len());
            read(&format!(
                "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-D\n{tag}{name}\n"
            ))
        };
        assert!(with(65_535).is_ok());
        let error = with(65_536).unwrap_err().to_string();
        assert!(error.starts_with("line 3: longer than 65535"), "{error}");
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        assert!(parse(b"SPDXVersion: \xff", Limits::EVIDENCE).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("SPDXVersion: SPDX-2.3\n{text}"));
        }

        #[test]
        fn no_change_to_a_good_text_panics(at in 0..GOOD.len(), end in 0..30_usize, new in "[:<\n a]{0,3}") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..(at + end).min(GOOD.len()), &new);
            let _ = read(&text);
        }
    }
}
