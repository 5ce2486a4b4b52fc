//! The one integration binary: the built command and the shape of the source.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[cfg(feature = "engine")]
mod anchors;
mod architecture;
#[cfg(feature = "engine")]
mod authoring;
#[cfg(feature = "engine")]
mod baselines;
#[cfg(feature = "engine")]
mod cmd;
#[cfg(feature = "engine")]
mod collect;
#[cfg(feature = "engine")]
mod conformance;
#[cfg(feature = "engine")]
mod conftest;
#[cfg(feature = "engine")]
mod contracts;
#[cfg(feature = "engine")]
mod crash;
#[cfg(feature = "engine")]
mod docs;
#[cfg(feature = "engine")]
mod each;
#[cfg(feature = "engine")]
mod engine_hostile;
#[cfg(feature = "engine")]
mod engine_traps;
#[cfg(feature = "engine")]
mod evidence_cmd;
#[cfg(feature = "engine")]
mod forks;
#[cfg(feature = "engine")]
mod formats;
#[cfg(feature = "engine")]
mod gate;
#[cfg(feature = "engine")]
mod governance;
#[cfg(feature = "engine")]
mod interop;
#[cfg(feature = "engine")]
mod json_map;
#[cfg(feature = "engine")]
mod keys;
#[cfg(feature = "engine")]
mod mapping;
#[cfg(feature = "engine")]
mod operations;
#[cfg(feature = "engine")]
mod pages;
#[cfg(feature = "engine")]
mod policy_explain;
#[cfg(feature = "engine")]
mod policy_test;
#[cfg(feature = "engine")]
mod predicates;
#[cfg(feature = "engine")]
mod programs;
#[cfg(feature = "engine")]
mod readiness;
#[cfg(feature = "engine")]
mod receipts;
#[cfg(feature = "engine")]
mod redaction;
#[cfg(feature = "engine")]
mod registers;
#[cfg(all(feature = "engine", feature = "object-store"))]
mod remote;
#[cfg(feature = "engine")]
mod repo;
#[cfg(feature = "engine")]
mod signed_evidence;
mod spec_vectors;
#[cfg(feature = "engine")]
mod stock_tools;
#[cfg(feature = "engine")]
mod tickets;
#[cfg(feature = "engine")]
mod triggers;
