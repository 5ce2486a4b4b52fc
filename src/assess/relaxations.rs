//! What bent a verdict, gathered for the record.

use std::collections::BTreeSet;

use super::{Request, Selection};
use crate::decision::{Decision, State};
use crate::evidence::Bundle;
use crate::record::Relaxation;

/// Returns all that bent the verdict, what a reader most needs to know first.
pub fn of(request: &Request<'_>, bundle: Option<&Bundle>, decision: &Decision) -> Vec<Relaxation> {
    let mut all = Vec::new();
    if request.advisory {
        all.push(Relaxation::Advisory {});
    }
    if let Some((value, source)) = &request.as_of {
        all.push(Relaxation::AsOf {
            value: *value,
            source: source.clone(),
        });
    }
    match &request.selection {
        Selection::Namespaces(patterns) => {
            all.push(Relaxation::Namespaces {
                patterns: patterns.clone(),
            });
        }
        Selection::Gate(_) | Selection::Family(_) | Selection::Phase(_) | Selection::All => {}
    }
    for subject in &request.subject {
        all.push(Relaxation::Override {
            flag: "--subject".into(),
            value: format!("{}@sha256:{}", subject.name, subject.digest.sha256),
        });
    }
    let overrides = request.overrides.iter();
    all.extend(overrides.map(|(flag, value)| Relaxation::Override {
        flag: flag.clone(),
        value: value.clone(),
    }));
    all.extend(bundle.into_iter().flat_map(redactions));
    all.extend(exceptions(decision));
    all.extend(waivers(decision));
    all.extend(not_effective(decision));
    all
}

/// Of every item: also a rule that asks for none of them may look at all.
fn redactions(bundle: &Bundle) -> impl Iterator<Item = Relaxation> {
    let redacted = bundle
        .items()
        .iter()
        .filter(|item| !item.entry().redactions.is_empty());
    redacted.map(|item| Relaxation::Redaction {
        evidence: item.id().to_owned(),
        count: item.entry().redactions.len() as u64,
    })
}

fn exceptions(decision: &Decision) -> Vec<Relaxation> {
    let found: BTreeSet<_> = decision
        .rules
        .iter()
        .flat_map(|rule| {
            let by = rule
                .findings
                .iter()
                .filter(|finding| finding.waiver.is_none());
            by.filter_map(|finding| finding.statement.excepted_by.clone())
                .map(|by| (rule.rule.id.clone(), by))
        })
        .collect();
    found
        .into_iter()
        .map(|(rule, by)| Relaxation::Exception { rule, by })
        .collect()
}

fn waivers(decision: &Decision) -> Vec<Relaxation> {
    let used: BTreeSet<_> = decision
        .rules
        .iter()
        .flat_map(|rule| &rule.findings)
        .filter_map(|finding| finding.waiver.as_deref())
        .collect();
    decision
        .waivers
        .iter()
        .filter(|decided| used.contains(decided.waiver.id.as_str()))
        .map(|decided| Relaxation::Waiver {
            id: decided.waiver.id.clone(),
            rule: decided.waiver.rule.clone(),
            term: decided.waiver.term.clone(),
        })
        .collect()
}

fn not_effective(decision: &Decision) -> Vec<Relaxation> {
    let ahead = decision.rules.iter().filter(|rule| {
        rule.findings
            .iter()
            .any(|finding| finding.state == State::NotEffective)
    });
    ahead
        .map(|rule| Relaxation::NotEffective {
            rule: rule.rule.id.clone(),
        })
        .collect()
}
