use super::*;

/// Reads a log as it is read from its bytes.
fn read(log: &Value) -> Result<Reading, KindError> {
    let text = log.to_string();
    let outline = bulk::parse(text.as_bytes(), BULK_LIMITS, PATHS, &mut |_| {
        Ok::<_, KindError>(())
    })?;
    super::read(&outline, text.as_bytes())
}

fn log(run: &Value) -> Value {
    json!({"version": "2.1.0", "runs": [run]})
}

fn run_with(results: &Value) -> Value {
    json!({
        "tool": {"driver": {"name": "t", "rules": [
            {"id": "r0", "properties": {"security-severity": "9.8"}},
            {"id": "r1", "defaultConfiguration": {"level": "note"}},
        ]}},
        "invocations": [{"executionSuccessful": true}],
        "results": results,
    })
}

fn results(results: &Value) -> Reading {
    let value = log(&run_with(results));
    read(&value).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn refused(value: &Value) -> String {
    read(value).expect_err(&value.to_string()).to_string()
}

#[test]
fn severity_comes_from_the_score_then_the_level_then_the_default() {
    let message = json!({"text": "m"});
    for (result, severity) in [
        (json!({"ruleId": "r0"}), "critical"),
        (json!({"ruleIndex": 0}), "critical"),
        (json!({"rule": {"index": 0}}), "critical"),
        (
            json!({"ruleId": "r0", "properties": {"security-severity": 7}}),
            "high",
        ),
        (
            json!({"ruleId": "r0", "properties": {"security-severity": "4.0"}}),
            "medium",
        ),
        (
            json!({"ruleId": "r0", "properties": {"security-severity": 0.1}}),
            "low",
        ),
        (
            json!({"ruleId": "r0", "properties": {"security-severity": 0}}),
            "none",
        ),
        (json!({"ruleId": "r1"}), "low"),
        (json!({"ruleId": "r1", "level": "error"}), "high"),
        (json!({"ruleId": "unknown"}), "critical"),
        (json!({"level": "none"}), "none"),
        (json!({"ruleId": "r0", "kind": "pass"}), "none"),
        (json!({"ruleId": "r0", "kind": "open"}), "critical"),
    ] {
        let mut result = result;
        result["message"] = message.clone();
        let reading = results(&json!([result]));
        assert_eq!(
            reading.facts["results"][0]["severity"], severity,
            "{result}"
        );
        assert_eq!(reading.facts["counts"][severity], 1, "{result}");
    }
}

#[test]
fn only_accepted_suppressions_suppress() {
    for (suppressions, suppressed) in [
        (json!([]), false),
        (json!([{"kind": "inSource"}]), false),
        (json!([{"kind": "external", "status": "accepted"}]), true),
        (
            json!([{"kind": "external", "status": "underReview"}]),
            false,
        ),
        (
            json!([{"kind": "external", "status": "accepted"}, {"kind": "external", "status": "rejected"}]),
            false,
        ),
    ] {
        let result =
            json!([{"ruleId": "r0", "message": {"text": "m"}, "suppressions": suppressions}]);
        let reading = results(&result);
        assert_eq!(
            reading.facts["results"][0]["suppressed"], suppressed,
            "{suppressions}"
        );
        assert_eq!(reading.facts["counts"]["critical"], u64::from(!suppressed));
        assert_eq!(reading.facts["counts"]["suppressed"], u64::from(suppressed));
    }
}

#[test]
fn nothing_found_needs_a_tool_that_ran() {
    let executed = |run: Value| {
        let reading = read(&log(&run)).unwrap();
        (
            reading.facts["executed"].as_str().unwrap().to_owned(),
            reading.status,
        )
    };
    let proved = run_with(&json!([]));
    assert_eq!(executed(proved.clone()), ("proved".to_owned(), Status::Ok));
    let with = |name: &str, value: Value| {
        let mut run = proved.clone();
        run[name] = value;
        executed(run)
    };
    let unproved = ("unproved".to_owned(), Status::Partial);
    assert_eq!(with("invocations", json!([])), unproved);
    assert_eq!(with("invocations", Value::Null), unproved);
    assert_eq!(with("results", Value::Null), unproved);
    let failed = ("failed".to_owned(), Status::Partial);
    let ok = json!({"executionSuccessful": true});
    let bad = json!({"executionSuccessful": false});
    assert_eq!(with("invocations", json!([ok, bad])), failed);
    assert_eq!(with("invocations", json!([bad, ok])), failed);
    let reading = read(&json!({"version": "2.1.0", "runs": []})).unwrap();
    assert_eq!(reading.status, Status::Empty);
    let mut failed_run = proved.clone();
    failed_run["invocations"] = json!([bad]);
    let reading = read(&json!({"version": "2.1.0", "runs": [failed_run, proved]})).unwrap();
    assert_eq!(reading.facts["executed"], "failed");
}

#[test]
fn refusals_name_the_field() {
    let with = |name: &str, value: Value| {
        let mut result = json!({"message": {"text": "m"}});
        result[name] = value;
        refused(&log(&run_with(&json!([result]))))
    };
    for (error, what) in [
        (
            with("level", json!("fatal")),
            "`runs[0].results[0].level`: is `fatal`",
        ),
        (
            with("ruleIndex", json!(7)),
            "`runs[0].results[0].ruleIndex`: there is no such rule",
        ),
        (with("kind", json!("maybe")), "results[0].kind`"),
        (
            with("properties", json!({"security-severity": "11"})),
            "score from 0 to 10",
        ),
        (
            with("properties", json!({"security-severity": "NaN"})),
            "score from 0 to 10",
        ),
        (
            with("suppressions", json!([{"status": "yes"}])),
            "suppressions[0].status`",
        ),
        (with("baselineState", json!("old")), "baselineState`"),
        (
            with("provenance", json!({"firstDetectionTimeUtc": "x"})),
            "firstDetectionTimeUtc`",
        ),
        (
            with("message", json!("text")),
            "results[0].message`: expected an object",
        ),
        (
            refused(&json!({"version": "2.0.0", "runs": []})),
            "`version`: is `2.0.0`",
        ),
        (refused(&json!({"version": "2.1.0"})), "`runs`: is missing"),
        (
            refused(&log(&json!({"tool": {"driver": {}}}))),
            "tool.driver.name`: is missing",
        ),
        (
            refused(&log(&json!({"externalPropertyFileReferences": {}}))),
            "in other files",
        ),
        (
            refused(&log(
                &json!({"tool": {"driver": {"name": "t"}}, "invocations": [{}]}),
            )),
            "executionSuccessful`: is missing",
        ),
    ] {
        assert!(error.contains(what), "{error} / {what}");
    }
}
