//! Folders and files made to hang, exhaust or mislead: each ends in an error or a
//! status that names the file, and soon.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use super::kinds::{self, Reading, Signatures};
use super::{Bundle, LoadOptions, Status};
use crate::json::json;

/// Far above what an unoptimised build needs on a busy machine, far below a hang.
const SOON: Duration = Duration::from_mins(10);

fn read(bytes: &[u8]) -> Reading {
    let start = Instant::now();
    let reading = kinds::read(bytes, None, Signatures::By(None));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    reading
}

fn refused(bytes: &[u8]) -> String {
    let reading = read(bytes);
    assert_eq!(reading.status, Status::Error, "{:?}", reading.reason);
    reading.reason.unwrap()
}

fn load(root: &tempfile::TempDir) -> Result<Bundle, super::EvidenceError> {
    let as_of = "2026-11-23T13:00:00Z".parse().unwrap();
    Bundle::load(root.path(), &LoadOptions::at(as_of))
}

#[test]
fn nesting_ends_in_an_error_and_not_in_the_stack() {
    for (open, what) in [
        ("[", "deeper than 96"),
        ("{\"a\":", "deeper than 96"),
        ("<testsuite>", "deeper than 96"),
        ("- ", "budget breached"),
        ("<a>", "deeper than 96"),
    ] {
        let error = refused(open.repeat(300_000).as_bytes());
        assert!(error.contains(what), "{open}: {error}");
    }
}

#[test]
fn entities_and_aliases_do_not_grow() {
    let entities: Vec<_> = (1..30)
        .map(|n| format!("<!ENTITY e{n} \"&e{0};&e{0};\">", n - 1))
        .collect();
    let text = format!(
        "<!DOCTYPE note [<!ENTITY e0 'ha'>{}]><note a='&e29;'>&e29;</note>",
        entities.join("")
    );
    // Nobody reads the text of a blob, so nothing is resolved.
    assert_eq!(read(text.as_bytes()).status, Status::Ok);
    for root in ["testsuite", "coverage"] {
        assert!(refused(text.replace("note", root).as_bytes()).contains("document type"));
    }
}

#[test]
fn floods_are_read_in_linear_time() {
    let attributes: Vec<_> = (0..200_000).map(|n| format!("a{n}=''")).collect();
    let error = refused(format!("<testsuite {}/>", attributes.join(" ")).as_bytes());
    assert!(error.contains("256 attributes"), "{error}");

    let rules: Vec<_> = (0..20_000)
        .map(|n| json!({"id": format!("r{n}")}))
        .collect();
    let artifacts: Vec<_> = (0..20_000)
        .map(|n| json!({"location": {"uri": format!("{n}")}}))
        .collect();
    let results: Vec<_> = (0..20_000)
        .map(|_| {
            json!({"ruleId": "r19999", "message": {"text": ""},
                   "locations": [{"physicalLocation": {"artifactLocation": {"index": 19_999}}}]})
        })
        .collect();
    let log = json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "t", "rules": rules}},
        "artifacts": artifacts, "results": results,
        "invocations": [{"executionSuccessful": true}]}]});
    assert_eq!(read(log.to_string().as_bytes()).status, Status::Ok);

    let cases = "<testsuite name='s'/><testcase name='c'/>".repeat(50_000);
    let report = read(format!("<testsuites>{cases}</testsuites>").as_bytes());
    assert_eq!(report.facts["tests"], 50_000);
}

#[test]
fn long_strings_are_shortened_in_facts() {
    let long = "é".repeat(2 << 20);
    let report = format!(
        "<testsuite><testcase name='{long}'><failure message='{long}'/></testcase></testsuite>"
    );
    let reading = read(report.as_bytes());
    let failed = &reading.facts["failed"][0];
    for field in ["name", "message"] {
        assert_eq!(failed[field].as_str().unwrap().chars().count(), 2_001);
    }
    // A reason stays readable too.
    let risk = json!({"schema": "assize/change-record/v1", "id": "1", "title": "t", "author": "a",
                      "implementer": "i", "risk": long});
    assert!(refused(risk.to_string().as_bytes()).chars().count() < 300);
    let unknown = json!({"schema": "assize/change-record/v1", long: 1});
    assert!(refused(unknown.to_string().as_bytes()).chars().count() < 300);
}

#[test]
fn too_many_samples_are_refused() {
    let samples = vec!["[1795431600,\"1\"]"; super::SAMPLES_MAX + 1].join(",");
    let answer = format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{}},\"values\":[{samples}]}}]}}}}"
    );
    assert!(refused(answer.as_bytes()).contains("more than 2500000 samples"));
}

#[test]
fn a_file_beyond_the_limit_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = File::create(root.path().join("large.bin")).unwrap();
    file.set_len(super::ITEM_SIZE_MAX + 1).unwrap();
    let error = load(&root).unwrap_err().to_string();
    assert!(
        error.contains("`large.bin` is larger than the limit of 134217728"),
        "{error}"
    );
}

#[test]
fn folders_beyond_the_limits_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let deep: Vec<_> = (0..40).map(|_| "d").collect();
    fs::create_dir_all(root.path().join(deep.join("/"))).unwrap();
    assert!(
        load(&root)
            .unwrap_err()
            .to_string()
            .contains("folders deep")
    );
    let root = tempfile::tempdir().unwrap();
    for n in 0..=super::ITEMS_MAX {
        File::create(root.path().join(format!("{n}.json"))).unwrap();
    }
    let error = load(&root).unwrap_err().to_string();
    assert!(error.contains("more than 10000 files"), "{error}");
}

#[cfg(unix)]
#[test]
fn names_that_do_not_travel_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    for name in [b"a\nb.json".as_slice(), b"a\\b.json", b"caf\xe9.json"] {
        let root = tempfile::tempdir().unwrap();
        File::create(root.path().join(std::ffi::OsStr::from_bytes(name))).unwrap();
        assert!(
            load(&root)
                .unwrap_err()
                .to_string()
                .contains("does not travel")
        );
    }
}
