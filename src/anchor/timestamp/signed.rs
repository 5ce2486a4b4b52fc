//! `SignedData` (RFC 5652 §5) as RFC 3161 uses it: one signer, with signed attributes.

use ring::digest;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::{EndEntityCert, ring as algs};

use super::StampError;
use super::certificate::Certificate;
use super::reader::{Der, algorithm, number, tag};

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// `id-ct-TSTInfo`.
const INFO: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04,
];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// `id-aa-signingCertificate`: SHA-1 of the signer's certificate.
const SIGNING_CERTIFICATE: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
];
/// `id-aa-signingCertificateV2` (RFC 5816): another hash of it.
const SIGNING_CERTIFICATE_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
];
pub(super) const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA_384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const SHA_512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
/// `1.2.840.113549.1.1`: its last arc is the algorithm.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// `1.2.840.10045.4.3`: the same.
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
/// `id-ecPublicKey`, which some write for ECDSA with the digest that is named beside it.
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// A signed token, not verified.
#[derive(Debug, Clone)]
pub(super) struct Signed<'a> {
    /// `TSTInfo`.
    pub(super) content: &'a [u8],
    /// Each with its frame, in their order.
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signer: Signer<'a>,
    digest: &'a [u8],
    attributes: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
}

/// Which certificate signed.
#[derive(Debug, Clone)]
pub(super) enum Signer<'a> {
    Issued { issuer: &'a [u8], serial: &'a [u8] },
    Key { identifier: &'a [u8] },
}

impl Signer<'_> {
    pub(super) fn is(&self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::Issued { issuer, serial } => {
                certificate.issuer == *issuer && certificate.serial == *serial
            }
            Self::Key { identifier } => certificate.key_identifier() == Some(*identifier),
        }
    }
}

impl<'a> Signed<'a> {
    /// Reads what is in a `ContentInfo`.
    pub(super) fn parse(token: &'a [u8]) -> Result<Self, StampError> {
        let mut token = Der::new(token)?;
        if token.expect(tag::OID, "a type")? != SIGNED_DATA {
            return Err(StampError::malformed("the token is not signed data"));
        }
        let inner = token.expect(tag::CONTEXT, "signed data")?;
        token.finish("the token")?;
        let mut data = Der::only(inner, tag::SEQUENCE)?;
        data.expect(tag::INTEGER, "a version")?;
        data.expect(tag::SET, "digest algorithms")?;
        let mut content = Der::new(data.expect(tag::SEQUENCE, "content")?)?;
        if content.expect(tag::OID, "a content type")? != INFO {
            return Err(StampError::malformed("what is signed is no time stamp"));
        }
        let octets = content.expect(tag::CONTEXT, "content")?;
        let octets = Der::new(octets)?.expect(tag::OCTET_STRING, "content")?;
        let mut certificates = Vec::new();
        if let Some(bytes) = data.optional(tag::CONTEXT)? {
            let mut list = Der::new(bytes)?;
            while let Some(frame) = list.next()? {
                // Other choices are attribute certificates.
                if frame.tag == tag::SEQUENCE {
                    certificates.push(frame.whole);
                }
            }
        }
        data.optional(tag::CONTEXT | 1)?;
        let mut signers = Der::new(data.expect(tag::SET, "signers")?)?;
        let signer = signers.expect(tag::SEQUENCE, "a signer")?;
        signers.finish("the signer: there must be one")?;
        data.finish("the signers")?;
        Self::signed_by(octets, certificates, signer)
    }

