//! `declaration`: a statement that a person answers for with a key and an expiry, in a
//! DSSE envelope with the payload type `application/vnd.assize.declaration+json`.
//!
//! TRUST: the facts are shown only where the envelope verifies under a key that the
//! trust policy allows to declare. Without such a key the item is `unverified`, however
//! well-formed it is.

use crate::evidence::{
    Kind, Status,
    detect::{DECLARATION_TYPE, without_mark},
};
use crate::json::{self, Limits, Value, json};
use crate::signing::{
    dsse::Envelope,
    trust::{Role, TrustPolicy},
};

use super::node::Node;
use super::{KindError, Reading, Signatures};

const SCHEMA: &str = "assize/declaration/v1";

/// Reads an envelope and the declaration in it.
pub(super) fn read(bytes: &[u8], signatures: Signatures<'_>) -> Result<Reading, KindError> {
    let envelope =
        Envelope::parse(without_mark(bytes).trim_ascii()).map_err(|error| KindError::Field {
            path: "the envelope".to_owned(),
            what: error.to_string(),
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
    Ok(match signatures {
        Signatures::Unseen => reading,
        Signatures::By(None) => reading.found(
            Status::Unverified,
            format!("signed by {}; no keys are trusted", envelope.key_id()),
        ),
        Signatures::By(Some(trust)) => match refusal(&envelope, trust) {
            None => reading,
            Some(reason) => reading.found(Status::Unverified, reason),
        },
    })
}

/// Why the envelope's signature does not count.
fn refusal(envelope: &Envelope, trust: &TrustPolicy) -> Option<String> {
    let key = match trust.key(&envelope.key_id(), Role::Declaration, None) {
        Ok(key) => key,
        Err(error) => return Some(error.to_string()),
    };
    envelope.verify(key).err().map(|error| error.to_string())
}

fn declared(payload: &Value, envelope: &Envelope) -> Result<Reading, KindError> {
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
    let facts = json!({
        "schema": SCHEMA,
        "id": root.field("id")?.words()?,
        "statement": root.field("statement")?.words()?,
        "value": root.field("value")?.value(),
        "declared_by": root.field("declared_by")?.words()?,
        "declared_at": declared_at.to_string(),
        "expires_at": expires_at.to_string(),
        "details": details,
        "signed_by": [envelope.key_id().to_string()],
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

    fn declaration() -> Value {
        json!({
            "schema": SCHEMA, "id": "d1", "statement": "Holds", "value": true,
            "declared_by": "Ada", "declared_at": "2026-11-01T00:00:00Z",
            "expires_at": "2026-12-01T00:00:00Z"
        })
    }

    fn signed(payload: &Value, key: &SecretKey) -> Vec<u8> {
        let payload = json::canonical(payload).unwrap();
        let envelope = Envelope::sign(DECLARATION_TYPE, &payload, key).unwrap();
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
        let other = Envelope::sign("application/json", b"{}", &key).unwrap();
        let error = read(&other.to_line(), Signatures::Unseen).unwrap_err();
        assert!(error.to_string().contains("payloadType"));
        let error = read(b"{\"payload\": \"\"}", Signatures::Unseen).unwrap_err();
        assert!(error.to_string().contains("canonical DSSE envelope"));
    }
}
