use std::collections::BTreeMap;

use super::*;
use crate::clock::Timestamp;
use crate::json::Limits;
use crate::record::{Actor, Digests, Draft, Position, Relaxation, Tool};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn draft() -> Draft {
    let image = BTreeMap::from([("sha256".to_owned(), digest("image").hex())]);
    Draft {
        subject: vec![ResourceDescriptor {
            name: "registry".into(),
            digest: image,
        }],
        kind: "gate".into(),
        name: "deploy".into(),
        verdict: "allow".into(),
        counts: BTreeMap::new(),
        as_of: at("2026-11-23T13:00:00Z"),
        relaxations: Vec::new(),
        fail_on_warn: false,
        actor: Actor::default(),
        digests: Digests {
            bundle: digest("bundle"),
            signature: None,
            policies: digest("policies"),
            data: digest("data"),
            waivers: None,
            trust: None,
            contract: None,
            input: digest("input"),
            decision: digest("decision"),
        },
        tool: Tool {
            name: "assize".into(),
            version: "0.1.0".into(),
            engine: "regorus 0.14.1".into(),
        },
    }
}

fn payload(draft: &Draft) -> Vec<u8> {
    let position = Position {
        origin: "example.com/ledger".into(),
        index: 4,
        prev: Digest::ZERO,
    };
    draft
        .payload(&position, at("2026-11-24T08:00:00Z"))
        .unwrap()
}

const CONTEXT: Context<'_> = Context {
    verifier_id: "https://example.com/release-gate",
    resource_uri: "pkg:oci/registry?repository_url=example.com",
    policy_uri: None,
    accepted: &[],
};

fn of(draft: &Draft, context: &Context<'_>) -> Result<(Value, bool), VsaError> {
    match summary(4, digest("line"), &payload(draft), context) {
        Ok(summary) => {
            let value = json::parse(&summary.payload, Limits::AUTHORED).unwrap();
            Ok((value, summary.passed))
        }
        Err(InteropError::Vsa { index: 4, source }) => Err(source),
        Err(other) => panic!("{other}"),
    }
}

fn accepting(kinds: &[&str]) -> Vec<String> {
    kinds.iter().map(|kind| (*kind).to_owned()).collect()
}

#[test]
fn an_allow_is_passed_word_for_word() {
    let (statement, passed) = of(&draft(), &CONTEXT).unwrap();
    assert!(passed);
    let expected = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "registry", "digest": {"sha256": digest("image")}}],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {
                "id": "https://example.com/release-gate",
                "version": {"assize": "0.1.0", "engine": "regorus 0.14.1"},
            },
            "timeVerified": "2026-11-24T08:00:00Z",
            "resourceUri": "pkg:oci/registry?repository_url=example.com",
            "policy": {
                "uri": "https://assize.dev/policies/v1#gate/deploy",
                "digest": {"sha256": digest("policies")},
            },
            "inputAttestations": [
                {"name": "record 4 of example.com/ledger", "digest": {"sha256": digest("line")}},
                {"name": "bundle.json", "digest": {"sha256": digest("bundle")}},
            ],
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_UNEVALUATED"],
        },
    });
    assert_eq!(statement, expected);
}

#[test]
fn whatever_is_not_an_allow_has_failed() {
    for verdict in ["deny", "inconclusive"] {
        let mut draft = draft();
        draft.verdict = verdict.into();
        // Nothing that bends it makes it better.
        draft.relaxations = vec![Relaxation::Advisory {}];
        let (statement, passed) = of(&draft, &CONTEXT).unwrap();
        assert!(!passed);
        let predicate = &statement["predicate"];
        assert_eq!(predicate["verificationResult"], "FAILED", "{verdict}");
        assert_eq!(predicate["verifiedLevels"], json!(["FAILED"]));
    }
    for verdict in ["Allow", "allowed", "clear", "fired", ""] {
        let mut draft = draft();
        draft.verdict = verdict.into();
        let error = of(&draft, &CONTEXT).unwrap_err();
        assert!(matches!(error, VsaError::Verdict { .. }), "{verdict}");
    }
}

