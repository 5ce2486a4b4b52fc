//! Functions that OPA has and the engine lacks, and refusals of those it must not have.
//!
//! Every function here depends on its arguments alone, and gives what OPA gives
//! (`docs/engine.md` lists where it is stricter). They are called as `x := f(y)`;
//! the engine does not know OPA's older form `f(y, x)` for them, and lint refuses it.

use std::collections::BTreeMap;

use regorus::{Engine, Value};
use thiserror::Error;

use crate::digest::Digest;
use crate::engine::builtins::NON_DETERMINISTIC;
use crate::json;

mod net;
mod urlquery;

/// Why a function has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub(super) struct ExtensionError(String);

impl ExtensionError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

type Function = fn(&[Value]) -> Result<Value, ExtensionError>;

/// Name, number of arguments, function; sorted by name.
const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("array.flatten", 1, array_flatten),
    ("crypto.hmac.equal", 2, hmac_equal),
    ("crypto.hmac.sha256", 2, hmac_sha256),
    ("crypto.sha256", 1, crypto_sha256),
    ("net.cidr_contains_matches", 2, net::cidr_contains_matches),
    ("net.cidr_intersects", 2, net::cidr_intersects),
    ("strings.count", 2, strings_count),
    ("strings.split_n", 3, split_n),
    ("urlquery.decode", 1, urlquery::decode),
    ("urlquery.decode_object", 1, urlquery::decode_object),
    ("urlquery.encode", 1, urlquery::encode),
    ("urlquery.encode_object", 1, urlquery::encode_object),
    ("yaml.is_valid", 1, yaml_is_valid),
    ("yaml.unmarshal", 1, yaml_unmarshal),
];

/// The function that tells the frozen time.
const NOW: &str = "time.now_ns";

/// Returns the number of arguments of the extension `name`.
pub(super) fn arity(name: &str) -> Option<u8> {
    if name == NOW {
        return Some(0);
    }
    let entry = FUNCTIONS.iter().find(|entry| entry.0 == name)?;
    Some(entry.1)
}

/// Returns the names of all extensions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|entry| entry.0).chain([NOW])
}

/// Adds all extensions to `engine`, with the time standing still at `as_of_ns`.
///
/// INVARIANT: the engine looks extensions up before its own functions, so that what
/// is refused here is refused whatever the engine was built with.
pub(super) fn install(engine: &mut Engine, as_of_ns: i64) -> Result<(), ExtensionError> {
    let failed = |name: &str| ExtensionError(format!("could not supply `{name}`"));
    engine
        .add_extension(NOW.into(), 0, Box::new(move |_| Ok(Value::from(as_of_ns))))
        .map_err(|_| failed(NOW))?;
    for (name, arity, function) in FUNCTIONS.iter().copied() {
        engine
            .add_extension(
                name.into(),
                arity,
                Box::new(move |arguments: Vec<Value>| Ok(function(&arguments)?)),
            )
            .map_err(|_| failed(name))?;
    }
    for (name, arity, hint) in NON_DETERMINISTIC.iter().copied() {
        engine
            .add_extension(
                name.into(),
                arity,
                Box::new(move |_| {
                    Err(ExtensionError(format!("`{name}` is refused: {hint}")).into())
                }),
            )
            .map_err(|_| failed(name))?;
    }
    Ok(())
}

fn argument(arguments: &[Value], position: usize) -> Result<&Value, ExtensionError> {
    arguments
        .get(position)
        .ok_or_else(|| ExtensionError::new("an argument is missing"))
}

fn text<'a>(
    name: &str,
    arguments: &'a [Value],
    position: usize,
) -> Result<&'a str, ExtensionError> {
    argument(arguments, position)?
        .as_string()
        .map(AsRef::as_ref)
        .map_err(|_| {
            ExtensionError(format!(
                "`{name}`: argument {} must be a string",
                position + 1
            ))
        })
}

/// <https://www.openpolicyagent.org/docs/policy-reference/builtins/crypto>: hex digits.
fn crypto_sha256(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let bytes = text("crypto.sha256", arguments, 0)?.as_bytes();
    Ok(Value::from(Digest::of(bytes).hex()))
}

