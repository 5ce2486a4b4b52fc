//! Assize weighs evidence against policy and signs the verdict.
//!
//! ```text
//!  policies/ ─▶ policy ──┐
//!                        ├─▶ engine ─▶ decision ─▶ record ─▶ ledger ─▶ verify
//!  evidence/ ─▶ evidence ┘
//! ```
//!
//! Values change type at every arrow and none flows back; `tests/it/architecture.rs`
//! holds the module graph as a table. See `docs/architecture.md` for the invariants.

pub mod anchor;
#[cfg(feature = "engine")]
pub mod assess;
pub mod cli;
pub mod clock;
#[cfg(feature = "engine")]
pub mod collect;
#[cfg(feature = "engine")]
pub mod contract;
pub mod decision;
pub mod digest;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
pub mod evidence;
#[cfg(feature = "engine")]
pub mod formats;
pub mod governance;
#[cfg(feature = "engine")]
pub mod http;
pub mod interop;
pub mod json;
pub mod ledger;
#[cfg(feature = "engine")]
pub mod policy;
pub mod process;
pub mod record;
#[cfg(feature = "object-store")]
pub mod remote;
pub mod report;
pub mod signing;
pub mod tree;
pub mod triggers;
pub mod verify;
pub mod waiver;
#[cfg(feature = "engine")]
pub mod xml;
