//! Keys on PKCS#11 tokens (<https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.1/>), named by
//! the URIs of RFC 7512.
//!
//! INVARIANTS
//! - A PIN is in a file or in the environment, never in the URI, which is an argument.
//! - One key answers to a URI, or none is used.
//!
//! TRUST: the library at `module-path` runs in this process with all our rights.

use std::fmt;
use std::path::Path;
use std::sync::Mutex;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::signer::Custodian;
use super::{KeyError, PublicKey, SignError, Signature, Signer, keyfile};

mod uri;

use uri::{PinSource, Uri};

/// The variable that holds the PIN where the URI names no file.
pub const PIN_VARIABLE: &str = "ASSIZE_PKCS11_PIN";

/// A key on a token that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// Not a URI of a private key.
    #[error("is no URI of a key: {reason}")]
    Uri {
        /// What is wrong.
        reason: String,
    },
    /// No PIN.
    #[error("needs a PIN: set `{PIN_VARIABLE}`, or `pin-source=file:PATH` in the URI")]
    Pin,
    /// The file of the PIN cannot be read.
    #[error(transparent)]
    PinFile(Box<keyfile::KeyFileError>),
    /// The library or the token refused.
    #[error("the token refused to {action}: {reason}")]
    Token {
        /// What was tried.
        action: &'static str,
        /// Why.
        reason: String,
    },
    /// None or several.
    #[error("{count} {what} answer to the URI; it must name one")]
    Count {
        /// Tokens or keys.
        what: &'static str,
        /// How many.
        count: usize,
    },
    /// The public half is no key.
    #[error("its public key {0}")]
    Public(#[source] KeyError),
}

/// A key on a token, with a session in which it may be used.
struct Token {
    name: String,
    session: Mutex<Session>,
    key: ObjectHandle,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.name)
    }
}

/// Opens the key that `uri` names, and logs in.
///
/// # Errors
/// URIs that name no one key, tokens that refuse, and keys that are not Ed25519.
pub fn open(uri: &str) -> Result<Signer, Pkcs11Error> {
    let found = Uri::parse(uri).map_err(|reason| Pkcs11Error::Uri { reason })?;
    let pin = pin(&found)?;
    let library = Pkcs11::new(&found.module_path).map_err(refused("load its library"))?;
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match library.initialize(arguments) {
        // The record key and the checkpoint key may be on one token.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(refused("begin")(error)),
    }
    let session = library
        .open_ro_session(slot(&library, &found)?)
        .map_err(refused("open a session"))?;
    let pin: AuthPin = AuthPin::from(pin.as_str());
    match session.login(UserType::User, Some(&pin)) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
        Err(error) => return Err(refused("log in")(error)),
    }
    let key = one(&session, &found, ObjectClass::PRIVATE_KEY, "private keys")?;
    let public = public(&session, &found)?;
    let token = Token {
        name: found.to_string(),
        session: Mutex::new(session),
        key,
    };
    Ok(Signer::kept(public, std::sync::Arc::new(token)))
}

impl Custodian for Token {
    fn name(&self) -> &str {
        &self.name
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let refused = |reason: String| SignError::Refused {
            signer: self.name.clone(),
            reason,
        };
        // Without parameters the mechanism is pure Ed25519 (PKCS#11 v3.1 §6.3.13).
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let session = self.session.lock();
        let session = session.map_err(|_| refused("is in no state to sign".to_owned()))?;
        let bytes = session
            .sign(&mechanism, self.key, message)
            .map_err(|error| refused(format!("refused to sign: {error}")))?;
        bytes
            .try_into()
            .map(Signature::from_bytes)
            .map_err(|_| refused("gave no Ed25519 signature".to_owned()))
    }
}

fn refused(action: &'static str) -> impl FnOnce(Error) -> Pkcs11Error {
    move |error| Pkcs11Error::Token {
        action,
        reason: error.to_string(),
    }
}

fn pin(uri: &Uri) -> Result<Zeroizing<String>, Pkcs11Error> {
    match &uri.pin_source {
        Some(PinSource(path)) => {
            let text = keyfile::read_secret(Path::new(path))
                .map_err(|error| Pkcs11Error::PinFile(error.into()))?;
            Ok(Zeroizing::new(
                text.trim_end_matches(['\r', '\n']).to_owned(),
            ))
        }
        None => std::env::var(PIN_VARIABLE)
            .map(Zeroizing::new)
            .map_err(|_| Pkcs11Error::Pin),
    }
}

fn slot(library: &Pkcs11, uri: &Uri) -> Result<Slot, Pkcs11Error> {
    let mut found = Vec::new();
    let slots = library
        .get_slots_with_initialized_token()
        .map_err(refused("list tokens"))?;
    for slot in slots {
        let info = library
            .get_token_info(slot)
            .map_err(refused("describe a token"))?;
        let is = |wanted: &Option<String>, is: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted == is.trim_end())
        };
        if is(&uri.token, info.label()) && is(&uri.serial, info.serial_number()) {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        _ => Err(Pkcs11Error::Count {
            what: "tokens",
            count: found.len(),
        }),
    }
}

fn one(
    session: &Session,
    uri: &Uri,
    class: ObjectClass,
    what: &'static str,
) -> Result<ObjectHandle, Pkcs11Error> {
    let mut template = vec![
        Attribute::Class(class),
        Attribute::KeyType(KeyType::EC_EDWARDS),
    ];
    template.extend(
        uri.object
            .clone()
            .map(|label| Attribute::Label(label.into_bytes())),
    );
    template.extend(uri.id.clone().map(Attribute::Id));
    let found = session
        .find_objects(&template)
        .map_err(refused("find the key"))?;
    match found.as_slice() {
        [key] => Ok(*key),
        _ => Err(Pkcs11Error::Count {
            what,
            count: found.len(),
        }),
    }
}

/// Reads the point of the public key: 32 bytes, which most tokens wrap as an OCTET STRING.
fn public(session: &Session, uri: &Uri) -> Result<PublicKey, Pkcs11Error> {
    let key = one(session, uri, ObjectClass::PUBLIC_KEY, "public keys")?;
    let attributes = session
        .get_attributes(key, &[AttributeType::EcPoint])
        .map_err(refused("show the public key"))?;
    let point = attributes.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => Some(point.as_slice()),
        _ => None,
    });
    let point = point.unwrap_or_default();
    let bytes = point.strip_prefix(b"\x04\x20").unwrap_or(point);
    let bytes: &[u8; 32] = bytes.try_into().map_err(|_| {
        Pkcs11Error::Public(KeyError::Public {
            reason: format!("its point has {} bytes", point.len()),
        })
    })?;
    PublicKey::from_bytes(bytes).map_err(Pkcs11Error::Public)
}
