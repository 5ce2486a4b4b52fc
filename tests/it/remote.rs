//! A ledger in an object store: the built command, and many processes at once, against a
//! real server of the S3 protocol.
//!
//! Needs `moto_server` (package `moto[server]`); `.ci/oracle` brings it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use assize::digest::Digest;
use assize::json::{self, json};
use assize::ledger::{Appender, Draft, Options};
use assize::remote::{Ledger, Place};
use assize::signing::{Role, SecretKey, TrustPolicy};
use assize::verify;

use crate::repo::Repo;

/// Tells a child of the tests below which ledger is its, and how many records it appends.
const LEDGER: &str = "ASSIZE_TEST_LEDGER";
const COUNT: &str = "ASSIZE_TEST_COUNT";

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a server with one bucket.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let program = std::env::var("ASSIZE_MOTO").unwrap_or_else(|_| "moto_server".to_owned());
        let child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let server = Self { child, port };
        for _ in 0..1_200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        server.ask("PUT", "/bucket", b"");
        server
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        // It looks who asks, not whether the signature holds.
        let key = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: {key}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n",
            self.port
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "{method} {path}: {answer}"
        );
        answer
    }
}

fn environment(command: &mut Command, port: u16) {
    command
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1");
}

fn options() -> Options {
    Options {
        origin: "example.com/ledger".parse().unwrap(),
        record_key: SecretKey::from_seed(&[1; 32]).into(),
        checkpoint_key: SecretKey::from_seed(&[2; 32]).into(),
        trust: TrustPolicy::default(),
    }
}

fn trust() -> TrustPolicy {
    let mut trust = TrustPolicy::default();
    for (name, seed, role) in [("record", 1, Role::Record), ("log", 2, Role::Checkpoint)] {
        let key = SecretKey::from_seed(&[seed; 32]).public();
        trust.add(name, key, [role].into(), 0..u64::MAX).unwrap();
    }
    trust
}

/// The same record from everybody, so that only its place tells one from another.
fn draft() -> Draft<'static> {
    Draft::new(|position| {
        Ok(json::canonical(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {"ledger": json::encode(position)?},
            "predicateType": "https://assize.dev/decision/v1",
            "subject": [{"name": "same", "digest": {"sha256": Digest::of(b"same")}}],
        }))?)
    })
}

#[test]
#[ignore = "a child of the tests below, which needs a process of its own"]
fn appends() {
    let (Ok(ledger), Ok(count)) = (std::env::var(LEDGER), std::env::var(COUNT)) else {
        return;
    };
    let place = Place::parse(&ledger).unwrap().unwrap();
    let ledger = Ledger::new(&place, options()).unwrap();
    for _ in 0..count.parse().unwrap() {
        for one in ledger.append(&[draft()]).unwrap().appended {
            println!("\nacknowledged {} {}", one.position.index, one.line_digest);
        }
    }
}

fn spawn(port: u16, ledger: &str, count: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    environment(&mut command, port);
    command
        .args(["remote::appends", "--exact", "--ignored", "--nocapture"])
        .env(LEDGER, ledger)
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Records that were acknowledged, by their index.
type Acknowledged = BTreeMap<u64, Digest>;

/// Reads what a child says until it ends.
fn listen(child: &mut Child) -> thread::JoinHandle<Acknowledged> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    thread::spawn(move || {
        let mut acknowledged = Acknowledged::new();
        for line in lines.map_while(Result::ok) {
            if let ["acknowledged", index, digest] = line.split(' ').collect::<Vec<_>>()[..] {
                let (index, digest) = (index.parse().unwrap(), digest.parse().unwrap());
                assert_eq!(acknowledged.insert(index, digest), None, "{index} twice");
            }
        }
        acknowledged
    })
}

