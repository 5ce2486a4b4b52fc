//! What the predicates of `policies/lib` take; `docs/performance.md` has the figures.
//!
//! `cargo bench --bench predicates` evaluates each over 1,000 and over 10,000 samples or
//! events in the engine, in this process, and prints the processor time of one evaluation
//! and how the time per sample changes from the one to the other: 1 is linear. Many are
//! evaluated in one run of the engine, and what a run with none takes is taken off. Needs
//! Linux: processor time is that of `/proc/self/stat`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and one that can prints"
)]

use std::fs;
use std::path::PathBuf;

use assize::engine::{Call, Limits, Module, Outcome, Request, evaluate_unsupervised};
use assize::json::{self, Value, json};
use assize::policy::{LoadOptions, PolicySet};

const ROUNDS: u32 = 8;
const AS_OF_NS: i64 = 1_795_438_800_000_000_000;
/// Where the samples begin, in seconds since 1970, and how far apart they are.
const FROM_S: usize = 1_795_000_000;
const STEP_S: usize = 15;

/// A name, and the expression that is evaluated. `question` is the spec, another one each
/// time.
const CASES: [(&str, &str); 15] = [
    (
        "sustained_above, always above",
        "window.sustained_above(facts.high, question).verdict",
    ),
    (
        "sustained_above, never above",
        "window.sustained_above(facts.low, question).verdict",
    ),
    (
        "sustained_above, three breaches",
        "window.sustained_above(facts.calm, question).verdict",
    ),
    (
        "sustained_above, every other sample",
        "window.sustained_above(facts.flapping, question).verdict",
    ),
    (
        "sustained_above, 3 of 7 missing",
        "window.sustained_above(facts.holes, question).verdict",
    ),
    (
        "sustained_below, three breaches",
        "window.sustained_below(facts.calm, question).verdict",
    ),
    (
        "fraction_above, three breaches",
        "window.fraction_above(facts.calm, question).verdict",
    ),
    (
        "fraction_above, every other sample",
        "window.fraction_above(facts.flapping, question).verdict",
    ),
    (
        "sustained_above, sum of two",
        "window.sustained_above(facts.two, object.union(question, {\"reducer\": \"sum\"})).verdict",
    ),
    (
        "ratio.buckets, two counters",
        "count(ratio.buckets(facts.counters, question))",
    ),
    (
        "consistently",
        "events.consistently(input.numbers, question).verdict",
    ),
    (
        "count_calendar_month",
        "events.count_calendar_month(input.events, question).verdict",
    ),
    (
        "count_rolling",
        "events.count_rolling(input.events, question).verdict",
    ),
    (
        "series.within (the gates)",
        "series.within(facts.calm, object.union(question, within)).verdict",
    ),
    (
        "counter.above (the gates)",
        "counter.above(facts.counters, [\"a\"], object.union(question, within)).verdict",
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
within := {{"side": "below", "bound": 120, "max_share": 0.5, "min_coverage": 0.9, "max_gap_s": 300, "group": "service", "bad": "miss", "target": 0.5}}
deny contains count(verdicts)
verdicts := [verdict | some k in numbers.range(0, input.times); k > 0; question := object.union(input.spec, {{"k": k}}); verdict := {expression}]
"#
    )
}

fn series(outcome: &str, value: impl Fn(usize) -> Option<usize>, n: usize) -> Value {
    let samples: Vec<Value> = (0..n)
        .filter_map(|i| value(i).map(|v| json!([FROM_S + i * STEP_S, v])))
        .collect();
    json!({"labels": {"service": "a", "outcome": outcome}, "samples": samples, "infinite": []})
}

/// `times` evaluations over `n` samples or events.
fn input(n: usize, times: u32) -> Value {
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
        "times": times,
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
            "limit": 10, "days": 30, "complete": true, "zone": "Europe/London", "min_events": 5,
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

/// The processor time of an expression in milliseconds.
fn time(set: &PolicySet, expression: &str, n: usize) -> f64 {
    let times = u32::try_from(100_000 / n).unwrap();
    let [without, with] = [0, times].map(|times| {
        let request = Request {
            modules: modules(set, expression),
            data: set.data_bytes().to_vec(),
            inputs: vec![json::canonical(&input(n, times)).unwrap()],
            as_of_ns: AS_OF_NS,
            calls: vec![Call {
                id: "bench".into(),
                input: 0,
                package: "bench".into(),
                heads: vec!["deny".into()],
            }],
            lint: false,
            testing: None,
            limits: Limits::DEFAULT,
        };
        let before = processor_ms();
        for _ in 0..ROUNDS {
            let response = evaluate_unsupervised(&request).unwrap();
            match &response.results[0].heads[0].outcome {
                Outcome::Set(values) if *values == [json!(times)] => {}
                other => panic!("{expression}: {other:?}"),
            }
        }
        (processor_ms() - before) / f64::from(ROUNDS)
    });
    (with - without) / f64::from(times)
}

fn main() {
    let set = PolicySet::load(&LoadOptions {
        roots: vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies")],
        ..LoadOptions::default()
    })
    .unwrap();
    println!(
        "{:<38} {:>11} {:>11} {:>11}",
        "", "1,000", "10,000", "per sample"
    );
    for (name, expression) in CASES {
        let [few, many] = [1_000, 10_000].map(|n| time(&set, expression, n));
        println!(
            "{name:<38} {few:>8.2} ms {many:>8.2} ms {:>11.2}",
            many / few / 10.0
        );
    }
}
