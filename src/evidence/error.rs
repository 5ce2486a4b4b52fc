//! Why a bundle cannot be loaded or sealed at all.
//!
//! What is wrong with single items is not an error but their status: a gate must be
//! able to say which rule each of them leaves undecided.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::tree::TreeError;

use super::signature::SignatureError;
use super::{BUNDLE_SIZE_MAX, Disagreement, ITEM_SIZE_MAX, ITEMS_MAX, KindError};

/// A folder that is no bundle.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The folder or a file in it cannot be read, or is not a regular file.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The path is not a folder.
    #[error("`{path}` is not a folder")]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// `bundle.json` is not a manifest.
    #[error("`bundle.json`: {reason}")]
    Manifest {
        /// What is wrong, with the item and field.
        reason: String,
    },
    /// A mapping that is none.
    #[error("map `{path}`: {source}")]
    Map {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the field.
        source: KindError,
    },
    /// Two files map to one item id.
    #[error("`{one}` and `{other}` both map to the item id `{id}`; rename one of them")]
    SharedId {
        /// The id.
        id: String,
        /// The first file.
        one: String,
        /// The second file.
        other: String,
    },
    /// A file name that makes no item id.
    #[error("`{path}` makes no item id: use 1 to 255 bytes of printable text")]
    Id {
        /// The file.
        path: String,
    },
    /// An item beyond [`ITEM_SIZE_MAX`].
    #[error("`{path}` is larger than the limit of {ITEM_SIZE_MAX} bytes for one item")]
    ItemSize {
        /// The file.
        path: String,
    },
    /// A bundle beyond [`BUNDLE_SIZE_MAX`].
    #[error("the bundle is larger than the limit of {BUNDLE_SIZE_MAX} bytes")]
    BundleSize,
    /// More items than [`ITEMS_MAX`].
    #[error("the bundle holds {count} files, more than the limit of {ITEMS_MAX}")]
    Count {
        /// How many there are.
        count: usize,
    },
    /// A description for a file that is not there.
    #[error("a description was given for `{path}`, but there is no such file")]
    NoSuchItem {
        /// The path in the description.
        path: String,
    },
    /// The folder is not what the manifest says.
    #[error("the folder disagrees with `bundle.json`: {}", Listed(disagreements))]
    Disagrees {
        /// Every disagreement, sorted by path.
        disagreements: Vec<Disagreement>,
    },
    /// A file that shows what was taken out of evidence, among the evidence.
    #[error(
        "`{path}` is a file of disclosures, which shows what was taken out of the evidence: \
         move it out of the folder"
    )]
    Disclosures {
        /// The file.
        path: String,
    },
    /// There is no manifest to sign.
    #[error("`{path}` holds no `bundle.json`, so there is nothing to sign")]
    Unsealed {
        /// The folder.
        path: PathBuf,
    },
    /// There is no manifest that could say what was redacted.
    #[error("`{path}` holds no `bundle.json`, which says what was redacted")]
    NotSealed {
        /// The folder.
        path: PathBuf,
    },
    /// A signature that would be lost.
    #[error("`{path}` is signed, and what is redacted is not what was signed")]
    Signed {
        /// The folder.
        path: PathBuf,
    },
    /// A signature that cannot be made or added to.
    #[error("`bundle.intoto.json`: {0}")]
    Signature(#[from] SignatureError),
    /// Another manifest than the one that is to be signed.
    #[error("`{path}` is not what was sealed: somebody else has written it, and it is not signed")]
    Replaced {
        /// The manifest.
        path: PathBuf,
    },
    /// A run of `collect` was stopped before it had written all files.
    #[error(
        "a run of `collect` was stopped before it had written {} in `{path}`",
        named(left)
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// The files, sorted.
        left: Vec<String>,
    },
    /// What such a run has left behind is something else.
    #[error("`bundle.unfinished.json`: {reason}")]
    Mark {
        /// What is wrong.
        reason: String,
    },
    /// The manifest or its signature cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The first of `paths`, and how many more there are.
fn named(paths: &[String]) -> String {
    let told: Vec<_> = paths
        .iter()
        .take(3)
        .map(|path| format!("`{path}`"))
        .collect();
    match paths.len().saturating_sub(told.len()) {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

struct Listed<'a>(&'a [Disagreement]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, disagreement) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "; " };
            write!(f, "{comma}{disagreement}")?;
        }
        Ok(())
    }
}
