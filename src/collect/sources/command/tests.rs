use super::*;
use crate::json::json;

fn refusal(settings: Value) -> String {
    json::decode::<Settings>(settings)
        .unwrap()
        .read()
        .unwrap_err()
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for (settings, what) in [
        (json!({"run": []}), "run: expected a program"),
        (json!({"run": [" "]}), "run: expected a program"),
        (
            json!({"run": ["a"], "directory": "../b"}),
            "directory: path `../b`",
        ),
        (
            json!({"run": ["a"], "directory": "/b"}),
            "directory: path `/b`",
        ),
        (
            json!({"run": ["a"], "files": [".."]}),
            "names no visible file",
        ),
        (
            json!({"run": ["a"], "files": ["x/.out"]}),
            "names no visible file",
        ),
        (
            json!({"run": ["a"], "files": ["x/a.json", "y/a.json"]}),
            "both be `a.json`",
        ),
        (
            json!({"run": ["a"], "files": ["a.json"], "stdout": "a.json"}),
            "both be `a.json`",
        ),
        (
            json!({"run": ["a"], "environment": ["GITHUB_TOKEN"]}),
            "`GITHUB_TOKEN` looks like",
        ),
        (
            json!({"run": ["a"], "environment": ["A=b"]}),
            "`A=b` is no name",
        ),
        (
            json!({"run": ["a"], "time_limit": "soon"}),
            "time_limit: `soon`",
        ),
    ] {
        let error = refusal(settings.clone());
        assert!(error.contains(what), "{settings}: {error}");
    }
    assert!(json::decode::<Settings>(json!({"run": ["a"], "shell": true})).is_err());
}

#[test]
fn its_files_lie_in_a_folder_of_their_own() {
    let command = json!({"run": ["a"], "files": ["out/a.json"], "stdout": "log.txt"});
    let command = json::decode::<Settings>(command).unwrap().read().unwrap();
    let expected = ["scan/v1.2.json", "scan/v1.2/a.json", "scan/v1.2/log.txt"];
    let expected = expected.map(str::to_owned).to_vec();
    assert_eq!(command.files("scan/v1.2.json"), expected);
}
