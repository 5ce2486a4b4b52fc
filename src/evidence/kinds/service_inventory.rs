//! `service-inventory`: services, who owns them and what they depend on, as of an
//! instant. Our own format, `assize/service-inventory/v1`;
//! `docs/evidence/service-inventory.md`.
//!
//! INVARIANT: a service is there once, nothing has happened after `to`, and unknown
//! fields are refused. What an inventory does not say is null and named in `unsaid`; a
//! name without a service and a cycle are facts and no broken file.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Map, Value, json};

use super::entry::{Bounds, Entry, ids_where, with_ids};
use super::node::{Node, TEXT_MAX, shortened, text_of};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

mod graph;

use graph::Graph;

const SCHEMA: &str = "assize/service-inventory/v1";

/// Most services in one inventory.
const SERVICES_MAX: usize = 20_000;

/// Most integrations and most edges in one inventory.
const LINKS_MAX: usize = 100_000;

/// Most regions in one inventory.
const REGIONS_MAX: usize = 1_000;

/// Most hours or other slices of traffic in one region.
const TRAFFIC_MAX: usize = 10_000;

/// What a service may leave unsaid.
const UNSAID: [&str; 9] = [
    "criticality",
    "depends_on",
    "environment",
    "lifecycle",
    "monitored",
    "owner",
    "repository",
    "runtime",
    "tier",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::ServiceInventory,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/service-inventory/"),
        read,
    },
};

/// The lists of an inventory; null where it has none.
struct Lists {
    services: Vec<Value>,
    integrations: Option<Vec<Value>>,
    edges: Option<Vec<Value>>,
    regions: Option<Vec<Value>>,
}

/// Reads an inventory.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[SCHEMA])?;
    root.only(&[
        "schema",
        "source",
        "complete",
        "from",
        "to",
        "services",
        "integrations",
        "edges",
        "regions",
    ])?;
    let source = root.field("source")?.words()?;
    let is_complete = root.field("complete")?.boolean()?;
    let to = root.field("to")?.timestamp()?;
    let from = root.optional("from")?.map(|node| node.timestamp());
    let from = from.transpose()?;
    if from.is_some_and(|from| from >= to) {
        return Err(root.field("to")?.refuse("must be later than `from`"));
    }
    let bounds = Bounds {
        from: None,
        to,
        to_name: "`to` of the inventory",
    };
    let lists = lists(&root, bounds)?;
    let graph = graph_of(&lists.services);
    let mut unsaid = Map::new();
    for name in UNSAID {
        let silent = |service: &Value| {
            // No dependency is a statement; no list of them is none.
            service.get(name).is_none_or(Value::is_null)
        };
        unsaid.insert(name.to_owned(), json!(ids_where(&lists.services, silent)));
    }
    let is_empty = lists.services.is_empty();
    let facts = json!({
        "source": shortened(source, TEXT_MAX),
        "complete": is_complete,
        "from": from.map(|from| from.to_string()),
        "to": to.to_string(),
        "services_count": lists.services.len(),
        "unsaid": unsaid,
        "dangling": dangling(&lists),
        "cycles": graph::cycles(&graph),
        "services": lists.services,
        "integrations": lists.integrations,
        "edges": lists.edges,
        "regions": lists.regions,
    });
    let mut reading = Reading::of(Kind::ServiceInventory, facts);
    reading.collected_at = Some(to);
    reading.observed = Some(Observed { from: to, to });
    Ok(if !is_complete {
        reading.found(
            Status::Partial,
            "the inventory says that it is not complete",
        )
    } else if is_empty {
        reading.found(Status::Empty, "no service is listed")
    } else {
        reading
    })
}

fn lists(root: &Node<'_>, bounds: Bounds) -> Result<Lists, KindError> {
    let services = root.field("services")?;
    let integrations = root.optional("integrations")?;
    let edges = root.optional("edges")?;
    let regions = root.optional("regions")?;
    Ok(Lists {
        services: with_ids(&services, "service", SERVICES_MAX, bounds, service)?,
        integrations: integrations
            .map(|list| with_ids(&list, "integration", LINKS_MAX, bounds, integration))
            .transpose()?,
        edges: edges.map(|list| edges_of(&list, bounds)).transpose()?,
        regions: regions
            .map(|list| {
                with_ids(&list, "region", REGIONS_MAX, bounds, |entry| {
                    region(entry, bounds)
                })
            })
            .transpose()?,
    })
}

