//! `TSTInfo` (RFC 3161 §2.4.2): what the authority says.

use std::time::Duration;

use super::StampError;
use super::reader::{Der, algorithm, number, tag};
use super::signed::SHA_256;
use crate::clock::Timestamp;

/// What a token says.
#[derive(Debug, Clone)]
pub(super) struct Info<'a> {
    /// SHA-256 of what it is over.
    pub(super) imprint: &'a [u8],
    pub(super) at: Timestamp,
    pub(super) accuracy: Duration,
    pub(super) nonce: Option<&'a [u8]>,
}

impl<'a> Info<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, StampError> {
        let mut info = Der::only(bytes, tag::SEQUENCE)?;
        let version = number(info.expect(tag::INTEGER, "a version")?);
        if version != Some(1) {
            return Err(StampError::malformed("its version is not 1"));
        }
        info.expect(tag::OID, "a policy")?;
        let mut imprint = Der::new(info.expect(tag::SEQUENCE, "an imprint")?)?;
        let hash = algorithm(imprint.expect(tag::SEQUENCE, "a hash algorithm")?)?;
        if hash != SHA_256 {
            return Err(StampError::malformed("its imprint is not SHA-256"));
        }
        let hashed = imprint.expect(tag::OCTET_STRING, "a hash")?;
        imprint.finish("the imprint")?;
        info.expect(tag::INTEGER, "a serial number")?;
        let at = generalized_time(info.expect(tag::GENERALIZED_TIME, "a time")?)?;
        let accuracy = match info.optional(tag::SEQUENCE)? {
            Some(accuracy) => accuracy_of(accuracy)?,
            None => Duration::ZERO,
        };
        info.optional(tag::BOOLEAN)?;
        let nonce = info.optional(tag::INTEGER)?;
        info.optional(tag::CONTEXT)?;
        if let Some(extensions) = info.optional(tag::CONTEXT | 1)? {
            refuse_critical(extensions)?;
        }
        info.finish("the time-stamp information")?;
        Ok(Self {
            imprint: hashed,
            at,
            accuracy,
            nonce,
        })
    }
}

/// `YYYYMMDDhhmmss[.f]Z`, which RFC 3161 allows to have fractions.
pub(super) fn generalized_time(bytes: &[u8]) -> Result<Timestamp, StampError> {
    let wrong = || StampError::malformed("its time is none");
    let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
    let text = text.strip_suffix('Z').ok_or_else(wrong)?;
    let (digits, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() != 14 || !plain(digits) || fraction.is_empty() || !plain(fraction) {
        return Err(wrong());
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let fraction: String = fraction.chars().take(9).collect();
    format!(
        "{}-{}-{}T{}:{}:{}.{fraction}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14),
    )
    .parse()
    .map_err(|_| wrong())
}

/// `SEQUENCE { seconds INTEGER, millis [0], micros [1] }`, each optional.
fn accuracy_of(bytes: &[u8]) -> Result<Duration, StampError> {
    let wrong = || StampError::malformed("its accuracy is none");
    let mut accuracy = Der::new(bytes)?;
    let mut part = |tag: u8, max: u64| match accuracy.optional(tag)? {
        Some(bytes) => number(bytes).filter(|n| *n <= max).ok_or_else(wrong),
        None => Ok(0),
    };
    let seconds = part(tag::INTEGER, u64::from(u32::MAX))?;
    let millis = part(tag::PRIMITIVE, 999)?;
    let micros = part(tag::PRIMITIVE | 1, 999)?;
    accuracy.finish("the accuracy")?;
    Ok(Duration::from_secs(seconds) + Duration::from_micros(millis * 1_000 + micros))
}

/// Extensions that must be understood: there are none that we do.
fn refuse_critical(extensions: &[u8]) -> Result<(), StampError> {
    let mut extensions = Der::new(extensions)?;
    while let Some(extension) = extensions.optional(tag::SEQUENCE)? {
        let mut extension = Der::new(extension)?;
        extension.expect(tag::OID, "an extension")?;
        if extension
            .optional(tag::BOOLEAN)?
            .is_some_and(|critical| critical != [0])
        {
            return Err(StampError::malformed(
                "it has a critical extension that is not known",
            ));
        }
    }
    extensions.finish("the extensions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_may_have_fractions_and_nothing_else() {
        let at = |text: &str| generalized_time(text.as_bytes());
        let whole = at("20261123130000Z").unwrap();
        assert_eq!(whole, "2026-11-23T13:00:00Z".parse().unwrap());
        assert!(at("20261123130000.25Z").unwrap() > whole);
        assert!(at("20261123130000.1234567891Z").is_ok());
        for text in [
            "20261123130000",
            "202611231300Z",
            "20261123130000.Z",
            "20261123130000+0100",
            "20261323130000Z",
            "2026112313000aZ",
            "20261123130000,5Z",
            "",
        ] {
            assert!(at(text).is_err(), "{text}");
        }
    }

    #[test]
    fn accuracy_is_added_up() {
        let bytes = [0x02, 1, 2, 0x80, 2, 0x01, 0xf4, 0x81, 1, 7];
        assert_eq!(
            accuracy_of(&bytes).unwrap(),
            Duration::from_micros(2_500_007)
        );
        assert_eq!(accuracy_of(&[]).unwrap(), Duration::ZERO);
        assert!(accuracy_of(&[0x80, 2, 0x03, 0xe8]).is_err(), "1000 ms");
        assert!(accuracy_of(&[0x02, 1, 0xff]).is_err(), "negative");
        assert!(accuracy_of(&[0x81, 1, 7, 0x80, 1, 1]).is_err(), "order");
    }
}
