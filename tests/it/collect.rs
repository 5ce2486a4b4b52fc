//! `assize collect` against servers: a real Prometheus with samples that are known, and
//! nobody at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assize::json::{self, Limits, Value};

use crate::repo::Repo;

/// The end of all samples: 2026-11-23T13:00:00Z.
const END_S: i64 = 1_795_438_800;
const AS_OF: &str = "2026-11-23T13:00:00Z";

/// A server that ends with the test.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn started(repo: &Repo, mut command: Command, port: u16) -> Server {
    let log = File::create(repo.path("server.log")).unwrap();
    let child = command
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let server = Server {
        child,
        url: format!("http://127.0.0.1:{port}"),
    };
    let waited = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            waited.elapsed() < Duration::from_mins(1),
            "{}",
            repo.read("server.log")
        );
        thread::sleep(Duration::from_millis(50));
    }
    server
}

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
    repo.write("prometheus.yml", "global: {scrape_interval: 15s}\n");
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

fn document(repo: &Repo, path: &str) -> Value {
    json::parse(&fs::read(repo.path(path)).unwrap(), Limits::EVIDENCE).unwrap()
}

/// The item called `id` as the sealed manifest has it.
fn item(repo: &Repo, id: &str) -> Value {
    let manifest = document(repo, "evidence/bundle.json");
    let items = manifest["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["id"] == id);
    found
        .unwrap_or_else(|| panic!("no `{id}` in {manifest:#}"))
        .clone()
}

/// The facts that policies would see of a file.
fn facts(repo: &Repo, path: &str) -> Value {
    assize::evidence::facts_of(&fs::read(repo.path(path)).unwrap(), None).1
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
fn of_twenty_sources_three_fail_and_nothing_is_lost() {
    let repo = Repo::empty();
    let answering = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", answering.local_addr().unwrap());
    thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        const BODY: &str = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1795438770,\"1\"]]}]}}";
        for stream in answering.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 8192];
                let _ = stream.read(&mut buffer);
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{BODY}",
                    BODY.len()
                );
            });
        }
    });
    let mut text = format!(
        "evidence = 'evidence'\n[server.up]\nurl = '{url}'\n[server.down]\nurl = 'http://127.0.0.1:1'\n[server.shut]\nurl = '{url}'\nbearer = 'env://ASSIZE_NO_SUCH_TOKEN'\n"
    );
    for index in 0..20 {
        let server = match index {
            3 | 11 => "down",
            17 => "shut",
            _ => "up",
        };
        let _ = write!(
            text,
            "[collect.source-{index:02}]\nfrom = 'prometheus'\nserver = '{server}'\nquery = 'up'\nwindow = '1h'\nstep = '15s'\npath = 'slo/{index:02}.json'\n"
        );
    }
    repo.write("assize.toml", &text);
    repo.write("evidence/mine.json", "{\"kept\": true}");
    let ran = repo
        .run(&["collect", "--as-of", AS_OF, "--time-limit", "4s"])
        .exits(3)
        .says("collected 17 of 20, 3 failed")
        .says("error      source-03  slo.03")
        .says("error      source-11  slo.11")
        .says("error      source-17  slo.17")
        .says("`server.shut.bearer`: the environment has no `ASSIZE_NO_SUCH_TOKEN`");
    assert_eq!(ran.stdout.matches("ok         source-").count(), 17);
    let manifest = document(&repo, "evidence/bundle.json");
    assert_eq!(manifest["items"].as_array().unwrap().len(), 21);
    assert_eq!(item(&repo, "mine")["status"], "ok");
    // Again for one of them: the others stay as they are.
    repo.run(&["collect", "--only", "source-00", "--as-of", AS_OF])
        .exits(0)
        .says("collected 1");
    assert_eq!(item(&repo, "slo.03")["status"], "error");
}

#[test]
fn settings_that_cannot_be_used_leave_everything_as_it_was() {
    let repo = Repo::empty();
    repo.run(&["collect"]).exits(2).complains("nothing to ask");
    repo.write("assize.toml", "[collect.a]\nfrom = 'graphite'\n");
    repo.run(&["collect", "-e", "evidence"])
        .exits(2)
        .complains("expected prometheus");
    repo.run(&["collect"])
        .exits(2)
        .complains("expected `evidence`");
    assert!(!repo.path("evidence").exists());
}
