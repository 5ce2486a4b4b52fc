use super::*;
use crate::evidence::Status;
use crate::evidence::kinds::{Signatures, read as read_item};

/// Reads an issue that went from status to status, a minute each, and stands at the last.
fn walked(names: &[&str], resolution: Option<&str>) -> Reading {
    let step = |(minute, pair): (usize, &[&str])| {
        json!({"created": format!("2026-01-02T03:{minute:02}:00.000+0000"),
               "author": {"accountId": if pair == ["Awaiting approval", "Approved"] { "b" } else { "a" }},
               "items": [{"field": "status", "fromString": pair[0], "toString": pair[1]}]})
    };
    let histories: Vec<_> = names.windows(2).enumerate().map(step).collect();
    let answer = json!({"startAt": 0, "maxResults": 50, "total": 1, "issues": [
        {"id": "1", "key": "C-1", "changelog": {"histories": histories}, "fields": {
            "created": "2026-01-01T00:00:00.000+0000", "reporter": {"accountId": "a"},
            "resolutiondate": null, "resolution": resolution.map(|name| json!({"name": name})),
            "status": {"name": names[names.len() - 1], "statusCategory": {"key": "done"}}}}]});
    read_item(answer.to_string().as_bytes(), None, Signatures::Unseen)
}

#[test]
fn an_approval_that_was_taken_back_before_the_work_is_none() {
    let approved = |names: &[&str]| {
        let reading = walked(names, Some("Done"));
        assert_eq!(reading.status, Status::Ok, "{:?}", reading.reason);
        reading.facts["events"][0]["approved_by"].clone()
    };
    let to = ["To Do", "Awaiting approval", "Approved"];
    assert_eq!(
        approved(&[&to[..], &["Implementing", "Done"]].concat()),
        json!(["b"])
    );
    for back in ["To Do", "Awaiting approval", "Declined"] {
        let names = [&to[..], &[back, "Implementing", "Done"]].concat();
        assert_eq!(approved(&names), json!([]), "{back}");
    }
    // What comes after the work has begun does not take it back.
    let names = [&to[..], &["Implementing", "Reopened", "Done"]].concat();
    assert_eq!(approved(&names), json!(["b"]));
}

#[test]
fn work_begins_with_the_first_status_that_says_so() {
    let began = |names: &[&str]| {
        let reading = walked(names, Some("Done"));
        reading.facts["events"][0]["deployed_at"].clone()
    };
    assert_eq!(
        began(&["To Do", "Implementing", "Approved", "Done"]),
        "2026-01-02T03:00:00Z"
    );
    assert_eq!(
        began(&["To Do", "Approved", "Done"]),
        "2026-01-02T03:01:00Z"
    );
    let withdrawn = walked(&["To Do", "Done"], Some("Won't Do"));
    assert_eq!(withdrawn.facts["events"][0]["deployed_at"], Value::Null);
    assert_eq!(withdrawn.facts["events"][0]["status"], "withdrawn");
}

#[test]
fn a_status_that_nobody_knows_leaves_the_item_in_doubt() {
    for names in [
        &["To Do", "Rolling out", "Approved", "Done"][..],
        &["To Do", "Shipped"],
    ] {
        let reading = walked(names, Some("Done"));
        assert_eq!(reading.status, Status::Partial);
        let reason = reading.reason.unwrap();
        assert!(
            reason.contains(&format!("the status `{}` means: `C-1`", names[1])),
            "{reason}"
        );
    }
    let reading = walked(&["To Do", "Done"], Some("Delivered"));
    assert_eq!(reading.status, Status::Partial);
    assert_eq!(reading.facts["events"][0]["status"], Value::Null);
}

#[test]
fn other_lists_of_issues_are_not_told_as_answers_of_jira() {
    for other in [
        json!({"issues": []}),
        json!({"issues": [], "total": 0}),
        json!({"issues": [{"key": "A-1", "fields": {}}], "isLast": true}),
        json!({"issues": [{"key": "A-1", "id": 1, "fields": {}}]}),
        json!({"issues": {}, "isLast": true}),
    ] {
        assert!(!is(&other), "{other}");
    }
}

#[test]
fn offsets_are_read_with_and_without_a_colon() {
    let read = |text: &str| {
        let value = json!(text);
        stamp(&Node::root(&value)).map(|at| at.to_string()).ok()
    };
    let noon = Some("2026-01-02T12:00:00Z".to_owned());
    for text in [
        "2026-01-02T12:00:00.000+0000",
        "2026-01-02T12:00:00Z",
        "2026-01-02T13:30:00.000+0130",
        "2026-01-02T06:30:00-0530",
        "2026-01-02T14:00:00+02:00",
    ] {
        assert_eq!(read(text), noon, "{text}");
    }
    for text in [
        "2026-01-02T12:00:00",
        "2026-01-02T12:00:00+00",
        "+0000",
        "é+0000",
        "2026-01-02-0000",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
