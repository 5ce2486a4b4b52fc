//! Snapshots of what commands print, and the README held against the built command.

use crate::repo::{Ran, Repo};

#[test]
fn help_and_errors_are_as_written_down() {
    trycmd::TestCases::new()
        .case("tests/cmd/*.trycmd")
        .env("NO_COLOR", "1")
        .run();
}

/// Replaces what differs from run to run: digests, key ids, instants of recording.
fn normalised(text: &str) -> String {
    text.lines()
        .map(|line| {
            let words: Vec<_> = line
                .split(' ')
                .map(|word| match word.split_once(':') {
                    Some(("sha256", hex)) if hex.len() == 64 => "sha256:…",
                    Some(("SHA256", _)) => "SHA256:…",
                    _ => word,
                })
                .collect();
            words.join(" ").trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The text between the fences of the README block that starts with `first`.
fn block(first: &str) -> String {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once(&format!("```text\n{first}")).unwrap();
    let (body, _) = rest.split_once("\n```").unwrap();
    format!("{first}{body}")
}

#[test]
fn the_readme_shows_what_the_sample_prints() {
    let repo = Repo::sample();
    let ran = repo.run(&["gate"]).exits(0);
    assert_eq!(
        normalised(&block("deploy  registry@")),
        normalised(ran.stdout.trim_end())
    );
    let verified = repo.run(&["verify"]).exits(0);
    assert!(verified.stdout.starts_with("VERIFIED"));
}

/// Every command line that the README shows must at least be understood.
#[test]
fn the_readme_names_commands_that_exist() {
    let repo = Repo::sample();
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["keys", "export", "-o", "public.pem"]).exits(0);
    std::fs::copy(
        repo.path(".assize/ledger/checkpoint"),
        repo.path("checkpoint.kept"),
    )
    .unwrap();
    repo.write("witnesses.txt", "quorum none\n");
    let root = include_str!("../vectors/timestamp/ca.pem");
    repo.write("tsa-ca.pem", root);
    repo.write("deployment.yaml", "kind: Pod\n");
    repo.write(
        "policy/p.rego",
        "package main\n\ndeny contains \"no\" if input.kind == \"Service\"\n",
    );
    let mut tried = 0;
    for line in include_str!("../../README.md").lines() {
        let Some(line) = line
            .split(['#', '>'])
            .next()
            .filter(|line| line.starts_with("assize "))
        else {
            continue;
        };
        let line = line.replace(
            "registry@sha256:$DIGEST",
            &format!("registry@sha256:{}", "ab".repeat(32)),
        );
        let args: Vec<_> = line.split_whitespace().skip(1).collect();
        let ran: Ran = repo.run(&args);
        assert!(ran.code != 2, "{line}: {ran:?}");
        tried += 1;
    }
    assert!(tried >= 6, "{tried} commands found");
}