    fn signed_by(
        content: &'a [u8],
        certificates: Vec<&'a [u8]>,
        signer: &'a [u8],
    ) -> Result<Self, StampError> {
        let mut info = Der::new(signer)?;
        number(info.expect(tag::INTEGER, "a version")?)
            .ok_or_else(|| StampError::malformed("the signer has no version"))?;
        let id = info.any("who signed")?;
        let signer = match id.tag {
            tag::SEQUENCE => {
                let mut pair = Der::new(id.value)?;
                Signer::Issued {
                    issuer: pair.any("an issuer")?.whole,
                    serial: pair.expect(tag::INTEGER, "a serial number")?,
                }
            }
            tag::PRIMITIVE => Signer::Key {
                identifier: id.value,
            },
            _ => return Err(StampError::malformed("it does not say who signed")),
        };
        let digest = algorithm(info.expect(tag::SEQUENCE, "a digest algorithm")?)?;
        let attributes = info.expect(tag::CONTEXT, "signed attributes")?;
        let signed_with = algorithm(info.expect(tag::SEQUENCE, "a signature algorithm")?)?;
        let signature = info.expect(tag::OCTET_STRING, "a signature")?;
        info.optional(tag::CONTEXT | 1)?;
        info.finish("the signer")?;
        Ok(Self {
            content,
            certificates,
            signer,
            digest,
            attributes,
            algorithm: signed_with,
            signature,
        })
    }

    /// Verifies the signature with the certificate of the signer, whose chain was verified.
    pub(super) fn verify(&self, signer: &Certificate<'_>) -> Result<(), StampError> {
        if self.attribute(CONTENT_TYPE, tag::OID)? != INFO {
            return Err(StampError::signature("is over another type of content"));
        }
        let hash = hash_algorithm(self.digest)?;
        let signed = self.attribute(MESSAGE_DIGEST, tag::OCTET_STRING)?;
        if signed != digest::digest(hash, self.content).as_ref() {
            return Err(StampError::signature("is over other content"));
        }
        self.names(signer)?;
        // RFC 5652 §5.4: what is signed has the tag of a set, not `[0]`.
        let message = set_of(self.attributes);
        let der = CertificateDer::from(signer.whole);
        let certificate = EndEntityCert::try_from(&der)
            .map_err(|error| StampError::signature(error.to_string()))?;
        let mut refusal = "its algorithm is not known".to_owned();
        for algorithm in algorithms(self.algorithm, self.digest) {
            match certificate.verify_signature(*algorithm, &message, self.signature) {
                Ok(()) => return Ok(()),
                Err(error) => refusal = error.to_string(),
            }
        }
        Err(StampError::signature(refusal))
    }

    /// The one value of an attribute that must be there one time.
    fn attribute(&self, id: &[u8], tag: u8) -> Result<&'a [u8], StampError> {
        let value = self.optional_attribute(id)?;
        let value = value.ok_or_else(|| StampError::signature("a signed attribute is missing"))?;
        let mut values = Der::new(value)?;
        let found = values.expect(tag, "a signed attribute")?;
        values.finish("the value of a signed attribute")?;
        Ok(found)
    }

    fn optional_attribute(&self, id: &[u8]) -> Result<Option<&'a [u8]>, StampError> {
        let mut list = Der::new(self.attributes)?;
        let mut found = None;
        while let Some(frame) = list.next()? {
            let mut attribute = Der::new(frame.value)?;
            if attribute.expect(tag::OID, "an attribute")? == id {
                let values = attribute.expect(tag::SET, "values")?;
                if found.replace(values).is_some() {
                    return Err(StampError::signature("a signed attribute is there twice"));
                }
            }
        }
        Ok(found)
    }

    /// The attribute that binds the signature to one certificate, and not only to its key.
    fn names(&self, signer: &Certificate<'_>) -> Result<(), StampError> {
        let second = self.optional_attribute(SIGNING_CERTIFICATE_V2)?;
        let first = self.optional_attribute(SIGNING_CERTIFICATE)?;
        let (values, is_second) = match (second, first) {
            (Some(values), _) => (values, true),
            (None, Some(values)) => (values, false),
            (None, None) => {
                return Err(StampError::signature("does not name its certificate"));
            }
        };
        let mut attribute = Der::new(Der::new(values)?.expect(tag::SEQUENCE, "certificates")?)?;
        let mut list = Der::new(attribute.expect(tag::SEQUENCE, "certificates")?)?;
        let mut id = Der::new(list.expect(tag::SEQUENCE, "a certificate")?)?;
        let hash = match id.optional(tag::SEQUENCE)? {
            Some(identifier) if is_second => hash_algorithm(algorithm(identifier)?)?,
            Some(_) => return Err(StampError::malformed("it names a certificate oddly")),
            None if is_second => &digest::SHA256,
            None => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        };
        let named = id.expect(tag::OCTET_STRING, "the hash of a certificate")?;
        if named == digest::digest(hash, signer.whole).as_ref() {
            Ok(())
        } else {
            Err(StampError::signature("names another certificate"))
        }
    }
}

