//! Kills the gate, or fails it, at every file system call of a run, and then asks
//! whether the ledger is sound, holds n or n+1 records, and lost nothing that was
//! acknowledged.

use std::process::Command;

use crate::repo::{ASSIZE, Ran, Repo};

/// The calls through which a ledger is written. Not `close`: Linux closes even when it
/// reports an error, which an injected error would not.
const CALLS: &[&str] = &[
    "openat",
    "mkdir",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "linkat",
    "unlink",
    "ftruncate",
    "flock",
];

/// A repository in which a gate does little but append.
fn small() -> Repo {
    let repo = Repo::empty();
    repo.write(
        "policy/a.rego",
        "package main\n\ndeny contains \"no\" if input.a != 1\n",
    );
    repo.write("a.json", "{\"a\": 1}");
    repo.run(&["gate", "-p", "policy", "a.json"]).exits(0);
    repo
}

fn records(repo: &Repo) -> usize {
    let text = std::fs::read(repo.path(".assize/ledger/records.intoto.jsonl")).unwrap();
    text.split(|byte| *byte == b'\n').count() - 1
}

/// Runs the gate under strace with one injection; `None` when it was never reached.
fn injected(repo: &Repo, call: &str, what: &str, when: &str) -> Option<Ran> {
    let log = repo.path("strace.log");
    let output = Command::new("strace")
        .args(["-f", "-o"])
        .arg(&log)
        .args([
            "-e",
            &format!("trace={call}"),
            "-e",
            &format!("inject={call}:{what}:when={when}"),
        ])
        .args([ASSIZE, "gate", "-p", "policy", "a.json"])
        .current_dir(repo.path(""))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output()
        .unwrap();
    let traced = std::fs::read_to_string(&log).unwrap();
    let reached = traced.contains("(INJECTED)") || traced.contains("killed by SIGKILL");
    reached.then(|| Ran::of(&output))
}

fn at_every_call(what: &str) {
    let mut injections = 0;
    for call in CALLS {
        for when in 1_usize.. {
            let repo = small();
            let before = records(&repo);
            let Some(ran) = injected(&repo, call, what, &when.to_string()) else {
                break;
            };
            injections += 1;
            let place = format!("{what} at {call} {when}: {ran:?}");
            // Recovery is the next append's work; reading must not depend on it.
            let again = repo.run(&["gate", "-p", "policy", "a.json"]);
            assert_eq!(again.code, 0, "{place}\nthen {again:?}");
            let verified = repo.run(&["verify"]);
            assert_eq!(verified.code, 0, "{place}\nthen {verified:?}");
            let after = records(&repo) - 1;
            assert!(
                after == before || after == before + 1,
                "{place}: {before} → {after} records"
            );
            if ran.code == 0 {
                assert_eq!(after, before + 1, "{place}: acknowledged and lost");
            }
        }
    }
    assert!(injections > 50, "only {injections} injections reached");
}

#[test]
#[ignore = "needs strace"]
fn killed_at_every_file_system_call() {
    at_every_call("signal=KILL");
}

#[test]
#[ignore = "needs strace"]
fn refused_at_every_file_system_call() {
    at_every_call("error=EIO");
}

#[test]
#[ignore = "needs strace"]
fn a_full_disk_at_every_file_system_call() {
    at_every_call("error=ENOSPC");
}

/// From the first such call on, as where a disk is remounted or a permission is taken away.
#[test]
#[ignore = "needs strace"]
fn a_ledger_that_nobody_may_write_any_more_says_so_and_is_none_the_worse() {
    for (what, why) in [
        ("error=EROFS", "Read-only file system"),
        ("error=EACCES", "Permission denied"),
        ("error=EDQUOT", "quota exceeded"),
    ] {
        for call in ["flock", "fsync", "rename"] {
            let repo = small();
            let before = records(&repo);
            let ran = injected(&repo, call, what, "1+").unwrap();
            ran.exits(2)
                .complains("no record, no verdict")
                .complains(why)
                .gives_no_verdict();
            repo.run(&["gate", "-p", "policy", "a.json"]).exits(0);
            repo.run(&["verify"]).exits(0);
            // What was written but not acknowledged may have been adopted.
            let after = records(&repo);
            assert!(
                (before + 1..=before + 2).contains(&after),
                "{what} at {call}: {before} → {after} records"
            );
        }
    }
}
