//! OPA's own Rego v1 cases, run against the engine.
//!
//! The cases are data of the Open Policy Agent project (Apache-2.0) and are not kept
//! here: `ASSIZE_OPA_CASES` names a `.tar.gz` of their JSON files. What fails is
//! listed, case by case, in `conformance-known-failures.txt`: a new version of the
//! engine shows what it breaks and what it mends. `ASSIZE_BLESS=1` rewrites the list.
//!
//! OPA's cases hold compiled modules, in which a function takes its result as one
//! more argument: `f(x, y)`. The engine knows this form for its own functions only,
//! so that for our extensions it is written as `y = f(x)`, which means the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use assize::engine::{
    EngineError, Limits, Module, Request, evaluate_unsupervised, query_unsupervised,
};
use assize::json::{self, Value};

/// Fewest cases that pass. Only ever raised.
const PASSING_MIN: usize = 1_603;
const CASES: usize = 2_067;
const EXTENSIONS: &[&str] = &[
    "array.flatten(",
    "crypto.hmac.equal(",
    "crypto.hmac.sha256(",
    "crypto.sha256(",
    "net.cidr_contains_matches(",
    "net.cidr_intersects(",
    "strings.count(",
    "strings.split_n(",
    "time.now_ns(",
    "urlquery.",
    "yaml.",
];
const LIMITS: Limits = Limits {
    call_ms: 5_000,
    stack_bytes: 64 << 20,
    ..Limits::DEFAULT
};

#[derive(Clone)]
struct Case(Value);

impl Case {
    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    fn note(&self) -> &str {
        self.text("note")
    }

    fn request(&self) -> Request {
        let modules = self.0["modules"].as_array().cloned().unwrap_or_default();
        let bytes = |value: &Value| match value {
            Value::Null => Vec::new(),
            value => value.to_string().into_bytes(),
        };
        Request {
            modules: modules
                .iter()
                .enumerate()
                .map(|(n, source)| Module {
                    path: format!("case-{n}.rego"),
                    source: rewritten(source.as_str().unwrap_or_default()),
                })
                .collect(),
            data: bytes(&self.0["data"]),
            inputs: vec![bytes(&self.0["input"])],
            as_of_ns: 1_795_438_800_000_000_000,
            limits: LIMITS,
            ..Request::default()
        }
    }

    fn run(&self) -> Result<Value, EngineError> {
        let mut request = self.request();
        let term = self.text("input_term");
        if !term.is_empty() {
            let empty = Request {
                limits: LIMITS,
                ..Request::default()
            };
            let found = query_unsupervised(&empty, &format!("x = {term}"), true)?;
            if let Some(input) = found.first() {
                request.inputs = vec![input["x"].to_string().into_bytes()];
            }
        }
        let is_strict = self.0["strict_error"] == true;
        query_unsupervised(&request, self.text("query"), is_strict).map(Value::Array)
    }

    fn passes(&self) -> bool {
        let wants_error = !self.0["want_error"].is_null() || !self.0["want_error_code"].is_null();
        match self.run() {
            Err(_) => wants_error,
            Ok(_) if wants_error => false,
            Ok(found) => {
                let sorts = self.0["sort_bindings"] == true;
                normal(found, sorts) == normal(self.0["want_result"].clone(), sorts)
            }
        }
    }
}

/// Calls of our extensions in the form that the engine knows.
fn rewritten(source: &str) -> String {
    let line = |line: &str| {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let is_extension = EXTENSIONS.iter().any(|name| code.starts_with(name));
        match code
            .strip_suffix(')')
            .and_then(|call| call.rsplit_once(", "))
        {
            Some((call, output)) if is_extension && is_variable(output) => {
                format!("{indent}{output} = {call})")
            }
            _ => line.to_owned(),
        }
    };
    source.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_variable(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Results without their order; numbers as floats; if asked, arrays sorted.
fn normal(value: Value, sorts: bool) -> Value {
    fn numbers(value: Value) -> Value {
        match value {
            Value::Number(n) => n.as_f64().map_or(Value::Null, Value::from),
            Value::Array(items) => items.into_iter().map(numbers).collect(),
            Value::Object(entries) => entries.into_iter().map(|(k, v)| (k, numbers(v))).collect(),
            other => other,
        }
    }
    fn sorted(value: Value) -> Value {
        match value {
            Value::Array(mut items) => {
                items.sort_by_cached_key(Value::to_string);
                Value::Array(items)
            }
            other => other,
        }
    }
    let results = match numbers(value) {
        Value::Array(results) => results,
        _ => Vec::new(),
    };
    let binding = |(key, value): (String, Value)| (key, if sorts { sorted(value) } else { value });
    let results = results
        .into_iter()
        .map(|result| match result {
            Value::Object(bindings) => bindings.into_iter().map(binding).collect(),
            other => other,
        })
        .collect();
    sorted(results)
}

fn archive() -> PathBuf {
    let beside =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/opa-v1-cases.tar.gz");
    let path = std::env::var_os("ASSIZE_OPA_CASES").map_or(beside, PathBuf::from);
    assert!(
        path.is_file(),
        "no OPA conformance cases at `{}`: set ASSIZE_OPA_CASES",
        path.display()
    );
    path
}

fn cases() -> Vec<Case> {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar")
        .args(["xzf".as_ref(), archive().as_os_str(), "-C".as_ref()])
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(unpacked.success());
    let mut cases = Vec::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                cases.extend(read(&path));
            }
        }
    }
    cases.sort_by(|a, b| a.note().cmp(b.note()));
    cases
}

