//! `from = "git"`: real repositories, with commits and tags that are signed and not.

use std::process::Command;

use assize::json::Value;

use super::{facts, item};
use crate::repo::{Ran, Repo};

mod worktree;

/// 2026-11-23T12:00:00Z.
const AT: &str = "1795435200 +0100";

fn run(mut command: Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// Runs git in `code/` as a user without settings of their own.
fn git(repo: &Repo, args: &[&str]) {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(args)
        .current_dir(repo.path("code"))
        .env("HOME", repo.path("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", AT)
        .env("GIT_COMMITTER_DATE", AT);
    run(command);
}

/// A repository of Ada's with a first commit, and a key of hers and of a stranger's.
fn repo(more: &str) -> Repo {
    let repo = Repo::empty();
    repo.write("code/src/a.txt", "one\ntwo\n");
    repo.write("home/.keep", "");
    for name in ["ada", "stranger"] {
        let mut command = Command::new("ssh-keygen");
        let path = repo.path(&format!("home/{name}"));
        command
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(path);
        run(command);
    }
    let key = repo.read("home/ada.pub");
    repo.write(
        "signers",
        &format!("ada@example.com namespaces=\"git\" {key}"),
    );
    git(&repo, &["init", "-q"]);
    configure(&repo, "user.name", "Ada");
    configure(&repo, "user.email", "ada@example.com");
    configure(&repo, "gpg.format", "ssh");
    signed_by(&repo, "ada");
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "First"]);
    git(&repo, &["tag", "v1"]);
    git(
        &repo,
        &[
            "remote",
            "add",
            "origin",
            "https://ada:t0ken-t0ken@git.example/code.git",
        ],
    );
    settings(&repo, more);
    repo
}

fn configure(repo: &Repo, key: &str, value: &str) {
    git(repo, &["config", key, value]);
}

fn signed_by(repo: &Repo, name: &str) {
    let key = repo.path(&format!("home/{name}.pub"));
    configure(repo, "user.signingkey", key.to_str().unwrap());
}

fn settings(repo: &Repo, more: &str) {
    repo.write(
        "assize.toml",
        &format!(
            "evidence = 'evidence'\n[collect.commit]\nfrom = 'git'\ndirectory = 'code'\n{more}"
        ),
    );
}

fn collect(repo: &Repo) -> Ran {
    repo.run(&["collect"])
}