/// One level, as OPA does: `[1, [2, [3]]]` becomes `[1, 2, [3]]`; sets stay.
fn array_flatten(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let array = argument(arguments, 0)?
        .as_array()
        .map_err(|_| ExtensionError::new("`array.flatten`: argument 1 must be an array"))?;
    let mut flat = Vec::with_capacity(array.len());
    for item in array {
        match item.as_array() {
            Ok(items) => flat.extend(items.iter().cloned()),
            Err(_) => flat.push(item.clone()),
        }
    }
    Ok(Value::from(flat))
}

/// The first `n` pieces, or the last `-n`.
fn split_n(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let subject = text("strings.split_n", arguments, 0)?;
    let delimiter = text("strings.split_n", arguments, 1)?;
    let count = argument(arguments, 2)?
        .as_i64()
        .map_err(|_| ExtensionError::new("`strings.split_n`: argument 3 must be an integer"))?;
    let pieces: Vec<Value> = if delimiter.is_empty() {
        subject
            .chars()
            .map(|c| Value::from(c.to_string()))
            .collect()
    } else {
        subject.split(delimiter).map(Value::from).collect()
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let kept: Vec<Value> = if count >= 0 {
        pieces.into_iter().take(wanted).collect()
    } else {
        let skipped = pieces.len().saturating_sub(wanted);
        pieces.into_iter().skip(skipped).collect()
    };
    Ok(Value::from(kept))
}

/// Stricter than OPA: duplicate keys are an error, not "the last one wins".
fn yaml_unmarshal(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let source = text("yaml.unmarshal", arguments, 0)?;
    json::yaml::parse(source.as_bytes(), json::Limits::AUTHORED)
        .map(Value::from)
        .map_err(|error| ExtensionError(format!("`yaml.unmarshal`: {error}")))
}

fn yaml_is_valid(arguments: &[Value]) -> Result<Value, ExtensionError> {
    Ok(Value::from(match argument(arguments, 0)? {
        Value::String(source) => {
            json::yaml::parse(source.as_bytes(), json::Limits::AUTHORED).is_ok()
        }
        _ => false,
    }))
}

/// RFC 2104 over SHA-256: key, then text.
fn hmac_sha256(arguments: &[Value]) -> Result<Value, ExtensionError> {
    const BLOCK: usize = 64;
    let message = text("crypto.hmac.sha256", arguments, 0)?.as_bytes();
    let key = text("crypto.hmac.sha256", arguments, 1)?.as_bytes();
    let mut block = if key.len() > BLOCK {
        Digest::of(key).as_bytes().to_vec()
    } else {
        key.to_vec()
    };
    block.resize(BLOCK, 0);
    let masked = |mask: u8| block.iter().map(|byte| byte ^ mask).collect::<Vec<_>>();
    let inner = Digest::of_parts(&[&masked(0x36), message]);
    let outer = Digest::of_parts(&[&masked(0x5c), inner.as_bytes()]);
    Ok(Value::from(outer.hex()))
}

/// Takes as long for any two texts of one length.
fn hmac_equal(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let left = text("crypto.hmac.equal", arguments, 0)?.as_bytes();
    let right = text("crypto.hmac.equal", arguments, 1)?.as_bytes();
    let difference = left
        .iter()
        .zip(right)
        .fold(0, |difference, (a, b)| difference | (a ^ b));
    Ok(Value::from(left.len() == right.len() && difference == 0))
}

/// Replaces the engine's own, which counts overlapping matches and panics on `""`.
fn strings_count(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let subject = text("strings.count", arguments, 0)?;
    let part = text("strings.count", arguments, 1)?;
    Ok(Value::from(subject.matches(part).count()))
}

/// An object in key order, of values in the given order.
fn object(entries: BTreeMap<String, Vec<Value>>) -> Value {
    entries
        .into_iter()
        .map(|(key, values)| (Value::from(key), Value::from(values)))
        .collect::<BTreeMap<_, _>>()
        .into()
}

#[cfg(test)]
mod tests;
