use super::*;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{self, Value, json};
use crate::ledger::read::Reader;
use crate::ledger::{self, Ledger};
use crate::record::{Actor, Digests, Draft, Tool};
use crate::signing::{SecretKey, TrustPolicy};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule(state: &str, findings: &Value) -> Rule {
    json::decode(json!({
        "id": "a", "package": "triggers.x.a", "title": "t", "severity": "high", "controls": [],
        "remediation": null, "source": {"path": "p", "line": 1}, "state": state, "evidence": [],
        "findings": findings, "trigger": {"condition": null, "class": null, "matrix": "sla"},
    }))
    .unwrap()
}

fn unsure(details: &Value) -> Value {
    json!({"state": "inconclusive", "head": "inconclusive", "msg": "m", "term": null,
           "evidence": [], "details": details})
}

#[test]
fn unmeasured_is_what_says_so_throughout() {
    let state = |findings: &Value| State::of(&rule("inconclusive", findings)).unwrap();
    let said = unsure(&json!({"id": "unmeasured"}));
    assert_eq!(state(&json!([said])), State::Unmeasured);
    for other in [
        json!(null),
        json!({"id": "gap"}),
        json!({"details": {"id": "unmeasured"}}),
    ] {
        let mixed = json!([said, unsure(&other)]);
        assert_eq!(state(&mixed), State::Unknown, "{other}");
    }
    for (word, state) in [
        ("pass", Some(State::Clear)),
        ("fired", Some(State::Fired)),
        ("not-applicable", Some(State::NotApplicable)),
        ("fail", None),
        ("waived", None),
    ] {
        assert_eq!(State::of(&rule(word, &json!([]))), state, "{word}");
    }
}

/// A ledger with one record of kind `kind` for each instant and state of the trigger `a`.
fn ledger(records: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = SecretKey::generate().unwrap();
    let options = ledger::Options {
        origin: "assize.local/test".parse().unwrap(),
        record_key: key.clone().into(),
        checkpoint_key: key.into(),
        trust: TrustPolicy::default(),
    };
    let ledger = Ledger::new(folder.path(), options);
    for (kind, as_of, state) in records {
        let document = json!({
            "schema": "assize/decision/v1", "kind": kind, "name": "triggers", "as_of": at(as_of),
            "verdict": "x", "problems": [],
            "rules": [{"id": "a", "package": "triggers.x.a", "title": "t", "severity": "high",
                "controls": [], "remediation": null, "source": {"path": "p", "line": 1},
                "state": state, "evidence": [], "findings": [
                    unsure(&json!({"id": "gap"}))]}],
        });
        let bytes = json::canonical(&document).unwrap();
        let other = Digest::of(b"x");
        let draft = Draft {
            subject: Vec::new(),
            kind: (*kind).to_owned(),
            name: "triggers".to_owned(),
            verdict: "x".to_owned(),
            counts: std::collections::BTreeMap::new(),
            as_of: at(as_of),
            relaxations: Vec::new(),
            fail_on_warn: false,
            actor: Actor::default(),
            digests: Digests {
                bundle: other,
                signature: None,
                policies: other,
                data: other,
                waivers: None,
                trust: None,
                contract: None,
                input: other,
                decision: Digest::of(&bytes),
            },
            tool: Tool {
                name: "assize".to_owned(),
                version: "0".to_owned(),
                engine: "none".to_owned(),
            },
        };
        let entry = ledger::Draft::new(|position| Ok(draft.payload(position, at("2027-01-01"))?));
        ledger.append(&[entry.with_blob(bytes.as_slice())]).unwrap();
    }
    folder
}

fn history(folder: &tempfile::TempDir, as_of: &str, index: u64) -> (History, Point) {
    let here = Point {
        as_of: at(as_of),
        index,
    };
    (
        History::read(&Reader::open(folder.path()).unwrap(), here),
        here,
    )
}

