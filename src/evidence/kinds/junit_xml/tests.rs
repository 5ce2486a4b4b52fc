use super::*;

fn facts(text: &str) -> Value {
    read(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .facts
}

fn refused(text: &str) -> String {
    read(text).expect_err(text).to_string()
}

#[test]
fn recounts_whatever_the_totals_say() {
    let facts = facts(
        "<testsuites tests='0' failures='0'><testsuite name='a' tests='9'>\
         <testcase name='x'/><testcase name='y'><failure message='no'/></testcase>\
         <testcase name='z'><error>trace</error></testcase>\
         <testcase name='s'><skipped/></testcase></testsuite></testsuites>",
    );
    assert_eq!(
        (&facts["tests"], &facts["passed"], &facts["failures"]),
        (&json!(4), &json!(1), &json!(1))
    );
    assert_eq!(
        (&facts["errors"], &facts["skipped"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(facts["declared"]["tests"], json!(0));
    assert_eq!(facts["declared_matches"], json!(false));
    assert_eq!(facts["failed"][0]["message"], json!("no"));
    assert_eq!(facts["failed"][1]["message"], json!("trace"));
}

#[test]
fn a_case_that_did_not_run_has_not_passed() {
    for case in [
        "<testcase status='notrun' result='suppressed'/>",
        "<testcase result='skipped'/>",
        "<testcase status='disabled'/>",
        "<testcase><skipped message='later'/></testcase>",
    ] {
        let facts = facts(&format!("<testsuite>{case}</testsuite>"));
        assert_eq!(
            (&facts["passed"], &facts["skipped"]),
            (&json!(0), &json!(1)),
            "{case}"
        );
    }
}

#[test]
fn a_case_passes_only_in_words_that_are_known() {
    for (case, what) in [
        ("status='run' result='completed'", "passed"),
        ("status='Passed' success='true'", "passed"),
        ("status='' result=''", "passed"),
        ("status='failed'", "failures"),
        ("result='FAILED'", "failures"),
        ("success='false'", "failures"),
        ("status='passed' result='failure'", "failures"),
        ("status='timeout'", "errors"),
        ("result='crashed'", "errors"),
        ("status='error'", "errors"),
        ("success='perhaps'", "errors"),
        ("status='passsed'", "errors"),
    ] {
        let facts = facts(&format!("<testsuite><testcase {case}/></testsuite>"));
        assert_eq!(
            (&facts["tests"], &facts[what]),
            (&json!(1), &json!(1)),
            "{case}"
        );
    }
    let facts = facts("<testsuite><testcase status='timeout'/></testsuite>");
    assert_eq!(facts["failed"][0]["message"], json!("status is `timeout`"));
}

#[test]
fn no_failure_is_passed_over() {
    for (text, errors, failures) in [
        (
            "<testsuite><testcase/><error message='setup'/></testsuite>",
            1,
            0,
        ),
        ("<testsuite><failure/><testcase/></testsuite>", 1, 0),
        (
            "<testsuites><error/><testsuite><testcase/></testsuite></testsuites>",
            1,
            0,
        ),
        (
            "<testsuite><wrap><error/></wrap><testcase/></testsuite>",
            1,
            0,
        ),
        (
            "<testsuite><testcase><Failure/></testcase></testsuite>",
            0,
            1,
        ),
        (
            "<testsuite><testcase><wrap><FAILURE/></wrap></testcase></testsuite>",
            0,
            1,
        ),
        ("<testsuite><TestCase><Error/></TestCase></testsuite>", 1, 0),
    ] {
        let facts = facts(text);
        assert_eq!(
            (&facts["errors"], &facts["failures"]),
            (&json!(errors), &json!(failures)),
            "{text}"
        );
    }
    for text in [
        "<testsuite><testcase><testcase><failure/></testcase></testcase></testsuite>",
        "<testsuite><testcase><testsuite/></testcase></testsuite>",
        "<testsuites><wrap><testsuite><testcase/></testsuite></wrap></testsuites>",
        "<testsuites><testsuites><testsuite/></testsuites></testsuites>",
        "<testsuite><wrap><testcase/></wrap></testsuite>",
    ] {
        let error = refused(text);
        assert!(
            error.contains("neither in a suite nor below the root"),
            "{text}: {error}"
        );
    }
}

#[test]
fn each_suite_is_held_to_its_own_totals() {
    for (text, matches) in [
        (
            "<testsuites tests='1'><testsuite tests='1'><testcase/></testsuite></testsuites>",
            true,
        ),
        (
            "<testsuites tests='1'><testsuite tests='2'><testcase/></testsuite></testsuites>",
            false,
        ),
        (
            "<testsuites tests='1' failures='0'><testsuite failures='1'><testcase/></testsuite></testsuites>",
            false,
        ),
        (
            "<testsuites tests='2'><testsuite tests='2'><testcase/><testsuite tests='1'><testcase/></testsuite></testsuite></testsuites>",
            true,
        ),
        (
            "<testsuites tests='2'><testsuite tests='1'><testcase/><testsuite tests='1'><testcase/></testsuite></testsuite></testsuites>",
            true,
        ),
        (
            "<testsuites tests='2'><testsuite tests='2'><testcase/><testsuite tests='3'><testcase/></testsuite></testsuite></testsuites>",
            false,
        ),
    ] {
        assert_eq!(facts(text)["declared_matches"], json!(matches), "{text}");
    }
}

#[test]
fn the_worst_outcome_of_a_case_counts_once() {
    let facts = facts(
        "<testsuite><testcase><skipped/><failure message='f'/><error message='e'/><failure/></testcase></testsuite>",
    );
    assert_eq!((&facts["tests"], &facts["errors"]), (&json!(1), &json!(1)));
    assert_eq!(facts["failed"][0]["message"], json!("e"));
}

#[test]
fn properties_with_two_values_have_none() {
    let facts = facts(
        "<testsuites><properties><property name='r' value='1'/></properties>\
         <testsuite><properties><property name='digest' value='a'/><property name='same' value='s'/></properties></testsuite>\
         <testsuite><properties><property name='digest' value='b'/><property name='same' value='s'/></properties>\
         <testcase><properties><property name='own' value='x'/></properties></testcase></testsuite></testsuites>",
    );
    assert_eq!(facts["properties"], json!({"r": "1", "same": "s"}));
    assert_eq!(facts["property_conflicts"], json!(["digest"]));
    assert_eq!(facts["suites"][1]["properties"]["digest"], json!("b"));
}

#[test]
fn nested_suites_and_cases_below_the_root_are_counted() {
    let facts = facts(
        "<testsuites><testcase name='a'/><testsuite name='o'><testcase name='b'/>\
         <testsuite name='i'><testcase name='c'/></testsuite></testsuite></testsuites>",
    );
    assert_eq!(facts["tests"], json!(3));
    let names: Vec<_> = facts["suites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["name"])
        .collect();
    assert_eq!(names, [&json!(""), &json!("o"), &json!("i")]);
}

#[test]
fn failures_hidden_in_output_are_not_verdicts() {
    let facts = facts(
        "<testsuite><testcase><system-out><![CDATA[<failure/>]]></system-out></testcase>\
         <system-err>error</system-err></testsuite>",
    );
    assert_eq!(facts["passed"], json!(1));
}

#[test]
fn the_latest_suite_dates_the_report() {
    let reading = read(
        "<testsuites><testsuite timestamp='2026-11-23T11:00:00'/>\
         <testsuite timestamp='2026-11-23T12:00:00.5+01:00'><testcase/></testsuite></testsuites>",
    )
    .unwrap();
    assert_eq!(
        reading.facts["timestamp"],
        json!("2026-11-23T11:00:00.500Z")
    );
    assert_eq!(reading.facts["timestamp_assumed_utc"], json!(false));
    assert_eq!(
        reading.collected_at.unwrap().to_string(),
        "2026-11-23T11:00:00.500Z"
    );
}

#[test]
fn no_test_case_is_not_a_success() {
    let reading = read("<testsuites><testsuite name='a'/></testsuites>").unwrap();
    assert_eq!(reading.status, Status::Empty);
    assert_eq!(reading.facts["tests"], json!(0));
}

#[test]
fn refuses_what_cannot_be_counted() {
    for (text, what) in [
        ("<coverage/>", "root is `coverage`"),
        ("<testsuite><testcase></testsuite>", "line 1"),
        ("<testsuite><testcase/>", "open elements"),
        ("<testsuite tests='many'/>", "`tests` is not a count"),
        ("<testsuite tests='-1'/>", "`tests` is not a count"),
        ("<testsuite timestamp='yesterday'/>", "`yesterday`"),
        (
            "<testsuite><properties><property value='x'/></properties></testsuite>",
            "no `name`",
        ),
        (
            "<!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite/>",
            "document type",
        ),
        ("<testsuite name='&secret;'/>", "line 1"),
        ("<testsuite/><testsuite/>", "second root"),
    ] {
        let error = refused(text);
        assert!(error.contains(what), "{text}: {error}");
    }
}

#[test]
fn times_with_thousands_are_summed_and_nonsense_is_not() {
    let facts = facts(
        "<testsuite><testcase time='1,234.5'/><testcase time='0.25'/><testcase time='NaN'/>\
         <testcase time='-3'/><testcase time='1e300'/></testsuite>",
    );
    assert_eq!(facts["time_s"], json!(1234.75));
}
