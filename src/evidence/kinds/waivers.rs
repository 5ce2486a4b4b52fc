//! `waivers`: permissions to fail, as `crate::waiver` reads them.

use crate::evidence::{Kind, detect::without_mark};
use crate::json::{Value, json};
use crate::waiver::{self, Waiver};

use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Waivers,
    media_type: "application/yaml",
    form: Form::Authored {
        is: |value| starts(value, "schema", "assize/waivers/"),
        read,
    },
};

/// Reads a list of waivers.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, KindError> {
    let waivers = waiver::parse_yaml(without_mark(bytes))?;
    let facts = json!({"waivers": waivers.iter().map(shown).collect::<Vec<_>>()});
    let mut reading = Reading::of(Kind::Waivers, facts);
    reading.collected_at = waivers.iter().map(|waiver| waiver.approved_at).max();
    Ok(reading)
}

fn shown(waiver: &Waiver) -> Value {
    json!({
        "id": waiver.id,
        "rule": waiver.rule,
        "term": waiver.term,
        "scope": {
            "environment": waiver.scope.environment,
            "subject": waiver.scope.subject,
        },
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "approved_at": waiver.approved_at.to_string(),
        "expires_at": waiver.expires_at.to_string(),
    })
}
