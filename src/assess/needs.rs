//! What a run would need of evidence, and how much of that is there. Nothing is evaluated
//! and nothing recorded.

use std::path::PathBuf;
use std::slice;

use super::contracts::{Terms, seen};
use super::{AssessError, Input, Request, evaluation};
use crate::clock::{Clock, Timestamp};
use crate::contract::By;
use crate::decision::Seen;
use crate::engine::requirements;
use crate::evidence::manifest::Method;
use crate::evidence::{Bundle, Item, LoadOptions};
use crate::policy::Requirement;

/// What a run would need.
#[derive(Debug)]
pub struct Needs {
    /// The contract in force.
    pub contract: Option<PathBuf>,
    /// Every item that is asked for, sorted.
    pub items: Vec<Needed>,
    /// Where the evidence folder is not what its manifest says.
    pub disagreements: Vec<String>,
}

/// An item that is asked for, and what there is of it.
#[derive(Debug)]
pub struct Needed {
    /// The strictest of what all ask.
    pub requirement: Requirement,
    /// Who asks for it.
    pub by: Vec<By>,
    /// The item as it is.
    pub seen: Seen,
    /// Its file in the folder, where there is one.
    pub path: Option<String>,
    /// How it came, where its manifest says.
    pub method: Option<Method>,
    /// Why it would not do; empty where it would.
    pub unmet: Vec<String>,
}

impl Needed {
    /// Whether a run cannot do without it.
    pub fn is_required(&self) -> bool {
        !self.requirement.optional
    }

    /// Whether it is there and would do.
    pub fn is_usable(&self) -> bool {
        self.path.is_some() && self.unmet.is_empty()
    }
}

/// Returns what the run of `request` would need. A folder of evidence that is not there
/// has nothing in it.
///
/// # Errors
/// Policies, contracts and bundles that cannot be loaded, and a selection without rules.
pub fn needs(request: &Request<'_>, clock: &impl Clock) -> Result<Needs, AssessError> {
    let policies = evaluation::load_policies(request)?;
    let terms = Terms::read(request, &policies)?;
    let bundle = bundle(request, request.instant(clock))?;
    let disagreements = bundle.iter().flat_map(Bundle::disagreements);
    let disagreements = disagreements.map(ToString::to_string).collect();
    let items = terms.needs.into_iter().map(|need| {
        let item = bundle
            .as_ref()
            .and_then(|bundle| bundle.item(&need.requirement.evidence));
        let entry = item.map(Item::entry);
        Needed {
            seen: seen(&need.requirement, bundle.as_ref()),
            path: entry.map(|entry| entry.path.clone()),
            method: entry
                .and_then(|entry| entry.provenance.as_ref())
                .map(|provenance| provenance.method),
            unmet: requirements::unmet(slice::from_ref(&need.requirement), bundle.as_ref()),
            requirement: need.requirement,
            by: need.by,
        }
    });
    Ok(Needs {
        items: items.collect(),
        disagreements,
        contract: terms.contract.map(|contract| contract.path),
    })
}

fn bundle(request: &Request<'_>, as_of: Timestamp) -> Result<Option<Bundle>, AssessError> {
    let options = LoadOptions {
        as_of,
        trust: request.trust,
        subject: None,
    };
    match &request.input {
        Input::Folder(folder) if folder.exists() => Ok(Some(Bundle::load(folder, &options)?)),
        Input::Folder(_) | Input::Files(_) => Ok(None),
    }
}
