//! `[server.*]`: where a server is, and how to prove ourselves to it.
//!
//! INVARIANT: settings name secrets and do not hold them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::CollectError;
use super::settings::decode;
use crate::evidence::ITEM_SIZE_MAX;
use crate::http::secret::{Known, Secret, may_be_secret};
use crate::http::{Client, Credentials};
use crate::json::Value;
use crate::signing::base64;
use crate::tree;

/// A server and how to prove ourselves to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) url: String,
    bearer: Option<String>,
    basic: Option<Basic>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Basic {
    user: String,
    password: String,
}

impl Server {
    /// Reads the table called `table`.
    ///
    /// # Errors
    /// Settings that are unknown, missing, of the wrong type or without sense.
    pub(super) fn read(table: &str, value: &Value) -> Result<Self, CollectError> {
        let mut server: Self = decode(table, value.clone())?;
        let refuse = |reason: &str| CollectError::Setting {
            table: table.to_owned(),
            reason: reason.to_owned(),
        };
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| server.url.strip_prefix(scheme));
        match rest {
            None => return Err(refuse("url: expected `https://…` or `http://…`")),
            Some(rest)
                if rest
                    .split('/')
                    .next()
                    .is_some_and(|host| host.contains('@')) =>
            {
                return Err(refuse(
                    "url: a password in it would be recorded; use `basic`",
                ));
            }
            Some(rest) if rest.contains(['?', '#']) => {
                return Err(refuse("url: expected no query and no fragment"));
            }
            Some(_) => {}
        }
        let trimmed = server.url.trim_end_matches('/').len();
        server.url.truncate(trimmed);
        if server.certificate.is_some() != server.key.is_some() {
            return Err(refuse("`certificate` and `key` go together"));
        }
        if server.bearer.is_some() && server.basic.is_some() {
            return Err(refuse("either `bearer` or `basic`"));
        }
        Ok(server)
    }

    /// Returns a client for this server, which the settings call `name`, with its secrets;
    /// paths in them are relative to `base`.
    ///
    /// # Errors
    /// Secrets that are not there, and certificates that cannot be used.
    pub(super) fn client(&self, name: &str, base: &Path) -> Result<Client, CollectError> {
        let setting = |key: &str| format!("server.{name}.{key}");
        let mut known = Known::default();
        let mut secret = |key: &str, reference: &str| {
            let secret = Secret::load(&setting(key), reference, base)?;
            known.add(secret.expose());
            Ok::<_, CollectError>(secret)
        };
        let mut headers = Vec::new();
        if let Some(reference) = &self.bearer {
            let token = secret("bearer", reference)?;
            headers.push((
                "authorization".to_owned(),
                token.map(|text| format!("Bearer {text}")),
            ));
        }
        if let Some(basic) = &self.basic {
            let password = secret("basic.password", &basic.password)?;
            let pair = |text: &str| base64::encode(format!("{}:{text}", basic.user).as_bytes());
            headers.push((
                "authorization".to_owned(),
                password.map(|text| format!("Basic {}", pair(text))),
            ));
        }
        for (header, value) in &self.headers {
            let key = format!("headers.{header}");
            let value = if value.starts_with("env://") || value.starts_with("file://") {
                secret(&key, value)?
            } else if may_be_secret(header) {
                // Says what is expected without repeating the value.
                secret(&key, "")?
            } else {
                Secret::plain(value)
            };
            headers.push((header.to_ascii_lowercase(), value));
        }
        let read = |path: &PathBuf| tree::read(&base.join(path), ITEM_SIZE_MAX);
        let client = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some((read(certificate)?, secret("key", key)?)),
            _ => None,
        };
        let credentials = Credentials {
            headers,
            known,
            ca: self.ca.as_ref().map(read).transpose()?,
            client,
        };
        Client::new(credentials).map_err(|source| CollectError::Tls {
            server: name.to_owned(),
            source,
        })
    }
}
