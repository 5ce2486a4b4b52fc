use std::collections::BTreeMap;

use super::*;
use crate::digest::Digest;
use crate::json::json;
use crate::record::act::{Act, ActDraft, People};
use crate::record::{Actor, Position};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(since: &str) -> Schedule {
    let rule =
        json!({"title": "T", "since": since, "grace_business_days": 5, "max_trigger_age_h": 24});
    let data = json!({"governance": {"reviews": {"monthly": rule, "quarterly": rule}}});
    Schedule::read(&data).unwrap()
}

fn acts(held: &[(&str, &str)]) -> Acts {
    let records = held.iter().enumerate().map(|(index, (name, recorded_at))| {
        let draft = ActDraft {
            kind: REVIEW.into(),
            name: (*name).into(),
            outcome: "held".into(),
            people: People {
                approved_by: "ada".into(),
                ..People::default()
            },
            actor: Actor::default(),
            document: b"{}".to_vec(),
            materials: BTreeMap::new(),
        };
        let index = index as u64;
        let position = Position {
            origin: "assize.local/test".into(),
            index,
            prev: Digest::ZERO,
        };
        let payload = draft.payload(&position, at(recorded_at)).unwrap();
        let act = Act::parse(&payload).unwrap().unwrap();
        RecordedAct { index, act }
    });
    Acts {
        records: records.collect(),
        unreadable: Vec::new(),
    }
}

/// `<period> <standing>` of every period.
fn shown(since: &str, held: &[(&str, &str)], now: &str) -> Vec<String> {
    schedule(since)
        .standings(&acts(held), at(now))
        .iter()
        .map(|one| {
            let word = match &one.standing {
                Standing::Held(_) => "held",
                Standing::Late(_) => "late",
                Standing::Missed => "missed",
                Standing::Due => "due",
                Standing::Open => "open",
            };
            format!("{} {word}", one.period)
        })
        .collect()
}

#[test]
fn an_empty_ledger_misses_what_its_grace_is_over_for() {
    assert_eq!(
        shown("2026-10-15", &[], "2026-11-06T23:59:59Z"),
        ["2026-10 due", "2026-11 open", "2026-Q4 open"]
    );
    // 31 October is a Saturday: the fifth business day after it is Friday 6 November.
    assert_eq!(
        shown("2026-10-15", &[], "2026-11-07T00:00:00Z"),
        ["2026-10 missed", "2026-11 open", "2026-Q4 open"]
    );
    assert_eq!(
        shown("2026-11-01", &[], "2027-01-07T12:00:00Z"),
        [
            "2026-11 missed",
            "2026-12 due",
            "2027-01 open",
            "2026-Q4 due",
            "2027-Q1 open"
        ]
    );
}

#[test]
fn nothing_before_since_counts() {
    assert_eq!(
        shown("2026-12-31", &[], "2027-01-02"),
        ["2026-12 due", "2027-01 open", "2026-Q4 due", "2027-Q1 open"]
    );
    let none: Vec<String> = Vec::new();
    assert_eq!(shown("2027-06-01", &[], "2027-01-02"), none);
}

#[test]
fn a_review_is_in_time_by_when_it_was_recorded() {
    let held = [
        ("monthly 2026-10", "2026-11-06T23:59:59Z"),
        ("monthly 2026-11", "2026-12-08T00:00:00Z"),
        ("monthly 2026-12", "2026-12-05T00:00:00Z"),
        ("quarterly 2026-Q4", "2027-01-07T08:00:00Z"),
        ("monthly 2027-Q1", "2027-01-07T08:00:00Z"),
    ];
    assert_eq!(
        shown("2026-10-01", &held, "2027-01-10"),
        [
            "2026-10 held",
            "2026-11 late",
            "2026-12 held",
            "2027-01 open",
            "2026-Q4 held",
            "2027-Q1 open"
        ]
    );
    // Made up for later, it stays late; the first record counts.
    let twice = [
        ("monthly 2026-10", "2026-11-09T00:00:00Z"),
        ("monthly 2026-10", "2026-11-10T00:00:00Z"),
    ];
    let standings = schedule("2026-10-01").standings(&acts(&twice), at("2026-11-11"));
    assert!(matches!(&standings[0].standing, Standing::Late(held) if held.index == 0));
}

#[test]
fn a_review_is_of_the_period_that_is_due() {
    let of = |held: &[(&str, &str)], now: &str| {
        let schedule = schedule("2026-10-15");
        let period = schedule.current(Rhythm::Monthly, &acts(held), at(now));
        period.unwrap().to_string()
    };
    assert_eq!(of(&[], "2026-11-06"), "2026-10");
    assert_eq!(of(&[], "2026-11-07"), "2026-11");
    assert_eq!(
        of(&[("monthly 2026-10", "2026-11-02")], "2026-11-06"),
        "2026-11"
    );
    assert_eq!(of(&[], "2026-10-20"), "2026-10");
    let error = schedule("2026-10-15").current(Rhythm::Annual, &acts(&[]), at("2026-11-06"));
    assert!(matches!(error, Err(ReviewError::NotScheduled { .. })));
}

#[test]
fn refuses_schedules_and_people_that_say_nothing() {
    for (field, value, what) in [
        ("title", json!(1), "title"),
        ("since", json!("soon"), "since"),
        ("grace_business_days", json!(-1), "grace_business_days"),
        ("grace_business_days", json!(70_000), "grace_business_days"),
        ("max_trigger_age_h", json!("24"), "max_trigger_age_h"),
    ] {
        let mut rule = json!({"title": "T", "since": "2026-11-01", "grace_business_days": 5, "max_trigger_age_h": 24});
        rule[field] = value;
        let data = json!({"governance": {"reviews": {"annual": rule}}});
        let error = Schedule::read(&data).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    for names in [vec![], vec![""], vec!["ada", " "], vec!["ada", "Ada "]] {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        assert!(attended(&names).is_err(), "{names:?}");
    }
    assert_eq!(
        attended(&[" ada".into(), "bob".into()]).unwrap(),
        ["ada", "bob"]
    );
}
