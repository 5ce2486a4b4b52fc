use std::fs;

use super::*;

fn read(settings: Value) -> Result<Box<dyn Ask>, String> {
    json::decode::<Settings>(settings).unwrap().read()
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for (settings, what) in [
        (json!({}), "either `file` or `files`"),
        (
            json!({"file": "a", "files": ["b"]}),
            "either `file` or `files`",
        ),
        (json!({"files": []}), "either `file` or `files`"),
        (json!({"file": "*.xml"}), "`files` takes"),
        (
            json!({"files": ["../*.xml"]}),
            "files: `../*.xml`: expected",
        ),
        (json!({"files": ["a"], "kind": "junit"}), "no kind `junit`"),
        (
            json!({"files": ["a"], "kind": "json-map"}),
            "`map` alone says",
        ),
    ] {
        let error = read(settings).unwrap_err();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn one_file_is_where_the_source_says_and_many_lie_beside_a_list() {
    let one = read(json!({"file": "r/unit.xml"})).unwrap();
    assert_eq!(one.path("tests"), "tests.xml");
    assert_eq!(one.folder("tests.xml"), None);
    let many = read(json!({"files": ["r/*.xml"]})).unwrap();
    assert_eq!(many.path("tests"), "tests.json");
    assert_eq!(many.files("a/tests.json"), ["a/tests.json"]);
    assert_eq!(many.folder("a/tests.json").unwrap(), "a/tests");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "one").unwrap();
    let read = || tree::read(&path, 10);
    assert_eq!(steady(&path, read).unwrap(), b"one");
    let changed = |change: &dyn Fn()| {
        let read = || {
            let bytes = tree::read(&path, 10);
            change();
            bytes
        };
        steady(&path, read).unwrap_err()
    };
    let other = folder.path().join("b");
    let changes: [&dyn Fn(); 3] = [
        &|| fs::write(&path, "two").unwrap(),
        &|| {
            // Another file of the same size in its place.
            fs::write(&other, "two").unwrap();
            fs::rename(&other, &path).unwrap();
        },
        &|| fs::remove_file(&path).unwrap(),
    ];
    for change in changes {
        assert_eq!(changed(change), "changed while it was read");
    }
    assert!(steady(&path, read).unwrap_err().contains("cannot be used"));
}

#[test]
fn files_that_would_be_one_item_are_none() {
    let mut import = Import {
        sources: [("r/a.xml", "a.xml"), ("r/a.html", "a.html"), ("s/b", "b")]
            .map(|(path, name)| (path.to_owned(), name.to_owned()))
            .into(),
        not_followed: Vec::new(),
        faults: Vec::new(),
    };
    import.sources.insert("r/long".into(), "x".repeat(300));
    let by_id = import.by_id("tests.json");
    assert_eq!(by_id["tests/a.html"], ["r/a.html", "r/a.xml"]);
    assert_eq!(by_id["tests/b"], ["s/b"]);
    assert_eq!(by_id.len(), 2);
    assert!(import.faults[0].starts_with("`r/long` is not taken: "));
    let taken = Taken::alone(Path::new("."), &by_id["tests/a.html"]);
    assert_eq!(
        taken.fault.unwrap(),
        "`r/a.html` and `r/a.xml` would be one item: import them by two sources"
    );
}
