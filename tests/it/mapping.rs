//! What the mapping of `compliance.new-regulation` names exists: a regulation that is
//! mapped to a rule nobody wrote would count as enforced.

use std::collections::BTreeSet;

use assize::json::{Limits, Value, parse, yaml};

use super::repo::Repo;

const MAPPING: &str = "policies/triggers/compliance/data.yaml";

/// Entries of the mapping that name what no rule is or carries.
fn dangling(repo: &Repo) -> Vec<String> {
    let listed = repo.run(&["policy", "list", "-p", "policies", "-o", "json"]);
    let listed = parse(listed.exits(0).stdout.as_bytes(), Limits::AUTHORED).unwrap();
    let rules = listed["rules"].as_array().unwrap();
    let ids: BTreeSet<_> = rules
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    let controls: BTreeSet<_> = rules
        .iter()
        .flat_map(|rule| words(&rule["controls"]))
        .collect();
    let data = yaml::parse(repo.read(MAPPING).as_bytes(), Limits::AUTHORED).unwrap();
    let entries = data["mapping"].as_array().unwrap();
    assert!(!entries.is_empty());
    let named = |key: &'static str, known: &BTreeSet<&str>| {
        let all = entries.iter().flat_map(|entry| words(&entry[key]));
        all.filter(|name| !known.contains(name))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    [named("rules", &ids), named("controls", &controls)].concat()
}

fn words(list: &Value) -> Vec<&str> {
    let elements = list.as_array().into_iter().flatten();
    elements.filter_map(Value::as_str).collect()
}

#[test]
fn a_regulation_is_mapped_to_rules_and_controls_that_exist() {
    assert_eq!(dangling(&Repo::sample()), Vec::<String>::new());
}

#[test]
fn a_rule_or_control_that_does_not_exist_is_found() {
    let repo = Repo::sample();
    repo.edit(
        MAPPING,
        "deploy.rollback-rehearsed",
        "deploy.rollback-rehersed",
    );
    repo.edit(MAPPING, "RTS6:5", "RTS6:55");
    assert_eq!(dangling(&repo), ["deploy.rollback-rehersed", "RTS6:55"]);
}
