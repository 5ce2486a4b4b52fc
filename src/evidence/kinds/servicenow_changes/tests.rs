use super::*;

#[test]
fn a_full_page_may_go_on_and_a_shorter_one_ends() {
    for (counts, goes_on) in [
        (&[][..], false),
        (&[0], false),
        (&[1], true),
        (&[7], true),
        (&[15], true),
        (&[30], true),
        (&[1_000], true),
        (&[15, 0], false),
        (&[7, 7], true),
        (&[7, 8], true),
        (&[7, 3], false),
        (&[100, 0], false),
        (&[100, 100, 99], false),
    ] {
        assert_eq!(may_go_on(counts), goes_on, "{counts:?}");
    }
}

#[test]
fn no_state_hides_a_rejection_and_an_unknown_one_says_nothing() {
    for state in [-5, -4, -3, -2, -1, 0, 3] {
        assert_eq!(status_of(state, Some("rejected"), None), Some("rejected"));
    }
    assert_eq!(status_of(-2, Some("requested"), None), Some("open"));
    assert_eq!(status_of(-1, Some("approved"), None), Some("approved"));
    assert_eq!(status_of(3, None, Some("unsuccessful")), Some("failed"));
    assert_eq!(status_of(4, Some("approved"), None), Some("withdrawn"));
    for state in [-6, 1, 2, 5, i64::MAX] {
        assert_eq!(status_of(state, Some("approved"), Some("successful")), None);
        assert_eq!(status_of(state, Some("rejected"), None), None);
    }
}

#[test]
fn records_of_other_tables_are_not_told_as_changes() {
    for other in [
        json!({"result": []}),
        json!({"result": {"number": "CHG0030001"}}),
        json!({"result": [{"number": "INC0030001", "sys_class_name": "incident"}]}),
        json!({"result": [{"number": 1}]}),
        json!({"results": [{"number": "CHG0030001"}]}),
    ] {
        assert!(!is(&other), "{other}");
    }
    assert!(is(
        &json!({"result": [{"number": {"value": "CHG0030001"}}]})
    ));
    let class = json!({"result": [{"number": "REL-7", "sys_class_name": "change_request"}]});
    assert!(is(&class));
}
