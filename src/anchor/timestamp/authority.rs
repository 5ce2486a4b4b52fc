//! Whom is trusted to tell the time.

use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::StampError;
use super::certificate::{Certificate, TIME_STAMPING};
use super::reader::{Der, tag};
use super::token::generalized_time;
use crate::clock::Timestamp;

/// Authorities that are trusted, by their root certificates.
#[derive(Debug, Clone, Default)]
pub struct Authorities {
    roots: Vec<Root>,
}

#[derive(Debug, Clone)]
struct Root {
    authority: String,
    certificate: CertificateDer<'static>,
    /// First and last second.
    valid: (i64, i64),
}

impl Authorities {
    /// Adds the certificates in `pem` as roots of the authority `name`.
    ///
    /// # Errors
    /// PEM without certificates, and certificates that cannot be read.
    pub fn add(&mut self, name: &str, pem: &[u8]) -> Result<(), StampError> {
        let refuse = |reason: String| StampError::Roots {
            name: name.to_owned(),
            reason,
        };
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| refuse(error.to_string()))?;
            anchor_from_trusted_cert(&certificate).map_err(|error| refuse(error.to_string()))?;
            let valid = Certificate::parse(&certificate)
                .and_then(|read| validity(read.validity))
                .map_err(|error| refuse(error.to_string()))?;
            any = true;
            self.roots.push(Root {
                authority: name.to_owned(),
                certificate,
                valid,
            });
        }
        if any {
            Ok(())
        } else {
            Err(refuse("holds no certificate as PEM".to_owned()))
        }
    }

    /// Returns whether nobody is trusted.
    pub const fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Returns the authority to one of whose roots `signer` leads at the time `at`.
    pub(super) fn accept(
        &self,
        signer: &[u8],
        others: &[&[u8]],
        at: Timestamp,
    ) -> Result<String, StampError> {
        let untrusted = |error: webpki::Error| StampError::untrusted(error.to_string());
        let signer = CertificateDer::from(signer);
        let signer = EndEntityCert::try_from(&signer).map_err(untrusted)?;
        let others: Vec<CertificateDer<'_>> = others
            .iter()
            .map(|other| CertificateDer::from(*other))
            .collect();
        let seconds = u64::try_from(at.unix_seconds())
            .map_err(|_| StampError::untrusted("its time is before 1970"))?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let mut error = StampError::untrusted("no authority is trusted");
        for root in &self.roots {
            let (from, until) = root.valid;
            if !(from..=until).contains(&at.unix_seconds()) {
                error = StampError::untrusted("the root was not valid at the time in it");
                continue;
            }
            let anchor: TrustAnchor<'_> =
                anchor_from_trusted_cert(&root.certificate).map_err(untrusted)?;
            let chain = signer.verify_for_usage(
                ALL_VERIFICATION_ALGS,
                std::slice::from_ref(&anchor),
                &others,
                time,
                KeyUsage::required_if_present(TIME_STAMPING),
                None,
                None,
            );
            match chain {
                Ok(_) => return Ok(root.authority.clone()),
                Err(failed) => error = untrusted(failed),
            }
        }
        Err(error)
    }
}

/// Two times, each in the form of its years.
fn validity(bytes: &[u8]) -> Result<(i64, i64), StampError> {
    let mut times = Der::new(bytes)?;
    let mut next = || {
        let frame = times.any("a time")?;
        let time = if frame.tag == tag::GENERALIZED_TIME {
            generalized_time(frame.value)?
        } else {
            // RFC 5280 §4.1.2.5.1: two digits stand for 1950 to 2049.
            let century: &[u8] = match frame.value.first() {
                Some(b'5'..=b'9') => b"19",
                _ => b"20",
            };
            generalized_time(&[century, frame.value].concat())?
        };
        Ok::<_, StampError>(time.unix_seconds())
    };
    Ok((next()?, next()?))
}
