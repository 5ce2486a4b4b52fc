//! `assize declare`: a declaration is made and signed, or signed by one more person.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::args::Declare;
use super::config::Config;
use super::error::CliError;
use super::{files, settings, signer};
use crate::clock::{Clock as _, System, Timestamp};
use crate::evidence::{DECLARATION_TYPE, Declaration, KindError};
use crate::json::{self, Limits, Value, json};
use crate::report::visible;
use crate::signing::dsse::JointEnvelope;
use crate::signing::{Role, Signer, TrustPolicy};

/// Runs `assize declare`.
///
/// # Errors
/// What is not a declaration, one whose signatures do not hold, and files that cannot be
/// written.
pub fn run(args: &Declare, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let key = signer::named(&args.key, config)?;
    let trust = settings::trust(args.trust.as_ref(), config)?.unwrap_or_default();
    let (path, declaration) = match (&args.add_signature, &args.output) {
        (Some(path), _) => (path, add(path, &key, &trust)?),
        (None, Some(path)) => (path, make(args, path, &key)?),
        (None, None) => return Err(argument("--output", "say which file to write")),
    };
    describe(path, &declaration, &trust, out).map_err(CliError::Output)
}

fn make(args: &Declare, path: &Path, key: &Signer) -> Result<Declaration, CliError> {
    let declared_at = match &args.declared_at {
        Some(text) => instant("--declared-at", text)?,
        None => System.now(),
    };
    let text = |name: &str, value: &Option<String>| {
        value
            .clone()
            .ok_or_else(|| argument(name, "is needed to make a declaration"))
    };
    let expires_at = instant("--expires-at", &text("--expires-at", &args.expires_at)?)?;
    let mut payload = json!({
        "schema": "assize/declaration/v1",
        "id": text("--id", &args.id)?,
        "statement": text("--statement", &args.statement)?,
        "value": document("--value", &text("--value", &args.value)?)?,
        "declared_by": text("--declared-by", &args.declared_by)?,
        "declared_at": declared_at,
        "expires_at": expires_at,
    });
    if let (Some(details), Some(fields)) = (&args.details, payload.as_object_mut()) {
        fields.insert("details".to_owned(), document("--details", details)?);
    }
    let envelope = JointEnvelope::sign(DECLARATION_TYPE, &json::canonical(&payload)?, key)?;
    let line = line(&envelope);
    // What a gate would refuse is not signed into a file.
    let declaration = read(path, &line)?;
    files::create(path, &line)?;
    Ok(declaration)
}

fn add(path: &Path, key: &Signer, trust: &TrustPolicy) -> Result<Declaration, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut declaration = read(path, &bytes)?;
    // TRUST: a further signature vouches for these very bytes. Where the earlier ones do not
    // hold, somebody has changed them, or somebody unknown has signed.
    declaration.verify(trust).map_err(|reason| {
        let reason = format!("{reason}; nothing was added");
        CliError::Declaration {
            path: path.to_owned(),
            reason,
        }
    })?;
    if declaration.expires_at <= System.now() {
        let reason = format!("expired at {}; nothing was added", declaration.expires_at);
        let path = path.to_owned();
        return Err(CliError::Declaration { path, reason });
    }
    declaration.envelope.add_signature(key)?;
    files::replace(path, &line(&declaration.envelope))?;
    Ok(declaration)
}

fn read(path: &Path, bytes: &[u8]) -> Result<Declaration, CliError> {
    Declaration::parse(bytes).map_err(|error: KindError| CliError::Declaration {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn line(envelope: &JointEnvelope) -> Vec<u8> {
    let mut line = envelope.to_line();
    line.push(b'\n');
    line
}

/// Reads `@file`, or JSON as it stands.
fn document(name: &str, text: &str) -> Result<Value, CliError> {
    let bytes = match text.strip_prefix('@') {
        Some(path) => fs::read(path).map_err(|source| CliError::Read {
            path: path.into(),
            source,
        })?,
        None => text.as_bytes().to_vec(),
    };
    let refuse = |reason: String| CliError::Argument {
        argument: name.to_owned(),
        reason: format!("expected JSON, or @ and a file that holds it: {reason}"),
    };
    json::parse(&bytes, Limits::AUTHORED).map_err(|error| refuse(error.to_string()))
}

fn instant(name: &str, text: &str) -> Result<Timestamp, CliError> {
    let parsed: Result<_, crate::clock::TimestampError> = text.parse();
    parsed.map_err(|error| argument(name, &error.to_string()))
}

fn argument(name: &str, reason: &str) -> CliError {
    CliError::Argument {
        argument: name.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Shows what was signed: whoever signs second must see it.
fn describe(
    path: &Path,
    declaration: &Declaration,
    trust: &TrustPolicy,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let fact = |name: &str| match declaration.facts.get(name) {
        Some(Value::String(text)) => visible(text),
        Some(value) => visible(&value.to_string()),
        None => String::new(),
    };
    writeln!(out, "{}  {}", fact("id"), fact("statement"))?;
    writeln!(out, "value        {}", fact("value"))?;
    writeln!(
        out,
        "declared     {} by {}, expires {}",
        fact("declared_at"),
        fact("declared_by"),
        fact("expires_at")
    )?;
    for key_id in declaration.envelope.key_ids() {
        let known = match trust.key(&key_id, Role::Declaration, None) {
            Ok(_) => trust.name(&key_id).unwrap_or_default().to_owned(),
            Err(error) => format!("{error}: until it is, the item is unverified"),
        };
        writeln!(out, "signed by    {key_id}  {}", visible(&known))?;
    }
    writeln!(out, "written to   {}", path.display())
}
