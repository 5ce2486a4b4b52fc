//! Servers with certificates of their own authority, some of them no good, and one that
//! asks for ours.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::servers::{Server, free_port, started};
use super::{document, item};
use crate::repo::Repo;

/// Runs `openssl` in the folder of certificates.
fn openssl(repo: &Repo, args: &[&str]) {
    let output = Command::new("openssl")
        .args(args)
        .current_dir(repo.path("tls"))
        .output()
        .unwrap_or_else(|error| panic!("openssl: {error}"));
    assert!(output.status.success(), "{args:?}: {output:?}");
}

/// Makes `NAME.pem` and `NAME.key`, signed by `signer` where there is one, else by itself.
fn certificate(repo: &Repo, name: &str, signer: Option<&str>, extensions: &[&str]) {
    let (pem, key) = (format!("{name}.pem"), format!("{name}.key"));
    let subject = format!("/CN={name}");
    let mut args = vec!["req", "-x509", "-days", "2", "-nodes", "-newkey", "ec"];
    args.extend(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", &subject]);
    args.extend(["-out", &pem, "-keyout", &key]);
    let signed = signer.map(|name| (format!("{name}.pem"), format!("{name}.key")));
    if let Some((pem, key)) = &signed {
        args.extend(["-CA", pem, "-CAkey", key]);
        args.extend(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    for extension in extensions {
        args.extend(["-addext", extension]);
    }
    openssl(repo, &args);
}

/// `old.pem`: a certificate whose last day is over.
fn expired(repo: &Repo) {
    certificate(repo, "old", Some("ca"), &["subjectAltName=IP:127.0.0.1"]);
    let request = ["req", "-new", "-key", "old.key", "-subj", "/CN=old"];
    let named = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", "old.csr"];
    openssl(repo, &[&request[..], &named].concat());
    let sign = "x509 -req -in old.csr -CA ca.pem -CAkey ca.key -days -1 -copy_extensions copyall -out old.pem";
    openssl(repo, &sign.split(' ').collect::<Vec<_>>());
}

/// A server that shows the certificate `name` and serves the folder `tls/`.
fn serving(repo: &Repo, name: &str, args: &[&str]) -> Server {
    let port = free_port();
    let mut command = Command::new("openssl");
    command
        .args(["s_server", "-quiet", "-WWW", "-accept"])
        .arg(format!("127.0.0.1:{port}"))
        .args(["-cert", &format!("{name}.pem")])
        .args(["-key", &format!("{name}.key")])
        .args(args)
        .current_dir(repo.path("tls"));
    let mut server = started(repo, command, port);
    server.url = format!("https://127.0.0.1:{port}");
    server
}

/// Settings of one source for each of the servers, with more lines for the server.
fn settings(repo: &Repo, servers: &[(&str, &Server, &str)]) {
    let mut text = String::from("evidence = 'evidence'\n");
    for (name, server, more) in servers {
        let _ = write!(
            text,
            "[server.{name}]\nurl = '{}'\n{more}\n[collect.{name}]\nfrom = 'http'\nserver = '{name}'\nget = '/findings.json'\n",
            server.url
        );
    }
    repo.write("assize.toml", &text);
}

#[test]
fn a_server_is_believed_by_the_authority_that_is_named_and_by_no_other() {
    let repo = Repo::empty();
    repo.write("tls/findings.json", "{\"open\": 0}\n");
    let here = "subjectAltName=IP:127.0.0.1";
    certificate(&repo, "ca", None, &[]);
    certificate(&repo, "stranger", None, &[]);
    certificate(&repo, "good", Some("ca"), &[here]);
    certificate(
        &repo,
        "elsewhere",
        Some("ca"),
        &["subjectAltName=DNS:other.example"],
    );
    certificate(&repo, "us", Some("ca"), &["extendedKeyUsage=clientAuth"]);
    expired(&repo);

    let good = serving(&repo, "good", &[]);
    let elsewhere = serving(&repo, "elsewhere", &[]);
    let old = serving(&repo, "old", &[]);
    let mutual = serving(
        &repo,
        "good",
        &["-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"],
    );
    let by = |name: &str| -> PathBuf { repo.path(&format!("tls/{name}")) };
    let ca = |name: &str| format!("ca = '{}'", by(name).display());
    let ours = |name: &str| {
        format!(
            "{}\ncertificate = '{}'\nkey = 'file://{}'",
            ca("ca.pem"),
            by(&format!("{name}.pem")).display(),
            by(&format!("{name}.key")).display()
        )
    };
    settings(
        &repo,
        &[
            ("named", &good, &ca("ca.pem")),
            ("by-system", &good, ""),
            ("by-stranger", &good, &ca("stranger.pem")),
            ("elsewhere", &elsewhere, &ca("ca.pem")),
            ("expired", &old, &ca("ca.pem")),
            ("mutual", &mutual, &ours("us")),
            ("nobody", &mutual, &ca("ca.pem")),
            ("stranger", &mutual, &ours("stranger")),
        ],
    );
    repo.run(&["collect", "--time-limit", "15s"])
        .exits(3)
        .says("collected 2 of 8, 6 failed");
    for name in ["named", "mutual"] {
        let found = item(&repo, name);
        assert_eq!(found["status"], "ok", "{found:#}");
        let read = document(&repo, &format!("evidence/{name}.json"));
        assert_eq!(read["open"], 0);
    }
    for (name, reason) in [
        ("by-system", "UnknownIssuer"),
        ("by-stranger", "UnknownIssuer"),
        ("elsewhere", "not valid for"),
        ("expired", "Expired"),
        ("nobody", "CertificateRequired"),
        ("stranger", "UnknownCA"),
    ] {
        let found = item(&repo, name);
        assert_eq!(found["status"], "error", "{name}: {found:#}");
        let said = found["reason"].as_str().unwrap();
        assert!(said.contains(reason), "{name}: {said}");
        assert_eq!(repo.read(&format!("evidence/{name}.json")), "");
    }
}
