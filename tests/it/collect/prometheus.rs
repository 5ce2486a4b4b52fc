//! A real Prometheus with samples that are known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::servers::{Server, free_port, started, wait_for};
use super::{AS_OF, END_S, document, facts, item};
use crate::repo::Repo;

/// Every series, by name and labels as they are written down: instant → value.
type Series = BTreeMap<String, BTreeMap<i64, String>>;

/// Half an hour at 15 s: a gap of four minutes, a value that is not a number, and a
/// counter that begins anew.
fn known() -> Series {
    let mut series = Series::new();
    let mut total = 0;
    for step in (0..=120).rev() {
        let at = END_S - 15 * step;
        let mut put = |name: &str, value: String| {
            series.entry(name.to_owned()).or_default().insert(at, value);
        };
        if !(40..56).contains(&step) {
            put(
                "latency_ms{cluster=\"a\"}",
                format!("{}.5", 100 + step % 30),
            );
        }
        let value = if step == 10 {
            "NaN".to_owned()
        } else {
            step.to_string()
        };
        put("latency_ms{cluster=\"b\"}", value);
        total = if step == 60 { 3 } else { total + 7 };
        put("requests_total{cluster=\"a\"}", total.to_string());
    }
    series
}

const RULES: &str = "\
groups:
- name: always
  rules:
  - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
  - {alert: Silent, expr: vector(0) > 1, for: 5m, labels: {severity: critical}}
";

fn prometheus(repo: &Repo, series: &Series) -> Server {
    let mut text = String::new();
    for (metric, kind) in [("latency_ms", "gauge"), ("requests", "counter")] {
        let _ = writeln!(text, "# TYPE {metric} {kind}");
        for (name, samples) in series.iter().filter(|(name, _)| name.starts_with(metric)) {
            for (at, value) in samples {
                let _ = writeln!(text, "{name} {value} {at}");
            }
        }
    }
    text.push_str("# EOF\n");
    repo.write("samples.txt", &text);
    repo.write(
        "prometheus.yml",
        "global: {scrape_interval: 15s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n",
    );
    repo.write("rules.yml", RULES);
    let made = Command::new("promtool")
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .args([repo.path("samples.txt"), repo.path("data")])
        .output()
        .unwrap_or_else(|error| panic!("promtool, of Debian's prometheus: {error}"));
    assert!(made.status.success(), "{made:?}");
    let port = free_port();
    let mut command = Command::new("prometheus");
    command
        .arg(format!(
            "--config.file={}",
            repo.path("prometheus.yml").display()
        ))
        .arg(format!(
            "--storage.tsdb.path={}",
            repo.path("data").display()
        ))
        .arg("--storage.tsdb.retention.time=100y")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let server = started(repo, command, port);
    // It listens before it has opened its blocks.
    thread::sleep(Duration::from_millis(500));
    server
}

fn settings(repo: &Repo, url: &str, sources: &[(&str, &str)]) {
    let mut text = format!("evidence = 'evidence'\n[server.metrics]\nurl = '{url}'\n");
    for (name, settings) in sources {
        let _ = write!(
            text,
            "[collect.{name}]\nfrom = 'prometheus'\nserver = 'metrics'\nwindow = '30m'\nstep = '15s'\n{settings}\n"
        );
    }
    repo.write("assize.toml", &text);
}

