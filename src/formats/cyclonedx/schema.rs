//! What each object of a bill of materials holds: its name in JSON, its place in XML, and
//! its type.
//!
//! The names are those of the `CycloneDX` schemas 1.0 to 1.7; which of them XML has here,
//! and which are left out when empty, is as `CycloneDX/cyclonedx-go` has it.

pub mod row;

mod bom;

mod crypto;
mod declarations;
mod formulation;
mod model;
mod parts;
mod vulnerability;

pub use bom::{BOM, COMPONENT, SERVICE, TOOL};
pub use parts::{ATTACHED_TEXT, DATA_GOVERNANCE, LICENSE, LICENSE_CHOICE};
