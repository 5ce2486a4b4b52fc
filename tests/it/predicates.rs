//! The predicates of `policies/lib` in our engine: their own tests, and beside slow, obvious
//! implementations that give the same numbers over some hundred generated series.

use std::fs;
use std::path::PathBuf;

use assize::engine::{Call, Limits, Module, Outcome, Request, evaluate_unsupervised};
use assize::json::{self, Value, json};
use assize::policy::{LoadOptions, PolicySet};

const AS_OF_NS: i64 = 1_795_438_800_000_000_000;

fn policies() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies")
}

/// The values of `data.p.deny` with the library, `more` modules and one for package `p`.
fn denied(rule: String, more: Vec<Module>, cases: &[Value]) -> Vec<Value> {
    let set = PolicySet::load(&LoadOptions {
        roots: vec![policies()],
        ..LoadOptions::default()
    });
    let set = set.unwrap();
    let library = set.modules().filter(|file| file.shown.contains("lib/"));
    let library = library.map(|file| Module {
        path: file.shown.clone(),
        source: file.text().to_owned(),
    });
    let rule = Module {
        path: "p.rego".into(),
        source: rule,
    };
    let response = evaluate_unsupervised(&Request {
        modules: library.chain(more).chain([rule]).collect(),
        data: set.data_bytes().to_vec(),
        inputs: vec![json::canonical(&json!({"as_of_ns": AS_OF_NS, "cases": cases})).unwrap()],
        as_of_ns: AS_OF_NS,
        calls: vec![Call {
            id: "p".into(),
            input: 0,
            package: "p".into(),
            heads: vec!["deny".into()],
        }],
        lint: false,
        testing: None,
        limits: Limits {
            call_ms: 300_000,
            run_ms: 300_000,
            ..Limits::DEFAULT
        },
    })
    .unwrap();
    match &response.results[0].heads[0].outcome {
        Outcome::Set(values) => values.clone(),
        other => panic!("{other:?}"),
    }
}

/// The values of a term over each case `c`, in Rego.
fn evaluated(term: &str, cases: &[Value]) -> Vec<Value> {
    let rule = format!(
        r"package p
import data.lib.events
import data.lib.window
numbers(sustained, fraction) := [
    sustained.verdict, fraction.verdict, s.certain_ms, s.possible_ms, s.hit_ms, s.unknown_ms, s.max_gap_ms, s.window_ms,
] if s := sustained.series[0]
deny contains [i, {term}] if some i, c in input.cases
"
    );
    let values = denied(rule, vec![], cases);
    assert_eq!(values.len(), cases.len());
    values.iter().map(|pair| pair[1].clone()).collect()
}

/// Stock OPA runs them too, and has other ideas of some things.
#[test]
fn the_tests_of_the_library_pass_in_our_engine() {
    let mut modules = Vec::new();
    let mut rules = vec!["package p\ndeny contains `reached`\n".to_owned()];
    for entry in fs::read_dir(policies().join("lib")).unwrap() {
        let path = entry.unwrap().path();
        let shown = path.to_str().unwrap().to_owned();
        let Some(package) = shown.strip_suffix("_test.rego") else {
            continue;
        };
        let package = format!("lib.{}_test", package.rsplit('/').next().unwrap());
        let source = fs::read_to_string(&path).unwrap();
        for line in source.lines().filter(|line| line.starts_with("test_")) {
            let name = line.split(' ').next().unwrap();
            rules.push(format!(
                "deny contains `{package}.{name}` if not data.{package}.{name}\n"
            ));
        }
        modules.push(Module {
            path: shown,
            source,
        });
    }
    assert!(rules.len() > 200, "{}", rules.len());
    assert_eq!(denied(rules.concat(), modules, &[]), [json!("reached")]);
}

/// xorshift64*, with a fixed seed: the same series on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// All in half seconds; the window begins at 0.
struct Case {
    samples: Vec<(i64, f64)>,
    from: i64,
    to: i64,
    step: i64,
    /// In tenths of a step.
    hold: i64,
    limit: i64,
    share_micro: i64,
}

const ORIGIN: i64 = 2 * 1_795_000_000;
const THRESHOLD: f64 = 120.0;

impl Case {
    fn random(numbers: &mut Numbers) -> Self {
        let step = 2 + i64::try_from(numbers.below(30)).unwrap();
        let mut at = i64::try_from(numbers.below(100)).unwrap() - 50;
        let mut above = false;
        let mut samples = Vec::new();
        let calm = 1 + numbers.below(12);
        let wild = 1 + numbers.below(20);
        for _ in 0..numbers.below(90) {
            if numbers.below(calm) == 0 {
                above = !above;
            }
            let value = match numbers.below(12) {
                0 => THRESHOLD,
                1 if above => f64::INFINITY,
                1 => f64::NEG_INFINITY,
                _ if above => 120.5,
                _ => 119.5,
            };
            samples.push((at, value));
            at += match numbers.below(wild) {
                0 => step * i64::try_from(1 + numbers.below(6)).unwrap(),
                1 => step * 5 / 2,
                2 => step * 5 / 2 + 1,
                3 => 1 + i64::try_from(numbers.below(5)).unwrap(),
                _ => step,
            };
        }
        let from = i64::try_from(numbers.below(120)).unwrap() - 60;
        Self {
            samples,
            from,
            to: from + 1 + i64::try_from(numbers.below(2_000)).unwrap(),
            step,
            hold: [10, 15, 25, 25, 25][usize::try_from(numbers.below(5)).unwrap()],
            limit: i64::try_from(numbers.below(600)).unwrap(),
            share_micro: 10_000 * i64::try_from(numbers.below(100)).unwrap(),
        }
    }