fn commit(repo: &Repo) -> Value {
    collect(repo).exits(0).says("ok         commit  commit\n");
    facts(repo, "evidence/commit.json")
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_commit_is_read_with_what_differs_from_it() {
    let repo = repo("");
    let first = commit(&repo);
    assert_eq!(first["author"]["name"], "Ada");
    assert_eq!(first["author"]["at"], "2026-11-23T12:00:00Z");
    assert_eq!(
        (&first["subject"], &first["branch"]),
        (&"First".into(), &"main".into())
    );
    assert_eq!(first["tags"], Value::from(vec!["v1"]));
    assert_eq!(first["parents"], Value::Array(Vec::new()));
    assert_eq!(first["signature"]["git_says"], "none");
    assert_eq!(first["worktree"]["dirty"], false);
    assert!(first["range"].is_null());
    assert_eq!(first["remote"], "https://[removed]@git.example/code.git");
    let sealed = item(&repo, "commit");
    assert_eq!(sealed["kind"], "git-commit");
    assert_eq!(sealed["source"]["request"], "revision=HEAD");
    for path in ["evidence/commit.json", "evidence/bundle.json"] {
        assert!(!repo.read(path).contains("t0ken-t0ken"));
    }

    repo.write("code/src/a.txt", "one\n");
    repo.write("code/new.txt", "new\n");
    let dirty = commit(&repo);
    assert_eq!(
        (
            &dirty["worktree"]["changed"],
            &dirty["worktree"]["untracked"]
        ),
        (&1.into(), &1.into())
    );
    git(&repo, &["add", "."]);
    assert_eq!(commit(&repo)["worktree"]["changed"], 2);
    git(&repo, &["commit", "-q", "-m", "Second"]);
    // Of a commit that is not checked out the worktree says nothing.
    settings(&repo, "revision = 'v1'\n");
    let tagged = commit(&repo);
    assert!(tagged["worktree"].is_null());
    assert_eq!(tagged["commit"], first["commit"]);
    // What git is told not to look at is unknown.
    settings(&repo, "");
    git(&repo, &["update-index", "--assume-unchanged", "new.txt"]);
    repo.write("code/new.txt", "changed\n");
    collect(&repo)
        .exits(0)
        .says("partial    commit  commit\n           git is told not to look at 1 files");
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn what_git_says_of_a_signature_is_said_and_no_more() {
    let repo = repo("");
    repo.write("code/b.txt", "b\n");
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-S", "-m", "Signed"]);
    git(&repo, &["tag", "-s", "-m", "Release", "v2"]);
    let signature = |more: &str| {
        settings(&repo, more);
        commit(&repo)["signature"].clone()
    };
    // Whom nobody named may have signed; by which key is known.
    let unknown = signature("");
    assert_eq!(unknown["git_says"], "good-unknown-validity", "{unknown:#}");
    let good = signature("allowed_signers = 'signers'\n");
    assert_eq!(good["git_says"], "good", "{good:#}");
    assert_eq!(good["signer"], "ada@example.com");
    assert_eq!(good["fingerprint"], unknown["fingerprint"]);
    assert!(good["fingerprint"].as_str().unwrap().starts_with("SHA256:"));
    // A signed tag is a tag of its commit.
    settings(&repo, "revision = 'v2'\n");
    assert_eq!(commit(&repo)["tags"], Value::from(vec!["v2"]));

    signed_by(&repo, "stranger");
    git(
        &repo,
        &["commit", "-q", "-S", "--amend", "-m", "By a stranger"],
    );
    let stranger = signature("allowed_signers = 'signers'\n");
    assert_eq!(
        stranger["git_says"], "good-unknown-validity",
        "{stranger:#}"
    );
    assert_ne!(stranger["fingerprint"], good["fingerprint"]);
    // The same signature on another message.
    let mut command = Command::new("sh");
    command
        .args(["-c", "git cat-file commit HEAD | sed 's/By a stranger/By nobody/' | git hash-object -t commit -w --stdin | xargs git reset -q --soft"])
        .current_dir(repo.path("code"));
    run(command);
    assert_eq!(
        signature("allowed_signers = 'signers'\n")["git_says"],
        "bad"
    );
    settings(&repo, "allowed_signers = 'none'\n");
    collect(&repo)
        .exits(3)
        .says("allowed_signers: `none`: No such file");
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn of_each_tag_it_is_said_whether_it_is_signed() {
    let repo = repo("allowed_signers = 'signers'\n");
    git(&repo, &["tag", "-a", "-m", "Annotated", "v2"]);
    git(&repo, &["tag", "-s", "-m", "Signed", "v3"]);
    // The signed one by another name, and with other words.
    git(&repo, &["update-ref", "refs/tags/v4", "refs/tags/v3"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "git cat-file tag v3 | sed 's/^Signed/Other/; s/^tag v3/tag v5/' | git hash-object -t tag -w --stdin | xargs git update-ref refs/tags/v5"])
        .current_dir(repo.path("code"));
    run(command);
    signed_by(&repo, "stranger");
    git(&repo, &["tag", "-s", "-m", "By a stranger", "v6"]);
    let first = commit(&repo);
    let said = |commit: &Value| -> Vec<(String, Value)> {
        let tagged = commit["tagged"].as_array().unwrap().iter();
        tagged
            .map(|tag| {
                assert_eq!(tag["annotated"], !tag["signature"].is_null());
                let name = tag["name"].as_str().unwrap().to_owned();
                (name, tag["signature"]["git_says"].clone())
            })
            .collect()
    };
    let expected = [
        ("v1", Value::Null),
        ("v2", "none".into()),
        ("v3", "good".into()),
        ("v4", "bad".into()),
        ("v5", "bad".into()),
        ("v6", "good-unknown-validity".into()),
    ];
    let expected = expected.map(|(name, says)| (name.to_owned(), says));
    assert_eq!(said(&first), expected);
    let signed = &first["tagged"][2]["signature"];
    assert_eq!(signed["signer"], "ada@example.com");
    assert_ne!(
        signed["fingerprint"],
        first["tagged"][5]["signature"]["fingerprint"]
    );
    // It is the key that also signs commits.
    signed_by(&repo, "ada");
    git(
        &repo,
        &["commit", "-q", "-S", "--allow-empty", "-m", "Signed"],
    );
    git(&repo, &["tag", "-s", "-m", "Signed", "v7"]);
    settings(&repo, "");
    let second = commit(&repo);
    assert_eq!(
        said(&second),
        [("v7".to_owned(), "good-unknown-validity".into())]
    );
    assert_eq!(second["tagged"][0]["signature"], second["signature"]);
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_verifier_that_is_not_there_makes_no_signature_bad_or_absent() {
    let repo = repo("allowed_signers = 'signers'\n");
    git(&repo, &["commit", "-q", "-S", "--amend", "-m", "Signed"]);
    git(&repo, &["tag", "-s", "-m", "Signed", "v2"]);
    // A folder of programs with git and nothing else.
    let found = Command::new("sh")
        .args(["-c", "command -v git"])
        .output()
        .unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    repo.write("bin/.keep", "");
    std::os::unix::fs::symlink(found.trim(), repo.path("bin/git")).unwrap();
    let output = repo
        .command(&["collect"])
        .env("PATH", repo.path("bin"))
        .output()
        .unwrap();
    Ran::of(&output).exits(0);
    let commit = facts(&repo, "evidence/commit.json");
    assert_eq!(
        commit["signature"]["git_says"], "cannot-verify",
        "{commit:#}"
    );
    assert_eq!(commit["tagged"][0]["signature"], commit["signature"]);
    // And where git is not there either.
    std::fs::remove_file(repo.path("bin/git")).unwrap();
    let output = repo
        .command(&["collect"])
        .env("PATH", repo.path("bin"))
        .output()
        .unwrap();
    Ran::of(&output).exits(3).says("cannot start `git`");
    assert_eq!(item(&repo, "commit")["status"], "error");
}

/// The texts called `name` in a list.
fn texts<'v>(list: &'v Value, name: &str) -> Vec<&'v str> {
    let list = list.as_array().unwrap().iter();
    list.map(|entry| entry[name].as_str().unwrap()).collect()
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_range_names_everybody_and_every_file() {
    let repo = repo("base = 'v1'\n");
    git(&repo, &["mv", "src/a.txt", "src/b \"ü\".txt"]);
    std::fs::write(repo.path("code/bytes.bin"), [0, 1, 2]).unwrap();
    git(&repo, &["add", "."]);
    git(
        &repo,
        &[
            "commit",
            "-q",
            "-m",
            "Move",
            "-m",
            "Co-authored-by: Lin <lin@example.com>\nCo-authored-by: Bo <bo@example.com>",
        ],
    );
    repo.write("code/c.txt", "1\n2\n3\n");
    git(&repo, &["add", "."]);
    git(
        &repo,
        &[
            "commit",
            "-q",
            "--author",
            "Grace <grace@example.com>",
            "-m",
            "More",
        ],
    );
    let range = commit(&repo)["range"].clone();
    assert_eq!(
        (&range["commits"], &range["files"]),
        (&2.into(), &4.into()),
        "{range:#}"
    );
    assert_eq!(
        (&range["insertions"], &range["deletions"], &range["binary"]),
        (&5.into(), &2.into(), &1.into())
    );
    assert_eq!(
        texts(&range["paths"], "path"),
        ["bytes.bin", "c.txt", "src/a.txt", "src/b \"ü\".txt"]
    );
    assert_eq!(
        texts(&range["authors"], "email"),
        ["ada@example.com", "grace@example.com"]
    );
    assert_eq!(range["committers"][0]["commits"], 2);
    assert_eq!(
        range["co_authors"],
        Value::from(vec!["Bo <bo@example.com>", "Lin <lin@example.com>"])
    );
    assert_eq!(range["base"], range["merge_base"]);
    for (base, why) in [
        ("none", "there is no commit `none`"),
        ("HEAD:c.txt", "there is no commit"),
    ] {
        settings(&repo, &format!("base = '{base}'\n"));
        collect(&repo).exits(3).says(why);
    }
    git(&repo, &["checkout", "-q", "--orphan", "other"]);
    git(&repo, &["commit", "-q", "-m", "Other"]);
    settings(&repo, "base = 'v1'\n");
    collect(&repo)
        .exits(3)
        .says("`v1` and the commit have nothing in common in this clone");
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_part_of_the_history_is_partial_and_no_repository_is_an_error() {
    let repo = repo("");
    repo.write("code/b.txt", "b\n");
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "Second"]);
    let whole = commit(&repo);
    let from = format!("file://{}", repo.path("code").display());
    git(&repo, &["clone", "-q", "--depth", "1", &from, "../shallow"]);
    let text = repo.read("assize.toml");
    repo.write("assize.toml", &text.replace("'code'", "'shallow'"));
    collect(&repo)
        .exits(0)
        .says("partial    commit  commit\n           the clone is shallow");
    // The commit has a parent, wherever that is.
    let part = facts(&repo, "evidence/commit.json");
    assert_eq!(part["parents"], whole["parents"]);
    assert_eq!(part["parents"].as_array().unwrap().len(), 1);

    repo.write("assize.toml", &text.replace("'code'", "'home'"));
    collect(&repo).exits(3).says("not a git repository");
    repo.write("assize.toml", &text.replace("'code'", "'none'"));
    collect(&repo).exits(3).says("there is no folder `none`");
    git(&repo, &["init", "-q", "../unborn"]);
    repo.write("assize.toml", &text.replace("'code'", "'unborn'"));
    collect(&repo).exits(3).says("there is no commit `HEAD`");
    assert_eq!(repo.read("evidence/commit.json"), "");
}

/// Names `trap` wherever settings may name a program.
fn trapped(repo: &Repo, trap: &str) {
    // Also in a submodule, where other settings hold.
    repo.write("other/x.txt", "x\n");
    git(repo, &["init", "-q", "../other"]);
    let other = repo.path("other");
    let other = other.to_str().unwrap();
    git(repo, &["-C", other, "add", "."]);
    git(
        repo,
        &[
            "-C",
            other,
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit",
            "-q",
            "-m",
            "x",
        ],
    );
    git(repo, &["submodule", "--quiet", "add", other, "sub"]);
    let attributes = "*.txt filter=trap diff=trap\n";
    repo.write("code/.gitattributes", attributes);
    repo.write("code/b.txt", "b\n");
    git(repo, &["add", "."]);
    git(repo, &["commit", "-q", "-S", "-m", "Signed"]);
    repo.write("code/sub/.gitattributes", attributes);
    for folder in [".", "sub"] {
        for key in [
            "core.fsmonitor",
            "core.pager",
            "core.sshCommand",
            "diff.external",
            "diff.trap.command",
            "diff.trap.textconv",
            "filter.trap.clean",
            "filter.trap.smudge",
            "filter.other.process",
            "gpg.program",
            "gpg.ssh.program",
        ] {
            git(repo, &["-C", folder, "config", key, trap]);
        }
        git(repo, &["-C", folder, "config", "log.showSignature", "true"]);
        git(repo, &["-C", folder, "config", "core.hooksPath", trap]);
    }
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn nothing_that_a_repository_names_is_run() {
    let repo = repo("base = 'v1'\n");
    let trap = repo.path("trap");
    let trap = trap.to_str().unwrap();
    repo.write(
        "trap",
        &format!("#!/bin/sh\necho \"$0 $*\" >> '{trap}.sprung'\ncat\n"),
    );
    run({
        let mut command = Command::new("chmod");
        command.args(["+x", trap]);
        command
    });
    trapped(&repo, trap);
    // Other times than the index has, so that git has to look into the files.
    for path in ["code/b.txt", "code/src/a.txt", "code/sub/x.txt"] {
        let text = repo.read(path);
        std::fs::remove_file(repo.path(path)).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        repo.write(path, &text);
    }
    let commit = commit(&repo);
    assert_eq!(commit["signature"]["git_says"], "good-unknown-validity");
    assert_eq!(commit["range"]["commits"], 1);
    assert!(
        !repo.path("trap.sprung").exists(),
        "{}",
        repo.read("trap.sprung")
    );
    // The submodule has a file that nobody knows.
    assert_eq!(commit["worktree"]["changed"], 1, "{commit:#}");
    // Without what stands against it, it would have been run.
    let mut command = Command::new("git");
    command.arg("status").current_dir(repo.path("code"));
    let _ = command.output().unwrap();
    assert!(repo.path("trap.sprung").exists());
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_filter_whose_name_cannot_be_overridden_is_an_error_and_not_run() {
    let repo = repo("");
    let sprung = repo.path("sprung");
    let sprung = sprung.to_str().unwrap();
    let settings = repo.read("code/.git/config");
    let program = format!("clean = \"touch {sprung}; cat\"\n");
    for (name, said) in [
        (&b"a=b"[..], "cannot be overridden"),
        (b"a\xff", "a name that is not UTF-8"),
    ] {
        let attributes = [b"* filter=", name, b"\n"].concat();
        std::fs::write(repo.path("code/.gitattributes"), attributes).unwrap();
        let filter = [b"[filter \"", name, b"\"]\n", program.as_bytes()].concat();
        let text = [settings.as_bytes(), &filter].concat();
        std::fs::write(repo.path("code/.git/config"), text).unwrap();
        repo.write("code/src/a.txt", "changed\n");
        collect(&repo).exits(3).says(said);
        assert!(!repo.path("sprung").exists());
    }
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_repository_that_is_content_of_another_is_not_taken_for_it() {
    let repo = repo("");
    git(&repo, &["init", "-q", "--bare", "inner"]);
    repo.edit("assize.toml", "'code'", "'code/inner'");
    collect(&repo).exits(3).says("error      commit");
}

/// What `args` say in `code/`.
fn said(repo: &Repo, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(repo.path("code"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_name_of_two_things_is_refused_and_a_name_in_full_is_not() {
    let repo = repo("");
    let first = said(&repo, &["rev-parse", "HEAD"]);
    git(&repo, &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.write("code/b.txt", "b\n");
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "Second"]);
    let second = said(&repo, &["rev-parse", "HEAD"]);
    git(&repo, &["tag", "origin/main"]);
    // Whatever the repository wants to be told.
    configure(&repo, "core.warnAmbiguousRefs", "false");
    let both = "`origin/main` is ambiguous, it names `refs/tags/origin/main` and `refs/remotes/origin/main`";
    for name in ["origin/main", "origin/main~0", "origin/main^{}"] {
        settings(&repo, &format!("base = '{name}'\n"));
        collect(&repo).exits(3).says(both);
        settings(&repo, &format!("revision = '{name}'\n"));
        collect(&repo).exits(3).says(both);
    }
    settings(&repo, "base = 'refs/remotes/origin/main'\n");
    assert_eq!(commit(&repo)["range"]["base"], first.as_str());

    // Branches that are called like an id.
    let short = &second[..8];
    for name in [short, &second] {
        git(
            &repo,
            &["update-ref", &format!("refs/heads/{name}"), &first],
        );
    }
    settings(&repo, &format!("revision = '{short}'\n"));
    collect(&repo).exits(3).says(&format!(
        "it names `refs/heads/{short}` and ids that begin so"
    ));
    settings(&repo, &format!("revision = '{second}'\n"));
    assert_eq!(commit(&repo)["commit"], second.as_str());

    // What is called like a name in full is not what it names.
    git(&repo, &["update-ref", "refs/heads/refs/heads/gone", "HEAD"]);
    settings(&repo, "base = 'refs/heads/gone'\n");
    collect(&repo)
        .exits(3)
        .says("there is no commit `refs/heads/gone`");
    git(&repo, &["update-ref", "refs/tags/HEAD", "HEAD"]);
    settings(&repo, "");
    assert_eq!(commit(&repo)["commit"], second.as_str());
    git(&repo, &["symbolic-ref", "HEAD", "refs/heads/unborn"]);
    for more in ["", "revision = '@'\n"] {
        settings(&repo, more);
        collect(&repo).exits(3).says("there is no commit `HEAD`");
    }
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_link_to_a_repository_elsewhere_is_not_followed() {
    let repo = repo("");
    // The settings lie beside the repository, and not above it.
    let text = repo.read("assize.toml");
    for (to, exit) in [("../code", 3), ("code", 0)] {
        repo.write("product/assize.toml", &text.replace("'code'", "'linked'"));
        let _ = std::fs::remove_file(repo.path("product/linked"));
        std::os::unix::fs::symlink(to, repo.path("product/linked")).unwrap();
        let mut command = repo.command(&["collect"]);
        let output = command.current_dir(repo.path("product")).output().unwrap();
        let ran = Ran::of(&output).exits(exit);
        if exit == 3 {
            ran.says("`linked` leads out of the folder of the settings");
            assert_eq!(repo.read("product/evidence/commit.json"), "");
            std::fs::rename(repo.path("code"), repo.path("product/code")).unwrap();
        }
    }
}