fn hash_algorithm(id: &[u8]) -> Result<&'static digest::Algorithm, StampError> {
    match id {
        SHA_256 => Ok(&digest::SHA256),
        SHA_384 => Ok(&digest::SHA384),
        SHA_512 => Ok(&digest::SHA512),
        _ => Err(StampError::signature("uses a hash that is not SHA-2")),
    }
}

/// Algorithms that `id` may stand for, whatever the key is; the key decides.
fn algorithms(id: &[u8], digest: &[u8]) -> &'static [Algorithm] {
    const ED: &[Algorithm] = &[algs::ED25519];
    const RSA_256: &[Algorithm] = &[algs::RSA_PKCS1_2048_8192_SHA256];
    const RSA_384: &[Algorithm] = &[algs::RSA_PKCS1_2048_8192_SHA384];
    const RSA_512: &[Algorithm] = &[algs::RSA_PKCS1_2048_8192_SHA512];
    const EC_256: &[Algorithm] = &[algs::ECDSA_P256_SHA256, algs::ECDSA_P384_SHA256];
    const EC_384: &[Algorithm] = &[algs::ECDSA_P256_SHA384, algs::ECDSA_P384_SHA384];
    const PSS_256: &[Algorithm] = &[algs::RSA_PSS_2048_8192_SHA256_LEGACY_KEY];
    const PSS_384: &[Algorithm] = &[algs::RSA_PSS_2048_8192_SHA384_LEGACY_KEY];
    const PSS_512: &[Algorithm] = &[algs::RSA_PSS_2048_8192_SHA512_LEGACY_KEY];
    let none: &'static [Algorithm] = &[];
    let by_digest = |one: &'static [Algorithm],
                     two: &'static [Algorithm],
                     three: &'static [Algorithm]| match digest {
        SHA_256 => one,
        SHA_384 => two,
        SHA_512 => three,
        _ => none,
    };
    if id == ED25519 {
        return ED;
    }
    if id == EC_KEY {
        return by_digest(EC_256, EC_384, none);
    }
    if let Some(arc) = id.strip_prefix(RSA) {
        return match arc {
            [1] => by_digest(RSA_256, RSA_384, RSA_512),
            [10] => by_digest(PSS_256, PSS_384, PSS_512),
            [11] => by_digest(RSA_256, none, none),
            [12] => by_digest(none, RSA_384, none),
            [13] => by_digest(none, none, RSA_512),
            _ => none,
        };
    }
    match id.strip_prefix(ECDSA) {
        Some([2]) => by_digest(EC_256, none, none),
        Some([3]) => by_digest(none, EC_384, none),
        _ => none,
    }
}

/// `attributes` in the frame of a set.
fn set_of(attributes: &[u8]) -> Vec<u8> {
    let length = attributes.len();
    let mut message = vec![tag::SET];
    let bytes = length.to_be_bytes();
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    match digits.as_slice() {
        [] => message.push(0),
        [one] if *one < 0x80 => message.push(*one),
        many => {
            message.push(0x80 | u8::try_from(many.len()).unwrap_or_default());
            message.extend_from_slice(many);
        }
    }
    message.extend_from_slice(attributes);
    message
}
