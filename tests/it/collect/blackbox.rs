//! A real blackbox exporter, asked as any server is, and what it found of targets that we
//! know.

use std::process::Command;

use super::servers::{Server, answer, answering, free_port, started};
use super::{facts, item};
use crate::repo::Repo;

const CONFIG: &str = "\
modules:
  found: {prober: http, timeout: 5s, http: {fail_if_body_not_matches_regexp: ['all is well'], ip_protocol_fallback: true}}
";

const SETTINGS: &str = "evidence = 'evidence'
[server.blackbox]
url = 'SERVER'
[collect.well]
from = 'http'
server = 'blackbox'
get = '/probe'
query = {module = 'found', target = 'TARGET/well'}
kind = 'prometheus-text'
[collect.lost]
from = 'http'
server = 'blackbox'
get = '/probe?module=found&target=TARGET/lost'
[collect.nobody]
from = 'http'
server = 'blackbox'
get = '/probe?module=found&target=http://127.0.0.1:1/'
path = 'probes/nobody.txt'
[collect.exporter]
from = 'http'
server = 'blackbox'
get = '/metrics'
accept = 'application/openmetrics-text;version=1.0.0'
kind = 'prometheus-text'
[collect.unknown]
from = 'http'
server = 'blackbox'
get = '/probe?module=unknown&target=x'
[collect.mistaken]
from = 'http'
server = 'blackbox'
get = '/metrics'
kind = 'sarif'
";

fn blackbox(repo: &Repo) -> Server {
    repo.write("blackbox.yml", CONFIG);
    let port = free_port();
    let mut command = Command::new("prometheus-blackbox-exporter");
    command
        .arg("--config.file")
        .arg(repo.path("blackbox.yml"))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    started(repo, command, port)
}

#[test]
#[ignore = "needs Debian's prometheus-blackbox-exporter"]
fn a_probe_is_what_the_exporter_found() {
    let repo = Repo::empty();
    let server = blackbox(&repo);
    let target = answering(|head| {
        if head.starts_with("GET /well ") {
            answer("200 OK", "all is well")
        } else {
            answer("200 OK", "all is lost")
        }
    });
    let settings = SETTINGS
        .replace("SERVER", &server.url)
        .replace("TARGET", &target);
    repo.write("assize.toml", &settings);
    repo.run(&["collect"])
        .exits(3)
        .says("collected 4 of 6, 2 failed")
        .says("error      unknown")
        .says("answered 400: Unknown module \"unknown\"")
        .says("error      mistaken")
        .says("the manifest says `sarif`, but the content is `prometheus-text`");

    let well = facts(&repo, "evidence/well.txt");
    assert_eq!(well["probe"]["success"], true, "{well:#}");
    assert_eq!(well["probe"]["http_status_code"], 200);
    let lost = facts(&repo, "evidence/lost.json");
    assert_eq!(lost["probe"]["success"], false, "{lost:#}");
    assert_eq!(lost["probe"]["failed_due_to_regex"], true);
    assert_eq!(lost["probe"]["http_status_code"], 200);
    let nobody = facts(&repo, "evidence/probes/nobody.txt");
    assert_eq!(nobody["probe"]["success"], false);
    assert_eq!(
        nobody["probe"]["http_status_code"],
        assize::json::Value::Null
    );
    assert_eq!(item(&repo, "probes.nobody")["status"], "ok");
    let exporter = facts(&repo, "evidence/exporter.txt");
    assert_eq!(exporter["probe"], assize::json::Value::Null);
    let sealed = item(&repo, "well");
    let request = sealed["source"]["request"].as_str().unwrap();
    assert!(
        request.starts_with("GET /probe?module=found&target=http%3A%2F%2F"),
        "{request}"
    );
    assert_eq!(sealed["provenance"]["method"], "pull");

    drop(server);
    repo.run(&["collect", "--only", "well", "--time-limit", "2s"])
        .exits(3)
        .says("refused");
    assert_eq!(item(&repo, "well")["status"], "error");
    assert_eq!(item(&repo, "lost")["status"], "ok");
}
