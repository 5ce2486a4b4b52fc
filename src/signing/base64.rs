//! Base64 with one spelling: the standard alphabet, canonical padding, no trailing bits;
//! and base64url without padding, for disclosures. What other tools wrote may use the URL-safe
//! alphabet throughout.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Encodes with padding.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Encodes without padding.
pub fn encode_unpadded(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Decodes what [`encode`] writes; nothing else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes what [`encode_unpadded`] writes; nothing else.
pub fn decode_unpadded(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

/// Decodes either alphabet of RFC 4648, padded, as DSSE allows.
pub fn decode_either(text: &str) -> Option<Vec<u8>> {
    decode(text).or_else(|| URL_SAFE.decode(text).ok())
}

/// Encodes with the alphabet for URLs, without padding.
pub fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes what [`encode_url`] writes; nothing else.
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_spelling() {
        assert_eq!(decode("AQI=").unwrap(), [1, 2]);
        assert_eq!(decode_unpadded("AQI").unwrap(), [1, 2]);
        for text in [
            "AQI", "AQJ=", "AQI==", "AQI= ", "AQ I=", "AQ\nI=", "-_8=", "A",
        ] {
            assert!(decode(text).is_none(), "{text:?}");
        }
        assert_eq!(decode_either("-_8=").unwrap(), [251, 255]);
        assert_eq!(decode_either("+/8=").unwrap(), [251, 255]);
        for text in ["-/8=", "-_8", "-_9=", "-_8= ", "-_8\n="] {
            assert!(decode_either(text).is_none(), "{text:?}");
        }
        assert!(decode_unpadded("AQI=").is_none());
        assert!(decode_unpadded("AQJ").is_none());
        assert_eq!(encode_url(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode_url("-_8").unwrap(), [0xfb, 0xff]);
        for text in ["-_8=", "+/8", "-_9", "-_8 "] {
            assert!(decode_url(text).is_none(), "{text:?}");
        }
    }
}