/// Leniently: some cases hold integers and nesting that our own parser refuses.
fn read(path: &Path) -> Vec<Case> {
    let bytes = std::fs::read(path).unwrap();
    let limits = json::Limits {
        size_max: usize::MAX,
        depth_max: 120,
    };
    let document =
        json::parse(&bytes, limits).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    document["cases"]
        .as_array()
        .unwrap()
        .iter()
        .cloned()
        .map(Case)
        .collect()
}

/// Runs all cases on all cores; a case that outlives its time has failed.
fn failures(cases: &[Case]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !passes_in_time(case.clone()) {
                        failed.lock().unwrap().push(case.note().to_owned());
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    failed
}

fn passes_in_time(case: Case) -> bool {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(move || sender.send(case.passes()))
        .unwrap();
    // A panic drops the sender.
    receiver
        .recv_timeout(Duration::from_secs(10))
        .unwrap_or(false)
}

/// How often each line stands in `lines`: notes are not unique.
fn counted<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

#[test]
#[ignore = "needs OPA's conformance cases: set ASSIZE_OPA_CASES"]
fn opa_cases() {
    let list =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/conformance-known-failures.txt");
    let cases = cases();
    let failures = failures(&cases);
    let passing = cases.len() - failures.len();
    eprintln!("{passing} of {} cases pass", cases.len());
    if std::env::var_os("ASSIZE_BLESS").is_some() {
        std::fs::write(&list, failures.join("\n") + "\n").unwrap();
    }
    let known = std::fs::read_to_string(&list).unwrap_or_default();
    let known = counted(known.lines());
    let failures = counted(failures.iter().map(String::as_str));
    let more = |left: &BTreeMap<&str, usize>, right: &BTreeMap<&str, usize>| -> Vec<String> {
        left.iter()
            .filter(|(note, count)| right.get(*note).unwrap_or(&0) < count)
            .map(|(note, _)| (*note).to_owned())
            .collect()
    };
    assert_eq!(more(&failures, &known), [""; 0], "pass no more");
    assert_eq!(
        more(&known, &failures),
        [""; 0],
        "pass now: take them off the list"
    );
    if cases.len() == CASES {
        assert!(passing >= PASSING_MIN, "{passing}");
    }
}

/// What OPA compiles, lint may refuse only for what this engine cannot do.
#[test]
#[ignore = "needs OPA's conformance cases: set ASSIZE_OPA_CASES"]
fn lint_refuses_nothing_that_opa_accepts() {
    let mut refused = Vec::new();
    for case in cases() {
        if !case.0["want_error_code"].is_null() || !case.0["want_error"].is_null() {
            continue;
        }
        let request = Request {
            lint: true,
            inputs: Vec::new(),
            ..case.request()
        };
        let Ok(response) = evaluate_unsupervised(&request) else {
            continue;
        };
        for finding in response.findings {
            let opa_would_refuse = ["arity", "recursion", "unknown-function", "unsafe-variable"];
            // A function that only OPA's own tests have.
            let is_known = finding.message.contains("`test.sleep`");
            if opa_would_refuse.contains(&finding.code.as_str()) && !is_known {
                refused.push(format!(
                    "{}: {}: {}",
                    case.note(),
                    finding.code,
                    finding.message
                ));
            }
        }
    }
    assert_eq!(refused, [""; 0]);
}

#[test]
fn calls_of_extensions_are_rewritten_and_nothing_else() {
    assert_eq!(
        rewritten("p if {\n\tcrypto.sha256(\"a, b\", __local1__)\n\tcount(x, __local2__)\n}"),
        "p if {\n\t__local1__ = crypto.sha256(\"a, b\")\n\tcount(x, __local2__)\n}"
    );
}
