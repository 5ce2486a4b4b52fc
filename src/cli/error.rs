//! What a command can fail with, and what to do next.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::config::ConfigError;
use super::init::InitError;
#[cfg(feature = "engine")]
use crate::anchor::AnchorError;
use crate::anchor::policy::PolicyError as WitnessPolicyError;
use crate::anchor::timestamp::StampError;
#[cfg(feature = "engine")]
use crate::assess::AssessError;
#[cfg(feature = "engine")]
use crate::collect::CollectError;
#[cfg(feature = "engine")]
use crate::evidence::EvidenceError;
#[cfg(feature = "engine")]
use crate::governance::{BaselineError, ReviewError, rotation::RotationError};
use crate::interop::InteropError;
use crate::interop::vsa::VsaError;
use crate::json::JsonError;
use crate::ledger::LedgerError;
#[cfg(feature = "object-store")]
use crate::ledger::ReplicaError;
use crate::ledger::read::ReadError;
#[cfg(feature = "engine")]
use crate::policy::PolicyError;
use crate::record::{Bent, RecordError};
use crate::signing::dsse::DsseError;
use crate::signing::keyfile::KeyFileError;
use crate::signing::note::NoteError;
use crate::signing::{KeyError, TrustError};
use crate::tree::TreeError;
use crate::triggers::RecordedError;
use crate::verify::VerifyError;

