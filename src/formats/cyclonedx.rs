//! `CycloneDX` bills of materials in JSON or XML, as conftest reads them, which is through
//! `CycloneDX/cyclonedx-go`.
//!
//! JSON is the value as written, if each field of the schema has its type; whole numbers
//! are integers. XML becomes
//! the JSON of the same bill of materials, with two oddities that conftest has: its
//! `specVersion` is `SpecVersion(0)` and its `bomFormat` is empty.
//!
//! <https://cyclonedx.org/specification/overview/>, 1.0 to 1.7.
//!
//! Refused in XML, because conftest leaves it out or takes the last of several: elements,
//! attributes and text that the library does not read (signatures, extensions,
//! classifications of data before 1.6, most of 1.7's patents and certificates), and
//! elements that may stand once and stand twice. Namespaces are declared on `bom`.

use crate::json::{self, Limits, Value};
use crate::xml::{XmlError, tree};

use super::{FormatError, doubles};

mod schema;
mod shaping;
mod special;
mod typing;

/// The namespace of every version, but for the version's number.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/1.";

/// Levels of a value beyond those of its elements: lists without an element of their own.
const DEPTH_SPARE: usize = 8;

/// Reads `bytes`.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('<') {
        let mut value = json::parse(bytes, limits)?;
        typing::refuse_mistyped(&value)?;
        doubles::settle(&mut value)?;
        return Ok(value);
    }
    let root = tree::parse(text, limits.depth_max.saturating_sub(DEPTH_SPARE))?;
    let version = (root.attributes.iter())
        .find(|attribute| match root.prefix.as_str() {
            "" => attribute.prefix.is_empty() && attribute.name == "xmlns",
            prefix => attribute.prefix == "xmlns" && attribute.name == prefix,
        })
        .and_then(|attribute| attribute.value.strip_prefix(NAMESPACE));
    if root.name != "bom"
        || !version.is_some_and(|version| matches!(version.as_bytes(), [b'0'..=b'7']))
    {
        let what = format!("the root is no `bom` of `{NAMESPACE}0` to `{NAMESPACE}7`");
        return Err(XmlError::at(text, root.at, what).into());
    }
    let shaping = shaping::Shaping::new(text, &root);
    Ok(shaping.bom(&root)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "<bom xmlns='http://cyclonedx.org/schema/bom/1.5' version='1'><metadata>\
        <tools><tool><name>n</name></tool></tools></metadata><components><component type='file'>\
        <name>a</name><licenses><license><id>MIT</id></license></licenses></component></components>\
        <vulnerabilities><vulnerability><ratings><rating><score>1.5</score></rating></ratings>\
        </vulnerability></vulnerabilities></bom>";

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| {
            let open = "<components><component type='file'>".repeat(levels);
            let close = "</component></components>".repeat(levels);
            read(&format!(
                "<bom xmlns='http://cyclonedx.org/schema/bom/1.5'>{open}{close}</bom>"
            ))
        };
        assert!(nested(40).is_ok());
        let error = nested(50_000).unwrap_err().to_string();
        assert!(error.contains("deeper than 92"), "{error}");
    }

    #[test]
    fn numbers_of_32_bits_have_the_digits_of_32_bits() {
        let value = read(
            "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'><components><component type='file'>\
             <evidence><identity><confidence>0.123456789</confidence></identity></evidence>\
             </component></components></bom>",
        );
        let identity = "/components/0/evidence/identity/0/confidence";
        let value = value.unwrap().pointer(identity).and_then(Value::as_f64);
        assert_eq!(
            value.map(|value| value.to_string()),
            Some("0.12345679".to_owned())
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<{]?.*") {
            let _ = read(&text);
        }

        #[test]
        fn no_change_to_a_good_text_panics(at in 0..GOOD.len(), end in 0..30_usize, new in "[<>/'a1 ]{0,3}") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..(at + end).min(GOOD.len()), &new);
            let _ = read(&text);
        }
    }
}
