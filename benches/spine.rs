//! Timings of the spine; `docs/performance.md` has the method and figures.
//!
//! - `cargo bench --bench spine` gives Criterion's times, to compare commits on one
//!   machine.
//! - `cargo bench --bench spine -- ratios` runs things that belong together in turn
//!   and prints the ratio of each pair, which a busy machine disturbs less.
//!
//! Both build the command that they time with the release profile.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and one that can prints"
)]

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write as _;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use assize::clock::Timestamp;
use assize::digest::Digest;
use assize::engine::{self, Supervisor, evaluate_unsupervised};
use assize::evidence::{Bundle, LoadOptions as EvidenceOptions};
use assize::json::{self, json};
use assize::policy::{LoadOptions, PolicySet};
use assize::record::Position;
use assize::signing::{Role, SecretKey, TrustPolicy, keyfile::store_new};
use criterion::{BatchSize, BenchmarkGroup, Criterion, measurement::WallTime};
use tempfile::TempDir;

#[path = "shared/pairs.rs"]
mod pairs;
#[path = "shared/records.rs"]
mod records;

use pairs::pair;
use records::{drafts, ledger, payload, verify_all};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const AS_OF: &str = "2026-11-23T13:00:00Z";

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn as_of() -> Timestamp {
    AS_OF.parse().unwrap()
}

/// The sample's rules as a request to the engine.
fn request() -> engine::Request {
    let set = PolicySet::load(&LoadOptions {
        roots: vec![sample().join("policies")],
        ..LoadOptions::default()
    });
    let set = set.unwrap();
    let trust = TrustPolicy::load(&sample().join("trust.toml")).unwrap();
    let options = EvidenceOptions::at(as_of()).trusting(&trust);
    let bundle = Bundle::load(&sample().join("evidence/release"), &options).unwrap();
    engine::Request {
        modules: set
            .modules()
            .map(|file| engine::Module {
                path: file.shown.clone(),
                source: file.text().to_owned(),
            })
            .collect(),
        data: set.data_bytes().to_vec(),
        inputs: vec![json::canonical(&bundle.input(as_of(), &json!({}))).unwrap()],
        as_of_ns: as_of().unix_nanoseconds(),
        calls: set
            .select_gate("deploy")
            .iter()
            .map(|rule| engine::Call {
                id: rule.id.clone(),
                input: 0,
                package: rule.package.clone(),
                heads: rule.heads.iter().map(|head| head.name.clone()).collect(),
            })
            .collect(),
        lint: true,
        testing: None,
        limits: engine::Limits::DEFAULT,
    }
}

/// The engine with the request's policies and documents: no supervision, no lint, no
/// frozen clock, no record.
fn plain_engine(request: &engine::Request) -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    for module in &request.modules {
        engine
            .add_policy(module.path.clone(), module.source.clone())
            .unwrap();
    }
    engine
        .add_data_json(std::str::from_utf8(&request.data).unwrap())
        .unwrap();
    engine
        .set_input_json(std::str::from_utf8(&request.inputs[0]).unwrap())
        .unwrap();
    engine
}

/// What anybody who embeds regorus would write first: one head after the other.
fn plain_regorus(request: &engine::Request) -> usize {
    let mut engine = plain_engine(request);
    let mut values = 0;
    for call in &request.calls {
        for head in &call.heads {
            let value = engine
                .eval_rule(format!("data.{}.{head}", call.package))
                .unwrap();
            values += value.as_set().unwrap().len();
        }
    }
    values
}

/// The same with one query a rule, as the engine of Assize does it: the fair yardstick
/// for what supervision and lint cost.
fn plain_queries(request: &engine::Request) -> usize {
    let mut engine = plain_engine(request);
    let mut values = 0;
    for call in &request.calls {
        let heads = call.heads.iter().enumerate();
        let query: Vec<String> = heads
            .map(|(n, head)| format!("h{n} := data.{}.{head}", call.package))
            .collect();
        let results = engine.eval_query(query.join("; "), false).unwrap();
        let bindings = results.result[0].bindings.as_object().unwrap();
        assert_eq!(bindings.len(), call.heads.len());
        values += bindings
            .iter()
            .map(|(_, value)| value.as_set().unwrap().len())
            .sum::<usize>();
    }
    values
}

/// A folder with a key and a ledger, for the command to use.
struct Workplace {
    _folder: TempDir,
    ledger: String,
    key: String,
}

impl Workplace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key.pem");
        store_new(&key, &SecretKey::generate().unwrap(), None).unwrap();
        let ledger = folder.path().join("ledger");
        Self {
            ledger: ledger.to_str().unwrap().to_owned(),
            key: key.to_str().unwrap().to_owned(),
            _folder: folder,
        }
    }

    /// The gate of the sample, recorded.
    fn gate(&self) {
        start(&["gate", "--ledger", &self.ledger, "--key", &self.key]);
    }
}