fn service(service: &mut Entry<'_>) -> Result<(), KindError> {
    service.only(&[
        "id",
        "name",
        "environment",
        "owner",
        "tier",
        "criticality",
        "lifecycle",
        "runtime",
        "repository",
        "depends_on",
        "monitored",
        "tags",
    ])?;
    service.optional_words(&["name", "environment", "owner", "runtime", "repository"])?;
    service.optional_number("tier", 0..=9)?;
    let criticalities = ["low", "medium", "high", "critical"];
    service.optional_one_of("criticality", &criticalities)?;
    let lifecycles = ["planned", "active", "deprecated", "retired"];
    service.optional_one_of("lifecycle", &lifecycles)?;
    service.optional_boolean("monitored")?;
    service.lists(&["tags"])?;
    service.optional_set("depends_on")
}

fn integration(integration: &mut Entry<'_>) -> Result<(), KindError> {
    integration.only(&["id", "from", "to", "environment", "first_seen"])?;
    integration.words(&["from", "to"])?;
    integration.optional_words(&["environment"])?;
    integration.optional_instant("first_seen", None)?;
    Ok(())
}

fn edges_of(list: &Node<'_>, bounds: Bounds) -> Result<Vec<Value>, KindError> {
    let mut seen = BTreeSet::new();
    let mut edges = Vec::new();
    for node in list.nodes()? {
        if edges.len() >= LINKS_MAX {
            return Err(node.refuse(format!("more than {LINKS_MAX} edges")));
        }
        let mut edge = Entry::of(node.clone(), bounds);
        edge.only(&["from", "to", "environment", "monitored"])?;
        edge.words(&["from", "to"])?;
        edge.optional_words(&["environment"])?;
        edge.optional_boolean("monitored")?;
        let edge = edge.into_facts();
        let ends = ["from", "to", "environment"].map(|name| text_of(&edge, name).to_owned());
        if !seen.insert(ends) {
            return Err(node.refuse("a second edge between these services"));
        }
        edges.push(edge);
    }
    Ok(edges)
}

fn region(region: &mut Entry<'_>, bounds: Bounds) -> Result<(), KindError> {
    region.only(&["id", "environment", "sites", "clusters", "note", "traffic"])?;
    region.optional_words(&["environment", "note"])?;
    region.lists(&["sites", "clusters"])?;
    let Some(list) = region.node().optional("traffic")? else {
        region.put("traffic", Value::Null);
        return Ok(());
    };
    let mut slices = BTreeMap::new();
    let mut traffic = Vec::new();
    for node in list.nodes()? {
        if traffic.len() >= TRAFFIC_MAX {
            return Err(node.refuse(format!("more than {TRAFFIC_MAX} slices of traffic")));
        }
        let mut slice = Entry::of(node.clone(), bounds);
        slice.only(&["from", "to", "requests"])?;
        let start = slice.instant("from")?;
        let end = slice.instant("to")?;
        if end <= start {
            return Err(node.field("to")?.refuse("must be later than `from`"));
        }
        if slices.insert(start, end).is_some() {
            return Err(node
                .field("from")?
                .refuse("a second slice from this instant"));
        }
        slice.put("requests", node.field("requests")?.count()?);
        traffic.push(slice.into_facts());
    }
    // Requests in two slices would be counted twice.
    let mut slices = slices.iter().zip(slices.iter().skip(1));
    if let Some((_, (start, _))) = slices.find(|((_, end), (start, _))| start < end) {
        let what = format!("the slice from {start} begins before the one before it ends");
        return Err(list.refuse(what));
    }
    region.put("traffic", traffic);
    Ok(())
}

/// What each service depends on.
fn graph_of(services: &[Value]) -> Graph<'_> {
    services
        .iter()
        .map(|service| {
            let list = service.get("depends_on").and_then(Value::as_array);
            let names = list.into_iter().flatten().filter_map(Value::as_str);
            (text_of(service, "id"), names.collect())
        })
        .collect()
}

/// Every name in a list that is no service of the inventory.
fn dangling(lists: &Lists) -> Vec<Value> {
    let services = lists.services.iter();
    let known: BTreeSet<_> = services.map(|service| text_of(service, "id")).collect();
    let mut dangling = Vec::new();
    let mut add = |list: &str, from: &str, to: &str, names: &[&str]| {
        for missing in names.iter().filter(|&name| !known.contains(name)) {
            dangling.push(json!({"list": list, "from": from, "to": to, "missing": missing}));
        }
    };
    for (from, targets) in graph_of(&lists.services) {
        for to in targets {
            add("depends_on", from, to, &[to]);
        }
    }
    for (list, links) in [
        ("integrations", &lists.integrations),
        ("edges", &lists.edges),
    ] {
        for link in links.iter().flatten() {
            let (from, to) = (text_of(link, "from"), text_of(link, "to"));
            add(list, from, to, &[from, to]);
        }
    }
    dangling
}

#[cfg(test)]
mod tests;
