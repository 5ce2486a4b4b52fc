//! A run of policy tests as `JUnit` XML, as CI systems read it.
//!
//! `testsuites` > one `testsuite` for each package > `testcase`, with the attributes
//! that the common readers ask for (`name`, `classname`, `time`, `tests`, `failures`,
//! `errors`, `skipped`); `docs/evidence/junit-xml.md` says how Assize reads it back.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::testing::{Statement, TestCase, TestState, TestSuite};

/// Returns the document.
pub fn test_junit(suite: &TestSuite) -> String {
    let mut packages: BTreeMap<&str, Vec<&TestCase>> = BTreeMap::new();
    for case in &suite.cases {
        packages.entry(&case.package).or_default().push(case);
    }
    let all: Vec<&TestCase> = suite.cases.iter().collect();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    line(
        &mut xml,
        0,
        &format!("<testsuites name=\"assize policy test\"{}>", totals(&all)),
    );
    for (package, cases) in packages {
        let name = attribute(package);
        line(
            &mut xml,
            1,
            &format!("<testsuite name=\"{name}\"{}>", totals(&cases)),
        );
        for case in cases {
            testcase(case, &mut xml);
        }
        line(&mut xml, 1, "</testsuite>");
    }
    line(&mut xml, 0, "</testsuites>");
    xml
}

fn line(xml: &mut String, depth: usize, text: &str) {
    xml.push_str(&"  ".repeat(depth));
    xml.push_str(text);
    xml.push('\n');
}

fn totals(cases: &[&TestCase]) -> String {
    let count = |state| cases.iter().filter(|case| case.state == state).count();
    let elapsed_us: u64 = cases.iter().map(|case| case.elapsed_us).sum();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"",
        cases.len(),
        count(TestState::Fail),
        count(TestState::Error),
        count(TestState::Skipped),
        seconds(elapsed_us)
    )
}

/// Microseconds as seconds, exactly.
fn seconds(elapsed_us: u64) -> String {
    format!("{}.{:06}", elapsed_us / 1_000_000, elapsed_us % 1_000_000)
}

fn testcase(case: &TestCase, xml: &mut String) {
    let name = case
        .name
        .strip_prefix(&format!("data.{}.", case.package))
        .unwrap_or(&case.name);
    let open = format!(
        "<testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"",
        attribute(name),
        attribute(&case.package),
        attribute(&case.path),
        case.line,
        seconds(case.elapsed_us)
    );
    let element = match case.state {
        TestState::Pass => None,
        TestState::Fail => Some("failure"),
        TestState::Error => Some("error"),
        TestState::Skipped => Some("skipped"),
    };
    if element.is_none() && case.prints.is_empty() {
        line(xml, 2, &format!("{open}/>"));
        return;
    }
    line(xml, 2, &format!("{open}>"));
    match element {
        None => {}
        Some("skipped") => line(xml, 3, "<skipped/>"),
        Some(element) => {
            let body: Vec<_> = case.failures.iter().map(body).collect();
            line(
                xml,
                3,
                &format!(
                    "<{element} message=\"{}\" type=\"{}\">{}</{element}>",
                    attribute(&message(case)),
                    case.state.name(),
                    escaped(&body.join("\n"))
                ),
            );
        }
    }
    if !case.prints.is_empty() {
        let prints = escaped(&case.prints.join("\n"));
        line(xml, 3, &format!("<system-out>{prints}</system-out>"));
    }
    line(xml, 2, "</testcase>");
}

fn message(case: &TestCase) -> String {
    match case.failures.first() {
        Some(first) if case.state == TestState::Fail => format!(
            "{}:{}: {}: {}",
            first.path,
            first.line,
            first
                .expression
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            first.reason
        ),
        _ => case.message.clone(),
    }
}

fn body(statement: &Statement) -> String {
    let mut text = format!(
        "{}:{}\n{}\n{}",
        statement.path, statement.line, statement.expression, statement.reason
    );
    for (expression, value) in &statement.values {
        // Writing to a string does not fail.
        let _ = write!(text, "\nwhere {expression} = {value}");
    }
    text
}

/// Text for an attribute: on one line.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text with what XML 1.0 reserves escaped, and what it cannot hold shown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ if character.is_control() => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(state: TestState, message: &str) -> TestCase {
        TestCase {
            name: "data.a.b_test.test_<x>".into(),
            package: "a.b_test".into(),
            path: "a/b_test.rego".into(),
            line: 3,
            state,
            message: message.into(),
            elapsed_us: 1_234_567,
            failures: Vec::new(),
            notes: Vec::new(),
            prints: Vec::new(),
        }
    }

    #[test]
    fn markup_and_control_characters_stay_text() {
        let mut failing = case(TestState::Error, "a < \"b\" & \u{0}\u{1b}[1m\nnext");
        failing.prints = vec!["]]> </system-out>".into()];
        let suite = TestSuite {
            cases: vec![failing],
            ..TestSuite::default()
        };
        let xml = test_junit(&suite);
        assert!(
            xml.contains("name=\"test_&lt;x&gt;\" classname=\"a.b_test\""),
            "{xml}"
        );
        assert!(
            xml.contains("message=\"a &lt; &quot;b&quot; &amp; \\u{0}\\u{1b}[1m&#10;next\""),
            "{xml}"
        );
        assert!(xml.contains("]]&gt; &lt;/system-out&gt;"), "{xml}");
        assert!(xml.contains("time=\"1.234567\""), "{xml}");
    }

    #[test]
    fn totals_count_each_state_once() {
        let suite = TestSuite {
            cases: vec![
                case(TestState::Pass, ""),
                case(TestState::Fail, "it is undefined"),
                case(TestState::Skipped, ""),
            ],
            ..TestSuite::default()
        };
        let xml = test_junit(&suite);
        let totals = "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"";
        assert_eq!(xml.matches(totals).count(), 2, "{xml}");
        assert_eq!(xml.matches("<skipped/>").count(), 1, "{xml}");
    }
}
