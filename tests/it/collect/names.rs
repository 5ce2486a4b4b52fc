//! Names that cannot stand in an evidence folder: each is a fault of its source, and of no
//! other.

use std::fs;

use super::item;
use crate::repo::{Ran, Repo};

const DOCUMENT: &str = "{\"n\": 1}";

/// A source `found` that imports `in/` and a source `other` that imports `beside/`.
fn repo(files: &[&str]) -> Repo {
    let repo = Repo::empty();
    repo.write("in/fine.json", DOCUMENT);
    repo.write("beside/fine.json", DOCUMENT);
    for file in files {
        repo.write(file, DOCUMENT);
    }
    settings(&repo, "");
    repo
}

fn settings(repo: &Repo, more: &str) {
    repo.write(
        "assize.toml",
        &format!(
            "evidence = 'evidence'\n[collect.found]\nfrom = 'files'\nfiles = ['in/**/*']\n[collect.other]\nfrom = 'files'\nfiles = ['beside/*']\n{more}"
        ),
    );
}

/// Asserts that the source `found` is at fault because of `what`, that all else is as it
/// should be, and that the folder is what its manifest says.
#[track_caller]
fn is_at_fault(repo: &Repo, what: &str) -> Ran {
    let ran = repo
        .run(&["collect"])
        .exits(3)
        .says("error      found  found\n")
        .says(what)
        .says("ok         other  other\n")
        .says("ok         other  other.fine\n");
    assert_eq!(item(repo, "other.fine")["status"], "ok");
    repo.run(&["seal", "evidence"]).exits(0);
    assert_eq!(item(repo, "found")["status"], "error");
    ran
}

#[test]
fn long_names_are_names_as_far_as_ids_go() {
    let name = |size: usize| format!("in/{}.json", "x".repeat(size));
    let fits = "x".repeat(244);
    let repo = repo(&[&name(244)]);
    repo.run(&["collect"])
        .exits(0)
        .says(&format!("ok         found  found.{fits}\n"));
    repo.write(&name(250), DOCUMENT);
    is_at_fault(&repo, "makes no id of 1 to 255 bytes").says("ok         found  found.fine\n");
    assert_eq!(item(&repo, &format!("found.{fits}"))["status"], "ok");
}

#[test]
fn deep_folders_are_a_fault_where_they_would_be_too_deep() {
    let deep = |levels: usize| format!("in/{}a.json", "d/".repeat(levels));
    let repo = repo(&[&deep(31)]);
    repo.run(&["collect"]).exits(0);
    repo.write(&deep(32), DOCUMENT);
    is_at_fault(&repo, "lies more than 32 folders deep").says("ok         found  found.fine\n");
    // Below that, the source cannot list them itself.
    repo.write(&deep(40), DOCUMENT);
    is_at_fault(&repo, "lies more than 32 folders deep");
}

#[test]
fn a_folder_may_become_a_file_and_a_file_a_folder() {
    let repo = repo(&["in/a/b/c.json", "in/z"]);
    repo.run(&["collect"]).exits(0);
    fs::remove_dir_all(repo.path("in/a")).unwrap();
    fs::remove_file(repo.path("in/z")).unwrap();
    repo.write("in/a", DOCUMENT);
    repo.write("in/z/y.json", DOCUMENT);
    repo.run(&["collect"])
        .exits(0)
        .says("ok         found  found.a\n")
        .says("ok         found  found.z.y\n");
    assert_eq!(repo.read("evidence/found/a"), DOCUMENT);
    fs::remove_dir_all(repo.path("in/z")).unwrap();
    repo.run(&["collect"]).exits(0);
    assert!(!repo.path("evidence/found/z").exists());
}

#[test]
fn what_somebody_put_there_is_in_the_way_of_its_source_alone() {
    let repo = repo(&["in/a", "in/b/c.json", "in/h"]);
    repo.write("evidence/found/a/by-hand.json", DOCUMENT);
    repo.write("evidence/found/b", DOCUMENT);
    repo.write("evidence/found/h/.hidden", "x");
    let before = repo.read("evidence/found/b");
    is_at_fault(
        &repo,
        "`found/a` is a folder, with `found/a/by-hand.json` in it",
    )
    .says("`found/b` is a file that no source gave")
    .says("`found/h` is a folder, with `found/h/.hidden` in it")
    .says("kept       found/a/by-hand.json: no source gave it\n");
    assert_eq!(repo.read("evidence/found/b"), before);
    let list = super::document(&repo, "evidence/found.json");
    assert_eq!(list["files"][0]["item_path"], "found/a");
    assert!(list["files"][0]["sha256"].is_null());
}

#[test]
fn a_file_of_settings_that_cannot_be_there_ends_the_run_before_it_begins() {
    let repo = repo(&[]);
    repo.run(&["collect"]).exits(0);
    let before = repo.read("evidence/bundle.json");
    settings(
        &repo,
        "[collect.third]\nfrom = 'command'\nrun = ['touch', 'begun']\npath = 'taken/third.json'\n",
    );
    repo.write("evidence/taken", DOCUMENT);
    repo.run(&["collect"])
        .exits(2)
        .complains("third.json`: `taken` is a file that no source gave");
    assert!(!repo.path("begun").exists());
    assert_eq!(repo.read("evidence/bundle.json"), before);
}

