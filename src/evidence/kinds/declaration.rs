//! `declaration`: a statement that one or more people answer for with their keys and an
//! expiry, in a DSSE envelope with the payload type
//! `application/vnd.assize.declaration+json`.
//!
//! TRUST: the facts are shown only where every signature of the envelope verifies under a
//! key that the trust policy allows to declare. One that does not makes the whole item
//! `unverified`: two people are not quietly turned into one.

use crate::clock::Timestamp;
use crate::evidence::{
    Kind, Status,
    detect::{DECLARATION_TYPE, without_mark},
};
use crate::json::{self, Limits, Value, json};
use crate::signing::{
    dsse::JointEnvelope,
    trust::{Role, TrustPolicy},
};

use super::node::Node;
use super::reader::{Form, Reader};
use super::{KindError, Reading, Signatures};

const SCHEMA: &str = "assize/declaration/v1";

/// A declaration as it stands in its file. Its signatures are unverified.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Payload and signatures.
    pub envelope: JointEnvelope,
    /// The payload, with every field in its one form.
    pub facts: Value,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

impl Declaration {
    /// Reads an envelope and the declaration in it; looks at no signature.
    ///
    /// # Errors
    /// Bytes that are not an envelope, and payloads that are not a declaration.
    pub fn parse(bytes: &[u8]) -> Result<Self, KindError> {
        let (envelope, reading) = parsed(bytes)?;
        let missing = || KindError::Field {
            path: "expires_at".to_owned(),
            what: "is missing".to_owned(),
        };
        Ok(Self {
            envelope,
            facts: reading.facts,
            expires_at: reading.valid_until.ok_or_else(missing)?,
        })
    }

    /// Verifies every signature.
    ///
    /// # Errors
    /// The first that does not hold or is by a key that may not declare, and which it is.
    pub fn verify(&self, trust: &TrustPolicy) -> Result<(), String> {
        refusal(&self.envelope, trust).map_or(Ok(()), Err)
    }
}

fn parsed(bytes: &[u8]) -> Result<(JointEnvelope, Reading), KindError> {
    let envelope = JointEnvelope::parse(without_mark(bytes).trim_ascii()).map_err(|error| {
        KindError::Field {
            path: "the envelope".to_owned(),
            what: error.to_string(),
        }
    })?;
    if envelope.payload_type() != DECLARATION_TYPE {
        return Err(KindError::Field {
            path: "payloadType".to_owned(),
            what: format!("is `{}`", envelope.payload_type()),
        });
    }
    // Read before it is verified for the sake of its errors; shown only afterwards.
    let payload = json::parse(envelope.unverified_payload(), Limits::AUTHORED)?;
    let reading = declared(&payload, &envelope)?;
    Ok((envelope, reading))
}

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Declaration,
    media_type: "application/json",
    form: Form::Signed { is, read },
};

fn is(value: &Value) -> bool {
    let payload_type = value.get("payloadType").and_then(Value::as_str);
    value.get("payload").is_some()
        && value.get("signatures").is_some()
        && payload_type == Some(DECLARATION_TYPE)
}

/// Reads an envelope and the declaration in it.
pub(super) fn read(bytes: &[u8], signatures: Signatures<'_>) -> Result<Reading, KindError> {
    let (envelope, mut reading) = parsed(bytes)?;
    let reason = match signatures {
        Signatures::Unseen => return Ok(reading),
        Signatures::By(None) => {
            let signers: Vec<_> = envelope.key_ids().map(|id| id.to_string()).collect();
            let signers = signers.join(" and ");
            Some(format!("signed by {signers}; no keys are trusted"))
        }
        Signatures::By(Some(trust)) => refusal(&envelope, trust),
    };
    Ok(match reason {
        None => {
            reading.signed_by = envelope.key_ids().map(|id| id.to_string()).collect();
            reading.signed_by.sort();
            reading
        }
        Some(reason) => reading.found(Status::Unverified, reason),
    })
}

/// Why the envelope does not count: the first signature that does not.
fn refusal(envelope: &JointEnvelope, trust: &TrustPolicy) -> Option<String> {
    let count = envelope.key_ids().count();
    let refused = |(position, key_id)| {
        let reason = match trust.key(&key_id, Role::Declaration, None) {
            Ok(key) => envelope.verify(key).err()?.to_string(),
            Err(error) => error.to_string(),
        };
        Some(match count {
            1 => reason,
            _ => format!("signature {} of {count}: {reason}", position + 1),
        })
    };
    envelope.key_ids().enumerate().find_map(refused)
}

