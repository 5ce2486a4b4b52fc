//! Input formats against what conftest's parsers make of the same text.
//!
//! `tests/vectors/formats/<format>/accepted/` holds each text beside what
//! `conftest parse --parser <format>` made of it (`.expected.json`), and `refused/` each
//! text beside a part of the error that names it (`.error`). `protos/` holds what says
//! what is in them, where a format takes that.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assize::digest::Digest;
use assize::engine::{Limits as Bounds, Program, Supervisor};
use assize::formats::{Definitions, Format};
use assize::json::{self, Limits, Value, json};

use crate::repo::{ASSIZE, Repo};

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

impl Vector {
    /// The folder of its format.
    fn home(&self) -> &Path {
        self.path.ancestors().nth(2).unwrap()
    }
}

fn definitions(home: &Path) -> Definitions {
    let Ok(entries) = fs::read_dir(home.join("protos")) else {
        return Definitions::default();
    };
    let mut files: Vec<_> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (format!("protos/{name}"), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    let files = files.iter();
    Definitions::read(files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()))).unwrap()
}

fn read(vector: &Vector) -> Result<Value, String> {
    let bytes = fs::read(&vector.path).unwrap();
    let format = vector.format;
    if format.is_program() {
        let program = Program {
            text: bytes,
            limits: Bounds::PROGRAM,
        };
        let value = Supervisor::new(ASSIZE).value(&program);
        return value.map_err(|error| error.to_string());
    }
    let definitions = definitions(vector.home());
    let documents = format.documents_by(&bytes, Limits::EVIDENCE, &definitions);
    let mut documents = documents.map_err(|error| error.to_string())?;
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
            Err(error) if error.contains(vector.beside.trim()) => {}
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
            .current_dir(vector.home())
            .env("CONFTEST_PROTO_FILE_DIRS", "protos")
            .output()
            .unwrap_or_else(|error| panic!("{binary}: {error}; ASSIZE_CONFTEST names the binary"));
        let text = String::from_utf8(output.stdout).unwrap();
        let path = vector.path.display();
        assert!(output.status.success(), "{path}: {text}");
        assert_eq!(parsed(&text), parsed(&vector.beside), "{path}");
    }
}

#[test]
fn what_defines_an_input_is_in_the_record() {
    let repo = Repo::empty();
    let proto = "syntax = \"proto3\";\nmessage A { int32 size = 1; }\n";
    repo.write("protos/a.proto", proto);
    repo.write(
        "policy/a.rego",
        "package main\nimport rego.v1\ndeny contains \"large\" if input.size > 3\n",
    );
    repo.write("small.textproto", "# proto-message: A\nsize: 3\n");
    repo.write("large.textproto", "# proto-message: A\nsize: 4\n");
    let gate = |args: &[&str]| repo.run(&[&["gate"], args].concat());
    gate(&["small.textproto"])
        .gives_no_verdict()
        .complains("--proto-file-dirs");
    gate(&["--proto-file-dirs", "protos", "small.textproto"]).exits(0);
    repo.write("conftest.toml", "proto-file-dirs = [\"protos\"]\n");
    gate(&["small.textproto", "large.textproto"])
        .exits(1)
        .says("large.textproto: large");

    let of = |bytes: &[u8]| {
        let hex = Digest::of(bytes).hex();
        format!(".assize/ledger/blob/sha256/{}/{hex}", &hex[..2])
    };
    assert_eq!(repo.read(&of(proto.as_bytes())), proto);
    let file = |path: &str, format: Option<&str>| {
        let bytes = fs::read(repo.path(path)).unwrap();
        let mut file = json!({"path": path, "size": bytes.len(), "sha256": Digest::of(&bytes)});
        if let Some(format) = format {
            file["format"] = json!(format);
        }
        file
    };
    let list = json!({
        "schema": "assize/inputs/v1",
        "files": [file("small.textproto", Some("textproto"))],
        "definitions": [file("protos/a.proto", None)],
    });
    let list = json::canonical(&list).unwrap();
    assert_eq!(repo.read(&of(&list)).as_bytes(), list);
    repo.run(&["verify"]).exits(0);
    fs::remove_file(repo.path(&of(proto.as_bytes()))).unwrap();
    repo.run(&["verify"]).exits(1).says("is missing");
}
