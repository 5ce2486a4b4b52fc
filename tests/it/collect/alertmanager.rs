//! A real Alertmanager with alerts and a silence that are known.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use super::servers::{Server, exchange, free_port, started, wait_for};
use super::{document, facts, item};
use crate::repo::Repo;

const CONFIG: &str = "\
route: {receiver: on-call, group_wait: 1h, routes: [{receiver: nobody, matchers: ['team=\"b\"']}]}
receivers: [{name: on-call}, {name: nobody}]
";

const ALERTS: &str = r#"[
{"labels": {"alertname": "Watchdog", "severity": "none", "team": "a"}, "startsAt": "2026-11-23T10:00:00Z"},
{"labels": {"alertname": "Latency", "severity": "critical", "team": "a"}, "annotations": {"summary": "slow"}, "startsAt": "2026-11-23T11:00:00Z"},
{"labels": {"alertname": "Disk", "severity": "critical", "team": "b"}, "startsAt": "2026-11-23T12:00:00Z"}
]"#;

const SILENCE: &str = r#"{"matchers": [{"name": "alertname", "value": "Disk", "isRegex": false, "isEqual": true}],
"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2126-01-01T00:00:00Z", "createdBy": "test", "comment": "known"}"#;

fn alertmanager(repo: &Repo) -> Server {
    repo.write("alertmanager.yml", CONFIG);
    let port = free_port();
    let mut command = Command::new("prometheus-alertmanager");
    command
        .arg("--config.file")
        .arg(repo.path("alertmanager.yml"))
        .arg("--storage.path")
        .arg(repo.path("data"))
        .arg("--cluster.listen-address=")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    started(repo, command, port)
}

#[test]
#[ignore = "needs Debian's prometheus-alertmanager"]
fn alerts_are_those_of_the_source_the_silenced_too() {
    let repo = Repo::empty();
    let server = alertmanager(&repo);
    let settings = |more: &str| {
        let url = &server.url;
        repo.write("assize.toml", &format!("evidence = 'evidence'\n[server.alerts]\nurl = '{url}'\n[collect.alerts]\nfrom = 'alertmanager'\nserver = 'alerts'\n{more}"));
    };
    settings("");
    // Nothing is not "all is well".
    repo.run(&["collect"]).exits(0).says("empty      alerts");

    let answer = exchange(&server.url, "POST", "/api/v2/silences", SILENCE);
    assert!(answer.contains("silenceID"), "{answer}");
    let answer = exchange(&server.url, "POST", "/api/v2/alerts", ALERTS);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    wait_for(&server.url, "/api/v2/alerts", "suppressed");
    repo.run(&["collect"]).exits(0).says("ok         alerts");
    let found = facts(&repo, "evidence/alerts.json");
    assert_eq!(found["alerts_count"], 3, "{found:#}");
    assert_eq!(found["active_count"], 2);
    assert_eq!(found["silenced_count"], 1);
    let alerts = found["alerts"].as_array().unwrap();
    let shown: BTreeMap<_, _> = alerts
        .iter()
        .map(|alert| {
            let text = |name: &str| alert[name].as_str().unwrap_or_default();
            (
                text("name"),
                (text("state"), text("starts_at"), text("severity")),
            )
        })
        .collect();
    let expected = BTreeMap::from([
        ("Disk", ("suppressed", "2026-11-23T12:00:00Z", "critical")),
        ("Latency", ("active", "2026-11-23T11:00:00Z", "critical")),
        ("Watchdog", ("active", "2026-11-23T10:00:00Z", "none")),
    ]);
    assert_eq!(shown, expected);
    let sealed = item(&repo, "alerts");
    let by_hand = exchange(&server.url, "GET", "/api/v2/alerts", "");
    let (_, body) = by_hand.split_once("\r\n\r\n").unwrap();
    let body = assize::json::parse(body.trim().as_bytes(), assize::json::Limits::EVIDENCE);
    assert_eq!(document(&repo, "evidence/alerts.json"), body.unwrap());
    assert_eq!(sealed["kind"], "alertmanager-alerts");
    let version = sealed["source"]["server"].as_str().unwrap();
    assert!(version.starts_with("Alertmanager 0."), "{version}");
    assert_eq!(
        sealed["source"]["request"],
        "GET /api/v2/alerts?active=true&silenced=true&inhibited=true&unprocessed=true"
    );

    settings("filter = ['severity=\"critical\"', 'team!=\"b\"']\n");
    repo.run(&["collect"]).exits(0);
    let found = facts(&repo, "evidence/alerts.json");
    assert_eq!(found["alerts_count"], 1, "{found:#}");
    assert_eq!(found["alerts"][0]["annotations"]["summary"], "slow");
    settings("receiver = 'nobody'\n");
    repo.run(&["collect"]).exits(0);
    let found = facts(&repo, "evidence/alerts.json");
    assert_eq!(found["alerts"][0]["name"], "Disk", "{found:#}");
    // A matcher that is none for the server.
    settings("filter = ['severity=~\"(\"']\n");
    repo.run(&["collect"]).exits(3).says("answered 400");

    settings("");
    drop(server);
    let asked = Instant::now();
    repo.run(&["collect", "--time-limit", "3s"])
        .exits(3)
        .says("error      alerts")
        .says("refused");
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert_eq!(repo.read("evidence/alerts.json"), "");
}
