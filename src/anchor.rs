//! What a ledger rests on besides its own keys: witnesses that cosigned its checkpoints,
//! and authorities that stamped them with the time.
//!
//! The signed chain is the word of who holds the keys. An anchor is somebody else's: a
//! witness saw that the ledger only grew, an authority saw the checkpoint no later than at
//! some time. Both are over the text of a checkpoint, so that each covers all records below
//! it. Where they are kept is the ledger's business, what they show `verify`'s.

pub mod policy;
pub mod timestamp;

#[cfg(feature = "engine")]
mod ask;
#[cfg(feature = "engine")]
pub mod authority;
#[cfg(feature = "engine")]
mod error;
#[cfg(feature = "engine")]
pub mod witness;

#[cfg(feature = "engine")]
pub use crate::http::Client;
#[cfg(feature = "engine")]
pub use ask::{Anchored, client};
#[cfg(feature = "engine")]
pub use error::AnchorError;
