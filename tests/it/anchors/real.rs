//! Anchors by programs that are not ours: `litewitness` and `openssl ts`.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use assize::signing::cosignature::CosignerKey;
use assize::signing::{PublicKey, base64};

use super::servers::{authority, tool};
use super::{NAMES, ORIGIN, operator, write};
use crate::collect::servers::{Server, free_port, started};
use crate::repo::Repo;

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `witnessctl add-log` and `add-key` write.
const DATABASE: &str = "\
CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
CREATE TABLE bastion (origin TEXT NOT NULL, bastion TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
";

fn ledger(repo: &Repo) -> String {
    write(&repo.path("ledger"), &NAMES);
    repo.write("key.pem", &operator().public().to_pem().unwrap());
    let head = ["log", "head", "--ledger", "ledger", "--key", "key.pem"];
    let head = repo.run(&head).exits(0).stdout;
    let vkey = head.lines().find_map(|line| line.strip_prefix("vkey  "));
    vkey.unwrap().to_owned()
}

/// Starts `litewitness` with a key of its own in an agent of its own, which knows the log
/// `vkey`; `witnesses.txt` is the policy that asks for it.
fn litewitness(repo: &Repo, vkey: &str) -> (Running, Server) {
    tool(
        repo,
        "ssh-keygen",
        &["-q", "-t", "ed25519", "-N", "", "-f", "witness"],
    );
    let agent = Command::new("ssh-agent")
        .args(["-D", "-a", "agent.sock"])
        .current_dir(repo.path("."))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let agent = Running(agent);
    while !repo.path("agent.sock").exists() {
        thread::sleep(Duration::from_millis(20));
    }
    let added = Command::new("ssh-add")
        .args(["-q", "witness"])
        .env("SSH_AUTH_SOCK", "agent.sock")
        .current_dir(repo.path("."))
        .status()
        .unwrap();
    assert!(added.success());
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let rows = format!(
        "INSERT INTO log VALUES ('{ORIGIN}', 0, '{empty}'); INSERT INTO key VALUES ('{ORIGIN}', '{vkey}');"
    );
    tool(
        repo,
        "sqlite3",
        &["witness.db", &format!("{DATABASE}{rows}")],
    );
    let public = repo.read("witness.pub");
    let wire = base64::decode(public.split(' ').nth(1).unwrap()).unwrap();
    let key = PublicKey::from_bytes(wire.last_chunk().unwrap()).unwrap();
    let port = free_port();
    let mut command = Command::new("litewitness");
    command
        .args(["-name", "witness.example/lite", "-db", "witness.db"])
        .args(["-key", &key.id().to_string(), "-ssh-agent", "agent.sock"])
        .args(["-listen", &format!("127.0.0.1:{port}")])
        .current_dir(repo.path("."));
    let server = started(repo, command, port);
    let name = "witness.example/lite".parse().unwrap();
    let witness = CosignerKey::new(name, key);
    let policy = format!("witness lite {witness} {}\nquorum lite\n", server.url);
    repo.write("witnesses.txt", &policy);
    (agent, server)
}

#[test]
#[ignore = "needs litewitness, ssh-agent and sqlite3"]
fn a_real_witness_cosigns_and_finds_what_was_cut_or_rewritten() {
    let repo = Repo::empty();
    let vkey = ledger(&repo);
    let _running = litewitness(&repo, &vkey);
    let anchor = |ledger: &str| {
        let args = [
            "log",
            "anchor",
            "--witnesses",
            "witnesses.txt",
            "--ledger",
            ledger,
        ];
        repo.run(&args)
    };
    let verify = |ledger: &str| {
        let args = [
            "verify",
            ledger,
            "--key",
            "key.pem",
            "--witnesses",
            "witnesses.txt",
        ];
        repo.run(&args)
    };
    anchor("ledger").exits(0).says("quorum      met");
    verify("ledger").exits(0).says("cosigned by lite at ");
    write(&repo.path("ledger"), &["r8", "r9"]);
    verify("ledger").exits(3);
    anchor("ledger").exits(0);
    verify("ledger")
        .exits(0)
        .says("records 8-9    cosigned by lite");

    write(&repo.path("cut"), &NAMES);
    anchor("cut").exits(1).says("has cosigned 10 records");
    let mut edited = NAMES.to_vec();
    edited[5] = "another verdict";
    edited.extend(["r8", "r9", "r10"]);
    write(&repo.path("edited"), &edited);
    anchor("edited").exits(1).says("its records were rewritten");
    verify("edited").exits(1);
}

#[test]
#[ignore = "needs openssl"]
fn time_stamps_of_openssl_are_kept_and_openssl_verifies_what_is_kept() {
    let repo = Repo::empty();
    ledger(&repo);
    let url = authority(&repo);
    let args = ["log", "anchor", "--ledger", "ledger", "--tsa", &url];
    repo.run(&[&args[..], &["--tsa-ca", "tsa-ca.pem"]].concat())
        .exits(0)
        .says("by `Test TSA`, trusted as tsa-ca.pem");
    repo.run(&args).exits(0).says("by whom was not verified");
    let verify = [
        "verify",
        "ledger",
        "--key",
        "key.pem",
        "--tsa-ca",
        "tsa-ca.pem",
    ];
    repo.run(&verify)
        .exits(0)
        .says("records 0-7    there before ")
        .says("(within 1 s) by time-stamping authority tsa-ca.pem (`Test TSA`)");

    let folder = repo.path("ledger/anchor/8");
    let checkpoint = fs::read_to_string(folder.join("checkpoint")).unwrap();
    let (text, _) = checkpoint.split_once("\n\n").unwrap();
    repo.write("text", &format!("{text}\n"));
    let mut stamps = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tsr") {
            let path = path.to_str().unwrap();
            let args = [
                "ts",
                "-verify",
                "-data",
                "text",
                "-in",
                path,
                "-CAfile",
                "tsa-ca.pem",
            ];
            tool(&repo, "openssl", &args);
            stamps += 1;
        }
    }
    assert_eq!(stamps, 2);
    // Another authority of the same name is another authority.
    let other = Repo::empty();
    authority(&other);
    fs::copy(other.path("tsa-ca.pem"), repo.path("tsa-ca.pem")).unwrap();
    repo.run(&verify)
        .exits(1)
        .says("records 0 to 7: there is no time stamp by a trusted authority")
        .says(".tsr: ");
}
