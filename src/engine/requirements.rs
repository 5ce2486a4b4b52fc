//! `requires`, enforced before a rule runs: what the rule names must be there, of its
//! kind, sound, fresh and complete, or the rule is inconclusive.
//!
//! INVARIANT: a rule is evaluated only when every requirement is met.

use crate::clock::duration_text;
use crate::decision::{Redactions, Seen};
use crate::evidence::{Bundle, Item, SIGNATURE_NAME, Status, Vouched};
use crate::json::Value;
use crate::policy::Requirement;

/// Returns why `requires` is not met by `bundle`, a line for each reason; empty when it is.
pub fn unmet(requires: &[Requirement], bundle: Option<&Bundle>) -> Vec<String> {
    requires
        .iter()
        .flat_map(|requirement| {
            let item = bundle.and_then(|bundle| Some((bundle, item(Some(bundle), requirement)?)));
            match item {
                None if requirement.optional => Vec::new(),
                None => vec![format!("evidence `{}` is missing", requirement.evidence)],
                Some((bundle, item)) => reasons(requirement, item, bundle.vouched()),
            }
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
                redactions: Redactions::default(),
            },
            Some(item) => Seen {
                id: item.id().to_owned(),
                kind: Some(item.kind().name().to_owned()),
                status: item.status().name().to_owned(),
                reason: item.reason().map(str::to_owned),
                age_s: item.age_s().and_then(|age_s| i64::try_from(age_s).ok()),
                sha256: Some(item.sha256()),
                redactions: redactions(item),
            },
        })
        .collect()
}

fn redactions(item: &Item) -> Redactions {
    let all = &item.entry().redactions;
    let named = all.iter().take(Redactions::NAMED_MAX);
    Redactions {
        count: all.len(),
        pointers: named.map(|one| one.pointer.clone()).collect(),
    }
}

fn item<'b>(bundle: Option<&'b Bundle>, requirement: &Requirement) -> Option<&'b Item> {
    bundle.and_then(|bundle| bundle.item(&requirement.evidence))
}

fn reasons(requirement: &Requirement, item: &Item, vouched: &Vouched) -> Vec<String> {
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
    reasons.extend(by_another_map(requirement, item));
    reasons.extend(by_a_map_unasked(requirement, item));
    for pointer in &requirement.facts {
        if item.facts().pointer(pointer).is_none_or(Value::is_null) {
            reasons.push(format!("evidence `{id}` has no fact `{pointer}`"));
        }
    }
    if requirement.verified || !requirement.signers.is_empty() {
        match unsigned(item, vouched) {
            Some(reason) => reasons.push(reason),
            None => reasons.extend(by_others(requirement, item)),
        }
    }
    reasons
}

/// By which mappings an item should have been read, and was not.
fn by_another_map(requirement: &Requirement, item: &Item) -> Vec<String> {
    let id = item.id();
    let map = item.entry().map.as_ref();
    let wanted = requirement.maps.iter();
    let unmet = wanted.filter(|wanted| map.is_none_or(|map| map.digest() != **wanted));
    unmet
        .map(|wanted| match map {
            None => format!("evidence `{id}` was read by no map, but sha256:{wanted} is wanted"),
            Some(map) => {
                let (name, sha256) = (map.name(), map.digest());
                format!(
                    "evidence `{id}` was read by the map `{name}`, sha256:{sha256}, but sha256:{wanted} is wanted"
                )
            }
        })
        .collect()
}

/// Whoever seals gives facts any name by a mapping: a rule that asks for no kind would take
/// them for those of the kind that it was written for.
fn by_a_map_unasked(requirement: &Requirement, item: &Item) -> Option<String> {
    let is_asked = requirement.kind.is_some() || !requirement.maps.is_empty();
    let map = item.entry().map.as_ref().filter(|_| !is_asked)?;
    let (id, name) = (item.id(), map.name());
    Some(format!(
        "evidence `{id}` was read by the map `{name}`, and what requires it names neither `map` nor `kind: json-map`"
    ))
}

