use super::*;
use crate::evidence::kinds::{Signatures, read as read_item};

fn reading(change: impl FnOnce(&mut Value)) -> Reading {
    let mut inventory = json!({
        "schema": SCHEMA, "source": "catalogue", "complete": true, "to": "2026-11-23T12:50:00Z",
        "services": [],
    });
    change(&mut inventory);
    read_item(inventory.to_string().as_bytes(), None, Signatures::Unseen)
}

fn services(count: usize) -> Value {
    let services = (0..count).map(|n| json!({"id": format!("s{n}")}));
    services.collect()
}

#[test]
fn lists_that_are_too_long_are_refused() {
    let too_many = |list: &str, entries: Value, what: &str| {
        let reading = reading(|inventory| inventory[list] = entries);
        assert_eq!(reading.status, Status::Error);
        let reason = reading.reason.unwrap();
        assert!(reason.contains(what), "{reason}");
    };
    too_many(
        "services",
        services(SERVICES_MAX + 1),
        "more than 20000 services",
    );
    let link = |n: usize| json!({"id": n.to_string(), "from": n.to_string(), "to": "b"});
    let links: Value = (0..=LINKS_MAX).map(link).collect();
    too_many("integrations", links, "more than 100000 integrations");
    let edge = |n: usize| json!({"from": n.to_string(), "to": "b"});
    let edges: Value = (0..=LINKS_MAX).map(edge).collect();
    too_many("edges", edges, "more than 100000 edges");
    let region = |n: usize| json!({"id": n.to_string()});
    let regions: Value = (0..=REGIONS_MAX).map(region).collect();
    too_many("regions", regions, "more than 1000 regions");
    let slice = |n: usize| {
        let (hour, minute, second) = (n / 3600, n / 60 % 60, n % 60);
        json!({"from": format!("2026-11-20T{hour:02}:{minute:02}:{second:02}Z"),
               "to": "2026-11-21T00:00:00Z", "requests": 1})
    };
    let traffic: Vec<_> = (0..=TRAFFIC_MAX).map(slice).collect();
    let region = json!([{"id": "r", "traffic": traffic}]);
    too_many("regions", region, "more than 10000 slices");
}

#[test]
fn the_largest_inventory_is_read() {
    let reading = reading(|inventory| inventory["services"] = services(SERVICES_MAX));
    assert_eq!(reading.status, Status::Ok);
    assert_eq!(reading.facts["services_count"], SERVICES_MAX);
}

#[test]
fn an_edge_in_another_environment_is_another_edge() {
    let reading = reading(|inventory| {
        inventory["services"] = services(2);
        inventory["edges"] = json!([
            {"from": "s0", "to": "s1"},
            {"from": "s0", "to": "s1", "environment": "staging"},
            {"from": "s1", "to": "s0"},
        ]);
    });
    assert_eq!(reading.status, Status::Ok);
    // Calls are no dependencies.
    assert_eq!(reading.facts["cycles"], json!([]));
}
