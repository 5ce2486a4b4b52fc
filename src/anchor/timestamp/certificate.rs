//! What RFC 3161 §2.3 asks of the signer's certificate, and `webpki` does not.

use super::StampError;
use super::reader::{Der, tag};

/// `id-ce-extKeyUsage`.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// `id-ce-keyUsage`.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// `id-ce-subjectKeyIdentifier`.
const KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
/// `id-at-commonName`.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `id-kp-timeStamping`.
pub(super) const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
/// `digitalSignature` and `nonRepudiation`, the first two bits.
const SIGNS: u8 = 0b1100_0000;

/// The parts of an X.509 certificate that are looked at here. Nothing is verified.
#[derive(Debug, Clone)]
pub(super) struct Certificate<'a> {
    pub(super) whole: &'a [u8],
    pub(super) serial: &'a [u8],
    /// With its frame.
    pub(super) issuer: &'a [u8],
    subject: &'a [u8],
    /// What stands in the frames of `notBefore` and `notAfter`.
    pub(super) validity: &'a [u8],
    extensions: Vec<Extension<'a>>,
}

#[derive(Debug, Clone)]
struct Extension<'a> {
    id: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub(super) fn parse(whole: &'a [u8]) -> Result<Self, StampError> {
        let mut certificate = Der::only(whole, tag::SEQUENCE)?;
        let mut signed = Der::new(certificate.expect(tag::SEQUENCE, "a certificate")?)?;
        signed.optional(tag::CONTEXT)?;
        let serial = signed.expect(tag::INTEGER, "a serial number")?;
        signed.expect(tag::SEQUENCE, "an algorithm")?;
        let issuer = signed.any("an issuer")?.whole;
        let validity = signed.expect(tag::SEQUENCE, "a validity")?;
        let subject = signed.expect(tag::SEQUENCE, "a subject")?;
        signed.expect(tag::SEQUENCE, "a public key")?;
        let mut extensions = Vec::new();
        while let Some(frame) = signed.next()? {
            if frame.tag == tag::CONTEXT | 3 {
                extensions = read_extensions(frame.value)?;
            }
        }
        Ok(Self {
            whole,
            serial,
            issuer,
            subject,
            validity,
            extensions,
        })
    }

    fn extension(&self, id: &[u8]) -> Option<&Extension<'a>> {
        self.extensions.iter().find(|extension| extension.id == id)
    }

    /// Tells whether the certificate may sign time stamps, and nothing else.
    pub(super) fn is_for_time_stamps(&self) -> Result<(), StampError> {
        let usage = self.extension(EXTENDED_KEY_USAGE).ok_or_else(|| {
            StampError::untrusted("the signer's certificate has no extended key usage")
        })?;
        if !usage.critical {
            return Err(StampError::untrusted(
                "the extended key usage of the signer's certificate is not critical",
            ));
        }
        let mut purposes = Der::only(usage.value, tag::SEQUENCE)?;
        let purpose = purposes.expect(tag::OID, "a purpose")?;
        if purpose != TIME_STAMPING || purposes.next()?.is_some() {
            return Err(StampError::untrusted(
                "the signer's certificate is not for time stamps alone",
            ));
        }
        if let Some(usage) = self.extension(KEY_USAGE) {
            let mut frame = Der::new(usage.value)?;
            let bits = frame.expect(tag::BIT_STRING, "a key usage")?;
            // The first byte counts the bits that are not used.
            if bits.get(1).is_none_or(|bits| bits & SIGNS == 0) {
                return Err(StampError::untrusted(
                    "the key usage of the signer's certificate does not allow signatures",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn key_identifier(&self) -> Option<&'a [u8]> {
        let value = self.extension(KEY_IDENTIFIER)?.value;
        Der::new(value)
            .ok()?
            .expect(tag::OCTET_STRING, "an identifier")
            .ok()
    }

    /// Returns the last common name of the subject.
    pub(super) fn common_name(&self) -> Option<String> {
        let mut found = None;
        let mut parts = Der::new(self.subject).ok()?;
        while let Ok(Some(part)) = parts.next() {
            let mut pairs = Der::new(part.value).ok()?;
            while let Ok(Some(pair)) = pairs.next() {
                let mut pair = Der::new(pair.value).ok()?;
                let id = pair.expect(tag::OID, "a name").ok()?;
                let value = pair.any("a name").ok()?.value;
                if id == COMMON_NAME {
                    found = Some(String::from_utf8_lossy(value).into_owned());
                }
            }
        }
        found
    }
}

fn read_extensions(bytes: &[u8]) -> Result<Vec<Extension<'_>>, StampError> {
    let mut list = Der::only(bytes, tag::SEQUENCE)?;
    let mut found: Vec<Extension<'_>> = Vec::new();
    while let Some(frame) = list.next()? {
        let mut extension = Der::new(frame.value)?;
        let id = extension.expect(tag::OID, "an extension")?;
        let critical = extension.optional(tag::BOOLEAN)?;
        let value = extension.expect(tag::OCTET_STRING, "an extension")?;
        if found.iter().any(|other| other.id == id) {
            return Err(StampError::malformed(
                "a certificate has an extension twice",
            ));
        }
        found.push(Extension {
            id,
            critical: critical.is_some_and(|critical| critical != [0]),
            value,
        });
    }
    Ok(found)
}