/// The file holds the samples of `names` that are known to be in its window, and no more.
fn assert_samples(repo: &Repo, file: &str, names: &[&str], known: &Series) {
    // Samples settle for two steps; the window is open at its old end.
    let (from, to) = (END_S - 30 - 1_800, END_S - 30);
    let answer = document(repo, &format!("evidence/{file}.json"));
    let series = answer["data"]["result"].as_array().unwrap();
    assert_eq!(series.len(), names.len());
    for (series, name) in series.iter().zip(names) {
        let found: Vec<_> = series["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| {
                let text = pair[1].as_str().unwrap().to_owned();
                (pair[0].as_i64().unwrap(), text)
            })
            .collect();
        let expected: Vec<_> = known[*name]
            .iter()
            .filter(|(at, _)| (from..=to).contains(at))
            .map(|(at, value)| (*at, value.clone()))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
#[ignore = "needs Debian's prometheus"]
fn a_series_is_that_of_the_source_sample_by_sample() {
    let repo = Repo::empty();
    let known = known();
    let server = prometheus(&repo, &known);
    settings(
        &repo,
        &server.url,
        &[
            ("latency", "query = 'latency_ms'"),
            ("requests", "query = 'requests_total{cluster=\"a\"}'"),
            ("unknown", "query = 'no_such_metric'"),
            ("wrong", "query = 'sum(latency_ms)'"),
            (
                "computed",
                "expression = 'max(latency_ms)'\ncoverage = 'latency_ms{cluster=\"a\"}'",
            ),
        ],
    );
    repo.run(&["collect", "--as-of", AS_OF])
        .exits(3)
        .says("collected 5 of 6, 1 failed")
        .says("answered 400");

    assert_samples(
        &repo,
        "latency",
        &["latency_ms{cluster=\"a\"}", "latency_ms{cluster=\"b\"}"],
        &known,
    );
    assert_samples(
        &repo,
        "requests",
        &["requests_total{cluster=\"a\"}"],
        &known,
    );
    let latency = facts(&repo, "evidence/latency.json");
    assert_eq!(
        latency["series"][0]["max_gap_s"], 255,
        "{:#}",
        latency["series"][0]
    );
    assert_eq!(latency["series"][1]["nan"], 1);
    let sealed = item(&repo, "latency");
    assert_eq!(sealed["status"], "ok");
    assert_eq!(sealed["source"]["server"], "Prometheus 2.42.0+ds");
    assert_eq!(sealed["source"]["response_status"], 200);
    assert!(sealed["source"]["clock_skew_s"].as_i64().unwrap().abs() <= 1);
    assert_eq!(item(&repo, "unknown")["status"], "empty");
    let wrong = item(&repo, "wrong");
    assert_eq!(wrong["status"], "error");
    assert!(
        wrong["reason"]
            .as_str()
            .unwrap()
            .contains("ranges only allowed"),
        "{wrong}"
    );

    // The expression fills the gap with what was there before; its coverage does not.
    let computed = facts(&repo, "evidence/computed.json");
    assert_eq!(computed["series"][0]["max_gap_s"], 15);
    let coverage = document(&repo, "evidence/computed-coverage.json");
    let counted = coverage["data"]["result"][0]["values"].as_array().unwrap();
    assert!(counted.len() < 110, "{}", counted.len());
}

/// What was counted in the window of the settings: a counter that falls began at zero.
fn counted(samples: &BTreeMap<i64, String>) -> i64 {
    let window = END_S - 30 - 1_800..=END_S - 30;
    let values: Vec<i64> = samples
        .range(window)
        .map(|(_, value)| value.parse().unwrap())
        .collect();
    let steps = values.iter().zip(values.iter().skip(1));
    steps
        .map(|(one, next)| if next < one { *next } else { next - one })
        .sum()
}

#[test]
#[ignore = "needs Debian's prometheus"]
fn a_counter_that_began_anew_and_a_value_that_is_none_are_not_taken_for_measurements() {
    let repo = Repo::sample();
    std::fs::remove_dir_all(repo.path("evidence")).unwrap();
    let known = known();
    let server = prometheus(&repo, &known);
    settings(
        &repo,
        &server.url,
        &[
            ("requests", "query = 'requests_total{cluster=\"a\"}'"),
            ("latency", "query = 'latency_ms{cluster=\"b\"}'"),
        ],
    );
    repo.run(&["collect", "--as-of", AS_OF]).exits(0);
    let total = counted(&known["requests_total{cluster=\"a\"}"]);
    let rule = |counted: i64| {
        format!(
            "# METADATA\n# title: As many requests as there were\n# custom:\n#   id: slo.counted\n#   severity: high\n#   remediation: none\n#   requires:\n#   - evidence: requests\n#   - evidence: latency\npackage gates.counted.requests\n\nimport data.lib.counter\n\nspec := {{\"from_ms\": 0, \"to_ms\": {END_S}000}}\n\nseries := input.evidence.requests.facts.series[0]\n\ndeny contains \"another count\" if counter.increase(series, spec) != {counted}\n\ndeny contains \"a measurement that was none\" if {{\n\tsome [t, _] in input.evidence.latency.facts.series[0].samples\n\tt == {}\n}}\n",
            END_S - 15 * 10
        )
    };
    let gate = ["gate", "counted", "-p", "policies"];
    repo.write("policies/gates/counted/requests.rego", &rule(total));
    repo.run(&gate).exits(0).says("ALLOW");
    repo.write("policies/gates/counted/requests.rego", &rule(total + 1));
    repo.run(&gate).exits(1).says("another count");
}

#[test]
#[ignore = "needs Debian's prometheus"]
fn a_server_that_stopped_is_an_error_in_time_and_takes_the_place_of_what_it_said() {
    let repo = Repo::empty();
    let server = prometheus(&repo, &known());
    settings(&repo, &server.url, &[("latency", "query = 'latency_ms'")]);
    repo.run(&["collect", "--as-of", AS_OF])
        .exits(0)
        .says("collected 1");
    drop(server);
    let asked = Instant::now();
    repo.run(&["collect", "--as-of", AS_OF, "--time-limit", "3s"])
        .exits(3)
        .says("error      latency  latency")
        .says("refused");
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert_eq!(repo.read("evidence/latency.json"), "");
    assert_eq!(item(&repo, "latency")["status"], "error");
    // The gate says so too.
    repo.write(
        "policies/gates/deploy/latency.rego",
        "# METADATA\n# title: Latency is known\n# custom:\n#   id: slo.latency\n#   severity: high\n#   remediation: collect it\n#   requires:\n#   - evidence: latency\npackage gates.deploy.latency\n\ndeny contains \"no series\" if count(input.evidence.latency.facts.series) == 0\n",
    );
    repo.run(&["gate", "-p", "policies"])
        .exits(3)
        .says("refused");
}

#[test]
#[ignore = "needs Debian's prometheus"]
fn alerts_and_rules_are_those_that_the_source_has() {
    let repo = Repo::empty();
    let server = prometheus(&repo, &known());
    wait_for(&server.url, "/api/v1/alerts", "Watchdog");
    repo.write(
        "assize.toml",
        &format!(
            "evidence = 'evidence'\n[server.metrics]\nurl = '{}'\n[collect.alerts]\nfrom = 'prometheus'\nserver = 'metrics'\nlist = 'alerts'\n[collect.rules]\nfrom = 'prometheus'\nserver = 'metrics'\nlist = 'rules'\n",
            server.url
        ),
    );
    repo.run(&["collect"]).exits(0).says("collected 2");
    let alerts = facts(&repo, "evidence/alerts.json");
    assert_eq!(alerts["firing_count"], 1, "{alerts:#}");
    assert_eq!(alerts["alerts"][0]["name"], "Watchdog");
    let rules = facts(&repo, "evidence/rules.json");
    assert_eq!(rules["alerting_count"], 2, "{rules:#}");
    assert_eq!(rules["inactive_count"], 1);
    assert_eq!(item(&repo, "alerts")["kind"], "prometheus-alerts");
    let sealed = item(&repo, "rules");
    assert_eq!(sealed["kind"], "prometheus-rules");
    assert_eq!(sealed["source"]["request"], "GET /api/v1/rules");
    assert_eq!(sealed["source"]["server"], "Prometheus 2.42.0+ds");
}
