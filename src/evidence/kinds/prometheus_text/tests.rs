use super::*;

fn samples(text: &str) -> Value {
    read(text).unwrap().facts["samples"].clone()
}

fn refused(text: &str) -> String {
    read(text).expect_err(text).to_string()
}

#[test]
fn only_typed_samples_are_told() {
    for (text, expected) in [
        ("# TYPE a gauge\na 1\n", true),
        (
            "# made by us\n\n# HELP a b\n# TYPE a gauge\na{b=\"c\"} 1\n",
            true,
        ),
        ("# EOF\n", true),
        ("# TYPE a gauge\na{b=\"cut", true),
        ("a 1\n", false),
        ("# HELP wanted: ask us\nkey: value\n", false),
        ("# TYPE a gauge\nkey: value\nother: 1\n", false),
        ("# TYPE of service\nkey: value\n", false),
        ("# comment\n", false),
        ("", false),
    ] {
        assert_eq!(is(text), expected, "{text}");
    }
}

#[test]
fn labels_are_unescaped() {
    let text = "a{ b = \"x\\\\y\\\"z\\n\" , c=\"}\", } 1.5e3 1795438800123\n";
    let facts = samples(text);
    assert_eq!(facts[0]["labels"]["b"], "x\\y\"z\n");
    assert_eq!(facts[0]["labels"]["c"], "}");
    assert_eq!(facts[0]["value"], 1500);
    assert_eq!(facts[0]["t"], json!(1_795_438_800.123));
}

#[test]
fn seconds_are_those_of_openmetrics() {
    let text = "# TYPE a gauge\na 1 1795438800.5\na 2 1795438801 # {t=\"1\"} 2\n# EOF\n";
    assert_eq!(samples(text)[0]["t"], json!(1_795_438_800.5));
    assert!(refused("a 1 1795438800.5\n").contains("line 1: the timestamp"));
    assert!(refused("a 1\n# TYPE b info\nb 1\n").contains("line 2: is OpenMetrics"));
    assert!(refused("# EOF\na 1\n# EOF\n").contains("line 2: stands behind"));
}

#[test]
fn what_is_odd_is_refused_with_its_line() {
    for (text, what) in [
        ("a 1\na 2\n", "line 2: a second sample of a{}"),
        ("a 1 1\na 1 2\n", "line 2: a second sample"),
        ("a{b=\"1\",b=\"2\"} 1\n", "a second label `b`"),
        ("a{b=\"1} 1\n", "is not closed"),
        ("a{b=\"\\t\"} 1\n", "expected `\\\\`"),
        ("a{b:c=\"1\"} 1\n", "expected a label"),
        ("a{b=\"1\" c=\"2\"} 1\n", "expected `,`"),
        ("a 1e400\n", "the value is no number"),
        ("a 0x10\n", "the value is no number"),
        ("a\n", "the value is no number"),
        ("a 1 2 3\n", "behind the timestamp"),
        ("1a 1\n", "expected the name"),
        (
            "# TYPE a gauge\n# TYPE a gauge\n",
            "line 2: a second `TYPE` of `a`",
        ),
        ("a 1\n# TYPE a gauge\n", "behind its samples"),
        ("# TYPE a guage\n", "is no type"),
        (
            "probe_success 2\nprobe_duration_seconds 1\n",
            "neither 0 nor 1",
        ),
        (
            "probe_success 1\n",
            "`probe_duration_seconds`: is no duration",
        ),
        (
            "probe_success NaN\nprobe_duration_seconds 1\n",
            "neither 0 nor 1",
        ),
    ] {
        assert!(refused(text).contains(what), "{text}: {}", refused(text));
    }
}