/// Why nobody answers for an item.
fn unsigned(item: &Item, vouched: &Vouched) -> Option<String> {
    let id = item.id();
    match vouched {
        // TRUST: a bundle whose signature is wrong was tampered with, also where an item in
        // it has a sound one of its own.
        Vouched::Wrong(reason) => Some(format!(
            "evidence `{id}` is not verified: `{SIGNATURE_NAME}`: {reason}"
        )),
        _ if !item.signed_by().is_empty() => None,
        Vouched::Unknown(reason) => Some(format!(
            "evidence `{id}` is not verified: `{SIGNATURE_NAME}`: {reason}"
        )),
        Vouched::Unsigned | Vouched::By(_) => Some(format!(
            "evidence `{id}` carries no signature, and neither does its bundle"
        )),
    }
}

/// Which signers are asked for and have not signed.
fn by_others(requirement: &Requirement, item: &Item) -> Vec<String> {
    let signed_by = item.signed_by();
    let lists = requirement.signers.iter();
    let unmet = lists.filter(|list| !list.iter().any(|id| signed_by.contains(id)));
    unmet
        .map(|list| {
            let (id, by, wanted) = (item.id(), signed_by.join(", "), list.join(" or "));
            format!("evidence `{id}` is signed by {by}, not by {wanted}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{
        self, DECLARATION_TYPE, Description, Kind, LoadOptions, Mapping, SealOptions,
    };
    use crate::policy;
    use crate::signing::dsse::Envelope;
    use crate::signing::{Role, SecretKey, TrustPolicy};
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
            signers: Vec::new(),
            optional: false,
            maps: Vec::new(),
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
    fn a_mapping_is_the_one_that_is_wanted_and_no_other() {
        let map = |pointer: &str| {
            let text = format!(
                "schema: assize/json-map/v1\nname: m\nfacts: {{a: {{pointer: {pointer}, type: count, may_be_empty: true}}}}"
            );
            Mapping::parse(text.as_bytes()).unwrap()
        };
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("a.json"), "{\"x\": [1], \"y\": []}").unwrap();
        std::fs::write(root.join("b.json"), "{}").unwrap();
        let description = Description {
            map: Some(map("/y")),
            ..Description::default()
        };
        let options = SealOptions {
            descriptions: [("a.json".to_owned(), description)].into(),
            ..SealOptions::default()
        };
        let sealed = evidence::seal(root, &options).unwrap();
        sealed.manifest.write(root).unwrap();
        let as_of = "2026-11-23T13:00:00Z".parse().unwrap();
        let bundle = Bundle::load(root, &LoadOptions::at(as_of)).unwrap();
        let wanted = |evidence: &str, maps: &[Mapping]| Requirement {
            maps: maps.iter().map(Mapping::digest).collect(),
            ..requirement(evidence)
        };
        assert_eq!(said(&wanted("a", &[map("/y")]), &bundle), "");
        let text = said(&wanted("a", &[map("/x")]), &bundle);
        let (is, other) = (map("/y").digest(), map("/x").digest());
        assert_eq!(
            text,
            format!(
                "evidence `a` was read by the map `m`, sha256:{is}, but sha256:{other} is wanted"
            )
        );
        // Whoever asks for no kind does not ask for facts that a mapping has named.
        let unasked = said(&requirement("a"), &bundle);
        assert!(
            unasked.contains("read by the map `m`, and what requires it"),
            "{unasked}"
        );
        let of_kind = |kind: &str| Requirement {
            kind: Some(kind.into()),
            ..requirement("a")
        };
        assert_eq!(said(&of_kind("json-map"), &bundle), "");
        assert_ne!(said(&of_kind("json"), &bundle), "");
        assert_eq!(said(&requirement("b"), &bundle), "");
        // Two that are wanted are never met.
        assert_eq!(said(&wanted("a", &[map("/y"), map("/x")]), &bundle), text);
        let text = said(&wanted("b", &[map("/y")]), &bundle);
        assert!(text.contains("`b` was read by no map"), "{text}");
    }

    #[test]
    fn a_signed_bundle_answers_for_its_items() {
        let key = SecretKey::from_seed(&[8; 32]);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("junit.xml"), JUNIT).unwrap();
        let as_of = "2026-11-23T13:00:00Z".parse().unwrap();
        let load = |roles: Option<Role>| {
            let keys = [("ci", key.public())];
            let trust = roles.map(|role| TrustPolicy::of_keys(&keys, &[role]).unwrap());
            let options = LoadOptions {
                trust: trust.as_ref(),
                ..LoadOptions::at(as_of)
            };
            Bundle::load(root, &options).unwrap()
        };
        let wanted = Requirement {
            verified: true,
            ..requirement("junit")
        };
        let sealed = evidence::seal(root, &SealOptions::default()).unwrap();
        sealed.manifest.write(root).unwrap();
        let text = said(&wanted, &load(Some(Role::Evidence)));
        assert!(text.contains("neither does its bundle"), "{text}");
        load(None).sign(root, &key.clone().into()).unwrap();
        assert_eq!(said(&wanted, &load(Some(Role::Evidence))), "");
        let mut by = Requirement {
            signers: vec![vec![key.public().id().to_string(), "SHA256:b".into()]],
            ..requirement("junit")
        };
        assert_eq!(said(&by, &load(Some(Role::Evidence))), "");
        by.signers.push(vec!["SHA256:b".into(), "SHA256:c".into()]);
        let text = said(&by, &load(Some(Role::Evidence)));
        assert!(text.contains("not by SHA256:b or SHA256:c"), "{text}");
        // A signature that is not trusted is none.
        let text = said(&by, &load(Some(Role::Declaration)));
        assert!(text.contains("`junit` is not verified"), "{text}");
        for roles in [None, Some(Role::Declaration)] {
            let text = said(&wanted, &load(roles));
            assert!(
                text.contains("`junit` is not verified: `bundle.intoto.json`: "),
                "{text}"
            );
            assert_eq!(said(&requirement("junit"), &load(roles)), "");
        }
        std::fs::write(root.join(SIGNATURE_NAME), "{}").unwrap();
        let text = said(&wanted, &load(Some(Role::Evidence)));
        assert!(text.contains("canonical DSSE envelope"), "{text}");
    }

    #[test]
    fn a_wrong_signature_of_the_bundle_spoils_those_in_it() {
        let key = SecretKey::from_seed(&[8; 32]);
        let payload = r#"{"schema":"assize/declaration/v1","id":"d","statement":"s","value":1,
            "declared_by":"a","declared_at":"2026-11-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z"}"#;
        let envelope =
            Envelope::sign(DECLARATION_TYPE, payload.as_bytes(), &key.clone().into()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("d.json"), envelope.to_line()).unwrap();
        let trust = TrustPolicy::of_keys(&[("a", key.public())], &[Role::Declaration]).unwrap();
        let options = LoadOptions {
            trust: Some(&trust),
            ..LoadOptions::at("2026-11-23T13:00:00Z".parse().unwrap())
        };
        let load = || Bundle::load(folder.path(), &options).unwrap();
        let wanted = Requirement {
            verified: true,
            ..requirement("d")
        };
        assert_eq!(said(&wanted, &load()), "");
        assert_eq!(
            load().item("d").unwrap().signed_by(),
            [key.public().id().to_string()]
        );
        // Planted, without a manifest.
        std::fs::write(folder.path().join(SIGNATURE_NAME), "{}").unwrap();
        let text = said(&wanted, &load());
        assert!(text.contains("there is no `bundle.json`"), "{text}");
        assert_eq!(load().disagreements().len(), 1);
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
