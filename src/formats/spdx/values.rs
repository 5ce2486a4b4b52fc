//! Values with parts.

use crate::json::json;

use super::Value;

const ALGORITHMS: &[&str] = &[
    "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "MD2", "MD4", "MD5", "MD6",
];

/// Algorithms that version 2.2 does not have.
const NEW_ALGORITHMS: &[&str] = &[
    "SHA3-256",
    "SHA3-384",
    "SHA3-512",
    "BLAKE2b-256",
    "BLAKE2b-384",
    "BLAKE2b-512",
    "BLAKE3",
    "ADLER32",
];

/// Reads `Kind: name`, where the kind is one of `kinds`.
pub(super) fn actor(value: &str, kinds: &[&str]) -> Result<Value, String> {
    let (kind, name) = halves(value)?;
    if !kinds.contains(&kind) {
        return Err(format!("`{kind}` is none of `{}`", kinds.join("`, `")));
    }
    if name.is_empty() {
        return Err(format!("`{kind}:` without a name"));
    }
    Ok(Value::from(format!("{kind}: {name}")))
}

/// Reads `NOASSERTION`, or a person or organization.
pub(super) fn party(value: &str) -> Result<Value, String> {
    if value == "NOASSERTION" {
        return Ok(Value::from(value));
    }
    let party = actor(value, &["Person", "Organization"])?;
    if party
        .as_str()
        .is_some_and(|party| party.ends_with(": NOASSERTION"))
    {
        return Err("write `NOASSERTION` alone: conftest leaves the rest out".to_owned());
    }
    Ok(party)
}

/// Reads `ALGORITHM: value`.
pub(super) fn checksum(value: &str, is_old: bool) -> Result<Value, String> {
    let (algorithm, value) = halves(value)?;
    if ALGORITHMS.contains(&algorithm) || NEW_ALGORITHMS.contains(&algorithm) && !is_old {
        Ok(json!({"algorithm": algorithm, "checksumValue": value}))
    } else {
        Err(format!("`{algorithm}` is no algorithm of this version"))
    }
}

/// Reads the identifier of an element of this document.
pub(super) fn element(value: &str) -> Result<Value, String> {
    let name = value.strip_prefix("SPDXRef-").unwrap_or_default();
    if name.is_empty() || name.contains(':') || name.starts_with("SPDXRef-") {
        return Err(format!("`{value}` is no identifier: `SPDXRef-` and a name"));
    }
    Ok(Value::from(value))
}

/// Reads the identifier of an element of this or another document.
fn any_element(value: &str) -> Result<Value, String> {
    let Some(rest) = value.strip_prefix("DocumentRef-") else {
        return element(value);
    };
    let (document, name) = rest.split_once(':').unwrap_or_default();
    if document.is_empty() || document.starts_with("DocumentRef-") {
        return Err(format!(
            "`{value}` is no identifier: `DocumentRef-`, a name, `:SPDXRef-` and a name"
        ));
    }
    element(name).map(|_| Value::from(value))
}

/// Reads `element KIND element`.
pub(super) fn relationship(value: &str) -> Result<Value, String> {
    let [one, kind, other] = words(value)
        .try_into()
        .map_err(|_| format!("`{value}` is not an element, a relationship and an element"))?;
    let other = match other {
        "NONE" | "NOASSERTION" => Value::from(other),
        other => any_element(other)?,
    };
    Ok(json!({
        "spdxElementId": any_element(one)?,
        "relationshipType": kind,
        "relatedSpdxElement": other,
    }))
}

/// Reads `CATEGORY type locator`.
pub(super) fn external(value: &str) -> Result<Value, String> {
    let [category, kind, locator] = words(value)
        .try_into()
        .map_err(|_| format!("`{value}` is not a category, a type and a locator"))?;
    Ok(json!({
        // Both are in use, and JSON has one.
        "referenceCategory": category.replace('_', "-"),
        "referenceType": kind,
        "referenceLocator": locator,
    }))
}

/// Reads `DocumentRef-name URI ALGORITHM: value`.
pub(super) fn document(value: &str) -> Result<Value, String> {
    let malformed = || format!("`{value}` is not `DocumentRef-…`, an address and a checksum");
    let words = words(value);
    let (name, address, algorithm, sum) = match words.as_slice() {
        [name, address, checksum] => {
            let (algorithm, sum) = checksum.split_once(':').ok_or_else(malformed)?;
            (*name, *address, algorithm, sum)
        }
        [name, address, algorithm, sum] => {
            let algorithm = algorithm.strip_suffix(':').ok_or_else(malformed)?;
            (*name, *address, algorithm, *sum)
        }
        _ => return Err(malformed()),
    };
    let bare = name.strip_prefix("DocumentRef-").unwrap_or_default();
    if bare.is_empty() || bare.starts_with("DocumentRef-") {
        return Err(malformed());
    }
    Ok(json!({
        "externalDocumentId": name,
        "spdxDocument": address,
        "checksum": {"algorithm": algorithm, "checksumValue": sum},
    }))
}

/// Reads `code`, or `code (excludes: file)`.
pub(super) fn verification_code(value: &str) -> Result<Value, String> {
    let Some((code, rest)) = value.split_once("(excludes:") else {
        return Ok(json!({"packageVerificationCodeValue": value}));
    };
    match rest.split_once(')') {
        Some((file, "")) if !file.contains(',') => Ok(json!({
            "packageVerificationCodeValue": code.trim(),
            "packageVerificationCodeExcludedFiles": [file.trim()],
        })),
        _ => {
            Err("`(excludes: …)` with one file, which conftest reads, is not at the end".to_owned())
        }
    }
}

fn halves(value: &str) -> Result<(&str, &str), String> {
    let (one, other) = value
        .split_once(':')
        .ok_or_else(|| format!("`{value}` is in two parts: write `:` between them"))?;
    Ok((one.trim(), other.trim()))
}

fn words(value: &str) -> Vec<&str> {
    let words = value.split(' ').map(str::trim);
    words.filter(|word| !word.is_empty()).collect()
}
