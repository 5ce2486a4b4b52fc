//! docs/policy-authoring.md, done as it says.

use std::path::Path;
use std::process::Command;

use crate::repo::{ASSIZE, Ran, Repo};

const GUIDE: &str = include_str!("../../docs/policy-authoring.md");

/// One thing that the guide tells the reader to do.
#[derive(Debug, PartialEq)]
enum Step {
    Write { path: String, text: String },
    Run { line: String, expected: Vec<String> },
}

fn steps(guide: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut write = None;
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("<!-- write ") {
            write = Some(path.trim_end_matches(" -->").to_owned());
        } else if let Some(language) = line.strip_prefix("```") {
            let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            match (language, write.take()) {
                ("console", _) => console(&body, &mut steps),
                (_, Some(path)) => steps.push(Step::Write {
                    path,
                    text: body.join("\n") + "\n",
                }),
                ("sh", None) => {}
                (other, None) => panic!("nothing is done with a block of {other}"),
            }
        }
    }
    steps
}

fn console(body: &[&str], steps: &mut Vec<Step>) {
    for line in body {
        if let Some(line) = line.strip_prefix("$ ") {
            steps.push(Step::Run {
                line: line.to_owned(),
                expected: Vec::new(),
            });
        } else if let Some(Step::Run { expected, .. }) = steps.last_mut() {
            expected.push((*line).to_owned());
        }
    }
}

fn run(repo: &Repo, line: &str) -> Ran {
    let folder = Path::new(ASSIZE).parent().unwrap();
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(repo.path(""))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .output()
        .unwrap();
    Ran::of(&output)
}

/// Whether `found` reads as `expected`, in which `…` is any text, and a line of it any
/// lines.
fn reads_as(expected: &[String], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((first, rest)) if first == "…" => {
            (0..=found.len()).any(|skipped| reads_as(rest, &found[skipped..]))
        }
        Some((first, rest)) => found
            .split_first()
            .is_some_and(|(line, left)| line_reads_as(first, line) && reads_as(rest, left)),
    }
}

fn line_reads_as(expected: &str, found: &str) -> bool {
    let mut rest = found.trim_end();
    let parts: Vec<_> = expected.split('…').collect();
    parts.iter().enumerate().all(|(index, part)| {
        let at = if index == 0 {
            rest.starts_with(part).then_some(0)
        } else if index + 1 == parts.len() {
            rest.ends_with(part).then(|| rest.len() - part.len())
        } else {
            rest.find(part)
        };
        at.is_some_and(|at| {
            rest = &rest[at + part.len()..];
            true
        })
    }) && rest.is_empty()
}

#[test]
fn the_guide_does_what_it_says() {
    let repo = Repo::empty();
    let steps = steps(GUIDE);
    let (mut written, mut ran) = (0, 0);
    for step in steps {
        match step {
            Step::Write { path, text } => {
                repo.write(&path, &text);
                written += 1;
            }
            Step::Run { line, expected } => {
                let (command, code) = match line.split_once("    # exits ") {
                    Some((command, code)) => (command, code.parse().unwrap()),
                    None => (line.as_str(), 0),
                };
                let result = run(&repo, command).exits(code);
                let found: Vec<_> = result.stdout.lines().collect();
                assert!(
                    reads_as(&expected, &found),
                    "{command} printed\n{}\nand not\n{}",
                    result.stdout,
                    expected.join("\n")
                );
                ran += 1;
            }
        }
    }
    assert!(written >= 3 && ran >= 9, "{written} files, {ran} commands");
}

#[test]
fn the_last_commands_of_the_guide_exist() {
    let repo = Repo::sample();
    let block = GUIDE.split("```sh\n").nth(1).unwrap();
    let lines: Vec<_> = block.split("\n```").next().unwrap().lines().collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        run(&repo, line).exits(0);
    }
}

#[test]
fn what_is_shown_is_compared() {
    let expected =
        |lines: &[&str]| -> Vec<String> { lines.iter().map(|line| (*line).to_owned()).collect() };
    assert!(reads_as(
        &expected(&["a … c", "…", "z"]),
        &["a b c", "x", "y", "z"]
    ));
    assert!(!reads_as(&expected(&["a … c"]), &["a b d"]));
    assert!(!reads_as(&expected(&["a"]), &["a", "b"]));
    assert!(!reads_as(&expected(&["a"]), &["ab"]));
    assert!(!reads_as(&expected(&["…", "z"]), &["z", "y"]));
}