#[test]
fn one_id_is_one_item() {
    let repo = repo(&["in/a.json"]);
    // Another source gives the same by another way.
    settings(
        &repo,
        "[collect.third]\nfrom = 'files'\nfiles = ['in/a.json']\npath = 'found.a.json'\n",
    );
    is_at_fault(&repo, "`found/a.json` and `found.a.json` would be one item")
        .says("ok         third  found.a\n");
    // So does a file that is there already.
    settings(&repo, "");
    fs::remove_dir_all(repo.path("evidence")).unwrap();
    repo.write("evidence/found.a.xml", "<x/>");
    is_at_fault(&repo, "`found/a.json` and `found.a.xml` would be one item");
    assert_eq!(item(&repo, "found.a")["path"], "found.a.xml");
    // Where the settings name the one, before anything is asked.
    settings(
        &repo,
        "[collect.third]\nfrom = 'command'\nrun = ['touch', 'begun']\npath = 'mine.json'\n",
    );
    repo.write("evidence/mine.txt", "");
    repo.run(&["collect"])
        .exits(2)
        .complains("`mine.json` and `mine.txt` both map to the item id `mine`");
    assert!(!repo.path("begun").exists());
    // Where both are in the settings, that is told before anything is asked.
    settings(
        &repo,
        "[collect.a]\nfrom = 'command'\nrun = ['true']\npath = 'x/y.json'\n[collect.b]\nfrom = 'command'\nrun = ['true']\npath = 'x.y.json'\n",
    );
    repo.run(&["collect"])
        .exits(2)
        .complains("`a` and `b` both give the item `x.y`");
}

#[test]
fn two_files_for_one_name_in_two_sources_are_a_fault_of_both() {
    let repo = repo(&["in/a.json"]);
    settings(
        &repo,
        "[collect.third]\nfrom = 'files'\nfiles = ['in/**/a.json']\npath = 'Found.json'\n",
    );
    repo.run(&["collect"]).exits(2).complains("both write");
    // `found.a` as a folder of files: one id by two ways.
    repo.write("in/a/b.json", DOCUMENT);
    settings(
        &repo,
        "[collect.third]\nfrom = 'files'\nfiles = ['in/a/*']\npath = 'found.a.json'\n",
    );
    fs::remove_file(repo.path("in/a.json")).unwrap();
    is_at_fault(
        &repo,
        "`found/a/b.json` and `found.a/b.json` would be one item",
    )
    .says("error      third  found.a\n");
    assert!(!repo.path("evidence/found/a/b.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_case_only_are_one() {
    let repo = repo(&["in/a.json", "in/A.json"]);
    repo.run(&["collect"])
        .exits(3)
        .says("`in/A.json` and `in/a.json` would be one item")
        .says("ok         other  other.fine\n");
    let path = item(&repo, "found.A")["path"].clone();
    assert_eq!(path, "found/A.json");
    assert_eq!(repo.read("evidence/found/A.json"), "");
    assert!(!repo.path("evidence/found/a.json").exists());
}

#[test]
fn names_that_make_no_item_are_faults() {
    let repo = repo(&["...", "in/.hidden.json"]);
    repo.edit("assize.toml", "['in/**/*']", "['in/**/*', '...']");
    is_at_fault(&repo, "`...` is not taken: `found/` names no item");
    // Everywhere but at the root, these are names as others.
    let inner = ["in/bundle.json", "in/bundle.intoto.json", "in/disclosures"];
    for file in inner {
        repo.write(file, DOCUMENT);
    }
    repo.edit("assize.toml", ", '...'", "");
    repo.run(&["collect"])
        .exits(0)
        .says("ok         found  found.bundle\n")
        .says("ok         found  found.disclosures\n");
}

#[test]
fn names_that_are_ours_are_refused() {
    let repo = repo(&[]);
    for path in [
        "bundle.json",
        "bundle.intoto.json",
        "bundle.unfinished.json",
        "Bundle.JSON",
        ".hidden.json",
        "a/.b/c.json",
    ] {
        settings(
            &repo,
            &format!("[collect.third]\nfrom = 'command'\nrun = ['true']\npath = '{path}'\n"),
        );
        repo.run(&["collect"])
            .exits(2)
            .complains(&format!("path: `{path}` names no item"));
    }
    assert!(!repo.path("evidence").exists());
}

#[cfg(unix)]
#[test]
fn a_name_begins_no_line_of_what_is_said() {
    let repo = repo(&["in/a\nALLOW  1 pass\u{1b}[2J.json"]);
    let ran = is_at_fault(&repo, "a name that does not travel");
    let sealed = repo.run(&["seal", "evidence"]).exits(0);
    for text in [&ran.stdout, &sealed.stdout] {
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(
            !text.lines().any(|line| line.starts_with("ALLOW")),
            "{text}"
        );
    }
}

#[test]
fn what_was_taken_out_of_evidence_is_not_put_into_it() {
    let repo = repo(&[]);
    let kept = "{\"disclosures\": [], \"schema\": \"assize/disclosures/v1\"}";
    repo.write("in/kept.json", kept);
    is_at_fault(
        &repo,
        "holds disclosures, which must not lie in an evidence folder",
    );
    assert!(!repo.path("evidence/found/kept.json").exists());
    settings(
        &repo,
        "[collect.third]\nfrom = 'files'\nfile = 'in/kept.json'\n",
    );
    repo.run(&["collect"])
        .exits(3)
        .says("error      third  third\n           holds disclosures");
    assert_eq!(repo.read("evidence/third.json"), "");
}
