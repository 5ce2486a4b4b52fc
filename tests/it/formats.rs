//! Input formats against what conftest's parsers make of the same text.
//!
//! `tests/vectors/formats/<format>/accepted/` holds each text beside what
//! `conftest parse --parser <format>` made of it (`.expected.json`), and `refused/` each
//! text beside a part of the error that names it (`.error`).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assize::formats::{Format, FormatError};
use assize::json::{self, Limits, Value};

/// One text and the file beside it.
struct Vector {
    format: Format,
    path: PathBuf,
    beside: String,
}

fn vectors(folder: &str, suffix: &str) -> Vec<Vector> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/formats");
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let format = Format::named(name).unwrap_or_else(|| panic!("`{name}` is no format"));
        for entry in fs::read_dir(path.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = path.to_str().unwrap();
            if [".expected.json", ".error"]
                .iter()
                .all(|end| !text.ends_with(end))
            {
                let beside = fs::read_to_string(format!("{text}{suffix}"))
                    .unwrap_or_else(|error| panic!("{text}{suffix}: {error}"));
                found.push(Vector {
                    format,
                    path,
                    beside,
                });
            }
        }
    }
    assert!(!found.is_empty());
    found
}

fn read(vector: &Vector) -> Result<Value, FormatError> {
    let bytes = fs::read(&vector.path).unwrap();
    let mut documents = vector.format.documents(&bytes, Limits::EVIDENCE)?;
    assert_eq!(documents.len(), 1, "{}", vector.path.display());
    Ok(documents.remove(0))
}

fn parsed(text: &str) -> Value {
    json::parse(text.as_bytes(), Limits::EVIDENCE).unwrap()
}

#[test]
fn each_format_has_the_shape_that_conftest_gives_it() {
    let mut wrong = Vec::new();
    for vector in vectors("accepted", ".expected.json") {
        let path = vector.path.display();
        match read(&vector) {
            Ok(value) if value == parsed(&vector.beside) => {}
            Ok(value) => wrong.push(format!("{path}: {}", json::pretty(&value))),
            Err(error) => wrong.push(format!("{path}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_read_is_named() {
    let mut wrong = Vec::new();
    for vector in vectors("refused", ".error") {
        let path = vector.path.display();
        match read(&vector) {
            Err(error) if error.to_string().contains(vector.beside.trim()) => {}
            Ok(value) => wrong.push(format!("{path}: read as {value}")),
            Err(error) => wrong.push(format!("{path}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs conftest: set ASSIZE_CONFTEST"]
fn conftest_still_gives_each_shape() {
    let binary = env::var("ASSIZE_CONFTEST").unwrap_or_else(|_| "conftest".to_owned());
    for vector in vectors("accepted", ".expected.json") {
        let output = Command::new(&binary)
            .args(["parse", "--parser", vector.format.name()])
            .arg(&vector.path)
            .output()
            .unwrap_or_else(|error| panic!("{binary}: {error}; ASSIZE_CONFTEST names the binary"));
        let text = String::from_utf8(output.stdout).unwrap();
        let path = vector.path.display();
        assert!(output.status.success(), "{path}: {text}");
        assert_eq!(parsed(&text), parsed(&vector.beside), "{path}");
    }
}
