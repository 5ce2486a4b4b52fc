//! The few requests that the protocol is made of, and the stores that answer them.
//!
//! [`Bucket`] asks a real one. The tests have a second, in memory, that fails before and
//! after each request was carried out.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectStore, PutMode, PutOptions, PutPayload,
    RetryConfig, UpdateVersion,
};
use thiserror::Error;

use super::place::{Place, PlaceError, Service};
use super::transport::{Connector, SizeMax};

/// Name of the metadata that tells one writer's object from the same bytes of another.
const NONCE: &str = "assize-nonce";

/// An object that was read.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) bytes: Vec<u8>,
    /// The number that its writer gave it; none where the store keeps none.
    pub(super) nonce: Option<String>,
    /// What it must still be for [`Objects::replace`].
    pub(super) version: UpdateVersion,
}

/// What became of a conditional write that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    /// The condition does not hold.
    Refused,
}

/// A request that was not answered as it should be.
#[derive(Debug, Error)]
#[error("{source}")]
pub(super) struct ObjectError {
    /// Whether asking again may help; a write may then have been carried out.
    pub(super) unsure: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl ObjectError {
    pub(super) fn new(unsure: bool, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            unsure,
            source: source.into(),
        }
    }
}

/// Objects of one ledger. Paths are relative to its prefix and `/`-separated.
pub(super) trait Objects: fmt::Debug + Sync {
    /// Returns the path for messages.
    fn display(&self, path: &str) -> PathBuf;
    /// Reads an object of at most `size_max` bytes; none if it is missing.
    fn read(&self, path: &str, size_max: u64) -> Result<Option<Object>, ObjectError>;
    /// Returns an object's size; none if it is missing.
    fn size(&self, path: &str) -> Result<Option<u64>, ObjectError>;
    /// Creates an object where there is none.
    fn create(&self, path: &str, bytes: &[u8], nonce: &str) -> Result<Put, ObjectError>;
    /// Replaces an object that is still what it was when it was read.
    fn replace(&self, path: &str, bytes: &[u8], was: &UpdateVersion) -> Result<Put, ObjectError>;
    /// Returns up to `count_max` names in `folder` that sort after `name`, sorted.
    fn after(&self, folder: &str, name: &str, count_max: usize)
    -> Result<Vec<String>, ObjectError>;
}

/// The objects below a prefix of a bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    shown: String,
}

impl Bucket {
    /// Returns the objects at `place`, with what the environment says of the store.
    ///
    /// # Errors
    /// An environment that does not say enough, or says something else.
    pub(super) fn open(place: &Place) -> Result<Self, PlaceError> {
        // Each request is asked once: `retry` asks again, and knows what that may do.
        let once = RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        };
        let bucket = &place.bucket;
        let built: Result<Arc<dyn ObjectStore>, Error> = match place.service {
            Service::S3 => AmazonS3Builder::from_env()
                .with_bucket_name(bucket)
                .with_retry(once)
                .with_http_connector(Connector)
                .build()
                .map(|store| Arc::new(store) as _),
            Service::Google => GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(bucket)
                .with_retry(once)
                .with_http_connector(Connector)
                .build()
                .map(|store| Arc::new(store) as _),
            Service::Azure => MicrosoftAzureBuilder::from_env()
                .with_container_name(bucket)
                .with_retry(once)
                .with_http_connector(Connector)
                .build()
                .map(|store| Arc::new(store) as _),
        };
        let store = built.map_err(|source| PlaceError::Settings {
            url: place.to_string(),
            source: Box::new(source),
        })?;
        Ok(Self::of(store, &place.prefix, place.as_str()))
    }

    pub(super) fn of(store: Arc<dyn ObjectStore>, prefix: &str, shown: &str) -> Self {
        Self {
            store,
            prefix: prefix.to_owned(),
            shown: shown.to_owned(),
        }
    }

    fn path(&self, path: &str) -> Result<Path, ObjectError> {
        let full = match self.prefix.as_str() {
            "" => path.to_owned(),
            prefix => format!("{prefix}/{path}"),
        };
        Path::parse(full).map_err(|error| ObjectError::new(false, error))
    }

    fn put(&self, path: &str, bytes: &[u8], options: PutOptions) -> Result<Put, ObjectError> {
        let path = self.path(path)?;
        let payload = PutPayload::from(bytes.to_vec());
        match wait(self.store.put_opts(&path, payload, options)) {
            Ok(_) => Ok(Put::Done),
            Err(
                Error::AlreadyExists { .. }
                | Error::Precondition { .. }
                | Error::NotModified { .. },
            ) => Ok(Put::Refused),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Waits for an answer, on this thread.
fn wait<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(asked),
        Err(error) => Err(Error::Generic {
            store: "runtime",
            source: Box::new(error),
        }),
    }
}

