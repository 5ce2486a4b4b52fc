//! `collect --key`: what a key signs, somebody collected.

use super::{document, item};
use crate::repo::{Ran, Repo};

fn repo() -> Repo {
    let repo = Repo::empty();
    for name in ["first", "second"] {
        repo.run(&["keys", "generate", name]).exits(0);
    }
    repo.write("in/a.json", "{\"n\": 1}");
    repo.write(
        "assize.toml",
        "evidence = 'evidence'\n[collect.found]\nfrom = 'files'\nfiles = ['in/*']\n[collect.made]\nfrom = 'command'\nrun = ['touch', 'begun']\n",
    );
    repo
}

fn signed(repo: &Repo, key: &str, more: &[&str]) -> Ran {
    let key = format!(".assize/keys/{key}.pem");
    repo.run(&[&["collect", "--key", &key], more].concat())
}

/// Asserts that nothing was asked, written or signed.
#[track_caller]
fn is_refused(repo: &Repo, ran: Ran, paths: &str) {
    ran.exits(2)
        .complains(&format!(
            "holds what no source gave and this key has not signed before: {paths}"
        ))
        .complains(
            "hint: move them away, or collect without --key; `assize seal FOLDER --key KEY`",
        );
    assert!(!repo.path("begun").exists());
}

#[test]
fn a_key_does_not_sign_what_nobody_collected() {
    let repo = repo();
    repo.write("evidence/mine.json", "{\"passed\": true}");
    repo.write("evidence/found/by-hand.json", "{\"passed\": true}");
    let paths = "`found/by-hand.json`, `mine.json`";
    is_refused(&repo, signed(&repo, "first", &[]), paths);
    let run = [
        "collect",
        "run",
        "--key",
        ".assize/keys/first.pem",
        "--name",
        "r",
    ];
    let run = [&run[..], &["--", "touch", "begun"]].concat();
    is_refused(&repo, repo.run(&run), paths);
    assert!(!repo.path("evidence/bundle.json").exists());
    // Without a key it is named; and who vouches for it may sign it.
    repo.run(&["collect"])
        .exits(0)
        .says("kept       found/by-hand.json: no source gave it\n");
    repo.run(&["seal", "evidence", "--key", ".assize/keys/first.pem"])
        .exits(0)
        .says("signed by");
}

#[test]
fn a_manifest_that_was_there_does_not_say_who_collected() {
    let repo = repo();
    repo.run(&["collect"]).exits(0);
    std::fs::remove_file(repo.path("begun")).unwrap();
    repo.write("evidence/mine.json", "{\"passed\": true}");
    repo.run(&["seal", "evidence"]).exits(0);
    // As if it had been collected.
    let provenance = "\"provenance\":{\"actor\":null,\"method\":\"pull\",\"signed_by\":null}";
    repo.edit("evidence/bundle.json", "\"provenance\":null", provenance);
    assert_eq!(item(&repo, "mine")["provenance"]["method"], "pull");
    is_refused(&repo, signed(&repo, "first", &[]), "`mine.json`");
}

#[test]
fn a_key_signs_again_what_it_has_signed() {
    let repo = repo();
    signed(&repo, "first", &[]).exits(0).says("signed by");
    let only = ["--only", "found"];
    signed(&repo, "first", &only).exits(0).says("signed by");
    assert_eq!(item(&repo, "made")["provenance"]["method"], "pull");
    std::fs::remove_file(repo.path("begun")).unwrap();
    // Not for another key, nor as other bytes.
    is_refused(&repo, signed(&repo, "second", &only), "`made.json`");
    let made = repo.read("evidence/made.json");
    repo.write("evidence/made.json", "{}");
    is_refused(&repo, signed(&repo, "first", &only), "`made.json`");
    repo.write("evidence/made.json", &made);
    signed(&repo, "first", &only).exits(0);
    // A signature that was made for another manifest says nothing.
    let mut manifest = document(&repo, "evidence/bundle.json").to_string();
    manifest.push(' ');
    repo.write("evidence/bundle.json", &manifest);
    is_refused(&repo, signed(&repo, "first", &only), "`made.json`");
}
