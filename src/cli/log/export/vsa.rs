//! A gate's record as a verification summary, signed anew.
//!
//! INVARIANT: what signs a summary vouches for its result, so the record is verified first, as
//! a receipt is.

use std::io::Write;

use super::super::entry;
use crate::cli::args::LogExport;
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::location::Location;
use crate::cli::{settings, signer};
use crate::interop::vsa::{self, Context};
use crate::ledger::read::{self, Reader};
use crate::report::visible;
use crate::signing::dsse::{Envelope, IN_TOTO};
use crate::verify;

/// A signed summary, and what to say of it.
pub(super) struct Signed {
    /// The envelope, as a line.
    pub(super) bytes: Vec<u8>,
    /// For people.
    pub(super) said: String,
}

/// Returns the signed summary of a record.
///
/// # Errors
/// Records that do not verify or have no summary, and keys that cannot be used.
pub(super) fn summary(
    args: &LogExport,
    config: &Config,
    (ledger, reader): (&Location, &Reader),
    err: &mut impl Write,
) -> Result<Signed, CliError> {
    let given = &args.summary;
    let entry = entry(reader, ledger, args.index)?;
    let receipt = read::receipt(reader.dir(), &entry)?.to_bytes();
    let trusted = settings::verifier_trust(&[], given.trust.as_ref(), config)?;
    let record =
        verify::receipt(&receipt, &trusted.policy).map_err(|source| CliError::Unverified {
            index: entry.index,
            source,
        })?;
    let context = Context {
        // clap has both where there is a summary.
        verifier_id: given.verifier_id.as_deref().unwrap_or_default(),
        resource_uri: given.resource_uri.as_deref().unwrap_or_default(),
        policy_uri: given.policy_uri.as_deref(),
        accepted: &given.accept,
    };
    let summary = vsa::summary(entry.index, entry.line_digest(), &record.payload, &context)?;
    let key = signer::signing_key(given.key.as_deref(), config, err)?;
    let envelope = Envelope::sign(IN_TOTO, &summary.payload, &key.key)
        .map_err(|source| CliError::Summary { source })?;
    let result = if summary.passed { "PASSED" } else { "FAILED" };
    let by = if key.development {
        "this machine's own development key, which proves nothing to others".to_owned()
    } else {
        envelope.key_id().to_string()
    };
    let said = format!(
        "{result}  record {} is verified, trusting {}; the summary is a new statement, signed by {by}",
        entry.index, trusted.source
    );
    let mut bytes = envelope.to_line();
    bytes.push(b'\n');
    Ok(Signed {
        bytes,
        said: visible(&said),
    })
}
