//! A removed value with its salt and its place: what an auditor is shown.

use crate::digest::Digest;
use crate::json::{self, Value, json};
use crate::signing::{Zeroizing, base64};

use super::RedactionError;
use crate::evidence::detect::LIMITS;

/// Bytes in a salt.
pub const SALT_SIZE: usize = 16;

/// A removed value.
///
/// INVARIANT: [`Disclosure::text`] is base64url without padding of the canonical JSON
/// `[salt, pointer, value]`, with the salt in base64url; the digest is over that text.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Where it was, as a JSON Pointer.
    pub pointer: String,
    /// What it was.
    pub value: Value,
    text: Zeroizing<String>,
}

impl std::fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disclosure({}, …)", self.pointer)
    }
}

impl Disclosure {
    pub(super) fn new(salt: [u8; SALT_SIZE], pointer: String, value: Value) -> Self {
        let triple = json!([base64::encode_url(&salt), pointer, value]);
        // A value that was parsed has canonical bytes.
        let bytes = Zeroizing::new(json::canonical(&triple).unwrap_or_default());
        Self {
            pointer,
            value,
            text: Zeroizing::new(base64::encode_url(&bytes)),
        }
    }

    /// Reads what [`Disclosure::text`] writes; nothing else.
    ///
    /// # Errors
    /// Text that is no disclosure.
    pub fn parse(text: &str) -> Result<Self, RedactionError> {
        let refuse = |reason: &str| RedactionError::Disclosure(reason.to_owned());
        let bytes = base64::decode_url(text).ok_or_else(|| refuse("expected base64url"))?;
        let bytes = Zeroizing::new(bytes);
        let triple = json::parse(&bytes, LIMITS)
            .map_err(|error| RedactionError::Disclosure(error.to_string()))?;
        let Some([Value::String(salt), Value::String(pointer), value]) =
            triple.as_array().map(Vec::as_slice)
        else {
            return Err(refuse("expected salt, pointer and value"));
        };
        let salt = base64::decode_url(salt).and_then(|salt| salt.try_into().ok());
        let salt = salt.ok_or_else(|| refuse("expected a salt of 16 bytes"))?;
        let read = Self::new(salt, pointer.clone(), value.clone());
        if *read.text != text {
            return Err(refuse("is not written as it should be"));
        }
        Ok(read)
    }

    /// Returns the text that holds it, to be kept in private.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the digest that stands in the place of the value.
    pub fn sha256(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}
