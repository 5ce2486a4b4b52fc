//! `requires`, enforced before a rule runs: what the rule names must be there, of its
//! kind, sound, fresh and complete, or the rule is inconclusive.
//!
//! INVARIANT: a rule is evaluated only when every requirement is met.

use crate::clock::duration_text;
use crate::decision::Seen;
use crate::evidence::{Bundle, Item, Kind, Status};
use crate::json::Value;
use crate::policy::Requirement;

/// Returns why `requires` is not met by `bundle`, a line for each reason; empty when it is.
pub fn unmet(requires: &[Requirement], bundle: Option<&Bundle>) -> Vec<String> {
    requires
        .iter()
        .flat_map(|requirement| match item(bundle, requirement) {
            None if requirement.optional => Vec::new(),
            None => vec![format!("evidence `{}` is missing", requirement.evidence)],
            Some(item) => reasons(requirement, item),
        })
        .collect()
}

/// Returns the items that `requires` names, as the rule saw them.
pub fn seen(requires: &[Requirement], bundle: Option<&Bundle>) -> Vec<Seen> {
    requires
        .iter()
        .filter(|requirement| !requirement.optional || item(bundle, requirement).is_some())
        .map(|requirement| match item(bundle, requirement) {
            None => Seen {
                id: requirement.evidence.clone(),
                kind: requirement.kind.clone(),
                status: Status::Missing.name().to_owned(),
                reason: None,
                age_s: None,
                sha256: None,
            },
            Some(item) => Seen {
                id: item.id().to_owned(),
                kind: Some(item.kind().name().to_owned()),
                status: item.status().name().to_owned(),
                reason: item.reason().map(str::to_owned),
                age_s: item.age_s().and_then(|age_s| i64::try_from(age_s).ok()),
                sha256: Some(item.sha256()),
            },
        })
        .collect()
}

fn item<'b>(bundle: Option<&'b Bundle>, requirement: &Requirement) -> Option<&'b Item> {
    bundle.and_then(|bundle| bundle.item(&requirement.evidence))
}

fn reasons(requirement: &Requirement, item: &Item) -> Vec<String> {
    let id = item.id();
    let mut reasons = Vec::new();
    if item.status() != Status::Ok {
        let why = item
            .reason()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        reasons.push(format!("evidence `{id}` is {}{why}", item.status().name()));
        // What is not sound has no age or coverage worth a second reason.
        return reasons;
    }
    if let Some(kind) = requirement
        .kind
        .as_ref()
        .filter(|kind| *kind != item.kind().name())
    {
        reasons.push(format!(
            "evidence `{id}` is {}, not {kind}",
            item.kind().name()
        ));
    }
    if let Some(max_age) = requirement.max_age {
        match item.age_s() {
            None => reasons.push(format!(
                "evidence `{id}` has no collection time, so its age is unknown"
            )),
            Some(age_s) if age_s > max_age.as_secs() => reasons.push(format!(
                "evidence `{id}` is stale: {age_s} s old, at most {} allowed",
                duration_text(max_age)
            )),
            Some(_) => {}
        }
    }
    if let Some(min_coverage) = requirement.min_coverage {
        match item.coverage() {
            None => reasons.push(format!("evidence `{id}` has no coverage")),
            Some(coverage) if coverage < min_coverage => reasons.push(format!(
                "evidence `{id}` covers {coverage:.3} of its window, at least {min_coverage} wanted"
            )),
            Some(_) => {}
        }
    }
    for pointer in &requirement.facts {
        if item.facts().pointer(pointer).is_none_or(Value::is_null) {
            reasons.push(format!("evidence `{id}` has no fact `{pointer}`"));
        }
    }
    // TRUST: a declaration is `ok` only when a trusted key signed it; nothing else is
    // signed item by item.
    if requirement.verified && item.kind() != Kind::Declaration {
        reasons.push(format!("evidence `{id}` carries no signature"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::LoadOptions;
    use crate::policy;
    use std::time::Duration;

    const JUNIT: &str = r#"<testsuites><testsuite name="s" timestamp="2026-11-23T12:00:00Z">
        <testcase name="t"/></testsuite></testsuites>"#;

    fn bundle(files: &[(&str, &str)]) -> Bundle {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let as_of = "2026-11-23T13:00:00Z".parse().unwrap();
        Bundle::load(folder.path(), &LoadOptions::at(as_of)).unwrap()
    }

    fn requirement(evidence: &str) -> Requirement {
        Requirement {
            evidence: evidence.to_owned(),
            kind: None,
            max_age: None,
            min_coverage: None,
            verified: false,
            optional: false,
            facts: Vec::new(),
        }
    }

    fn said(requirement: &Requirement, bundle: &Bundle) -> String {
        unmet(std::slice::from_ref(requirement), Some(bundle)).join("; ")
    }

    #[test]
    fn a_met_requirement_has_no_reasons() {
        let bundle = bundle(&[("junit.xml", JUNIT)]);
        let wanted = Requirement {
            kind: Some("junit-xml".into()),
            max_age: Some(Duration::from_hours(1)),
            ..requirement("junit")
        };
        assert_eq!(said(&wanted, &bundle), "");
    }

    #[test]
    fn each_way_of_falling_short_is_named() {
        let bundle = bundle(&[
            ("junit.xml", JUNIT),
            ("plain.json", "{}"),
            ("broken.json", "{"),
            ("hollow.xml", "<testsuites/>"),
        ]);
        let wanted = |evidence: &str| requirement(evidence);
        let minute = Some(Duration::from_mins(1));
        for (requirement, what) in [
            (wanted("junti"), "`junti` is missing"),
            (wanted("broken"), "`broken` is error: "),
            (wanted("hollow"), "`hollow` is empty"),
            (
                Requirement {
                    kind: Some("sarif".into()),
                    ..wanted("junit")
                },
                "is junit-xml, not sarif",
            ),
            (
                Requirement {
                    max_age: minute,
                    ..wanted("junit")
                },
                "3600 s old, at most 1m",
            ),
            (
                Requirement {
                    max_age: minute,
                    ..wanted("plain")
                },
                "age is unknown",
            ),
            (
                Requirement {
                    min_coverage: Some(0.9),
                    ..wanted("junit")
                },
                "has no coverage",
            ),
            (
                Requirement {
                    facts: vec!["/tests".into(), "/faild".into()],
                    ..wanted("junit")
                },
                "`junit` has no fact `/faild`",
            ),
            (
                Requirement {
                    verified: true,
                    ..wanted("junit")
                },
                "carries no signature",
            ),
            (
                Requirement {
                    optional: true,
                    ..wanted("broken")
                },
                "`broken` is error: ",
            ),
        ] {
            let text = said(&requirement, &bundle);
            assert!(text.contains(what), "{requirement:?}: {text}");
        }
    }

    #[test]
    fn an_optional_item_may_be_missing() {
        let wanted = Requirement {
            optional: true,
            ..requirement("junti")
        };
        assert_eq!(said(&wanted, &bundle(&[("junit.xml", JUNIT)])), "");
    }

    #[test]
    fn policies_can_name_every_kind_and_no_other() {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(kinds, policy::KINDS);
    }
}
