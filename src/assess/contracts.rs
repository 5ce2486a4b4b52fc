//! What a run needs of evidence: of its rules, and of its contract.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::slice;

use super::{AssessError, Input, Request, Selection, evaluation};
use crate::contract::{self, Contract, Need};
use crate::decision::{Completeness, Demand, Origin, Redactions, Seen};
use crate::engine::requirements;
use crate::evidence::manifest::Method;
use crate::evidence::{Bundle, Item, Kind, Status};
use crate::policy::{Family, PolicySet, Requirement};

/// Where contracts are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contracts {
    /// This one, whatever is evaluated.
    File(PathBuf),
    /// The one in a folder that has the name of what is evaluated.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Whether the settings name it, so that it must be there.
        is_named: bool,
        /// Whether the policies are those that all contracts in it are for.
        is_complete: bool,
    },
}

/// Name of the contract of triggers.
const TRIGGERS: &str = "triggers";
/// Name of the contract of readiness, of all phases.
const READINESS: &str = "readiness";

/// What a run needs.
pub struct Terms {
    /// The contract in force.
    pub contract: Option<Contract>,
    /// What its rules and the contract ask for.
    pub needs: Vec<Need>,
}

impl Terms {
    /// Reads the contract of what is selected, and joins it with what rules require.
    pub fn read(request: &Request<'_>, policies: &PolicySet) -> Result<Self, AssessError> {
        let contract = in_force(request, policies)?;
        let rules = evaluation::select(&request.selection, policies)?;
        Ok(Self {
            needs: contract::needs(&rules, contract.as_ref())?,
            contract,
        })
    }

    /// Returns what came of each demand of the contract.
    pub fn demands(&self, bundle: Option<&Bundle>) -> Vec<Demand> {
        let demanded = self.contract.iter().flat_map(|contract| &contract.demands);
        demanded
            .map(|demand| Demand {
                evidence: seen(demand, bundle),
                unmet: requirements::unmet(slice::from_ref(demand), bundle),
            })
            .collect()
    }

    /// Returns the bytes of the contract.
    pub fn contract_bytes(&self) -> Option<&[u8]> {
        self.contract
            .as_ref()
            .map(|contract| contract.bytes.as_slice())
    }

    /// Counts what is required.
    pub fn completeness(&self, bundle: Option<&Bundle>) -> Completeness {
        let asked = self.needs.iter().map(|need| &need.requirement);
        let required = asked.filter(|asked| !asked.optional);
        Completeness::of(required.map(|asked| {
            let item = bundle.and_then(|bundle| bundle.item(&asked.evidence));
            let is_met = requirements::unmet(slice::from_ref(asked), bundle).is_empty();
            item.filter(|_| is_met).map(origin)
        }))
    }
}

/// TRUST: what a manifest says of how its items came is its word.
fn origin(item: &Item) -> Origin {
    let provenance = item.entry().provenance.as_ref();
    match provenance.map(|provenance| provenance.method) {
        // Whoever delivered it, a person said it.
        _ if item.kind() == Kind::Declaration => Origin::Declared,
        Some(Method::Pull | Method::Push) => Origin::Automated,
        Some(Method::Declared) => Origin::Declared,
        Some(Method::Import) | None => Origin::Unstated,
    }
}

/// Returns the item that `asked` names, also where it may be missing and is.
pub(super) fn seen(asked: &Requirement, bundle: Option<&Bundle>) -> Seen {
    let asked = Requirement {
        optional: false,
        ..asked.clone()
    };
    let mut seen = requirements::seen(slice::from_ref(&asked), bundle);
    seen.pop().unwrap_or_else(|| Seen {
        id: asked.evidence,
        kind: asked.kind,
        status: Status::Missing.name().to_owned(),
        reason: None,
        age_s: None,
        sha256: None,
        redactions: Redactions::default(),
    })
}

fn in_force(request: &Request<'_>, policies: &PolicySet) -> Result<Option<Contract>, AssessError> {
    if let Input::Files(_) = request.input {
        return Ok(None);
    }
    let (folder, is_named, is_complete) = match &request.contracts {
        Contracts::File(path) => return Ok(Some(Contract::read(path)?)),
        Contracts::Folder {
            path,
            is_named,
            is_complete,
        } => (path.as_path(), *is_named, *is_complete),
    };
    let name = match &request.selection {
        Selection::Gate(name) => name.as_str(),
        Selection::Family(Family::Trigger) => TRIGGERS,
        Selection::Family(Family::Readiness) | Selection::Phase(_) => READINESS,
        Selection::Family(_) | Selection::Namespaces(_) | Selection::All => return Ok(None),
    };
    if is_complete {
        contract::refuse_strays(folder, &known(policies), is_named)?;
    }
    Ok(contract::find(folder, name)?)
}

/// Returns the names that a contract can have.
fn known(policies: &PolicySet) -> BTreeSet<&str> {
    let families = [(Family::Trigger, TRIGGERS), (Family::Readiness, READINESS)];
    let with_rules = families
        .into_iter()
        .filter(|(family, _)| !policies.select_family(family).is_empty());
    let gates = policies.gates().into_iter();
    gates.chain(with_rules.map(|(_, name)| name)).collect()
}
