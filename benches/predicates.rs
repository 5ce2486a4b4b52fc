//! What the predicates of `policies/lib` take; `docs/performance.md` has the figures.
//!
//! `cargo bench --bench predicates` evaluates each over 1,000 and over 10,000 samples or
//! events in the engine, in this process, and prints the processor time of each and how the
//! time per sample changes from the one to the other: 1 is linear. The same without the
//! predicate is taken off: reading policies and input. Beside it stands the least of the
//! times by the clock. Needs Linux: processor time is that of `/proc/self/stat`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and one that can prints"
)]

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use assize::engine::{Call, Limits, Module, Outcome, Request, evaluate_unsupervised};
use assize::json::{self, Value, json};
use assize::policy::{LoadOptions, PolicySet};

const ROUNDS: u32 = 25;
const AS_OF_NS: i64 = 1_795_438_800_000_000_000;
/// Where the samples begin, in seconds since 1970, and how far apart they are.
const FROM_S: usize = 1_795_000_000;
const STEP_S: usize = 15;

/// A name, and the expression that is evaluated: `facts`, `spec`, `numbers`, `events` are
/// made of the input.
const CASES: [(&str, &str); 15] = [
    (
        "sustained_above, always above",
        "window.sustained_above(facts.high, spec).verdict",
    ),
    (
        "sustained_above, never above",
        "window.sustained_above(facts.low, spec).verdict",
    ),
    (
        "sustained_above, three breaches",
        "window.sustained_above(facts.calm, spec).verdict",
    ),
    (
        "sustained_above, every other sample",
        "window.sustained_above(facts.flapping, spec).verdict",
    ),
    (
        "sustained_above, 3 of 7 missing",
        "window.sustained_above(facts.holes, spec).verdict",
    ),
    (
        "sustained_below, three breaches",
        "window.sustained_below(facts.calm, spec).verdict",
    ),
    (
        "fraction_above, three breaches",
        "window.fraction_above(facts.calm, spec).verdict",
    ),
    (
        "fraction_above, every other sample",
        "window.fraction_above(facts.flapping, spec).verdict",
    ),
    (
        "sustained_above, sum of two",
        "window.sustained_above(facts.two, object.union(spec, {\"reducer\": \"sum\"})).verdict",
    ),
    (
        "ratio.buckets, two counters",
        "count(ratio.buckets(facts.counters, spec))",
    ),
    (
        "consistently",
        "events.consistently(input.numbers, {\"limit\": 10, \"min_events\": 5, \"share\": 0.8}).verdict",
    ),
    (
        "count_calendar_month",
        "events.count_calendar_month(input.events, object.union(counting, {\"zone\": \"Europe/London\"})).verdict",
    ),
    (
        "count_rolling",
        "events.count_rolling(input.events, object.union(counting, {\"days\": 30})).verdict",
    ),
    (
        "series.within (the gates)",
        "series.within(facts.calm, object.union(spec, within)).verdict",
    ),
    (
        "counter.above (the gates)",
        "counter.above(facts.counters, [\"a\"], object.union(spec, within)).verdict",
    ),
];

fn rule(expression: &str) -> String {
    format!(
        r#"package bench
import data.lib.counter
import data.lib.events
import data.lib.ratio
import data.lib.series
import data.lib.window
facts := input.facts
spec := input.spec
within := {{"side": "below", "bound": 120, "max_share": 0.5, "min_coverage": 0.9, "max_gap_s": 300, "group": "service", "bad": "miss", "target": 0.5}}
counting := {{"limit": 100000, "complete": true}}
deny contains sprintf("%v", [{expression}])
"#
    )
}

fn series(outcome: &str, value: impl Fn(usize) -> Option<usize>, n: usize) -> Value {
    let samples: Vec<Value> = (0..n)
        .filter_map(|i| value(i).map(|v| json!([FROM_S + i * STEP_S, v])))
        .collect();
    json!({"labels": {"service": "a", "outcome": outcome}, "samples": samples, "infinite": []})
}

