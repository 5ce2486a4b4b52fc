//! Large evidence: how fast it is read and how much memory that takes;
//! `docs/performance.md` has the method and figures.
//!
//! `cargo bench --bench large` makes a SARIF log of 100 MB and an answer of Prometheus of
//! 50 MB, and reads each in a process of its own, in turn with hashing the same file.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and one that can prints"
)]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use assize::digest::Digest;
use assize::evidence::{Bundle, LoadOptions, Status};

const ROUNDS: usize = 9;

/// A log of at least `size` bytes, with what scanners put beside a result.
fn sarif(size: usize) -> String {
    let rules: Vec<_> = (0..200)
        .map(|n| {
            format!(
                r#"{{"id":"R{n}","properties":{{"security-severity":"{}"}}}}"#,
                n % 10
            )
        })
        .collect();
    let mut text = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"scan","rules":[{}]}}}},"#,
        rules.join(",")
    );
    text.push_str(r#""invocations":[{"executionSuccessful":true}],"results":["#);
    for n in 0.. {
        let place = format!(
            r#"{{"physicalLocation":{{"artifactLocation":{{"uri":"src/m{}/f{}.rs"}},"region":{{"startLine":{},"snippet":{{"text":"let x = y.unwrap();"}}}}}}}}"#,
            n % 500,
            n % 977,
            n % 900 + 1
        );
        let comma = if n == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"ruleId":"R{0}","ruleIndex":{0},"message":{{"text":"the value may be absent at this place, and then the program ends"}},"locations":[{place}],"codeFlows":[{{"threadFlows":[{{"locations":[{{"location":{place}}},{{"location":{place}}},{{"location":{place}}}]}}]}}],"partialFingerprints":{{"primary":"{n:032x}"}}}}"#,
            n % 200
        )
        .unwrap();
        if text.len() >= size {
            break;
        }
    }
    text.push_str("]}]}");
    text
}

/// An answer of at least `size` bytes: series of a day at a sample every 15 seconds.
fn matrix(size: usize) -> String {
    let mut text = r#"{"status":"success","data":{"resultType":"matrix","result":["#.to_owned();
    for series in 0.. {
        let comma = if series == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"metric":{{"__name__":"latency_ms","instance":"i{series}"}},"values":["#
        )
        .unwrap();
        for n in 0..5_760 {
            let comma = if n == 0 { "" } else { "," };
            let value = (n * 7_919 + series * 104_729) % 1_000_003;
            write!(
                text,
                r#"{comma}[{}.{:03},"{}.{:04}"]"#,
                1_795_000_000 + 15 * n,
                n % 1_000,
                value / 10_000,
                value % 10_000
            )
            .unwrap();
        }
        text.push_str("]}");
        if text.len() >= size {
            break;
        }
    }
    text.push_str("]}}");
    text
}

/// The most memory that this process has had, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// What the child does: prints milliseconds and the peak of memory.
fn child(what: &str, folder: &Path) {
    let start = Instant::now();
    if what == "hash" {
        for file in fs::read_dir(folder).unwrap() {
            println!("{}", Digest::of(&fs::read(file.unwrap().path()).unwrap()));
        }
    } else {
        let as_of = "2026-11-23T13:00:00Z".parse().unwrap();
        let bundle = Bundle::load(folder, &LoadOptions::at(as_of)).unwrap();
        for item in bundle.items() {
            assert_ne!(item.status(), Status::Error, "{:?}", item.reason());
            println!("{}", item.kind());
        }
    }
    println!("{} {}", start.elapsed().as_millis(), peak_kib());
}

fn measured(what: &str, folder: &Path) -> (f64, u64) {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.arg(what).arg(folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (time, peak) = text.lines().last().unwrap().split_once(' ').unwrap();
    (time.parse().unwrap(), peak.parse().unwrap())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap()
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [what, folder, ..] = arguments.as_slice()
        && ["hash", "read"].contains(&what.as_str())
    {
        child(what, Path::new(folder));
        return;
    }
    for (name, text) in [
        ("findings.sarif", sarif(100_000_000)),
        ("latency.json", matrix(50_000_000)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), &text).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let size_mb = text.len() as f64 / 1e6;
        drop(text);
        let mut ratios = Vec::new();
        let mut times = Vec::new();
        let mut peaks = Vec::new();
        for _ in 0..ROUNDS {
            let (hash_ms, _) = measured("hash", folder.path());
            let (read_ms, peak_kib) = measured("read", folder.path());
            ratios.push(read_ms / hash_ms);
            times.push(read_ms);
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            peaks.push(peak_kib as f64 * 1_024.0 / 1e6);
        }
        let (time_ms, peak_mb) = (median(times), median(peaks));
        println!(
            "{name:<15} {size_mb:>4.0} MB  {:>5.1} MB/s  {:>5.1} × hashing  peak {peak_mb:>4.0} MB, {:>4.1} × the file",
            size_mb / time_ms * 1_000.0,
            median(ratios),
            peak_mb / size_mb
        );
    }
}
