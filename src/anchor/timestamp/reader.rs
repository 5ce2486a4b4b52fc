//! Frames of DER, one after the other.
//!
//! What is in a `SET` is read in any order: real authorities send certificates unsorted.

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader};

use super::StampError;

/// First bytes of frames (X.690 §8.1.2).
pub(super) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]` and so on, where it holds one value.
    pub(crate) const PRIMITIVE: u8 = 0x80;
    /// `[0]` and so on, where it holds frames.
    pub(crate) const CONTEXT: u8 = 0xa0;
}

/// One frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// Frames that follow each other.
#[derive(Debug, Clone)]
pub(super) struct Der<'a>(SliceReader<'a>);

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, StampError> {
        SliceReader::new(bytes).map(Self).map_err(refuse)
    }

    /// Returns what is in `bytes`, which are one frame and nothing else.
    pub(super) fn only(bytes: &'a [u8], tag: u8) -> Result<Self, StampError> {
        let mut outer = Self::new(bytes)?;
        let value = outer.expect(tag, "a frame")?;
        outer.finish("the frame")?;
        Self::new(value)
    }

    /// Returns the next frame; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'a>>, StampError> {
        if self.0.is_finished() {
            return Ok(None);
        }
        let whole = self.0.tlv_bytes().map_err(refuse)?;
        let value = AnyRef::from_der(whole).map_err(refuse)?.value();
        let tag = whole.first().copied().unwrap_or_default();
        Ok(Some(Frame { tag, value, whole }))
    }

    /// Returns the next frame, whatever it is.
    pub(super) fn any(&mut self, what: &str) -> Result<Frame<'a>, StampError> {
        let found = self.next()?;
        found.ok_or_else(|| StampError::malformed(format!("it ends before {what}")))
    }

    /// Returns the value of the next frame, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8, what: &str) -> Result<&'a [u8], StampError> {
        let frame = self.any(what)?;
        if frame.tag != tag {
            return Err(StampError::malformed(format!(
                "the tag {:#04x} stands where {what} should",
                frame.tag
            )));
        }
        Ok(frame.value)
    }

    /// Returns the value of the next frame, if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, StampError> {
        let mut ahead = self.clone();
        match ahead.next()? {
            Some(frame) if frame.tag == tag => {
                *self = ahead;
                Ok(Some(frame.value))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn finish(self, what: &str) -> Result<(), StampError> {
        if self.0.is_finished() {
            Ok(())
        } else {
            Err(StampError::malformed(format!("something follows {what}")))
        }
    }
}

fn refuse(error: der::Error) -> StampError {
    StampError::malformed(format!("{error}"))
}

/// Returns the algorithm in an `AlgorithmIdentifier`, as the bytes of its OID.
pub(super) fn algorithm(identifier: &[u8]) -> Result<&[u8], StampError> {
    Der::new(identifier)?.expect(tag::OID, "an algorithm")
}

/// A number that is not negative.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    let (first, _) = bytes.split_first()?;
    if first & 0x80 != 0 || bytes.len() > 9 {
        return None;
    }
    let mut number: u64 = 0;
    for byte in bytes {
        number = number.checked_mul(256)?.checked_add(u64::from(*byte))?;
    }
    Some(number)
}
