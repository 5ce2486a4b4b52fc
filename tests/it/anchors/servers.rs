//! Witnesses and authorities that a test starts on loopback.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use assize::clock::{Clock as _, System};
use assize::ledger::{Checkpoint, Consistency, merkle};
use assize::signing::cosignature::CosignerKey;
use assize::signing::{SecretKey, base64};

use crate::repo::Repo;

/// A server that answers each request with what `answer` makes of its body.
pub fn serving(
    mut answer: impl FnMut(&[u8]) -> (&'static str, Vec<u8>) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let body = body_of(&mut stream);
            let (status, body) = answer(&body);
            let head = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    url
}

fn body_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer).unwrap_or_default();
        bytes.extend_from_slice(&buffer[..read]);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return bytes[end + 4..].to_vec();
            }
        }
        if read == 0 {
            return Vec::new();
        }
    }
}

/// A witness as the specification has it, written a second time.
pub struct Witness {
    pub url: String,
    pub vkey: String,
}

impl Witness {
    /// Starts the witness `name`, whose key is of `seed`.
    pub fn start(name: &'static str, seed: u8) -> Self {
        let key = SecretKey::from_seed(&[seed; 32]);
        let cosigner = CosignerKey::new(name.parse().unwrap(), key.public());
        let vkey = cosigner.to_string();
        let seen: Arc<Mutex<Option<Checkpoint>>> = Arc::default();
        let url = serving(move |body| {
            let mut seen = seen.lock().unwrap();
            let Ok(proof) = Consistency::parse(body) else {
                return ("400 Bad Request", Vec::new());
            };
            let (new, note) = Checkpoint::parse(&proof.checkpoint).unwrap();
            let old = seen
                .clone()
                .unwrap_or_else(|| Checkpoint::empty(new.origin.clone()));
            if proof.old != old.size {
                return ("409 Conflict", format!("{}\n", old.size).into_bytes());
            }
            let (from, to) = ((old.size, &old.root), (new.size, &new.root));
            if !merkle::consistency_holds(from, to, &proof.hashes) {
                return ("422 Unprocessable Entity", b"bad proof".to_vec());
            }
            *seen = Some(new);
            let time_s = System.now().unix_seconds();
            let text = format!("cosignature/v1\ntime {time_s}\n{}", note.text());
            let (hash, signature) = (cosigner.key_hash(), key.sign(text.as_bytes()));
            let blob = [hash.as_slice(), &time_s.to_be_bytes(), signature.as_bytes()];
            let line = format!("\u{2014} {name} {}\n", base64::encode(&blob.concat()));
            ("200 OK", line.into_bytes())
        });
        Self { url, vkey }
    }
}

/// Runs a tool that must be there.
pub fn tool(repo: &Repo, program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(repo.path("."))
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

const CONFIG: &str = "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = Test root\n\
[root]\nbasicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n\
[leaf]\nextendedKeyUsage = critical,timeStamping\nsubjectKeyIdentifier = hash\n\
[tsa]\ndefault_tsa = t\n[t]\nserial = tsaserial\ndefault_policy = 1.2.3.4.1\n\
signer_digest = sha256\ndigests = sha256\naccuracy = secs:1\ness_cert_id_alg = sha256\n";

/// Makes the root `tsa-ca.pem`, and the certificate of an authority under it.
fn certificates(repo: &Repo) {
    repo.write("tsa.cnf", CONFIG);
    repo.write("tsaserial", "01\n");
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    let root = [
        "-x509",
        "-keyout",
        "root.key",
        "-out",
        "tsa-ca.pem",
        "-days",
        "30",
        "-config",
        "tsa.cnf",
        "-extensions",
        "root",
    ];
    tool(repo, "openssl", &[&["req"][..], &key, &root].concat());
    let request = [
        "-new",
        "-keyout",
        "tsa.key",
        "-out",
        "tsa.csr",
        "-config",
        "tsa.cnf",
        "-subj",
        "/CN=Test TSA",
    ];
    tool(repo, "openssl", &[&["req"][..], &key, &request].concat());
    tool(
        repo,
        "openssl",
        &[
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "tsa-ca.pem",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-days",
            "30",
            "-extfile",
            "tsa.cnf",
            "-extensions",
            "leaf",
            "-out",
            "tsa.crt",
        ],
    );
}

/// An authority whose answers are made by `openssl ts`; its root is `tsa-ca.pem`.
pub fn authority(repo: &Repo) -> String {
    certificates(repo);
    let folder = repo.path(".");
    serving(move |body| {
        fs::write(folder.join("query.tsq"), body).unwrap();
        let output = Command::new("openssl")
            .args(["ts", "-reply", "-config", "tsa.cnf", "-section", "t"])
            .args([
                "-queryfile",
                "query.tsq",
                "-signer",
                "tsa.crt",
                "-inkey",
                "tsa.key",
            ])
            .args(["-out", "reply.tsr"])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        ("200 OK", fs::read(folder.join("reply.tsr")).unwrap())
    })
}