#[test]
fn a_bent_allow_is_passed_only_where_that_is_accepted_and_says_so() {
    let bending = [
        (
            "as-of",
            Relaxation::AsOf {
                value: at("2026-11-01"),
                source: "--as-of".into(),
            },
        ),
        (
            "namespaces",
            Relaxation::Namespaces {
                patterns: vec!["lax".into()],
            },
        ),
        (
            "override",
            Relaxation::Override {
                flag: "--subject".into(),
                value: "x".into(),
            },
        ),
    ];
    for (kind, relaxation) in bending {
        let mut draft = draft();
        draft.relaxations = vec![relaxation];
        for accepted in [accepting(&[]), accepting(&["other"])] {
            let context = Context {
                accepted: &accepted,
                ..CONTEXT
            };
            assert_eq!(of(&draft, &context), Err(VsaError::Bent(Bent::By(kind))));
        }
        let accepted = accepting(&[kind]);
        let context = Context {
            accepted: &accepted,
            ..CONTEXT
        };
        let (statement, passed) = of(&draft, &context).unwrap();
        assert!(passed);
        let listed = &statement["predicate"][RELAXATIONS]["listed"];
        assert_eq!(listed[0]["kind"], kind);
    }
}

#[test]
fn what_a_record_leaves_out_is_taken_for_the_worst() {
    let mut draft = draft();
    let long = |n| Relaxation::Override {
        flag: "--subject".into(),
        value: format!("{n}{}", "x".repeat(200)),
    };
    draft.relaxations = (0..40).map(long).collect();
    let accepted = accepting(&["override"]);
    let context = Context {
        accepted: &accepted,
        ..CONTEXT
    };
    let error = of(&draft, &context).unwrap_err();
    assert!(
        matches!(error, VsaError::Bent(Bent::Unlisted(_))),
        "{error}"
    );
    let accepted = accepting(&["override", "as-of", "namespaces"]);
    let context = Context {
        accepted: &accepted,
        ..CONTEXT
    };
    let (statement, _) = of(&draft, &context).unwrap();
    let relaxations = &statement["predicate"][RELAXATIONS];
    assert!(relaxations["omitted"].as_u64().unwrap() > 0);
}

#[test]
fn waivers_pass_and_are_listed() {
    let mut draft = draft();
    draft.relaxations = vec![Relaxation::Waiver {
        id: "W-1".into(),
        rule: "deploy.x".into(),
        term: None,
    }];
    draft.digests.signature = Some(digest("signature"));
    let (statement, passed) = of(&draft, &CONTEXT).unwrap();
    assert!(passed);
    let predicate = &statement["predicate"];
    assert_eq!(predicate[RELAXATIONS]["listed"][0]["id"], "W-1");
    assert_eq!(
        predicate["inputAttestations"][2]["name"],
        "bundle.intoto.json"
    );
}

#[test]
fn only_gates_over_something_have_one() {
    for kind in ["trigger", "readiness", "conformance"] {
        let mut draft = draft();
        draft.kind = kind.into();
        let error = of(&draft, &CONTEXT).unwrap_err();
        assert!(matches!(error, VsaError::Kind { .. }), "{error}");
    }
    let mut bare = draft();
    bare.subject.clear();
    assert_eq!(of(&bare, &CONTEXT), Err(VsaError::Subject));
    let act = include_bytes!("../../../tests/golden/v1/act.json");
    for (payload, act) in [(&act[..], true), (b"{}", false), (b"", false)] {
        let Err(InteropError::Vsa { source, .. }) = summary(4, Digest::ZERO, payload, &CONTEXT)
        else {
            panic!("no error")
        };
        assert_eq!(matches!(source, VsaError::Act { .. }), act, "{source}");
    }
}

#[test]
fn what_is_given_must_be_uris() {
    for text in [
        "",
        "example",
        "https:",
        ":x",
        "1a:b",
        "a b:c",
        "https://a b",
        "https://é",
        "a:\n",
        "a:\"",
    ] {
        for context in [
            Context {
                verifier_id: text,
                ..CONTEXT
            },
            Context {
                resource_uri: text,
                ..CONTEXT
            },
            Context {
                policy_uri: Some(text),
                ..CONTEXT
            },
        ] {
            let error = of(&draft(), &context).unwrap_err();
            assert!(matches!(error, VsaError::Uri { .. }), "{text}: {error}");
        }
    }
    let uri = Some("urn:example:policy");
    let (statement, _) = of(
        &draft(),
        &Context {
            policy_uri: uri,
            ..CONTEXT
        },
    )
    .unwrap();
    assert_eq!(
        statement["predicate"]["policy"]["uri"],
        "urn:example:policy"
    );
    let mut odd = draft();
    odd.name = "a b/ü".into();
    let (statement, _) = of(&odd, &CONTEXT).unwrap();
    let uri = &statement["predicate"]["policy"]["uri"];
    assert_eq!(uri, "https://assize.dev/policies/v1#gate/a%20b%2F%C3%BC");
}
