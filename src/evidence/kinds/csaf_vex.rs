//! `csaf-vex`: statements on vulnerabilities in the profile VEX of CSAF 2.0
//! (<https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>, 4.5 and 6.1).
//!
//! INVARIANT: as in `openvex`: a product that is said not to be affected needs a reason,
//! one that is affected an action, and no product is said to be both. A statement on a
//! part within a product is not one on that part elsewhere.

use std::collections::BTreeMap;

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod products;

use products::Products;

/// Most statements on a product of one document.
const STATEMENTS_MAX: usize = 500_000;

const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// Lists of `product_status` and what they say; `recommended` says nothing of the kind.
const STATUSES: [(&str, &str); 7] = [
    ("known_not_affected", "not_affected"),
    ("known_affected", "affected"),
    ("first_affected", "affected"),
    ("last_affected", "affected"),
    ("fixed", "fixed"),
    ("first_fixed", "fixed"),
    ("under_investigation", "under_investigation"),
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::CsafVex,
    media_type: "application/json",
    form: Form::Json { is, read },
};

/// What is said of a product besides its status, by product.
#[derive(Default)]
struct Reasons<'a> {
    justifications: BTreeMap<&'a str, &'a str>,
    impacts: BTreeMap<&'a str, String>,
    actions: BTreeMap<&'a str, String>,
    /// Said of every product.
    impact: Option<String>,
    action: Option<String>,
}

/// A statement without its products.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    status: &'static str,
    justification: Option<String>,
    impact: Option<String>,
    action: Option<String>,
}

fn is(value: &Value) -> bool {
    let Some(document) = value.get("document") else {
        return false;
    };
    document.get("csaf_version").is_some()
        && document.get("category").and_then(Value::as_str) == Some("csaf_vex")
}

/// Reads a document.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let document = root.field("document")?;
    document.field("csaf_version")?.one_of(&["2.0"])?;
    let tracking = document.field("tracking")?;
    let state = tracking
        .field("status")?
        .one_of(&["draft", "interim", "final"])?;
    let released_at = tracking.field("current_release_date")?.timestamp()?;
    let products = Products::of(&root)?;
    let mut statements = Vec::new();
    let mut count = 0;
    for node in root.each("vulnerabilities")? {
        count += vulnerability(&node, &products, &released_at.to_string(), &mut statements)?;
        if count > STATEMENTS_MAX {
            return Err(node.refuse(format!("more than {STATEMENTS_MAX} statements on products")));
        }
    }
    let is_empty = statements.is_empty();
    let publisher = document.field("publisher")?.field("name")?;
    let facts = json!({
        "author": shortened(publisher.words()?, TEXT_MAX),
        "timestamp": released_at.to_string(),
        "id": shortened(tracking.field("id")?.words()?, TEXT_MAX),
        "version": shortened(tracking.field("version")?.words()?, TEXT_MAX),
        "document_status": state,
        "statements": statements,
    });
    let mut reading = Reading::of(Kind::CsafVex, facts);
    reading.collected_at = Some(released_at);
    Ok(if is_empty {
        reading.found(Status::Empty, "holds no statement on a product")
    } else if state == "draft" {
        reading.found(Status::Partial, "is a draft")
    } else {
        reading
    })
}

/// Adds a statement for each set of products of which the same is said, and returns how
/// many products those are.
fn vulnerability(
    node: &Node<'_>,
    products: &Products<'_>,
    at: &str,
    statements: &mut Vec<Value>,
) -> Result<usize, KindError> {
    let mut names = Vec::new();
    if let Some(cve) = node.optional("cve")? {
        names.push(shortened(cve.words()?, TEXT_MAX));
    }
    for id in node.each("ids")? {
        names.push(shortened(id.field("text")?.words()?, TEXT_MAX));
    }
    let Some((name, aliases)) = names.split_first() else {
        return Err(node.refuse("has neither `cve` nor `ids`"));
    };
    let reasons = Reasons::of(node, products)?;
    let mut said: BTreeMap<Said, Vec<&str>> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, &str> = BTreeMap::new();
    let by_status = node.field("product_status")?;
    for (list, status) in STATUSES {
        for reference in by_status.each(list)? {
            let id = products.known(&reference)?;
            match statuses.insert(id, status) {
                None => {}
                Some(other) if other == status => continue,
                Some(other) => {
                    let id = shortened(id, 80);
                    return Err(reference.refuse(format!("`{id}` is `{other}` as well")));
                }
            }
            said.entry(reasons.said(id, status, &reference)?)
                .or_default()
                .push(id);
        }
    }
    for (said, ids) in said {
        statements.push(json!({
            "vulnerability": name,
            "aliases": aliases,
            "products": products.identifiers(&ids),
            "subcomponents": products.parts(&ids),
            "status": said.status,
            "justification": said.justification,
            "impact_statement": said.impact,
            "action_statement": said.action,
            "timestamp": at,
        }));
    }
    Ok(statuses.len())
}

impl<'a> Reasons<'a> {
    fn of(node: &Node<'a>, products: &Products<'a>) -> Result<Self, KindError> {
        let mut reasons = Self::default();
        for flag in node.each("flags")? {
            let label = flag.field("label")?.one_of(&JUSTIFICATIONS)?;
            for id in products.named(&flag)? {
                reasons.justifications.insert(id, label);
            }
        }
        for threat in node.each("threats")? {
            if threat.field("category")?.text()? != "impact" {
                continue;
            }
            let details = shortened(threat.field("details")?.words()?, TEXT_MAX);
            let named = products.named(&threat)?;
            if named.is_empty() {
                reasons.impact = Some(details.clone());
            }
            for id in named {
                reasons.impacts.insert(id, details.clone());
            }
        }
        for remediation in node.each("remediations")? {
            let category = remediation.field("category")?.words()?;
            let details = shortened(remediation.field("details")?.words()?, TEXT_MAX);
            let details = format!("{category}: {details}");
            let named = products.named(&remediation)?;
            if named.is_empty() {
                reasons.action = Some(details.clone());
            }
            for id in named {
                reasons.actions.entry(id).or_insert_with(|| details.clone());
            }
        }
        Ok(reasons)
    }

    /// What is said of the product `id`, where that is enough.
    fn said(&self, id: &str, status: &'static str, at: &Node<'_>) -> Result<Said, KindError> {
        let justification = self.justifications.get(id).map(|label| (*label).to_owned());
        let impact = self.impacts.get(id).or(self.impact.as_ref()).cloned();
        let action = self.actions.get(id).or(self.action.as_ref()).cloned();
        match status {
            "not_affected" if justification.is_none() && impact.is_none() => {
                Err(at.refuse("needs a flag or a threat `impact`, since it is not affected"))
            }
            "affected" if action.is_none() => {
                Err(at.refuse("needs a remediation, since it is affected"))
            }
            "not_affected" => Ok(Said {
                status,
                justification,
                impact,
                action,
            }),
            _ if justification.is_some() => {
                Err(at.refuse(format!("has a flag, which `{status}` does not take")))
            }
            _ => Ok(Said {
                status,
                justification: None,
                impact,
                action,
            }),
        }
    }
}