/// Why a command gave no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CliError {
    /// Settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `init`.
    #[error(transparent)]
    Init(#[from] InitError),
    /// The pipeline.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Assess(#[from] AssessError),
    /// The pipeline, over one folder of many.
    #[cfg(feature = "engine")]
    #[error("`{}` has no verdict", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: Box<AssessError>,
    },
    /// Evidence.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Policies.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Records for other tools.
    #[error(transparent)]
    Interop(#[from] InteropError),
    /// Reading a ledger.
    #[error(transparent)]
    Reading(#[from] ReadError),
    /// A place that no ledger can be reached at.
    #[cfg(feature = "object-store")]
    #[error(transparent)]
    Place(#[from] crate::remote::PlaceError),
    /// A copy of a ledger.
    #[cfg(feature = "object-store")]
    #[error(transparent)]
    Copy(#[from] ReplicaError),
    /// The identity of a new ledger.
    #[error("origin of the ledger: {0}")]
    Origin(#[from] NoteError),
    /// A line of the ledger that is no envelope.
    #[error("record {index} cannot be read; `assize verify` says what else is wrong")]
    Envelope {
        /// 0-based number.
        index: u64,
        /// Why.
        source: DsseError,
    },
    /// A record that a summary would vouch for.
    #[error("record {index} does not verify, and so has no summary")]
    Unverified {
        /// 0-based number.
        index: u64,
        /// What is wrong with it, or missing.
        source: VerifyError,
    },
    /// A summary that cannot be signed.
    #[error("the summary cannot be signed")]
    Summary {
        /// Why not.
        source: DsseError,
    },
    /// A record of a kind that this version does not know.
    #[error("record {index}: {reason}")]
    UnknownRecord {
        /// 0-based number.
        index: u64,
        /// Why.
        reason: String,
    },
    /// A record in the ledger.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// What the ledger holds of triggers.
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    /// A document in the ledger.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Sources of evidence.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// Anchoring.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// A witness policy.
    #[error("witness policy `{path}`: {source}")]
    WitnessPolicy {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: WitnessPolicyError,
    },
    /// Certificates of authorities.
    #[error("certificates of time-stamping authorities: {0}")]
    Authorities(#[from] StampError),
    /// Key files.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// Keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key on a token.
    #[cfg(feature = "pkcs11")]
    #[error("key on a token: {0}")]
    Pkcs11(#[from] crate::signing::pkcs11::Pkcs11Error),
    /// Trust policy.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A declaration that cannot be signed as it is.
    #[cfg(feature = "engine")]
    #[error("declaration `{path}`: {reason}")]
    Declaration {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A review that cannot be held.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A review without triggers to look at.
    #[cfg(feature = "engine")]
    #[error("there is no ledger at `{path}`, and so no trigger record to review")]
    NoTriggers {
        /// Where it should be.
        path: PathBuf,
    },
    /// A baseline that cannot be set.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The data file of baselines.
    #[cfg(feature = "engine")]
    #[error("`{path}`: {source}")]
    BaselineFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: BaselineError,
    },
    /// A key that cannot be announced.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// There is no data file of baselines.
    #[cfg(feature = "engine")]
    #[error("there are no baselines at `{path}`")]
    NoBaselines {
        /// Where they should be.
        path: PathBuf,
    },
    /// A baseline that somebody changed without a record.
    #[cfg(feature = "engine")]
    #[error("`{metric}`: {reason}; nothing was changed")]
    BaselineUnexplained {
        /// Which.
        metric: String,
        /// What the records say.
        reason: String,
    },
    /// Somebody else wrote the file meanwhile.
    #[cfg(feature = "engine")]
    #[error(
        "`{path}` was changed meanwhile; record {index} stands, the file does not have what it says"
    )]
    BaselineRace {
        /// The file.
        path: PathBuf,
        /// The record.
        index: u64,
    },
    /// The ledger took the record and gave it no place.
    #[cfg(feature = "engine")]
    #[error("the ledger gave the record no place, so nothing was changed")]
    NotAppended,
    /// A file that cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// An envelope that cannot be made.
    #[cfg(feature = "engine")]
    #[error("declaration {0}")]
    Dsse(#[from] DsseError),
    /// A key pair of that name is there.
    #[error("key `{path}` exists already")]
    KeyExists {
        /// The private half.
        path: PathBuf,
    },
    /// Not a name for a key pair.
    #[error("`{name}` is not a key name: use letters, digits, `-` and `_`")]
    KeyName {
        /// The name.
        name: String,
    },
    /// An argument that clap cannot judge.
    #[error("{argument}: {reason}")]
    Argument {
        /// The argument as written.
        argument: String,
        /// What is wrong.
        reason: String,
    },
    /// No such record, or no such document of it.
    #[error("{what} is not in the ledger `{ledger}`")]
    NotInLedger {
        /// What was asked for.
        what: String,
        /// Where.
        ledger: PathBuf,
    },
    /// No rule of that id.
    #[cfg(feature = "engine")]
    #[error("there is no rule `{rule}`{}", suggestion(.near))]
    NoRule {
        /// The id.
        rule: String,
        /// Ids that are much like it.
        near: Vec<String>,
    },
    /// No ledger.
    #[error("there is no ledger at `{path}`")]
    NoLedger {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record is there, and its receipt is not.
    #[cfg(feature = "engine")]
    #[error("record {index} is in the ledger, and its receipt could not be made")]
    Receipt {
        /// 0-based number.
        index: u64,
        /// Why not.
        source: Box<CliError>,
    },
    /// A file cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output is closed or full.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

#[cfg(feature = "engine")]
fn suggestion(near: &[String]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("; there is `{}`", near.join("`, `"))
    }
}

#[cfg(feature = "object-store")]
fn copy_hint(error: &ReplicaError) -> Option<String> {
    let hint = "the copy is evidence of what was there: keep it, and compare checkpoints with \
                somebody else who has one";
    let is_other = matches!(
        error,
        ReplicaError::Diverges { .. } | ReplicaError::Shorter { .. }
    );
    is_other.then(|| hint.into())
}

/// What to do next about a record that does not verify.
const UNVERIFIED: &str = "--trust names the keys that may sign; `assize verify` says more";

impl CliError {
    /// Returns what to do next, where that is more than the message says.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoLedger { .. } => {
                Some("`assize gate` makes one; `--ledger` names another".into())
            }
            #[cfg(feature = "object-store")]
            Self::Copy(error) => copy_hint(error),
            #[cfg(feature = "engine")]
            Self::Anchor(error) => error.hint().map(str::to_owned),
            Self::Recorded(RecordedError::None) => {
                Some("`assize triggers` evaluates them and makes a record".into())
            }
            Self::Recorded(RecordedError::Unreadable { .. }) => {
                Some("`assize verify` says what is wrong with the ledger".into())
            }
            Self::Interop(error) => of_interop(error),
            Self::Unverified { .. } => Some(UNVERIFIED.into()),
            #[cfg(feature = "engine")]
            Self::NoRule { .. } => Some("`assize policy list` shows the rules there are".into()),
            Self::KeyExists { .. } => {
                Some("choose another name; a key is never overwritten".into())
            }
            Self::Trust(TrustError::Unknown { .. }) => Some(
                "`assize keys trust add FILE --name NAME --role ROLE` adds a key to trust.toml"
                    .into(),
            ),
            Self::Init(InitError::Exists { .. }) => {
                Some("run `assize init` in an empty folder, or remove the file".into())
            }
            #[cfg(feature = "engine")]
            Self::Declaration { .. } => Some(
                "have it made anew with `assize declare`; earlier signers must have the role \
                 `declaration` in the trust policy"
                    .into(),
            ),
            #[cfg(feature = "engine")]
            Self::Review(ReviewError::Stale { .. } | ReviewError::Later { .. })
            | Self::NoTriggers { .. } => {
                Some("run `assize triggers`, then hold the review over its record".into())
            }
            #[cfg(feature = "engine")]
            Self::Receipt { index, .. } => Some(format!(
                "`assize log prove {index}` writes it to standard output"
            )),
            #[cfg(feature = "engine")]
            Self::Evidence(error) | Self::Collect(CollectError::Evidence(error)) => {
                of_evidence(error).map(str::to_owned)
            }
            #[cfg(feature = "engine")]
            Self::Collect(CollectError::Unvouched { .. }) => Some(
                "move them away, or collect without --key; `assize seal FOLDER --key KEY` signs \
                 what you vouch for yourself"
                    .into(),
            ),
            #[cfg(feature = "engine")]
            Self::Assess(error) => error.hint(),
            #[cfg(feature = "engine")]
            Self::Folder { source, .. } => source.hint(),
            #[cfg(feature = "engine")]
            other => other.hint_of_baselines(),
            #[cfg(not(feature = "engine"))]
            _ => None,
        }
    }

    #[cfg(feature = "engine")]
    fn hint_of_baselines(&self) -> Option<String> {
        match self {
            Self::BaselineUnexplained { .. } => Some(
                "`assize baseline show` tells what the records say; put the recorded value back, \
                 as from `assize log show N --document after`, and change it with `baseline set`"
                    .into(),
            ),
            Self::BaselineRace { .. } => {
                Some("look with `assize baseline show`, and set it again".into())
            }
            _ => None,
        }
    }

    /// Whether the reader of our output went away: nothing to complain about.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What to do next about records that are not exported.
fn of_interop(error: &InteropError) -> Option<String> {
    match error {
        InteropError::Damaged { .. } | InteropError::Root => {
            Some("`assize verify` says what is wrong with the ledger".into())
        }
        InteropError::Vsa {
            source: VsaError::Bent(Bent::By(kind)),
            ..
        } => Some(format!(
            "--accept {kind} takes it all the same; the summary then lists it"
        )),
        _ => None,
    }
}

/// What to do next about a folder of evidence.
#[cfg(feature = "engine")]
fn of_evidence(error: &EvidenceError) -> Option<&'static str> {
    match error {
        EvidenceError::Unfinished { .. } => Some(
            "run `assize collect` again, without --only. Where no source gives a file any more, \
             remove it and `bundle.unfinished.json`",
        ),
        EvidenceError::Unsealed { .. } => {
            Some("`assize seal FOLDER --key KEY` writes a manifest and signs it")
        }
        EvidenceError::NotSealed { .. } => Some("`assize seal FOLDER` writes one"),
        EvidenceError::Signed { .. } => Some(
            "--drop-signature removes the signature; `assize seal FOLDER --add-signature \
             --key KEY` then signs what is left",
        ),
        EvidenceError::Map { .. } => {
            Some("`assize evidence validate --map FILE DOCUMENT` tries a mapping")
        }
        _ => None,
    }
}
