//! Base64 with one spelling: the standard alphabet, canonical padding, no trailing bits.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

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
        assert!(decode_unpadded("AQI=").is_none());
        assert!(decode_unpadded("AQJ").is_none());
    }
}
