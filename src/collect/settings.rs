//! `[server.*]` and `[collect.*]`: where to ask, and for what.
//!
//! A table of `collect` is one source: `from` says what it is, `evidence` and `path` where
//! its file goes, and the rest is the source's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::http::{Client, Credentials};
use super::secret::Secret;
use super::{CollectError, prometheus};
use crate::clock::parse_duration;
use crate::evidence::ITEM_SIZE_MAX;
use crate::json::{self, Map, Value};
use crate::signing::base64;
use crate::tree;

/// All that is to be collected.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Folder that paths in the settings are relative to.
    pub(super) base: PathBuf,
    /// Servers, by name.
    pub(super) servers: BTreeMap<String, Server>,
    /// Sources, by name.
    pub(super) sources: Vec<Source>,
}

/// One source.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    /// The evidence folder.
    pub(super) folder: PathBuf,
    /// The file in it.
    pub(super) path: String,
    /// How long what was collected may be used.
    pub(super) valid_for: Option<Duration>,
    pub(super) how: How,
}

/// What kind of source it is.
#[derive(Debug, Clone)]
pub(super) enum How {
    Prometheus {
        server: String,
        queries: prometheus::Queries,
    },
}

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

/// What every source has.
#[derive(Debug, Deserialize)]
struct Common {
    from: String,
    server: Option<String>,
    evidence: Option<PathBuf>,
    path: Option<String>,
    valid_for: Option<String>,
}

/// Their names; the rest belongs to the source.
const COMMON: [&str; 5] = ["from", "server", "evidence", "path", "valid_for"];

/// What `from` may say.
const FROM: [&str; 1] = ["prometheus"];

impl Plan {
    /// Reads the tables below `server` and `collect`; paths in them are relative to
    /// `base`, and a source that names no `evidence` writes to `evidence`.
    ///
    /// # Errors
    /// Settings that are unknown, missing, of the wrong type or without sense, by table.
    pub fn read(
        servers: &BTreeMap<String, Value>,
        sources: &BTreeMap<String, Value>,
        evidence: Option<&Path>,
        base: &Path,
    ) -> Result<Self, CollectError> {
        let mut plan = Self {
            base: base.to_owned(),
            servers: BTreeMap::new(),
            sources: Vec::new(),
        };
        for (name, value) in servers {
            let server = server(&format!("server.{name}"), value)?;
            plan.servers.insert(name.clone(), server);
        }
        for (name, value) in sources {
            let source = plan.source(name, value, evidence)?;
            plan.sources.push(source);
        }
        plan.refuse_shared_paths()?;
        Ok(plan)
    }

    /// Returns the names of all sources, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// Leaves the sources called `names`.
    ///
    /// # Errors
    /// A name that no source has.
    pub fn only(mut self, names: &[String]) -> Result<Self, CollectError> {
        if let Some(name) = names
            .iter()
            .find(|name| self.names().all(|own| own != **name))
        {
            return Err(CollectError::NoSuchSource { name: name.clone() });
        }
        self.sources.retain(|source| names.contains(&source.name));
        Ok(self)
    }

