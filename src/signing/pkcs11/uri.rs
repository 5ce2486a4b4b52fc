//! `pkcs11:` URIs (RFC 7512) as far as they name one private key.

use std::collections::BTreeSet;
use std::fmt;

/// What a URI says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uri {
    pub(super) token: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    pub(super) module_path: String,
    pub(super) pin_source: Option<PinSource>,
}

/// The file of a PIN.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PinSource(pub(super) String);

impl Uri {
    /// Reads a URI. What it does not know it refuses: it might narrow what is meant.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix("pkcs11:")
            .ok_or_else(|| "it does not begin with `pkcs11:`".to_owned())?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        let mut seen = BTreeSet::new();
        let parts = path.split(';').chain(query.split('&'));
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is no attribute"))?;
            if name == "pin-value" {
                return Err(
                    "`pin-value` would show the PIN to every process: use `pin-source`".into(),
                );
            }
            if !seen.insert(name) {
                return Err(format!("`{name}` occurs twice"));
            }
            let bytes = decoded(value).ok_or_else(|| format!("`{name}` is badly encoded"))?;
            if name == "id" {
                uri.id = Some(bytes);
                continue;
            }
            let value = String::from_utf8(bytes).map_err(|_| format!("`{name}` is not UTF-8"))?;
            match name {
                "token" => uri.token = Some(value),
                "serial" => uri.serial = Some(value),
                "object" => uri.object = Some(value),
                "type" if value == "private" => {}
                "type" => return Err(format!("type `{value}` does not sign")),
                "module-path" => uri.module_path = value,
                "pin-source" => uri.pin_source = Some(pin_source(&value)?),
                _ => return Err(format!("attribute `{name}` is not known")),
            }
        }
        if uri.object.is_none() && uri.id.is_none() {
            return Err("it names no key: `object` or `id` is missing".into());
        }
        if !uri.module_path.starts_with('/') {
            return Err("`module-path` must be the absolute path of the token's library".into());
        }
        Ok(uri)
    }
}

impl fmt::Display for Uri {
    /// Which key, without where its PIN is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = self.object.as_deref().unwrap_or("?");
        write!(f, "pkcs11:{object}")?;
        match &self.token {
            Some(token) => write!(f, " on {token}"),
            None => Ok(()),
        }
    }
}

/// Reads `file:/path` and `file:///path`; other forms, as of a program, are not known.
fn pin_source(value: &str) -> Result<PinSource, String> {
    let path = value.strip_prefix("file:").unwrap_or(value);
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.starts_with('/') {
        return Ok(PinSource(path.to_owned()));
    }
    Err("`pin-source` must be `file:` and an absolute path".into())
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_which_key_and_where_its_pin_is() {
        let uri = Uri::parse(
            "pkcs11:token=The%20token;object=gate;id=%01%ff;type=private\
             ?module-path=/usr/lib/p11.so&pin-source=file:/run/pin",
        )
        .unwrap();
        assert_eq!(uri.token.as_deref(), Some("The token"));
        assert_eq!(uri.id, Some(vec![1, 255]));
        assert_eq!(uri.module_path, "/usr/lib/p11.so");
        assert_eq!(uri.pin_source, Some(PinSource("/run/pin".into())));
        assert_eq!(uri.to_string(), "pkcs11:gate on The token");
    }

    #[test]
    fn refuses_what_names_no_key_or_shows_a_pin() {
        for (text, why) in [
            (
                "pkcs11:object=a?module-path=/m&pin-value=1234",
                "`pin-value`",
            ),
            ("pkcs11:token=a?module-path=/m", "names no key"),
            ("pkcs11:object=a", "`module-path`"),
            ("pkcs11:object=a?module-path=m.so", "absolute"),
            ("pkcs11:object=a;object=b?module-path=/m", "twice"),
            ("pkcs11:object=a;slot-id=1?module-path=/m", "not known"),
            (
                "pkcs11:object=a;type=public?module-path=/m",
                "does not sign",
            ),
            ("pkcs11:object=%4?module-path=/m", "badly encoded"),
            ("pkcs11:object=%ff?module-path=/m", "not UTF-8"),
            (
                "pkcs11:object=a?module-path=/m&pin-source=|askpass",
                "`pin-source`",
            ),
            ("pkcs11:object?module-path=/m", "no attribute"),
            ("pkcs12:object=a", "does not begin"),
        ] {
            let error = Uri::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