    fn json(&self) -> Value {
        let seconds = |half: i64| json!(f64::from(i32::try_from(half).unwrap()) / 2.0);
        let instant = |t: i64| {
            let t = ORIGIN + t;
            if t % 2 == 0 {
                json!(t / 2)
            } else {
                json!(1_795_000_000.0 + f64::from(i32::try_from(t - ORIGIN).unwrap()) / 2.0)
            }
        };
        let finite = self.samples.iter().filter(|(_, v)| v.is_finite());
        let infinite = self.samples.iter().filter(|(_, v)| v.is_infinite());
        json!({
            "facts": {"series": [{
                "labels": {},
                "samples": finite.map(|(t, v)| json!([instant(*t), v])).collect::<Vec<_>>(),
                "infinite": infinite
                    .map(|(t, v)| json!([instant(*t), if *v > 0.0 { "+Inf" } else { "-Inf" }]))
                    .collect::<Vec<_>>(),
            }]},
            "spec": {
                "from_ms": (ORIGIN + self.from) * 500,
                "to_ms": (ORIGIN + self.to) * 500,
                "step_s": seconds(self.step),
                "hold_steps": f64::from(i32::try_from(self.hold).unwrap()) / 10.0,
                "threshold": THRESHOLD,
                "longer_than_s": seconds(self.limit),
                "share": f64::from(i32::try_from(self.share_micro).unwrap()) / 1e6,
            },
        })
    }

    /// What is known of the half second that begins at `at`: `None` for nothing.
    fn hit_at(&self, at: i64, above: bool) -> Option<bool> {
        let last = self.samples.iter().rposition(|(t, _)| *t <= at)?;
        let (since, value) = self.samples[last];
        let holds = match self.samples.get(last + 1) {
            Some((next, _)) => (next - since) * 10 <= self.hold * self.step,
            None => at < since + self.step,
        };
        holds.then_some(if above {
            value > THRESHOLD
        } else {
            value < THRESHOLD
        })
    }

    /// The slow way: every half second of the window in turn.
    fn expected(&self, above: bool) -> Value {
        let states: Vec<Option<bool>> = (self.from..self.to)
            .map(|at| self.hit_at(at, above))
            .collect();
        let longest = |wanted: &dyn Fn(&Option<bool>) -> bool| {
            let (mut most, mut run) = (0, 0);
            for state in &states {
                run = if wanted(state) { run + 1 } else { 0 };
                most = most.max(run);
            }
            most
        };
        let number = |wanted: Option<bool>| {
            i64::try_from(states.iter().filter(|state| **state == wanted).count()).unwrap()
        };
        let certain: i64 = longest(&|state| *state == Some(true));
        let possible: i64 = longest(&|state| *state != Some(false));
        let (hit, unknown, all) = (number(Some(true)), number(None), self.to - self.from);
        let sustained = if certain > self.limit {
            "true"
        } else if possible <= self.limit {
            "false"
        } else {
            "unknown"
        };
        let fraction = if hit * 1_000_000 > self.share_micro * all {
            "true"
        } else if (hit + unknown) * 1_000_000 <= self.share_micro * all {
            "false"
        } else {
            "unknown"
        };
        json!([
            sustained,
            fraction,
            certain * 500,
            possible * 500,
            hit * 500,
            unknown * 500,
            longest(&Option::is_none) * 500,
            all * 500
        ])
    }
}

#[test]
fn windows_are_as_a_scan_of_every_half_second() {
    let mut numbers = Numbers(0x5EED);
    let cases: Vec<Case> = (0..300).map(|_| Case::random(&mut numbers)).collect();
    let inputs: Vec<Value> = cases.iter().map(Case::json).collect();
    let mut verdicts = Vec::new();
    for (side, above) in [("above", true), ("below", false)] {
        let term = format!(
            "numbers(window.sustained_{side}(c.facts, c.spec), window.fraction_{side}(c.facts, c.spec))"
        );
        for ((case, input), found) in cases.iter().zip(&inputs).zip(evaluated(&term, &inputs)) {
            assert_eq!(found, case.expected(above), "{side} {input}");
            verdicts.push(found[0].clone());
        }
    }
    // The series are of all kinds, or this would show little.
    for verdict in ["true", "false", "unknown"] {
        assert!(
            verdicts.iter().filter(|found| **found == verdict).count() > 50,
            "{verdict}"
        );
    }
}

/// The bounds by the closed form, with a square root.
fn wilson(k: f64, n: f64) -> (f64, f64) {
    let z2 = 2.705_543;
    let centre = (k + z2 / 2.0) / (n + z2);
    let half = z2.sqrt() / (n + z2) * (k * (n - k) / n + z2 / 4.0).sqrt();
    (centre - half, centre + half)
}

#[test]
fn the_wilson_interval_is_that_of_the_closed_form() {
    let all = [1, 2, 5, 13, 31].into_iter();
    let pairs: Vec<(u32, u32)> = all
        .flat_map(|n| (0..=n).map(move |k| (k, n)))
        .chain([(900, 1_000), (1, 5_000)])
        .collect();
    let cases: Vec<Value> = pairs.iter().map(|(k, n)| json!({"k": k, "n": n})).collect();
    for ((k, n), found) in pairs
        .iter()
        .zip(evaluated("events.wilson(c.k, c.n)", &cases))
    {
        let (low, high) = wilson((*k).into(), (*n).into());
        let near =
            |name: &str, bound: f64| (found[name].as_f64().unwrap() / 1e6 - bound).abs() < 2e-6;
        assert!(
            near("low_micro", low) && near("high_micro", high),
            "{k} of {n}: {found} {low} {high}"
        );
    }
}
