//! Files that say whose anchors count.

use std::path::{Path, PathBuf};

use super::error::CliError;
use crate::anchor::policy::{self, WitnessPolicy};
use crate::anchor::timestamp::Authorities;
use crate::signing::TrustPolicy;

/// Most bytes in a file of certificates.
const CERTIFICATES_MAX: u64 = 1 << 20;

/// Reads a witness policy.
///
/// # Errors
/// Files that cannot be read, and text that is no policy.
pub fn witnesses(path: Option<&PathBuf>) -> Result<Option<WitnessPolicy>, CliError> {
    let Some(path) = path else {
        return Ok(None);
    };
    let bytes = read(path, policy::SIZE_MAX as u64)?;
    WitnessPolicy::parse(&bytes)
        .map(Some)
        .map_err(|source| CliError::WitnessPolicy {
            path: path.clone(),
            source,
        })
}

/// Returns who is trusted to tell the time: the roots in `files`, and those of `trust`.
///
/// # Errors
/// Files that cannot be read, and that hold no certificates.
pub fn authorities(
    files: &[PathBuf],
    trust: Option<&TrustPolicy>,
) -> Result<Authorities, CliError> {
    let mut authorities = Authorities::default();
    for authority in trust.map_or(&[][..], TrustPolicy::authorities) {
        authorities.add(&authority.name, &authority.pem)?;
    }
    for path in files {
        let pem = read(path, CERTIFICATES_MAX)?;
        authorities.add(&path.display().to_string(), &pem)?;
    }
    Ok(authorities)
}

fn read(path: &Path, size_max: u64) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::Read {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > size_max {
        return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
    }
    std::fs::read(path).map_err(failed)
}
