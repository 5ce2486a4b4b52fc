//! What a rule is made of: its METADATA, what it reads, and where its tests are.

use std::collections::BTreeSet;

use super::assemble;
use super::reads::{self, Read};
use super::{FileRole, PolicyFile, PolicySet, Rule};
use crate::json::Value;

/// What can be told of a rule besides [`Rule`] itself. Lists are sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// `custom` of its METADATA, own keys included; null where it has none.
    pub custom: Value,
    /// Ids of the evidence that its package reads.
    pub evidence: Vec<String>,
    /// Whether some of it is chosen while the rule runs.
    pub is_dynamic: bool,
    /// What else of `input` it reads, as `input.as_of_ns`.
    pub input: Vec<String>,
    /// Base data that it reads, as `data.baselines.availability`.
    pub data: Vec<String>,
    /// Rules and functions of other packages that it uses, as `data.lib.text.percent`.
    pub uses: Vec<String>,
    /// Files of tests that read it, as the user would open them.
    pub tests: Vec<String>,
}

impl PolicySet {
    /// Tells what `rule`, which is one of this set, is made of.
    ///
    /// What it reads is what all rules of its package read, with imports resolved; what
    /// a function of another package reads for it is not followed.
    pub fn about(&self, rule: &Rule) -> About {
        let files: Vec<&PolicyFile> = self
            .modules()
            .filter(|file| file.package() == rule.package)
            .collect();
        let annotation = assemble::package_annotation(&files);
        let mut about = About {
            custom: annotation.map_or(Value::Null, |(_, found)| found.custom.clone()),
            evidence: Vec::new(),
            is_dynamic: false,
            input: Vec::new(),
            data: Vec::new(),
            uses: Vec::new(),
            tests: self.tests_of(rule),
        };
        let packages: BTreeSet<Vec<&str>> = self.files.iter().map(path_of).collect();
        let (mut evidence, mut input, mut data, mut uses) = Default::default();
        for file in &files {
            for read in reads::of(file, &file.lexed().tokens) {
                if read.is_import {
                    continue;
                }
                sort_in(
                    &read,
                    &packages,
                    [&mut evidence, &mut input, &mut data, &mut uses],
                );
                let path = read.path.get(..2).unwrap_or_default();
                let is_evidence = path == [Some("input".to_owned()), Some("evidence".to_owned())];
                about.is_dynamic |= is_evidence && read.path.get(2).is_none_or(Option::is_none);
            }
        }
        let own = format!("data.{}.", rule.package);
        uses.retain(|path| !path.starts_with(&own));
        about.evidence = evidence.into_iter().collect();
        about.input = input.into_iter().collect();
        about.data = shortest(data);
        about.uses = uses.into_iter().collect();
        about
    }

    fn tests_of(&self, rule: &Rule) -> Vec<String> {
        let parts = ["data"].into_iter().chain(rule.package.split('.'));
        let package: Vec<&str> = parts.collect();
        self.files
            .iter()
            .filter(|file| file.role == FileRole::Test)
            .filter(|file| {
                let found = reads::of(file, &file.lexed().tokens);
                found.iter().any(|read| read.is_in(&package))
            })
            .map(|file| file.shown.clone())
            .collect()
    }
}

fn path_of(file: &PolicyFile) -> Vec<&str> {
    let parts = file.outline.package.iter().map(String::as_str);
    ["data"].into_iter().chain(parts).collect()
}

/// Puts a reference where it belongs: evidence, other input, base data, other packages.
fn sort_in(
    read: &Read,
    packages: &BTreeSet<Vec<&str>>,
    [evidence, input, data, uses]: [&mut BTreeSet<String>; 4],
) {
    let path = read.constant();
    match path.as_slice() {
        ["input", "evidence"] => {}
        ["input", "evidence", id, ..] => {
            evidence.insert((*id).to_owned());
        }
        ["input", field, ..] => {
            input.insert(format!("input.{field}"));
        }
        ["data", ..] => {
            let package = packages
                .iter()
                .filter(|p| path.starts_with(p))
                .map(Vec::len)
                .max();
            match package {
                // The rule and no more: what follows is within its value.
                Some(length) if length < path.len() => {
                    uses.insert(path.get(..=length).unwrap_or_default().join("."));
                }
                Some(_) => {
                    uses.insert(path.join("."));
                }
                None => {
                    data.insert(path.join("."));
                }
            }
        }
        _ => {}
    }
}

/// Leaves out what lies within another.
fn shortest(paths: BTreeSet<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for path in paths {
        let is_within = |outer: &String| {
            path.strip_prefix(outer.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        };
        if !kept.iter().any(is_within) {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rule_reads_is_told_apart() {
        let rule = "# METADATA\n# title: T\n# custom:\n#   id: deploy.x\n#   severity: high\n#   owner: team-a\n\
                    package gates.deploy.x\n\nimport data.lib.text\nimport data.baselines as base\nimport data.unused.thing\n\n\
                    deny contains text.percent(base.latency.target) if late\n\n\
                    late if {\n\tinput.as_of_ns > data.gates.deploy.limits.n.m\n\tinput.evidence[\"a.b\"].facts.n > 1\n\tinput.evidence[kind].status == data.gates.deploy.limits\n}\n";
        let test = "package gates.deploy.x_test\n\nimport data.gates.deploy.x\n\ntest_x if count(x.deny) == 0\n";
        let set = PolicySet::from_parts(
            vec![
                ("gates/deploy/x.rego".into(), rule.into()),
                ("gates/deploy/x_test.rego".into(), test.into()),
                (
                    "gates/deploy/y_test.rego".into(),
                    b"package y_test\n# data.gates.deploy.x\n".to_vec(),
                ),
                (
                    "lib/text.rego".into(),
                    b"package lib.text\n\npercent(x) := x\n".to_vec(),
                ),
            ],
            b"{}",
        )
        .unwrap();
        let about = set.about(&set.rules()[0]);
        assert_eq!(about.custom["owner"], "team-a");
        assert_eq!(about.evidence, ["a.b"]);
        assert!(about.is_dynamic);
        assert_eq!(about.input, ["input.as_of_ns"]);
        assert_eq!(
            about.data,
            ["data.baselines.latency.target", "data.gates.deploy.limits"]
        );
        assert_eq!(about.uses, ["data.lib.text.percent"]);
        assert_eq!(about.tests, ["gates/deploy/x_test.rego"]);
    }
}