fn declared(payload: &Value, envelope: &JointEnvelope) -> Result<Reading, KindError> {
    let root = Node::root(payload);
    root.field("schema")?.one_of(&[SCHEMA])?;
    root.only(&[
        "schema",
        "id",
        "statement",
        "value",
        "declared_by",
        "declared_at",
        "expires_at",
        "details",
    ])?;
    let declared_at = root.field("declared_at")?.timestamp()?;
    let expires = root.field("expires_at")?;
    let expires_at = expires.timestamp()?;
    if expires_at <= declared_at {
        return Err(expires.refuse("must be later than `declared_at`"));
    }
    let details = match root.optional("details")? {
        Some(details) => Value::Object(details.object()?.clone()),
        None => json!({}),
    };
    // The order of signing says nothing; each key is there once.
    let mut signers: Vec<_> = envelope.key_ids().map(|id| id.to_string()).collect();
    signers.sort();
    let facts = json!({
        "schema": SCHEMA,
        "id": root.field("id")?.words()?,
        "statement": root.field("statement")?.words()?,
        "value": root.field("value")?.value(),
        "declared_by": root.field("declared_by")?.words()?,
        "declared_at": declared_at.to_string(),
        "expires_at": expires_at.to_string(),
        "details": details,
        "signed_by": signers,
    });
    let mut reading = Reading::of(Kind::Declaration, facts);
    reading.collected_at = Some(declared_at);
    reading.valid_until = Some(expires_at);
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use crate::signing::dsse::Envelope;

    fn declaration() -> Value {
        json!({
            "schema": SCHEMA, "id": "d1", "statement": "Holds", "value": true,
            "declared_by": "Ada", "declared_at": "2026-11-01T00:00:00Z",
            "expires_at": "2026-12-01T00:00:00Z"
        })
    }

    fn signed(payload: &Value, key: &SecretKey) -> Vec<u8> {
        let payload = json::canonical(payload).unwrap();
        let envelope = Envelope::sign(DECLARATION_TYPE, &payload, &key.clone().into()).unwrap();
        let mut line = envelope.to_line();
        line.push(b'\n');
        line
    }

    fn trust(key: &SecretKey, roles: &[Role]) -> TrustPolicy {
        TrustPolicy::of_keys(&[("ada", key.public())], roles).unwrap()
    }

    #[test]
    fn a_trusted_signature_shows_the_declaration() {
        let key = SecretKey::from_seed(&[7; 32]);
        let trust = trust(&key, &[Role::Declaration]);
        let reading = read(&signed(&declaration(), &key), Signatures::By(Some(&trust))).unwrap();
        assert_eq!(reading.status, Status::Ok);
        assert_eq!(reading.facts["value"], json!(true));
        assert_eq!(
            reading.facts["signed_by"],
            json!([key.public().id().to_string()])
        );
        assert_eq!(
            reading.valid_until.unwrap().to_string(),
            "2026-12-01T00:00:00Z"
        );
    }

    #[test]
    fn other_keys_other_roles_and_altered_bytes_are_unverified() {
        let key = SecretKey::from_seed(&[7; 32]);
        let other = SecretKey::from_seed(&[8; 32]);
        let line = signed(&declaration(), &key);
        let status = |line: &[u8], trust: Option<&TrustPolicy>| {
            let reading = read(line, Signatures::By(trust)).unwrap();
            assert!(reading.reason.is_some());
            reading.status
        };
        assert_eq!(status(&line, None), Status::Unverified);
        let stranger = trust(&other, &[Role::Declaration]);
        assert_eq!(status(&line, Some(&stranger)), Status::Unverified);
        let recorder = trust(&key, &[Role::Record, Role::Waiver]);
        assert_eq!(status(&line, Some(&recorder)), Status::Unverified);
        // The same key id over another payload.
        let mut forged = declaration();
        forged["value"] = json!(false);
        let forged = String::from_utf8(signed(&forged, &key)).unwrap();
        let genuine = String::from_utf8(line).unwrap();
        let signature = |text: &str| text.split("\"sig\":\"").nth(1).unwrap().to_owned();
        let forged = forged.replace(&signature(&forged), &signature(&genuine));
        let trusted = trust(&key, &[Role::Declaration]);
        assert_eq!(
            status(forged.as_bytes(), Some(&trusted)),
            Status::Unverified
        );
    }

    fn joint(keys: &[&SecretKey]) -> Vec<u8> {
        let payload = json::canonical(&declaration()).unwrap();
        let mut envelope =
            JointEnvelope::sign(DECLARATION_TYPE, &payload, &keys[0].clone().into()).unwrap();
        for key in &keys[1..] {
            envelope.add_signature(&(*key).clone().into()).unwrap();
        }
        envelope.to_line()
    }

    #[test]
    fn every_signer_is_shown_in_one_order() {
        let (ada, bob) = (
            SecretKey::from_seed(&[7; 32]),
            SecretKey::from_seed(&[8; 32]),
        );
        let both = [("ada", ada.public()), ("bob", bob.public())];
        let trust = TrustPolicy::of_keys(&both, &[Role::Declaration]).unwrap();
        let mut signers: Vec<_> = both.map(|(_, key)| key.id().to_string()).to_vec();
        signers.sort();
        for keys in [[&ada, &bob], [&bob, &ada]] {
            let reading = read(&joint(&keys), Signatures::By(Some(&trust))).unwrap();
            assert_eq!(reading.status, Status::Ok);
            assert_eq!(reading.facts["signed_by"], json!(signers));
        }
    }

    #[test]
    fn one_signature_that_does_not_count_leaves_none() {
        let (ada, bob) = (
            SecretKey::from_seed(&[7; 32]),
            SecretKey::from_seed(&[8; 32]),
        );
        let unverified = |line: &[u8], trust: Option<&TrustPolicy>| {
            let reading = read(line, Signatures::By(trust)).unwrap();
            assert_eq!(reading.status, Status::Unverified);
            reading.reason.unwrap()
        };
        let line = joint(&[&ada, &bob]);
        let one = trust(&ada, &[Role::Declaration]);
        let reason = unverified(&line, Some(&one));
        assert!(
            reason.starts_with("signature 2 of 2: no key `SHA256:"),
            "{reason}"
        );
        assert!(unverified(&line, None).contains(" and SHA256:"));
        // A second signature over something else.
        let keys = [("ada", ada.public()), ("bob", bob.public())];
        let both = TrustPolicy::of_keys(&keys, &[Role::Declaration]).unwrap();
        let other = bob.sign(b"something else");
        let other = crate::signing::base64::encode(other.as_bytes());
        let text = String::from_utf8(line).unwrap();
        let genuine = text.rsplit_once("\"sig\":\"").unwrap().1;
        let genuine = genuine.split_once('"').unwrap().0;
        let forged = text.replace(genuine, &other);
        let reason = unverified(forged.as_bytes(), Some(&both));
        assert!(reason.starts_with("signature 2 of 2: the signature by"));
        // A key that may sign other things only.
        let mut mixed = one;
        let roles = std::iter::once(Role::Waiver).collect();
        mixed.add("bob", bob.public(), roles, 0..u64::MAX).unwrap();
        let reason = unverified(text.as_bytes(), Some(&mixed));
        assert!(reason.contains("not trusted to sign a declaration"));
    }

    #[test]
    fn refuses_what_is_not_a_declaration() {
        let key = SecretKey::from_seed(&[7; 32]);
        for (field, value, what) in [
            ("schema", json!("assize/declaration/v2"), "`schema`: is"),
            ("id", json!(""), "`id`: must not be empty"),
            ("value", Value::Null, "`value`: is missing"),
            ("expires_at", json!("2026-11-01T00:00:00Z"), "later than"),
            ("expires_at", Value::Null, "`expires_at`: is missing"),
            ("declared_at", json!("soon"), "`declared_at`"),
            ("details", json!([]), "`details`: expected an object"),
            ("expiry", json!("2030-01-01"), "`expiry`: unknown field"),
        ] {
            let mut declaration = declaration();
            declaration[field] = value;
            let line = signed(&declaration, &key);
            let error = read(&line, Signatures::Unseen).unwrap_err().to_string();
            assert!(error.contains(what), "{field}: {error}");
        }
        let other = Envelope::sign("application/json", b"{}", &key.into()).unwrap();
        let error = read(&other.to_line(), Signatures::Unseen).unwrap_err();
        assert!(error.to_string().contains("payloadType"));
        let error = read(b"{\"payload\": \"\"}", Signatures::Unseen).unwrap_err();
        assert!(error.to_string().contains("canonical DSSE envelope"));
    }
}