/// Tells whether asking again may help. What is not known may have been carried out.
fn failed(error: Error) -> ObjectError {
    let unsure = matches!(error, Error::Generic { .. } | Error::JoinError { .. });
    ObjectError::new(unsure, error)
}

fn too_large(size_max: u64) -> ObjectError {
    let error = io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("larger than {size_max} bytes"),
    );
    ObjectError::new(false, error)
}

impl Objects for Bucket {
    fn display(&self, path: &str) -> PathBuf {
        match path {
            "" => PathBuf::from(&self.shown),
            path => PathBuf::from(format!("{}/{path}", self.shown)),
        }
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Option<Object>, ObjectError> {
        let path = self.path(path)?;
        let mut options = GetOptions::default();
        options.extensions.insert(SizeMax(size_max));
        let result = wait(async {
            let found = self.store.get_opts(&path, options).await?;
            if found.meta.size > size_max {
                return Ok(None);
            }
            let version = UpdateVersion {
                e_tag: found.meta.e_tag.clone(),
                version: found.meta.version.clone(),
            };
            let nonce = found.attributes.get(&Attribute::Metadata(NONCE.into()));
            let nonce = nonce.map(|nonce| nonce.to_string());
            let bytes = found.bytes().await?.to_vec();
            Ok(Some(Object {
                bytes,
                nonce,
                version,
            }))
        });
        match result {
            Ok(Some(object)) if object.bytes.len() as u64 <= size_max => Ok(Some(object)),
            Ok(_) => Err(too_large(size_max)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn size(&self, path: &str) -> Result<Option<u64>, ObjectError> {
        let path = self.path(path)?;
        let options = GetOptions {
            head: true,
            ..GetOptions::default()
        };
        match wait(self.store.get_opts(&path, options)) {
            Ok(found) => Ok(Some(found.meta.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn create(&self, path: &str, bytes: &[u8], nonce: &str) -> Result<Put, ObjectError> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::Metadata(NONCE.into()), nonce.to_owned().into());
        let options = PutOptions {
            mode: PutMode::Create,
            attributes,
            ..PutOptions::default()
        };
        self.put(path, bytes, options)
    }

    fn replace(&self, path: &str, bytes: &[u8], was: &UpdateVersion) -> Result<Put, ObjectError> {
        self.put(path, bytes, PutMode::Update(was.clone()).into())
    }

    fn after(
        &self,
        folder: &str,
        name: &str,
        count_max: usize,
    ) -> Result<Vec<String>, ObjectError> {
        let folder = self.path(folder)?;
        let listed = wait(async {
            let mut found = match name {
                "" => self.store.list(Some(&folder)),
                name => self
                    .store
                    .list_with_offset(Some(&folder), &folder.clone().join(name)),
            };
            let mut names = Vec::new();
            while names.len() < count_max
                && let Some(object) = found.next().await
            {
                let location = object?.location;
                // TRUST: what lies deeper, or elsewhere, is none of ours.
                let name = location.as_ref().strip_prefix(folder.as_ref());
                let name = name.and_then(|rest| rest.strip_prefix('/'));
                names.extend(name.filter(|name| !name.contains('/')).map(str::to_owned));
            }
            Ok(names)
        });
        let mut names = listed.map_err(failed)?;
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
