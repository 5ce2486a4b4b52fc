//! `collect --key`: what a key signs, somebody collected.

use assize::json::{Value, json};

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

/// A project with two files whose ids an unsigned manifest could swap.
fn two() -> Repo {
    let repo = Repo::empty();
    repo.run(&["keys", "generate", "first"]).exits(0);
    repo.write("good.json", "{\"good\": true}");
    repo.write("bad.json", "{\"good\": false}");
    repo.write(
        "assize.toml",
        "evidence = 'evidence'\n[collect.good]\nfrom = 'files'\nfile = 'good.json'\n[collect.bad]\nfrom = 'files'\nfile = 'bad.json'\n",
    );
    repo
}

/// Writes the manifest that is there anew, with `change` made to it.
fn plant(repo: &Repo, change: impl Fn(&mut Value)) {
    let mut manifest = document(repo, "evidence/bundle.json");
    change(&mut manifest);
    let items = manifest["items"].as_array_mut().unwrap();
    items.sort_by_key(|item| item["id"].as_str().unwrap().to_owned());
    repo.write("evidence/bundle.json", &manifest.to_string());
}

fn swap(manifest: &mut Value) {
    for (index, id) in ["good", "bad"].into_iter().enumerate() {
        manifest["items"][index]["id"] = id.into();
    }
}

#[test]
fn a_manifest_that_came_with_the_repository_names_nothing() {
    for key in [&[][..], &["--key", ".assize/keys/first.pem"]] {
        let repo = two();
        repo.run(&["collect"]).exits(0);
        plant(&repo, swap);
        assert_eq!(item(&repo, "good")["path"], "bad.json");
        repo.run(&[&["collect"], key].concat()).exits(0);
        assert_eq!(item(&repo, "good")["path"], "good.json", "{key:?}");
        assert_eq!(item(&repo, "bad")["path"], "bad.json", "{key:?}");
    }
}

#[test]
fn a_manifest_that_came_with_the_repository_dates_and_describes_nothing() {
    let repo = two();
    repo.run(&["collect"]).exits(0);
    let fresh = item(&repo, "good");
    plant(&repo, |manifest| {
        manifest["subject"] = json!([{"name": "registry", "digest": {"sha256": "a".repeat(64)}}]);
        let item = &mut manifest["items"][1];
        assert_eq!(item["id"], "good");
        item["kind"] = "blob".into();
        item["collected_at"] = "2030-01-01T00:00:00Z".into();
        item["valid_until"] = "2031-01-01T00:00:00Z".into();
        item["status"] = "partial".into();
        item["reason"] = "planted".into();
    });
    repo.run(&["collect", "--key", ".assize/keys/first.pem"])
        .exits(0)
        .says("signed by");
    assert_eq!(item(&repo, "good"), fresh);
    assert_eq!(
        document(&repo, "evidence/bundle.json")["subject"],
        json!([])
    );
}

#[test]
fn what_a_key_has_signed_it_goes_by() {
    let repo = two();
    let run = ["collect", "--key", ".assize/keys/first.pem"];
    repo.run(&run).exits(0);
    repo.run(&["seal", "evidence", "--key", ".assize/keys/first.pem"])
        .exits(0);
    let subject = ["--subject", "registry@sha256:"];
    let subject = [subject[0], &format!("{}{}", subject[1], "a".repeat(64))];
    let seal = ["seal", "evidence", "--key", ".assize/keys/first.pem"];
    repo.run(&[&seal[..], &subject].concat()).exits(0);
    repo.run(&run).exits(0);
    let manifest = document(&repo, "evidence/bundle.json");
    assert_eq!(manifest["subject"][0]["name"], "registry");
    // Unsigned, the same says nothing.
    std::fs::remove_file(repo.path("evidence/bundle.intoto.json")).unwrap();
    repo.run(&run).exits(0);
    let manifest = document(&repo, "evidence/bundle.json");
    assert_eq!(manifest["subject"], json!([]));
}

#[test]
fn a_folder_that_cannot_be_written_takes_no_signature_from_another() {
    let repo = two();
    repo.edit(
        "assize.toml",
        "file = 'good.json'",
        "file = 'good.json'\nevidence = 'second'",
    );
    repo.edit(
        "assize.toml",
        "file = 'bad.json'",
        "file = 'bad.json'\nevidence = 'first'",
    );
    let run = ["collect", "--key", ".assize/keys/first.pem"];
    repo.run(&run).exits(0);
    std::fs::remove_file(repo.path("second/bundle.intoto.json")).unwrap();
    // Where the signature is to be stands something else.
    std::fs::create_dir(repo.path("second/bundle.intoto.json")).unwrap();
    repo.run(&run)
        .exits(2)
        .says("sealed first/bundle.json\nsigned by")
        .says("not finished second\n");
    repo.run(&[
        "seal",
        "first",
        "--key",
        ".assize/keys/first.pem",
        "--add-signature",
    ])
    .exits(2)
    .complains("has signed already");
    // What was not signed is not done with.
    assert!(repo.path("second/bundle.unfinished.json").exists());
    std::fs::remove_dir(repo.path("second/bundle.intoto.json")).unwrap();
    repo.run(&run)
        .exits(0)
        .says("sealed second/bundle.json\nsigned by");
    assert!(!repo.path("second/bundle.unfinished.json").exists());
}
