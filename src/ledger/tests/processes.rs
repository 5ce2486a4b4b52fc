//! Real processes on a real file system, some of them killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::verify;

/// Tells a child which ledger is its.
const DIR: &str = "ASSIZE_TEST_LEDGER";

#[test]
#[ignore = "a child of the test below, which needs a process of its own"]
fn appends_for_ever() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let ledger = ledger(Path::new(&dir));
    for n in 0_u32.. {
        let name = format!("{}.{n}", std::process::id());
        let draft = naming(&name, &[b"shared", name.as_bytes()]);
        for one in ledger.append(&[draft]).unwrap().appended {
            println!("\nacknowledged {} {}", one.position.index, one.line_digest);
        }
    }
}

fn spawn(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["ledger::tests::processes::appends_for_ever", "--exact"])
        .args(["--ignored", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_processes_lose_nothing_that_they_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ledger");
    let mut acknowledged = BTreeMap::new();
    for round in 0..6 {
        let mut children: Vec<Child> = (0..4).map(|_| spawn(&root)).collect();
        let mut outputs: Vec<_> = children
            .iter_mut()
            .map(|child| BufReader::new(child.stdout.take().unwrap()).lines())
            .collect();
        // On a busy machine it may take long until there is anything to lose.
        let mut said: Vec<String> = Vec::new();
        while !said
            .last()
            .is_some_and(|line| line.starts_with("acknowledged"))
        {
            said.push(outputs[0].next().unwrap().unwrap());
        }
        std::thread::sleep(Duration::from_millis(37 * round));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        said.extend(outputs.into_iter().flatten().map(Result::unwrap));
        for line in said {
            let words: Vec<&str> = line.split(' ').collect();
            if let ["acknowledged", index, digest] = words[..] {
                let index: u64 = index.parse().unwrap();
                let digest: Digest = digest.parse().unwrap();
                assert_eq!(acknowledged.insert(index, digest), None, "{index} twice");
            }
        }
        ledger(&root).recover().unwrap();
        let report = verify::ledger(&root, &trust(), &verify::Options::default()).unwrap();
        assert!(report.size >= acknowledged.len() as u64);
        for entry in Reader::open(&root).unwrap().entries().unwrap() {
            let entry = entry.unwrap();
            if let Some(digest) = acknowledged.get(&entry.index) {
                assert_eq!(entry.line_digest(), *digest, "{}", entry.index);
            }
        }
        let last = acknowledged.keys().next_back().copied().unwrap_or(0);
        assert!(last < report.size);
    }
    assert!(!acknowledged.is_empty());
}
