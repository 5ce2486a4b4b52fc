//! `in-toto`: an attestation by a build service, a scanner or a person, signed, in a DSSE
//! envelope as it is or within a Sigstore bundle v0.3.
//!
//! Sources: <https://github.com/in-toto/attestation/tree/main/spec/v1> (Statement v1; v0.1
//! differs in that subjects must have names), <https://github.com/secure-systems-lab/dsse>
//! (v1.0.2), and `sigstore_bundle.proto` in <https://github.com/sigstore/protobuf-specs>.
//!
//! TRUST: facts are shown only where at least one signature verifies under a key with the
//! role `evidence`; `signed_by` names each such key once. All signatures are over the same
//! bytes, so one by a stranger, or by an algorithm that is not ours, adds nothing and takes
//! nothing away: it is counted in `unverified_signatures`, and how many signers are enough
//! is for the policy to say. A certificate in a Sigstore bundle, and what a transparency
//! log promises there, is not looked at.

use std::collections::BTreeSet;

use crate::evidence::detect::{LIMITS, without_mark};
use crate::evidence::signature::STATEMENT_TYPE;
use crate::evidence::{Kind, Status};
use crate::json::{self, Map, Value, json};
use crate::signing::base64;
use crate::signing::dsse::{ForeignEnvelope, IN_TOTO, Unverified};
use crate::signing::trust::{Role, TrustPolicy, TrustedKey};

use super::node::{Node, TEXT_MAX, put, shortened};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading, Signatures};

mod provenance;

/// `_type` of the version before.
const STATEMENT_TYPE_OLD: &str = "https://in-toto.io/Statement/v0.1";
/// What the media types of Sigstore bundles begin with.
const SIGSTORE: &str = "application/vnd.dev.sigstore.bundle";
/// The version that is read, in the two ways it is written.
const SIGSTORE_TYPES: [&str; 2] = [
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
];
/// Most subjects, and most materials.
const RESOURCES_MAX: usize = 50_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::InToto,
    media_type: "application/json",
    form: Form::Signed { is, read },
};

fn is(value: &Value) -> bool {
    let within = || value.get("dsseEnvelope").is_some_and(is_envelope);
    is_envelope(value) || (starts(value, "mediaType", SIGSTORE) && within())
}

fn is_envelope(value: &Value) -> bool {
    let payload_type = value.get("payloadType").and_then(Value::as_str);
    value.get("payload").is_some()
        && value.get("signatures").is_some()
        && payload_type == Some(IN_TOTO)
}

fn read(bytes: &[u8], signatures: Signatures<'_>) -> Result<Reading, KindError> {
    let value = json::parse(without_mark(bytes), LIMITS)?;
    let root = Node::root(&value);
    let (envelope, has_certificate) = opened(&root)?;
    let payload = envelope.unverified_payload();
    let payload = json::parse(payload, LIMITS).map_err(|error| KindError::Field {
        path: "payload".to_owned(),
        what: error.to_string(),
    })?;
    let mut reading = stated(&Node::root(&payload))?;
    let Signatures::By(trust) = signatures else {
        return Ok(reading);
    };
    let (signers, others) = match signers(&envelope, trust) {
        Ok(found) => found,
        Err(reason) => return Ok(reading.found(Status::Unverified, reason)),
    };
    if signers.is_empty() {
        let reason = if has_certificate {
            "is signed with a certificate; only plain Ed25519 keys are verified".to_owned()
        } else {
            others.join("; ")
        };
        return Ok(reading.found(Status::Unverified, reason));
    }
    let signers: Vec<_> = signers.into_iter().collect();
    put(&mut reading.facts, "signed_by", signers.clone());
    put(&mut reading.facts, "unverified_signatures", others.len());
    reading.signed_by = signers;
    Ok(reading)
}

/// The envelope, and whether a certificate stands beside it in place of a key.
fn opened(root: &Node<'_>) -> Result<(ForeignEnvelope, bool), KindError> {
    if is_envelope(root.value()) {
        return Ok((enveloped(root)?, false));
    }
    root.field("mediaType")?.one_of(&SIGSTORE_TYPES)?;
    let node = root.field("dsseEnvelope")?;
    let envelope = enveloped(&node)?;
    if envelope.signatures_count() != 1 {
        // Which of them the key or certificate is for, nobody says.
        let signatures = node.field("signatures")?;
        return Err(signatures.refuse("a Sigstore bundle has exactly one"));
    }
    let material = root.field("verificationMaterial")?;
    Ok((envelope, material.optional("publicKey")?.is_none()))
}

