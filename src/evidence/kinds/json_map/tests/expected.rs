//! What a mapping expects of a document.

use super::*;

#[test]
fn what_is_expected_makes_the_item_no_better_than_it_says() {
    let map = "
expect:
  - {pointer: /version, equals: 2}
  - {pointer: /state, equals: done, else: partial}
  - {pointer: /looked_at, differs: 0, else: empty}
  - {pointer: /errors, equals: [], else: partial}
facts: {a: {pointer: /a, type: integer}}";
    let sound = json!({"version": 2, "state": "done", "looked_at": 3, "errors": [], "a": 1});
    let with = |changes: Value| {
        let mut document = sound.clone();
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        reading(map, &document.to_string())
    };
    let status = |changes: Value| {
        let reading = with(changes).unwrap();
        (reading.status, reading.reason.unwrap_or_default())
    };
    assert_eq!(status(json!({})), (Status::Ok, String::new()));
    assert_eq!(status(json!({"version": 2.0})).0, Status::Ok);
    for (changes, expected, reason) in [
        (
            json!({"state": "running"}),
            Status::Partial,
            "`/state`: is \"running\", expected \"done\"",
        ),
        (
            json!({"looked_at": 0}),
            Status::Empty,
            "`/looked_at`: is 0, expected anything but 0",
        ),
        (
            json!({"looked_at": -0.0}),
            Status::Empty,
            "is -0.0, expected anything but 0",
        ),
        (
            json!({"errors": [1], "looked_at": 0}),
            Status::Empty,
            "/looked_at",
        ),
        (
            json!({"looked_at": 0, "state": 1}),
            Status::Empty,
            "/looked_at",
        ),
        (
            json!({"state": 1, "errors": null}),
            Status::Partial,
            "/state",
        ),
    ] {
        let (found, why) = status(changes.clone());
        assert_eq!(found, expected, "{changes}");
        assert!(why.contains(reason), "{changes}: {why}");
    }
}

#[test]
fn an_error_goes_before_anything_else() {
    let map = "
expect:
  - {pointer: /state, equals: done, else: partial}
  - {pointer: /version, equals: 2}
facts: {a: {pointer: /nowhere, type: integer}}";
    for (version, reason) in [
        ("3", "is 3, expected 2"),
        ("\"2\"", "is \"2\", expected 2"),
        ("null", "is null, expected 2"),
    ] {
        let document = format!("{{\"version\": {version}, \"state\": \"running\"}}");
        let error = refused(map, &document);
        assert_eq!(error, format!("`/version`: {reason}"));
    }
}

#[test]
fn what_is_not_there_is_not_another_value() {
    let absent = "expect: [{pointer: /x, differs: 0, else: empty}]\nfacts: {a: {pointer: '', type: list, of: text, required: false, may_be_empty: true}}";
    let found = reading(absent, "[]").unwrap();
    assert_eq!(
        found.reason.unwrap(),
        "`/x`: is missing, expected anything but 0"
    );
    // Nor is what was taken out.
    let mark = json!({"x": {"assize/redacted/v1": "0".repeat(64)}}).to_string();
    assert_eq!(refused(absent, &mark), "`/x`: was redacted");
}

#[test]
fn what_is_of_another_type_does_not_show_that_it_is_another_value() {
    let map = "expect: [{pointer: /x, differs: 0, else: empty}]\nfacts: {a: {pointer: /x, type: text, required: false}}";
    for value in ["null", "\"0\"", "{}", "[]", "false"] {
        let map = map.replace("type: text", "type: count, may_be_empty: true");
        let found = reading(&map, &format!("{{\"x\": {value}}}"));
        assert!(
            found.is_err() || found.is_ok_and(|found| found.status == Status::Empty),
            "{value}"
        );
    }
    let null = "expect: [{pointer: /x, differs: null}]\nfacts: {a: {pointer: /x, type: text}}";
    assert_eq!(reading(null, "{\"x\": \"\"}").unwrap().status, Status::Ok);
    assert!(reading(null, "{\"x\": null}").is_err());
}

#[test]
fn numbers_are_compared_exactly() {
    let map = "expect: [{pointer: '', equals: 9007199254740993}]\nfacts: {a: {pointer: '', type: number}}";
    assert!(reading(map, "9007199254740993").is_ok());
    for other in ["9007199254740992", "9007199254740993.0", "9007199254740994"] {
        assert!(
            refused(map, other).contains("expected 9007199254740993"),
            "{other}"
        );
    }
}
