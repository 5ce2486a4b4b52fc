//! Two ledgers where there should be one: each is sound by itself, and together they are found out.

use std::fs;

use crate::repo::{self, Repo};

/// A ledger of two records, as it was copied, say with the machine it is on.
fn cloned() -> Repo {
    let repo = Repo::sample();
    for _ in 0..2 {
        repo.run(&["gate"]).exits(0);
    }
    repo::copy(&repo.path(".assize/ledger"), &repo.path("clone"));
    repo
}

/// Appends to the original and to its clone; returns whether they are of one size.
fn diverged() -> Repo {
    let repo = cloned();
    let receipt = ["--receipt", "original.tlog-proof"];
    repo.run(&[&["gate"], &receipt[..]].concat()).exits(0);
    repo.run(&["gate", "--ledger", "clone", "--fail-on-warn"])
        .exits(1);
    repo
}

#[test]
fn two_clones_that_both_grew_are_told_apart_by_a_checkpoint_of_either() {
    let repo = diverged();
    for ledger in [".assize/ledger", "clone"] {
        // The chain alone, and every signature in it, shows nothing.
        repo.run(&["verify", ledger]).exits(0).says("3 records");
    }
    for (kept, other) in [(".assize/ledger", "clone"), ("clone", ".assize/ledger")] {
        let kept = format!("{kept}/checkpoint");
        for more in [&[][..], &["--incremental"]] {
            let since = ["verify", other, "--since", &kept];
            repo.run(&[&since[..], more].concat())
                .exits(1)
                .says("signs another history of the first 3 records");
        }
    }
}

#[test]
fn a_clone_that_grew_further_does_not_continue_the_other() {
    let repo = diverged();
    repo.run(&["gate", "--ledger", "clone"]).exits(0);
    fs::copy(repo.path(".assize/ledger/checkpoint"), repo.path("kept")).unwrap();
    repo.run(&["verify", "clone", "--since", "kept"])
        .exits(1)
        .says("signs another history of the first 3 records");
    let growth = ["log", "prove", "--ledger", "clone", "--from", "3"];
    let proof = repo.run(&growth).exits(0).stdout;
    repo.write("growth", &proof);
    repo.run(&["verify", "--growth", "growth", "--since", "kept"])
        .exits(1)
        .says("records were rewritten or removed");
}

#[test]
fn a_clone_that_stayed_behind_is_an_older_one() {
    let repo = cloned();
    repo.run(&["gate"]).exits(0);
    fs::copy(repo.path(".assize/ledger/checkpoint"), repo.path("kept")).unwrap();
    repo.run(&["verify", "clone"]).exits(0).says("2 records");
    repo.run(&["verify", "clone", "--since", "kept"])
        .exits(1)
        .says("records were removed from its end");
    repo.run(&["verify", "--since", "clone/checkpoint"])
        .exits(0)
        .says("continues the checkpoint of 2 records");
}

/// Files of the two, put together as a copy that overtook an append would.
#[test]
fn a_mixture_of_two_clones_is_not_appended_to() {
    let repo = diverged();
    for file in ["records.intoto.jsonl", "checkpoint", "tile"] {
        let mixed = format!("mixed-{file}");
        repo::copy(&repo.path(".assize/ledger"), &repo.path(&mixed));
        let (from, to) = (repo.path("clone"), repo.path(&mixed));
        if file == "tile" {
            fs::remove_dir_all(to.join(file)).unwrap();
            repo::copy(&from.join(file), &to.join(file));
        } else {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
        repo.run(&["verify", &mixed]).exits(1);
        repo.run(&["gate", "--ledger", &mixed])
            .exits(2)
            .complains("no record, no verdict")
            .gives_no_verdict();
    }
}