fn first(episode: Episode) -> Option<String> {
    match episode {
        Episode::Open {
            first,
            hidden_by: None,
        } => Some(first.as_of.date()),
        Episode::None => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_past_is_told_by_instant_and_not_by_place() {
    let folder = ledger(&[
        ("trigger", "2026-10-03", "fired"),
        ("gate", "2026-10-04", "fail"),
        ("trigger", "2026-10-01", "fired"),
        ("trigger", "2026-10-02", "pass"),
        ("trigger", "2026-12-01", "pass"),
    ]);
    let (history, here) = history(&folder, "2026-10-05", 5);
    assert_eq!(history.len(), 3);
    let episode = history.episode("a", State::Unknown, here);
    assert_eq!(first(episode).as_deref(), Some("2026-10-03"));
    assert_eq!(history.last().unwrap().0.index, 0);
    assert_eq!(history.episode("b", State::Unknown, here), Episode::None);
}

#[test]
fn of_one_instant_the_later_record_counts() {
    let folder = ledger(&[
        ("trigger", "2026-10-01", "fired"),
        ("trigger", "2026-10-01", "pass"),
    ]);
    let (history, here) = history(&folder, "2026-10-01", 2);
    assert_eq!(history.episode("a", State::Unknown, here), Episode::None);
    let episode = history.episode("a", State::Fired, here);
    assert!(matches!(episode, Episode::Open { first, .. } if first == here));
}

#[test]
fn records_appended_later_are_no_past() {
    let folder = ledger(&[
        ("trigger", "2026-10-01", "pass"),
        ("trigger", "2026-09-01", "fired"),
    ]);
    let (history, _) = history(&folder, "2026-10-01", 0);
    assert!(history.is_empty());
}

#[test]
fn a_state_that_triggers_do_not_have_hides_the_past() {
    let folder = ledger(&[
        ("trigger", "2026-10-01", "pass"),
        ("trigger", "2026-10-02", "fail"),
    ]);
    let (history, here) = history(&folder, "2026-10-03", 2);
    assert_eq!(history.unreadable()[0].index, 1);
    assert_eq!(
        history.episode("a", State::Unknown, here),
        Episode::Hidden { by: 1 }
    );
    assert_eq!(history.since("a", State::Unknown, here), None);
}

#[test]
fn a_line_that_is_no_record_hides_everything() {
    let folder = ledger(&[
        ("trigger", "2026-10-01", "pass"),
        ("trigger", "2026-10-02", "pass"),
    ]);
    let path = folder.path().join("records.intoto.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("{\"payload\"", "{\"payloat\"", 1)).unwrap();
    let (history, here) = history(&folder, "2026-10-03", 2);
    assert_eq!(
        history.episode("a", State::Unknown, here),
        Episode::Hidden { by: 0 }
    );
    // What is wrong before the last record does not hide that one; what is wrong after does.
    let last = || Recorded::last(&Reader::open(folder.path()).unwrap());
    assert_eq!(last().unwrap().point.index, 1);
    std::fs::write(&path, text.replace("{\"payload\"", "{\"payloat\"")).unwrap();
    assert!(matches!(
        last(),
        Err(RecordedError::Unreadable { index: 1, .. })
    ));
}

#[test]
fn the_last_record_is_the_one_appended_last() {
    let folder = ledger(&[
        ("trigger", "2026-10-02", "pass"),
        ("trigger", "2026-10-01", "fired"),
        ("gate", "2026-10-03", "pass"),
    ]);
    let recorded = Recorded::last(&Reader::open(folder.path()).unwrap()).unwrap();
    assert_eq!(recorded.point.index, 1);
    let gates = ledger(&[("gate", "2026-10-03", "pass")]);
    assert!(matches!(
        Recorded::last(&Reader::open(gates.path()).unwrap()),
        Err(RecordedError::None)
    ));
}

fn matrix() -> Matrix {
    let data = json!({"governance": {"matrix":
        {"sla": {"urgency": "immediate", "due_min_days": 1, "due_max_days": 2}}}});
    Matrix::read(&data, []).unwrap()
}

#[test]
fn overdue_is_the_day_after_the_last_day() {
    let folder = ledger(&[("trigger", "2026-10-01T23:00:00Z", "fired")]);
    for (as_of, overdue) in [
        ("2026-10-03T23:59:59Z", Overdue::No),
        ("2026-10-04", Overdue::Days(1)),
    ] {
        let (history, here) = history(&folder, as_of, 1);
        let standing = Standing::of(&rule("fired", &json!([])), &matrix(), &history, here).unwrap();
        assert_eq!(standing.overdue, overdue, "{as_of}");
        assert!(most_urgent(&[standing]).is_some());
    }
}

#[test]
fn readings_differ_from_the_one_that_is_used_for_the_same_thing() {
    let reading = |id: &str, term: Option<&str>, verdict: &str, used: bool| {
        json!({"id": id, "term": term, "msg": id, "verdict": verdict, "used": used,
               "evidence": [], "details": {}})
    };
    let mut read = rule("pass", &json!([]));
    read.readings = json::decode(json!([
        reading("points", Some("l1"), "false", true),
        reading("relative", Some("l1"), "true", false),
        reading("points", Some("l2"), "true", true),
        reading("relative", Some("l2"), "true", false),
        reading("overall", None, "unknown", false),
    ]))
    .unwrap();
    let here = Point {
        as_of: at("2026-10-01"),
        index: 0,
    };
    let standing = Standing::of(&read, &matrix(), &History::default(), here).unwrap();
    let differing: Vec<_> = standing
        .differing()
        .iter()
        .map(|r| (r.id.as_str(), r.term.as_deref()))
        .collect();
    assert_eq!(differing, [("relative", Some("l1")), ("overall", None)]);

    // Several are used for one thing: what counts is what came of them.
    read.readings = json::decode(json!([
        reading("a", None, "false", true),
        reading("b", None, "true", true),
        reading("c", None, "true", false),
        reading("d", None, "false", false),
    ]))
    .unwrap();
    read.state = "fired".to_owned();
    let standing = Standing::of(&read, &matrix(), &History::default(), here).unwrap();
    let differing: Vec<_> = standing.differing().iter().map(|r| r.id.clone()).collect();
    assert_eq!(differing, ["d"]);
}

proptest! {
    // Each case writes a ledger, durably.
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The episode is the one that reading the states forwards gives.
    #[test]
    fn an_episode_is_what_reading_forwards_gives(states in prop::collection::vec(0_usize..5, 1..8)) {
        let words = ["pass", "fired", "inconclusive", "not-applicable", "pass"];
        let days: Vec<_> = (1..=states.len()).map(|day| format!("2026-10-{day:02}")).collect();
        let records: Vec<_> = states
            .iter()
            .zip(&days)
            .map(|(state, day)| ("trigger", day.as_str(), words[*state]))
            .collect();
        let mut expected: Option<String> = None;
        for (_, day, word) in &records {
            match *word {
                "pass" => expected = None,
                "fired" => expected = expected.or(Some((*day).to_owned())),
                _ => {}
            }
        }
        let (last, past) = records.split_last().unwrap();
        let folder = ledger(past);
        if past.is_empty() {
            return Ok(());
        }
        let (history, here) = history(&folder, last.1, past.len() as u64);
        let state = State::of(&rule(last.2, &json!([unsure(&json!(null))]))).unwrap();
        prop_assert_eq!(first(history.episode("a", state, here)), expected);
    }
}