/// Copies the ledger with the built command, verifies it, and compares it with what was
/// acknowledged; returns its size.
fn verified(port: u16, ledger: &str, acknowledged: &Acknowledged) -> u64 {
    let repo = Repo::empty();
    for (name, seed) in [("record", 1), ("log", 2)] {
        let key = SecretKey::from_seed(&[seed; 32]).public();
        assize::signing::keyfile::store_new_public(&repo.path(name), &key).unwrap();
    }
    let run = |args: &[&str]| {
        let mut command = repo.command(args);
        environment(&mut command, port);
        crate::repo::Ran::of(&command.output().unwrap())
    };
    let ran = run(&["verify", ledger, "--key", "record", "--key", "log"]).exits(0);
    let head = run(&["log", "head", "--ledger", ledger, "-o", "json"]).exits(0);
    let head = json::parse(head.stdout.as_bytes(), json::Limits::EVIDENCE).unwrap();
    let size = head["size"].as_u64().unwrap();
    assert!(
        ran.stdout.contains(&format!("{size} record")),
        "{}",
        ran.stdout
    );
    let mirror = fs::read_dir(repo.path(".assize/mirror")).unwrap();
    let mirror = mirror.last().unwrap().unwrap().path();
    let report = verify::ledger(&mirror, &trust(), &verify::Options::default()).unwrap();
    assert_eq!(report.size, size);
    let records = fs::read(mirror.join("records.intoto.jsonl")).unwrap();
    let lines: Vec<_> = records
        .split(|byte| *byte == b'\n')
        .map(Digest::of)
        .collect();
    for (index, digest) in acknowledged {
        assert_eq!(lines[usize::try_from(*index).unwrap()], *digest, "{index}");
    }
    size
}

fn together(parts: impl Iterator<Item = Acknowledged>) -> Acknowledged {
    let mut all = Acknowledged::new();
    for part in parts {
        for (index, digest) in part {
            assert_eq!(all.insert(index, digest), None, "{index} for two writers");
        }
    }
    all
}

/// Runs `writers` processes of `count` appends each, which all come to their end.
fn run_all(port: u16, ledger: &str, (writers, count): (usize, usize)) -> Acknowledged {
    let mut children: Vec<_> = (0..writers).map(|_| spawn(port, ledger, count)).collect();
    let heard: Vec<_> = children.iter_mut().map(listen).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    together(heard.into_iter().map(|heard| heard.join().unwrap()))
}

#[test]
#[ignore = "needs moto_server"]
fn sixteen_processes_append_eight_hundred_records() {
    let server = Server::start();
    let ledger = "s3://bucket/many/ledger";
    let acknowledged = run_all(server.port, ledger, (16, 50));
    assert_eq!(acknowledged.len(), 800);
    assert_eq!(verified(server.port, ledger, &acknowledged), 800);
}

#[test]
#[ignore = "needs moto_server"]
fn killed_processes_lose_and_double_nothing() {
    let server = Server::start();
    let ledger = "s3://bucket/killed";
    let mut all = Vec::new();
    for round in 0..6_u64 {
        let mut children: Vec<_> = (0..4).map(|_| spawn(server.port, ledger, 1_000)).collect();
        let heard: Vec<_> = children.iter_mut().map(listen).collect();
        for (number, child) in (0..).zip(&mut children) {
            thread::sleep(Duration::from_millis(700 + 131 * round + 37 * number));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        all.extend(heard.into_iter().map(|heard| heard.join().unwrap()));
    }
    let acknowledged = together(all.into_iter());
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    // One more, who takes over what the last have left.
    let last = run_all(server.port, ledger, (1, 1));
    let acknowledged = together([acknowledged, last].into_iter());
    let size = verified(server.port, ledger, &acknowledged);
    assert!(size >= acknowledged.len() as u64);
    // A process can have had one record under way when it was killed.
    assert!(size <= acknowledged.len() as u64 + 24, "{size}");
}

/// Forwards requests to `port`, and breaks some of them.
fn break_some(port: u16) -> u16 {
    static SEED: AtomicU64 = AtomicU64::new(7);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || {
                let lot = SEED.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                let lot = (lot ^ (lot >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 59;
                let _ = forward(client, port, lot);
            });
        }
    });
    own
}

