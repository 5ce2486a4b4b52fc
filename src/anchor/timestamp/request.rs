//! What an authority is asked.

use crate::digest::Digest;
use crate::signing::{self, KeyError};

/// `SEQUENCE`, version 1, `SHA-256` with `NULL`, and the frame of 32 bytes.
const HEAD: &[u8] = &[
    0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
    0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
];
/// The frame of a nonce of 8 bytes.
const NONCE: &[u8] = &[0x02, 0x08];
/// `certReq` is true: without the signer's certificate nobody can verify offline.
const CERTIFICATES: &[u8] = &[0x01, 0x01, 0xff];

/// A `TimeStampReq` over the SHA-256 of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    imprint: Digest,
    nonce: [u8; 8],
}

impl Request {
    /// Returns a request over `text`, with a nonce of its own.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn over(text: &str) -> Result<Self, KeyError> {
        let mut nonce: [u8; 8] = signing::random()?;
        if let Some(first) = nonce.first_mut() {
            // Positive, and of eight bytes.
            *first = (*first & 0x3f) | 0x40;
        }
        Ok(Self {
            imprint: Digest::of(text.as_bytes()),
            nonce,
        })
    }

    /// Returns the bytes that are sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            HEAD,
            self.imprint.as_bytes(),
            NONCE,
            &self.nonce,
            CERTIFICATES,
        ]
        .concat()
    }

    pub(super) const fn nonce(&self) -> &[u8; 8] {
        &self.nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_frame_with_a_nonce_that_differs() {
        let (one, other) = (Request::over("a").unwrap(), Request::over("a").unwrap());
        assert_ne!(one, other);
        let bytes = one.to_bytes();
        assert_eq!(bytes.len(), usize::from(bytes[1]) + 2);
        assert_eq!(&bytes[24..56], Digest::of(b"a").as_bytes());
        assert_eq!(&bytes[58..66], one.nonce());
        assert!((0x40..0x80).contains(&one.nonce()[0]));
    }
}