fn enveloped(node: &Node<'_>) -> Result<ForeignEnvelope, KindError> {
    let payload = decoded(&node.field("payload")?)?;
    let mut envelope = ForeignEnvelope::new(IN_TOTO, payload);
    let list = node.field("signatures")?;
    for signature in list.nodes()? {
        let key_id = match signature.optional("keyid")? {
            Some(key_id) => key_id.text()?,
            None => "",
        };
        let bytes = decoded(&signature.field("sig")?)?;
        let pushed = envelope.push(key_id, bytes);
        pushed.map_err(|error| list.refuse(error.to_string()))?;
    }
    if envelope.signatures_count() == 0 {
        return Err(list.refuse("holds none"));
    }
    Ok(envelope)
}

fn decoded(node: &Node<'_>) -> Result<Vec<u8>, KindError> {
    let bytes = base64::decode_either(node.text()?);
    bytes.ok_or_else(|| node.refuse("expected base64, standard or URL-safe, with padding"))
}

/// The ids of the keys that signed, and why each of the other signatures does not count;
/// or why none was looked at.
fn signers(
    envelope: &ForeignEnvelope,
    trust: Option<&TrustPolicy>,
) -> Result<(BTreeSet<String>, Vec<String>), String> {
    let trust = trust.ok_or("no keys are trusted")?;
    let keys: Vec<_> = trust.keys(Role::Evidence).map(TrustedKey::key).collect();
    if keys.is_empty() {
        return Err("no key is trusted to sign evidence".to_owned());
    }
    let found = envelope.verify(&keys).map_err(|error| error.to_string())?;
    let count = found.len();
    let mut signers = BTreeSet::new();
    let mut others = Vec::new();
    for (position, found) in found.into_iter().enumerate() {
        let why = match found {
            Ok(key_id) => {
                signers.insert(key_id.to_string());
                continue;
            }
            Err(Unverified::NoKey) => "by no key that is trusted to sign evidence".to_owned(),
            Err(Unverified::Size(size)) => format!("of {size} bytes, which is not Ed25519"),
        };
        others.push(format!("signature {} of {count} is {why}", position + 1));
    }
    Ok((signers, others))
}

/// Reads the statement. Nobody has signed it yet.
fn stated(root: &Node<'_>) -> Result<Reading, KindError> {
    let is_old = root
        .field("_type")?
        .one_of(&[STATEMENT_TYPE, STATEMENT_TYPE_OLD])?
        == STATEMENT_TYPE_OLD;
    let list = root.field("subject")?;
    let mut subjects = Vec::new();
    for subject in list.nodes()? {
        if subjects.len() >= RESOURCES_MAX {
            return Err(list.refuse(format!("more than {RESOURCES_MAX} subjects")));
        }
        if is_old {
            subject.field("name")?.words()?;
        }
        subject.field("digest")?;
        subjects.push(resource(&subject)?);
    }
    let predicate_type = root.field("predicateType")?;
    let predicate = match root.optional("predicate")? {
        Some(predicate) => {
            predicate.object()?;
            predicate
        }
        None => Node::root(empty()),
    };
    let provenance = provenance::read(&predicate_type, &predicate)?;
    let facts = json!({
        "statement": if is_old { "v0.1" } else { "v1" },
        "predicate_type": predicate_type.words()?,
        "subjects": subjects,
        "signed_by": [],
        "unverified_signatures": 0,
        "provenance": provenance.as_ref().map(provenance::Provenance::facts),
        "predicate": predicate.value(),
    });
    let mut reading = Reading::of(Kind::InToto, facts);
    if let Some(provenance) = provenance {
        reading.collected_at = provenance.finished_at;
        reading.observed = provenance.observed();
    }
    Ok(if subjects.is_empty() {
        reading.found(Status::Empty, "names no subject")
    } else {
        reading
    })
}

/// What a statement without a predicate has.
fn empty() -> &'static Value {
    static EMPTY: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({}));
    &EMPTY
}

/// A subject or material: what it is called and its digests, by algorithm.
fn resource(node: &Node<'_>) -> Result<Value, KindError> {
    let text = |name: &str| match node.optional(name)? {
        Some(text) => Ok(Some(shortened(text.text()?, TEXT_MAX))),
        None => Ok::<_, KindError>(None),
    };
    Ok(json!({"name": text("name")?, "uri": text("uri")?, "digest": digests(node)?}))
}

/// The field `digest`; empty where it is absent.
fn digests(node: &Node<'_>) -> Result<Map<String, Value>, KindError> {
    let Some(digests) = node.optional("digest")? else {
        return Ok(Map::new());
    };
    if digests.object()?.is_empty() {
        return Err(digests.refuse("holds no digest"));
    }
    let mut shown = Map::new();
    for algorithm in digests.object()?.keys() {
        let digest = digests.field(algorithm)?;
        if algorithm == "sha256" {
            // Two spellings of one digest would not be equal in a policy.
            digest.digest()?;
        }
        shown.insert(
            algorithm.clone(),
            Value::from(shortened(digest.words()?, TEXT_MAX)),
        );
    }
    Ok(shown)
}

#[cfg(test)]
mod tests;
