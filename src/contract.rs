//! Contracts: what evidence a gate, the triggers or readiness cannot do without.
//!
//! What the rules `requires` is such a contract already. A file `contracts/<name>.yaml`
//! adds to it what no rule asks for: `docs/contracts.md` describes it.
//!
//! INVARIANTS
//! - A contract only adds. Nothing in it loosens what a rule requires.
//! - Where several ask for one item, the strictest of each wins, and two kinds of one
//!   item are an error: nothing could be both.
//! - A contract that was read names each item once, by kinds that exist.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::json::{self, JsonError, Limits, Value};
use crate::policy::{self, Requirement, Rule};
use crate::tree::{self, TreeError};

mod folder;

pub use folder::{find, refuse_strays};

/// The format and version in `schema`.
pub const SCHEMA: &str = "assize/contract/v1";

/// Where contracts are looked for when nothing says.
pub const FOLDER: &str = "contracts";

/// Most items in one contract.
pub const ITEMS_MAX: usize = 1_000;

/// Most bytes in one contract.
const SIZE_MAX: u64 = 1 << 20;

/// Contracts that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContractError {
    /// A file that cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A folder that cannot be listed.
    #[error("cannot read the folder of contracts `{path}`")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not YAML, or beyond its limits.
    #[error("contract `{path}`: {source}")]
    Document {
        /// The file.
        path: PathBuf,
        /// What and where.
        source: JsonError,
    },
    /// Not of the format `assize/contract/v1`.
    #[error("contract `{path}`: {reason}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The field, and what is wrong with it.
        reason: String,
    },
    /// Two kinds of one item.
    #[error(
        "evidence `{evidence}` cannot be both {one}, as {one_by} wants, and {other}, as {other_by} wants"
    )]
    Kinds {
        /// The item.
        evidence: String,
        /// One kind.
        one: String,
        /// Who wants it.
        one_by: String,
        /// Another kind.
        other: String,
        /// Who wants that.
        other_by: String,
    },
    /// A contract for something that is not there, and so would hold nobody to anything.
    #[error("contract `{path}` is for nothing that there is: expected {expected}")]
    Stray {
        /// The file.
        path: PathBuf,
        /// Names that a contract could have.
        expected: String,
    },
}

/// What a contract file demands.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The file.
    pub path: PathBuf,
    /// Its bytes, as read.
    pub bytes: Vec<u8>,
    /// What it demands, sorted by item.
    pub demands: Vec<Requirement>,
}

/// Who asks for an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The rule with this id.
    Rule(String),
    /// The contract file.
    Contract,
}

/// An item of evidence that is asked for, with all that is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The strictest of what all ask.
    pub requirement: Requirement,
    /// Who asks for it, sorted.
    pub by: Vec<By>,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(id) => write!(f, "`{id}`"),
            Self::Contract => f.write_str("the contract"),
        }
    }
}

impl Contract {
    /// Reads the contract at `path`.
    ///
    /// # Errors
    /// A file that cannot be read or is not exactly the format, naming the field.
    pub fn read(path: &Path) -> Result<Self, ContractError> {
        Self::parse(path, tree::read(path, SIZE_MAX)?)
    }

    fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, ContractError> {
        let document = json::yaml::parse(&bytes, Limits::AUTHORED);
        let document = document.map_err(|source| ContractError::Document {
            path: path.to_owned(),
            source,
        })?;
        let demands = demands(&document).map_err(|reason| ContractError::Format {
            path: path.to_owned(),
            reason,
        })?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
            demands,
        })
    }
}

fn demands(document: &Value) -> Result<Vec<Requirement>, String> {
    let object = document.as_object().ok_or("expected a mapping")?;
    match object.get("schema") {
        Some(Value::String(schema)) if schema == SCHEMA => {}
        Some(other) => return Err(format!("`schema` is {other}, expected `{SCHEMA}`")),
        None => return Err(format!("`schema` is missing: expected `{SCHEMA}`")),
    }
    let unknown = |key: &&String| !["schema", "items"].contains(&key.as_str());
    if let Some(key) = object.keys().find(unknown) {
        return Err(format!("unknown field `{key}`: expected schema, items"));
    }
    let values = match object.get("items") {
        Some(Value::Array(values)) if values.is_empty() => {
            return Err("`items` is empty: it would demand nothing".to_owned());
        }
        Some(Value::Array(values)) if values.len() > ITEMS_MAX => {
            return Err(format!("`items` has more than {ITEMS_MAX}"));
        }
        Some(Value::Array(values)) => values,
        Some(_) => return Err("`items` is not a list".to_owned()),
        None => return Err("`items` is missing".to_owned()),
    };
    let mut demands = BTreeMap::new();
    for (index, value) in values.iter().enumerate() {
        let prefix = format!("items[{index}]");
        let demand = policy::read_requirement(value, &prefix)?;
        let twice = demands.insert(demand.evidence.clone(), demand);
        if let Some(other) = twice {
            let evidence = other.evidence;
            return Err(format!("`{prefix}.evidence`: `{evidence}` occurs twice"));
        }
    }
    Ok(demands.into_values().collect())
}

/// Returns everything that `rules` and `contract` ask for, sorted by item.
///
/// # Errors
/// Two that ask for different kinds of one item.
pub fn needs(rules: &[&Rule], contract: Option<&Contract>) -> Result<Vec<Need>, ContractError> {
    let of_rules = rules.iter().flat_map(|rule| {
        let asked = rule.requires.iter();
        asked.map(|asked| (asked, By::Rule(rule.id.clone())))
    });
    let of_contract = contract
        .into_iter()
        .flat_map(|contract| contract.demands.iter().map(|asked| (asked, By::Contract)));
    let mut needs: BTreeMap<&str, Need> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, (&str, By)> = BTreeMap::new();
    for (asked, by) in of_rules.chain(of_contract) {
        let id = asked.evidence.as_str();
        if let Some(kind) = asked.kind.as_deref() {
            let (one, one_by) = kinds.entry(id).or_insert((kind, by.clone()));
            if *one != kind {
                return Err(ContractError::Kinds {
                    evidence: id.to_owned(),
                    one: (*one).to_owned(),
                    one_by: one_by.to_string(),
                    other: kind.to_owned(),
                    other_by: by.to_string(),
                });
            }
        }
        let need = needs.entry(id).or_insert_with(|| Need {
            requirement: asked.clone(),
            by: Vec::new(),
        });
        need.add(asked, by);
    }
    Ok(needs.into_values().collect())
}

impl Need {
    fn add(&mut self, asked: &Requirement, by: By) {
        let strictest = &mut self.requirement;
        strictest.kind = strictest.kind.take().or_else(|| asked.kind.clone());
        // An age or coverage that nobody asks for is none.
        strictest.max_age = match (strictest.max_age, asked.max_age) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        strictest.min_coverage = match (strictest.min_coverage, asked.min_coverage) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        strictest.verified |= asked.verified;
        strictest.signers.extend(asked.signers.iter().cloned());
        strictest.signers.sort();
        strictest.signers.dedup();
        strictest.maps.extend(&asked.maps);
        strictest.maps.sort();
        strictest.maps.dedup();
        strictest.optional &= asked.optional;
        strictest.facts.extend(asked.facts.iter().cloned());
        strictest.facts.sort();
        strictest.facts.dedup();
        self.by.push(by);
        self.by.sort();
        self.by.dedup();
    }
}

#[cfg(test)]
mod tests;