/// One request and its answer; `lot` of 32 says what becomes of it.
fn forward(mut client: TcpStream, port: u16, lot: u64) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut reader = BufReader::new(client.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line).to_lowercase();
        if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if !text.starts_with("connection:") {
            if line == b"\r\n" {
                request.extend_from_slice(b"Connection: close\r\n");
            }
            request.extend_from_slice(&line);
        }
        if line == b"\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.extend(body);
    if lot == 0 {
        return client.write_all(
            b"HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        );
    }
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.write_all(&request)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match lot {
        // It was carried out, and nobody hears of it.
        1 | 2 => return client.shutdown(Shutdown::Both),
        3 => {
            let failure = b"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            return client.write_all(failure);
        }
        4 => client.write_all(answer.get(..answer.len() / 2).unwrap_or_default())?,
        5 => {
            thread::sleep(Duration::from_millis(300));
            client.write_all(&answer)?;
        }
        _ => client.write_all(&answer)?,
    }
    client.shutdown(Shutdown::Both)
}

#[test]
#[ignore = "needs moto_server"]
fn a_network_that_breaks_doubles_nothing() {
    let server = Server::start();
    let ledger = "s3://bucket/broken/network";
    let acknowledged = run_all(break_some(server.port), ledger, (4, 25));
    assert_eq!(acknowledged.len(), 100);
    assert_eq!(verified(server.port, ledger, &acknowledged), 100);
}

#[test]
#[ignore = "needs moto_server"]
fn a_gate_records_in_a_bucket_and_an_auditor_reads_it() {
    let server = Server::start();
    let repo = Repo::sample();
    let ledger = "s3://bucket/team/ledger";
    let settings = repo.read("assize.toml");
    repo.write("assize.toml", &format!("ledger = '{ledger}'\n{settings}"));
    let run = |args: &[&str]| {
        let mut command = repo.command(args);
        environment(&mut command, server.port);
        crate::repo::Ran::of(&command.output().unwrap())
    };
    run(&["log", "list"])
        .exits(2)
        .complains("there is no ledger at `s3://bucket/team/ledger`");
    run(&["gate", "--receipt", "out.tlog-proof"])
        .exits(0)
        .says("record 0")
        .says(ledger);
    assert!(!repo.path(".assize/ledger").exists() && !repo.path(".assize/mirror").exists());
    run(&["gate"]).exits(0).says("record 1");
    run(&["triggers"]).says("record 2");
    run(&["log", "list"]).exits(0).says("     2  ");
    run(&["log", "show", "0", "--document", "input"])
        .exits(0)
        .says("evidence");
    run(&["triggers", "explain", "sla.coordination-latency"]).exits(0);
    let pem = run(&["keys", "export", "development"]).exits(0).stdout;
    repo.write("key.pem", &pem);
    run(&["verify", "--receipt", "out.tlog-proof", "--key", "key.pem"]).exits(0);
    run(&["verify", ledger, "--key", "key.pem"])
        .exits(0)
        .says("VERIFIED  3 records");
    let proof = run(&["log", "prove", "1"]).exits(0).stdout;
    repo.write("later.tlog-proof", &proof);
    run(&[
        "verify",
        "--receipt",
        "later.tlog-proof",
        "--key",
        "key.pem",
    ])
    .exits(0);

    // Wrong credentials of somebody who looks elsewhere, and a place that does not answer.
    let mut command = repo.command(&["gate"]);
    command
        .env("AWS_ENDPOINT_URL", "http://192.0.2.1:9")
        .env("AWS_ACCESS_KEY_ID", "x");
    command
        .env("AWS_SECRET_ACCESS_KEY", "y")
        .env("AWS_REGION", "us-east-1");
    crate::repo::Ran::of(&command.output().unwrap())
        .exits(2)
        .complains("without TLS")
        .gives_no_verdict();

    // Somebody with the bucket's key changes an old record, and its content.
    let path = "/bucket/team/ledger/records/00000000000000000001";
    let answer = server.ask("GET", path, b"");
    let line = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    server.ask("PUT", path, line.replacen('a', "b", 1).as_bytes());
    run(&["log", "list"]).exits(0);
    run(&["verify", ledger, "--key", "key.pem"])
        .exits(1)
        .says("WRONG  s3://bucket/team/ledger");
    server.ask("PUT", path, line.as_bytes());
    run(&["verify", ledger, "--key", "key.pem"]).exits(0);
}