    /// Returns a client for the server called `name`, with its secrets.
    ///
    /// # Errors
    /// Secrets that are not there, and certificates that cannot be used.
    pub(super) fn client(&self, name: &str, server: &Server) -> Result<Client, CollectError> {
        let setting = |key: &str| format!("server.{name}.{key}");
        let secret =
            |key: &str, reference: &str| Secret::load(&setting(key), reference, &self.base);
        let mut headers = Vec::new();
        if let Some(reference) = &server.bearer {
            let token = secret("bearer", reference)?;
            headers.push((
                "authorization".to_owned(),
                token.map(|text| format!("Bearer {text}")),
            ));
        }
        if let Some(basic) = &server.basic {
            let password = secret("basic.password", &basic.password)?;
            let pair = |text: &str| base64::encode(format!("{}:{text}", basic.user).as_bytes());
            headers.push((
                "authorization".to_owned(),
                password.map(|text| format!("Basic {}", pair(text))),
            ));
        }
        for (header, value) in &server.headers {
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
        let read = |path: &PathBuf| tree::read(&self.base.join(path), ITEM_SIZE_MAX);
        let client = match (&server.certificate, &server.key) {
            (Some(certificate), Some(key)) => Some((read(certificate)?, secret("key", key)?)),
            _ => None,
        };
        let credentials = Credentials {
            headers,
            ca: server.ca.as_ref().map(read).transpose()?,
            client,
        };
        Client::new(credentials).map_err(|source| CollectError::Tls {
            server: name.to_owned(),
            source,
        })
    }

    fn source(
        &self,
        name: &str,
        value: &Value,
        evidence: Option<&Path>,
    ) -> Result<Source, CollectError> {
        let table = format!("collect.{name}");
        let refuse = |reason: String| CollectError::Setting {
            table: table.clone(),
            reason,
        };
        let (common, own) = apart(&table, value)?;
        let Some(folder) = common.evidence.as_deref().or(evidence) else {
            return Err(refuse(
                "expected `evidence`, the folder that its file goes to".into(),
            ));
        };
        let path = common.path.unwrap_or_else(|| format!("{name}.json"));
        tree::join(folder, &path)?;
        let valid_for = match common.valid_for.as_deref().map(parse_duration).transpose() {
            Ok(duration) => duration,
            Err(error) => return Err(refuse(format!("valid_for: {error}"))),
        };
        let server = || match &common.server {
            Some(server) if self.servers.contains_key(server) => Ok(server.clone()),
            Some(server) => Err(refuse(format!("there is no table `server.{server}`"))),
            None => Err(refuse("expected `server`".into())),
        };
        let how = match common.from.as_str() {
            "prometheus" => How::Prometheus {
                server: server()?,
                queries: decode::<prometheus::Settings>(&table, own)?
                    .read()
                    .map_err(refuse)?,
            },
            other => {
                return Err(refuse(format!(
                    "from is `{other}`, expected {}",
                    FROM.join(", ")
                )));
            }
        };
        Ok(Source {
            name: name.to_owned(),
            folder: folder.to_owned(),
            path,
            valid_for,
            how,
        })
    }

    fn refuse_shared_paths(&self) -> Result<(), CollectError> {
        let mut known: BTreeMap<PathBuf, &str> = BTreeMap::new();
        for source in &self.sources {
            for path in source.paths() {
                let path = source.folder.join(path);
                if let Some(one) = known.insert(path.clone(), &source.name) {
                    return Err(CollectError::SharedPath {
                        one: one.to_owned(),
                        other: source.name.clone(),
                        path,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Source {
    /// Every file that it gives.
    pub(super) fn paths(&self) -> Vec<String> {
        match &self.how {
            How::Prometheus { queries, .. } => {
                let suffixes = queries.suffixes().iter();
                suffixes.map(|suffix| self.path_with(suffix)).collect()
            }
        }
    }

    /// Its file's name with `suffix` before the extension.
    pub(super) fn path_with(&self, suffix: &str) -> String {
        match self.path.rsplit_once('.') {
            Some((stem, extension)) if !extension.contains('/') => {
                format!("{stem}{suffix}.{extension}")
            }
            _ => format!("{}{suffix}", self.path),
        }
    }
}

/// What every source has, and what is the source's own.
fn apart(table: &str, value: &Value) -> Result<(Common, Value), CollectError> {
    let Value::Object(all) = value else {
        return Err(CollectError::Setting {
            table: table.to_owned(),
            reason: "expected a table".into(),
        });
    };
    let (common, own): (Map<_, _>, Map<_, _>) = all
        .clone()
        .into_iter()
        .partition(|(key, _)| COMMON.contains(&key.as_str()));
    Ok((decode(table, Value::Object(common))?, Value::Object(own)))
}

fn decode<T: DeserializeOwned>(table: &str, value: Value) -> Result<T, CollectError> {
    json::decode(value).map_err(|source| CollectError::Settings {
        table: table.to_owned(),
        source,
    })
}

fn server(table: &str, value: &Value) -> Result<Server, CollectError> {
    let mut server: Server = decode(table, value.clone())?;
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

/// Whether a header of this name carries what must not stand in the settings.
fn may_be_secret(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    [
        "authorization",
        "cookie",
        "token",
        "key",
        "secret",
        "password",
    ]
    .iter()
    .any(|word| header.contains(word))
}

#[cfg(test)]
mod tests;
