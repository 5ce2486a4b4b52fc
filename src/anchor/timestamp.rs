//! Time stamps ([RFC 3161](https://www.rfc-editor.org/rfc/rfc3161.html) with
//! [RFC 5816](https://www.rfc-editor.org/rfc/rfc5816.html)): an authority says that it saw
//! a checkpoint's text no later than at some time.
//!
//! The frames of DER are read with `der`; certificates, chains and signatures are verified
//! by `webpki`. What the RFCs ask for besides is asked for here: see `docs/adr/0005`.
//!
//! INVARIANTS
//! - The time is taken from a token only after imprint, signer, chain and signature were
//!   verified together.
//! - The signer's certificate and its chain must have been valid at the time in the token.
//!
//! TRUST: revocation is not looked up: an authority whose key was lost is to be taken out
//! of what is trusted.

use std::time::Duration;

use thiserror::Error;

use crate::clock::Timestamp;
use crate::digest::Digest;

mod authority;
mod certificate;
mod reader;
mod request;
mod signed;
mod token;

pub use authority::Authorities;
pub use request::Request;

use certificate::Certificate;
use reader::{Der, tag};
use signed::Signed;
use token::Info;

/// A time stamp that cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StampError {
    /// Bytes that are no time stamp.
    #[error("is not a time stamp: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The authority gave none.
    #[error("the authority refused with status {status}{}", said(.text))]
    Refused {
        /// `PKIStatus`.
        status: u64,
        /// What it said.
        text: String,
    },
    /// The answer to another request.
    #[error("does not repeat the nonce: it answers another request")]
    Nonce,
    /// Over something else.
    #[error("is over something else than this checkpoint")]
    Imprint,
    /// What is signed and what is said differ.
    #[error("signature of the time stamp: {reason}")]
    Signature {
        /// What is wrong.
        reason: String,
    },
    /// The signer is nobody who is trusted.
    #[error("is not by a trusted authority: {reason}")]
    Untrusted {
        /// Why not.
        reason: String,
    },
    /// PEM that holds no certificates.
    #[error("`{name}`: {reason}")]
    Roots {
        /// Where it is from.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

fn said(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

impl StampError {
    fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed {
            reason: reason.into(),
        }
    }

    fn untrusted(reason: impl Into<String>) -> Self {
        Self::Untrusted {
            reason: reason.into(),
        }
    }

    fn signature(reason: impl Into<String>) -> Self {
        Self::Signature {
            reason: reason.into(),
        }
    }
}

/// When an authority saw what a token is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What the authority is called by who trusts it.
    pub authority: String,
    /// Common name of who signed.
    pub signer: String,
    /// The time in the token.
    pub at: Timestamp,
    /// How far the time may be off, as the authority states it; nothing where it does not.
    pub accuracy: Duration,
}

impl Stamp {
    /// The latest time at which the authority may have seen it.
    pub fn before(&self) -> Timestamp {
        self.at.plus(self.accuracy).unwrap_or(self.at)
    }
}

/// A granted response and the token in it, not verified.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    signed: Signed<'a>,
    info: Info<'a>,
}

impl<'a> Token<'a> {
    /// Reads a `TimeStampResp`.
    ///
    /// # Errors
    /// Other bytes, and a refusal.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, StampError> {
        let mut response = Der::only(bytes, tag::SEQUENCE)?;
        granted(response.expect(tag::SEQUENCE, "a status")?)?;
        let token = response.expect(tag::SEQUENCE, "a token")?;
        response.finish("the token")?;
        let signed = Signed::parse(token)?;
        let info = Info::parse(signed.content)?;
        Ok(Self { signed, info })
    }

    /// Holds the token against what it should be over.
    ///
    /// # Errors
    /// It is over something else.
    pub fn is_over(&self, text: &str) -> Result<(), StampError> {
        if self.info.imprint == Digest::of(text.as_bytes()).as_bytes() {
            Ok(())
        } else {
            Err(StampError::Imprint)
        }
    }

    /// Holds the token against the request that it should answer.
    ///
    /// # Errors
    /// It answers another.
    pub fn answers(&self, request: &Request) -> Result<(), StampError> {
        if self.info.nonce == Some(request.nonce().as_slice()) {
            Ok(())
        } else {
            Err(StampError::Nonce)
        }
    }

    /// Returns the time that the token says, which nobody has verified.
    pub const fn unverified_time(&self) -> Timestamp {
        self.info.at
    }

    /// Verifies who signed the token, and returns what it says.
    ///
    /// # Errors
    /// A signer that is not trusted, and a signature of one that is that does not hold.
    pub fn verify(&self, authorities: &Authorities) -> Result<Stamp, StampError> {
        let certificates: Vec<Certificate<'_>> = self
            .signed
            .certificates
            .iter()
            .map(|der| Certificate::parse(der))
            .collect::<Result<_, _>>()?;
        let signer = certificates
            .iter()
            .position(|certificate| self.signed.signer.is(certificate))
            .ok_or_else(|| StampError::untrusted("the signer's certificate is not in it"))?;
        let mut others = certificates;
        let signer = others.swap_remove(signer);
        signer.is_for_time_stamps()?;
        let others: Vec<&[u8]> = others.iter().map(|other| other.whole).collect();
        let authority = authorities.accept(signer.whole, &others, self.info.at)?;
        self.signed.verify(&signer)?;
        Ok(Stamp {
            authority,
            signer: signer.common_name().unwrap_or_default(),
            at: self.info.at,
            accuracy: self.info.accuracy,
        })
    }
}

/// `PKIStatusInfo`: granted is 0, granted with modifications 1.
fn granted(info: &[u8]) -> Result<(), StampError> {
    let mut info = Der::new(info)?;
    let status = reader::number(info.expect(tag::INTEGER, "a status")?)
        .ok_or_else(|| StampError::malformed("the status is no number"))?;
    if status <= 1 {
        return Ok(());
    }
    let mut text = Vec::new();
    if let Some(strings) = info.optional(tag::SEQUENCE)? {
        let mut strings = Der::new(strings)?;
        while let Some(string) = strings.optional(tag::UTF8_STRING)? {
            text.push(String::from_utf8_lossy(string).into_owned());
        }
    }
    let text: String = text.join("; ").chars().take(200).collect();
    Err(StampError::Refused { status, text })
}

#[cfg(test)]
mod tests;
