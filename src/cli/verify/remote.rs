//! `assize verify` of a ledger in an object store: all of it is read again, whatever a copy
//! holds already.

use std::io::Write;
use std::path::Path;

use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::location::Location;
use crate::json::{self, json};
use crate::ledger::ReplicaError;
use crate::remote::{self, Extent, Place};
use crate::report::visible;

/// Reads all of a ledger, and holds it against the copy.
///
/// # Errors
/// Objects that cannot be read, and a ledger that is not sound or not the copy's.
pub(super) fn read_anew(place: &Place, mirror: &Path) -> Result<(), CliError> {
    let remote = remote::Reader::open(place)?;
    match remote.copy_to(mirror, Extent::Anew)? {
        Some(_) => Ok(()),
        None => Err(CliError::NoLedger {
            path: place.as_str().into(),
        }),
    }
}

/// Says what is wrong with a ledger of which no copy could be made.
///
/// # Errors
/// `error`, where it says only that something could not be read.
pub(super) fn differs(
    error: CliError,
    location: &Location,
    json: bool,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let CliError::Copy(
        wrong @ (ReplicaError::Diverges { .. }
        | ReplicaError::Shorter { .. }
        | ReplicaError::Record { .. }
        | ReplicaError::Unsound { .. }),
    ) = error
    else {
        return Err(error);
    };
    let text = if json {
        let document = json!({
            "schema": "assize/verify-report/v1",
            "result": "wrong",
            "failures": [{"file": location.to_string(), "index": null, "what": wrong.to_string()}],
            "omitted": 0,
        });
        format!("{}\n", json::pretty(&document))
    } else {
        format!("WRONG  {location}\n{}\n", visible(&wrong.to_string()))
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(Exit::No)
}