fn start(args: &[&str]) {
    let status = Command::new(ASSIZE)
        .args(args)
        .current_dir(sample())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

fn gate(group: &mut BenchmarkGroup<'_, WallTime>) {
    let workplace = Workplace::new();
    group.bench_function("process: gate on the sample", |b| {
        b.iter(|| workplace.gate());
    });
    group.bench_function("process: --version", |b| b.iter(|| start(&["--version"])));
}

fn evaluate(group: &mut BenchmarkGroup<'_, WallTime>) {
    let request = request();
    let supervisor = Supervisor::new(ASSIZE);
    group.bench_function("evaluate: supervised, with lint", |b| {
        b.iter(|| supervisor.evaluate(black_box(&request)).unwrap());
    });
    group.bench_function("evaluate: in this process, with lint", |b| {
        b.iter(|| evaluate_unsupervised(black_box(&request)).unwrap());
    });
    group.bench_function("evaluate: plain regorus", |b| {
        b.iter(|| plain_regorus(black_box(&request)));
    });
}

fn append(group: &mut BenchmarkGroup<'_, WallTime>) {
    let key = SecretKey::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = ledger(folder.path(), &key);
    group.bench_function("append: one record", |b| {
        b.iter(|| open.append(&drafts(1)).unwrap());
    });
    group.bench_function("append: batch of 1,000", |b| {
        b.iter_batched_ref(
            || tempfile::tempdir().unwrap(),
            |folder| ledger(folder.path(), &key).append(&drafts(1_000)).unwrap(),
            BatchSize::PerIteration,
        );
    });
}

/// A ledger of 10,000 records, and who may have signed them.
fn long_ledger(key: &SecretKey) -> (TempDir, TrustPolicy) {
    let folder = tempfile::tempdir().unwrap();
    let open = ledger(folder.path(), key);
    for _ in 0..10 {
        open.append(&drafts(1_000)).unwrap();
    }
    let roles = [Role::Record, Role::Checkpoint];
    let trust = TrustPolicy::of_keys(&[("bench", key.public())], &roles);
    (folder, trust.unwrap())
}

fn verify_ledger(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (folder, trust) = long_ledger(&SecretKey::generate().unwrap());
    group.bench_function("verify: 10,000 records", |b| {
        b.iter(|| verify_all(folder.path(), &trust));
    });
}

fn first_payload() -> Vec<u8> {
    payload(&Position {
        origin: "o".into(),
        index: 0,
        prev: Digest::ZERO,
    })
}

/// What the machine itself needs for the parts that nobody can leave out.
fn limits(group: &mut BenchmarkGroup<'_, WallTime>) {
    let key = SecretKey::generate().unwrap();
    let message = first_payload();
    let signature = key.sign(&message);
    group.bench_function("limit: sign one record", |b| {
        b.iter(|| key.sign(black_box(&message)));
    });
    group.bench_function("limit: verify one signature", |b| {
        b.iter(|| {
            key.public()
                .verify(black_box(&message), &signature)
                .unwrap();
        });
    });
    group.bench_function("limit: hash one record", |b| {
        b.iter(|| Digest::of(black_box(&message)));
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut file = File::create(&path).unwrap();
    group.bench_function("limit: write and fsync one record", |b| {
        b.iter_batched(
            || (),
            |()| {
                file.write_all(&message).unwrap();
                file.sync_data().unwrap();
            },
            BatchSize::PerIteration,
        );
    });
    fs::remove_file(path).unwrap();
}

/// What belongs together, side by side: median, median, ratio (middle eight tenths).
fn ratios() {
    let request = request();
    let supervisor = Supervisor::new(ASSIZE);
    let workplace = Workplace::new();
    let plain = || assert!(plain_regorus(black_box(&request)) > 0);
    assert_eq!(plain_regorus(&request), plain_queries(&request));
    let queries = || assert!(plain_queries(black_box(&request)) > 0);
    // On one thread, as the plain ones are.
    let mut single = self::request();
    single.limits.threads_max = 1;
    let alone = || drop(black_box(supervisor.evaluate(&single).unwrap()));
    let supervised = || drop(black_box(supervisor.evaluate(&request).unwrap()));
    let inside = || drop(black_box(evaluate_unsupervised(&single).unwrap()));
    let version = || start(&["--version"]);
    pair("gate / process start", 60, || workplace.gate(), version);
    pair("gate / plain regorus", 60, || workplace.gate(), plain);
    pair("gate / supervised", 60, || workplace.gate(), supervised);
    pair("supervised / plain regorus", 60, supervised, plain);
    pair("supervised, 1 thread / plain, by head", 60, alone, plain);
    pair("supervised, 1 thread / plain, by query", 60, alone, queries);
    pair(
        "in process, 1 thread / plain, by query",
        60,
        inside,
        queries,
    );
    pair("supervised / supervised, 1 thread", 60, supervised, alone);

    let key = SecretKey::generate().unwrap();
    let message = first_payload();
    let folder = tempfile::tempdir().unwrap();
    let mut file = File::create(folder.path().join("file")).unwrap();
    let mut limit = |records: usize| {
        // A checkpoint is signed too.
        for _ in 0..=records {
            black_box(key.sign(black_box(&message)));
        }
        file.write_all(&message.repeat(records)).unwrap();
        file.sync_data().unwrap();
    };
    let single = folder.path().join("single");
    let append = || drop(ledger(&single, &key).append(&drafts(1)).unwrap());
    pair("append 1 / sign and fsync", 200, append, || limit(1));
    let batch = || {
        let folder = tempfile::tempdir().unwrap();
        ledger(folder.path(), &key).append(&drafts(1_000)).unwrap();
    };
    pair("append 1,000 / sign and fsync", 30, batch, || limit(1_000));

    let (long, trust) = long_ledger(&key);
    let signature = key.sign(&message);
    let public = key.public();
    // On all cores, as verifying is.
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let signatures = || {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..10_000 / threads {
                        public.verify(black_box(&message), &signature).unwrap();
                    }
                });
            }
        });
    };
    let all = || verify_all(long.path(), &trust);
    pair("verify 10,000 / signatures alone", 30, all, signatures);
}

fn main() {
    if std::env::args().any(|arg| arg == "ratios") {
        return ratios();
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let mut group = criterion.benchmark_group("spine");
    gate(&mut group);
    evaluate(&mut group);
    append(&mut group);
    verify_ledger(&mut group);
    limits(&mut group);
    group.finish();
    criterion.final_summary();
}