fn input(n: usize) -> Value {
    let one = |value: &dyn Fn(usize) -> Option<usize>| json!({"series": [series("hit", value, n)]});
    // Three runs of a tenth each, and noise below the threshold.
    let calm = |i: usize| {
        Some(if (i * 10 / n) % 3 == 1 {
            130
        } else {
            100 + i % 17
        })
    };
    let flapping = |i: usize| Some(100 + 30 * (i % 2));
    let at_ns = |i: usize| (FROM_S + i * STEP_S) * 1_000_000_000;
    json!({
        "as_of_ns": AS_OF_NS,
        "facts": {
            "high": one(&|_| Some(130)),
            "low": one(&|_| Some(100)),
            "calm": one(&calm),
            "flapping": one(&flapping),
            "holes": one(&|i| if i % 7 > 2 { flapping(i) } else { None }),
            "two": {"series": [series("a", calm, n / 2), series("b", flapping, n / 2)]},
            "counters": {"series": [series("hit", |i| Some(i * 90), n / 2), series("miss", |i| Some(i * 10), n / 2)]},
        },
        "spec": {
            "from_ms": FROM_S * 1000, "to_ms": (FROM_S + n * STEP_S) * 1000, "step_s": STEP_S, "threshold": 120,
            "longer_than_s": 1800, "share": 0.5, "outcome": "outcome", "good": "hit", "bad": "miss", "bucket_s": 3600,
            "min_total": 100,
        },
        "numbers": (0..n).map(|i| i % 20).collect::<Vec<_>>(),
        "events": (0..n).map(|i| json!({"id": format!("e{i}"), "at_ns": at_ns(i)})).collect::<Vec<_>>(),
    })
}

fn modules(set: &PolicySet, expression: &str) -> Vec<Module> {
    let library = set
        .modules()
        .filter(|file| file.text().contains("\npackage lib."));
    library
        .map(|file| Module {
            path: file.shown.clone(),
            source: file.text().to_owned(),
        })
        .chain([Module {
            path: "bench.rego".into(),
            source: rule(expression),
        }])
        .collect()
}

/// Milliseconds of processor time that this process has taken, to ten.
fn processor_ms() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
    let ticks = |n: usize| fields[n].parse::<f64>().unwrap();
    (ticks(12) + ticks(13)) * 10.0
}

/// What an evaluation takes in milliseconds: processor time, and the least by the clock.
fn time(set: &PolicySet, expression: &str, input: &[u8]) -> [f64; 2] {
    let request = Request {
        modules: modules(set, expression),
        data: set.data_bytes().to_vec(),
        inputs: vec![input.to_vec()],
        as_of_ns: AS_OF_NS,
        calls: vec![Call {
            id: "bench".into(),
            input: 0,
            package: "bench".into(),
            heads: vec!["deny".into()],
        }],
        lint: false,
        limits: Limits::DEFAULT,
    };
    let mut least = f64::INFINITY;
    let before = processor_ms();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let response = evaluate_unsupervised(&request).unwrap();
        least = least.min(began.elapsed().as_secs_f64() * 1e3);
        match &response.results[0].heads[0].outcome {
            Outcome::Set(values) if values.len() == 1 => {}
            other => panic!("{expression}: {other:?}"),
        }
    }
    [(processor_ms() - before) / f64::from(ROUNDS), least]
}

fn main() {
    let set = PolicySet::load(&LoadOptions {
        roots: vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies")],
        ..LoadOptions::default()
    })
    .unwrap();
    let inputs = [1_000, 10_000].map(|n| json::canonical(&input(n)).unwrap());
    let time_all = |expression: &str| inputs.each_ref().map(|input| time(&set, expression, input));
    let base = time_all("\"nothing\"");
    println!(
        "{:<38} {:>11} {:>11} {:>11} {:>18}",
        "", "1,000", "10,000", "per sample", "10,000, by clock"
    );
    println!(
        "{:<38} {:>8.2} ms {:>8.2} ms",
        "nothing, taken off", base[0][0], base[1][0]
    );
    for (name, expression) in CASES {
        let took = time_all(expression);
        let [few, many] = [0, 1].map(|n| took[n][0] - base[n][0]);
        println!(
            "{name:<38} {few:>8.2} ms {many:>8.2} ms {:>11.2} {:>15.2} ms",
            many / few / 10.0,
            took[1][1] - base[1][1],
        );
    }
}
