//! What a ledger's URL says: which store, which bucket, which prefix.

use std::fmt;

use thiserror::Error;

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Amazon S3 and what speaks its protocol.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

/// The schemes of URLs.
const SCHEMES: [(&str, Service); 4] = [
    ("s3", Service::S3),
    ("gs", Service::Google),
    ("az", Service::Azure),
    ("abfs", Service::Azure),
];
/// Most bytes in a URL: an object's name may have 1,024, and the names below need some.
const SIZE_MAX: usize = 700;

/// Where a ledger in an object store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) service: Service,
    pub(super) bucket: String,
    /// Without slashes around it; empty where the bucket is the ledger.
    pub(super) prefix: String,
    text: String,
}

/// A place that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// Not a URL of an object store.
    #[error("ledger `{url}`: {reason}")]
    Url {
        /// As written.
        url: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The environment does not say how to reach the store.
    #[error("ledger `{url}`: the settings in the environment do not do")]
    Settings {
        /// The ledger.
        url: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Place {
    /// Reads `s3://BUCKET/PREFIX`, `gs://…`, `az://…` or `abfs://…`; none for other schemes.
    ///
    /// # Errors
    /// A bucket or prefix that no object can have, or that could be read in two ways.
    pub fn parse(url: &str) -> Option<Result<Self, PlaceError>> {
        let (scheme, rest) = url.split_once(':')?;
        let (_, service) = SCHEMES.iter().find(|(known, _)| *known == scheme)?;
        Some(
            Self::of(*service, url, rest).map_err(|reason| PlaceError::Url {
                url: url.to_owned(),
                reason,
            }),
        )
    }

    fn of(service: Service, url: &str, rest: &str) -> Result<Self, &'static str> {
        let rest = rest
            .strip_prefix("//")
            .ok_or("expected SCHEME://BUCKET/PREFIX")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        // TRUST: no name, password, port, query or escape: what looks like one place is it.
        let is_name = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !is_name(bucket) || bucket.starts_with('.') {
            return Err("the bucket is not letters, digits, `-`, `_` and `.`");
        }
        let parts = || prefix.split('/');
        if !prefix.is_empty() && !parts().all(|part| is_name(part) && part != "." && part != "..") {
            return Err("the prefix is not parts of letters, digits, `-`, `_` and `.`");
        }
        if url.len() > SIZE_MAX {
            return Err("is longer than 700 bytes");
        }
        Ok(Self {
            service,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            text: url.strip_suffix('/').unwrap_or(url).to_owned(),
        })
    }

    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls_of_object_stores() {
        let place = Place::parse("s3://audit-logs/team/payments/")
            .unwrap()
            .unwrap();
        assert_eq!(
            (place.bucket.as_str(), place.prefix.as_str()),
            ("audit-logs", "team/payments")
        );
        assert_eq!(place.to_string(), "s3://audit-logs/team/payments");
        let place = Place::parse("gs://b").unwrap().unwrap();
        assert_eq!(
            (place.service, place.prefix.as_str()),
            (Service::Google, "")
        );
        for url in ["az://c/x", "abfs://c/x"] {
            assert_eq!(Place::parse(url).unwrap().unwrap().service, Service::Azure);
        }
        for url in ["ledger", "http://b/x", "S3://b/x", "./s3://b"] {
            assert!(Place::parse(url).is_none(), "{url}");
        }
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        for url in [
            "s3:/b/x",
            "s3:b",
            "s3://",
            "s3:///x",
            "s3://b//x",
            "s3://b/../x",
            "s3://b/./x",
            "s3://key:secret@b/x",
            "s3://b:9000/x",
            "s3://b/x?y",
            "s3://b/x#y",
            "s3://b/a%2fb",
            "s3://b/a b",
            "s3://../x",
            "s3://b/ä",
        ] {
            assert!(Place::parse(url).unwrap().is_err(), "{url}");
        }
        let long = format!("s3://b/{}", "x".repeat(700));
        assert!(Place::parse(&long).unwrap().is_err());
    }
}
