//! Sigstore bundles, version 0.3, around a record's envelope
//! (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>).
//!
//! The key is named, not brought: a bundle that brought its own would prove nothing. There
//! is no entry of a public log in it and no time stamp, so that verifiers must be told not
//! to ask for them.

use crate::json::{self, JsonError, Limits, json};
use crate::signing::dsse::Envelope;

/// `mediaType` of a bundle.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Returns the bundle of one envelope, as one line of JSON without the newline.
///
/// The envelope keeps its one signature and its key id, the SSH fingerprint of the key,
/// which is the only one that cosign 3 takes besides none.
///
/// # Errors
/// None that is known; the type of what writes JSON has them.
pub fn bundle(envelope: &Envelope) -> Result<Vec<u8>, JsonError> {
    let dsse = json::parse(&envelope.to_line(), Limits::AUTHORED)?;
    json::canonical(&json!({
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": envelope.key_id().to_string()}},
        "dsseEnvelope": dsse,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use crate::signing::dsse::IN_TOTO;

    #[test]
    fn holds_the_envelope_and_names_its_key() {
        let key = SecretKey::from_seed(&[1; 32]);
        let envelope = Envelope::sign(IN_TOTO, b"{\"a\":1}", &key.clone().into()).unwrap();
        let bytes = bundle(&envelope).unwrap();
        let bundle = json::parse(&bytes, Limits::AUTHORED).unwrap();
        let id = key.public().id().to_string();
        assert_eq!(bundle["mediaType"], MEDIA_TYPE);
        assert_eq!(bundle["verificationMaterial"]["publicKey"]["hint"], id);
        let signatures = bundle["dsseEnvelope"]["signatures"].as_array().unwrap();
        assert_eq!(signatures.len(), 1);
        assert_eq!(signatures[0]["keyid"], id);
        // The envelope's members are in the order of canonical JSON already.
        let dsse = json::canonical(&bundle["dsseEnvelope"]).unwrap();
        assert_eq!(dsse, envelope.to_line());
        assert!(!bytes.contains(&b'\n'));
    }
}
