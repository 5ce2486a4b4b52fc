//! Policies that would hang, exhaust or abort the process that evaluates them.
//!
//! Every case ends in an error that names the rule or the file. No test measures
//! time: what must not hang, hangs the test.

use assize::engine::{
    Call, Cause, EngineError, ErrorKind, Limits, Module, Outcome, Request, Response, Supervisor,
};

/// For what ends by itself, on a machine however slow.
const LIMITS: Limits = Limits {
    memory_max_bytes: 256 << 20,
    stack_bytes: 64 << 20,
    load_ms: 60_000,
    call_ms: 60_000,
    run_ms: 120_000,
    threads_max: 1,
};

/// For what does not.
const IMPATIENT: Limits = Limits {
    load_ms: 5_000,
    call_ms: 500,
    ..LIMITS
};

fn supervisor() -> Supervisor {
    Supervisor::new(env!("CARGO_BIN_EXE_assize"))
}

fn request(source: &str) -> Request {
    Request {
        modules: vec![Module {
            path: "hostile/x.rego".into(),
            source: format!("package hostile.x\n{source}\n"),
        }],
        inputs: vec![b"{}".to_vec()],
        calls: ["hostile.x", "hostile.harmless"]
            .iter()
            .map(|id| Call {
                id: (*id).into(),
                input: 0,
                package: "hostile.x".into(),
                heads: vec![
                    if *id == "hostile.x" {
                        "deny"
                    } else {
                        "harmless"
                    }
                    .into(),
                ],
            })
            .collect(),
        limits: LIMITS,
        ..Request::default()
    }
}

fn evaluate_within(limits: Limits, source: &str) -> Result<Response, EngineError> {
    supervisor().evaluate(&Request {
        limits,
        ..request(&format!("harmless contains 1\n{source}"))
    })
}

fn evaluate(source: &str) -> Result<Response, EngineError> {
    evaluate_within(LIMITS, source)
}

/// The worker had to be ended, or ended itself; the error names the rule.
fn stopped(result: Result<Response, EngineError>) -> (Cause, String) {
    match result {
        Err(ref error @ EngineError::Stopped { cause, .. }) => {
            let message = error.to_string();
            assert!(message.contains("`hostile.x`"), "{message}");
            assert!(!message.contains("harmless"), "{message}");
            (cause, message)
        }
        other => panic!("{other:?}"),
    }
}

/// The engine gave up by itself; the other rule was evaluated all the same.
fn gave_up(result: Result<Response, EngineError>) -> (ErrorKind, String) {
    let response = result.unwrap_or_else(|error| panic!("{error}"));
    let harmless = &response.results[1];
    assert_eq!(harmless.id, "hostile.harmless");
    assert_eq!(
        harmless.heads[0].outcome,
        Outcome::Set(vec![assize::json::json!(1)])
    );
    match &response.results[0].heads[0].outcome {
        Outcome::Error(error) => (error.kind, error.to_string()),
        other => panic!("{other:?}"),
    }
}

/// The text alone is enough; the error names the file or what was being done.
fn not_loaded(source: &str) -> String {
    let limits = Limits {
        load_ms: 2_000,
        ..LIMITS
    };
    match evaluate_within(limits, source) {
        Err(error @ (EngineError::Stopped { .. } | EngineError::Load(_))) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn endless_loops_are_stopped_by_the_engines_timer() {
    let (kind, message) = gave_up(evaluate_within(
        IMPATIENT,
        "deny contains 1 if {
			some a in numbers.range(1, 10000)
			some b in numbers.range(1, 10000)
			some c in numbers.range(1, 10000)
			a + b + c == 0
		}",
    ));
    assert_eq!(kind, ErrorKind::Time);
    assert!(message.contains("longer than 500 ms"), "{message}");
}

#[test]
fn values_larger_than_memory() {
    for source in [
        "deny contains count(numbers.range(1, 1000000000))",
        "deny contains sprintf(\"%02000000000d\", [1])",
        "deny contains count(net.cidr_expand(\"0.0.0.0/0\"))",
        "a := concat(\"\", [\"x\" | some _ in numbers.range(1, 100000)])
		b := replace(a, \"x\", a)
		deny contains count(replace(b, \"x\", a))",
        "deny contains count(graph.reachable_paths({n: e |
			some n in numbers.range(1, 40)
			e := [m | some m in numbers.range(1, 40); m > n]
		}, {1}))",
    ] {
        let result = evaluate_within(IMPATIENT, source);
        if result.is_ok() {
            let (kind, message) = gave_up(result);
            assert!(
                matches!(kind, ErrorKind::Memory | ErrorKind::Time),
                "{source}: {message}"
            );
        } else {
            let (cause, message) = stopped(result);
            assert!(
                matches!(cause, Cause::Memory | Cause::Time),
                "{source}: {message}"
            );
        }
    }
}

#[test]
fn work_inside_one_function_is_stopped_by_the_watchdog() {
    let (cause, _) = stopped(evaluate_within(
        IMPATIENT,
        "deny contains units.parse(\"1e999999999Ki\")",
    ));
    assert_eq!(cause, Cause::Time);
}

#[test]
fn sets_that_take_for_ever_to_join() {
    let result = evaluate_within(
        IMPATIENT,
        "deny contains count(union({{i} | some i in numbers.range(1, 60000)}))",
    );
    if result.is_ok() {
        assert_eq!(gave_up(result).0, ErrorKind::Time);
    } else {
        assert_eq!(stopped(result).0, Cause::Time);
    }
}

#[test]
fn recursion_without_end_and_recursion_that_is_too_deep() {
    for source in [
        "f(x) := f(x + 1)\ndeny contains f(1)",
        "f(0) := 0\nf(n) := f(n - 1) if n > 0\ndeny contains f(500000)",
    ] {
        let (cause, message) = stopped(evaluate(source));
        assert_eq!(cause, Cause::Recursion, "{message}");
    }
}

#[test]
fn recursion_and_chains_that_fit_are_evaluated() {
    let deep = "f(0) := 0\nf(n) := f(n - 1) if n > 0\ndeny contains f(2000)";
    assert!(evaluate(deep).is_ok());
    let chain: Vec<String> = (1..3_000).map(|n| format!("r{n} := r{}", n - 1)).collect();
    let chain = format!("r0 := 1\n{}\ndeny contains r2999", chain.join("\n"));
    let response = evaluate(&chain).unwrap();
    assert_eq!(
        response.results[0].heads[0].outcome,
        Outcome::Set(vec![assize::json::json!(1)])
    );
}

#[test]
fn panics_of_the_engine_are_errors_of_the_rule() {
    let (kind, message) = gave_up(evaluate("deny contains sprintf(\"%.2000000000f\", [1.5])"));
    assert_eq!(kind, ErrorKind::Crash, "{message}");
    assert!(message.contains("the engine panicked"), "{message}");
}

/// The engine's own panics here; ours replaces it.
#[test]
fn empty_texts_are_counted() {
    let response = evaluate("deny contains strings.count(\"abc\", \"\")").unwrap();
    assert_eq!(
        response.results[0].heads[0].outcome,
        Outcome::Set(vec![assize::json::json!(4)])
    );
}

#[test]
fn text_that_takes_for_ever_to_parse() {
    let nested = format!("deny contains {}1{}", "[".repeat(28), "]".repeat(28));
    let message = not_loaded(&nested);
    assert!(message.contains("`hostile/x.rego`"), "{message}");
    assert!(message.contains("too long"), "{message}");
}

#[test]
fn text_that_nests_too_deeply() {
    for (open, close) in [("abs(", ")"), ("(", ")"), ("[x | x := ", "]")] {
        let source = format!(
            "deny contains {}1{}",
            format!("{open}\n").repeat(5_000),
            close.repeat(900)
        );
        let message = not_loaded(&source);
        assert!(message.contains("hostile/x.rego"), "{message}");
    }
}

#[test]
fn long_references_end_one_way_or_another() {
    let source = format!("deny contains x if {{ x := input{} }}", "[0]".repeat(300));
    assert!(evaluate(&source).is_ok());
    let lines = vec!["input.a"; 5_000].join(" +\n");
    match evaluate(&format!("deny contains x if {{ x := {lines} }}")) {
        Ok(response) => assert_eq!(
            response.results[0].heads[0].outcome,
            Outcome::Set(Vec::new())
        ),
        Err(error) => assert!(error.to_string().contains("hostile"), "{error}"),
    }
}

#[test]
fn the_run_as_a_whole_has_an_end() {
    let limits = Limits {
        run_ms: 500,
        ..LIMITS
    };
    let endless = "deny contains 1 if {
		some a in numbers.range(1, 10000)
		some b in numbers.range(1, 10000)
		some c in numbers.range(1, 10000)
		a + b + c == 0
	}";
    assert_eq!(stopped(evaluate_within(limits, endless)).0, Cause::Time);
}

#[test]
fn results_that_are_too_large() {
    let large = "x := concat(\"\", [\"0123456789\" | some _ in numbers.range(1, 100000)])
		deny contains [x | some _ in numbers.range(1, 34)]";
    let (cause, message) = stopped(evaluate(large));
    assert_eq!(cause, Cause::Crash);
    assert!(
        message.contains("more than the limit of 33554432"),
        "{message}"
    );
}

#[test]
fn documents_within_texts_are_bounded() {
    let deep =
        "deny contains json.unmarshal(concat(\"\", [\"[\" | some _ in numbers.range(1, 100000)]))";
    assert!(gave_up(evaluate(deep)).1.contains("recursion limit"));
    let levels = [
        "a: &a [x]",
        "b: &b",
        "c: &c",
        "d: &d",
        "e: &e",
        "f: &f",
        "g: &g",
        "h: &h",
    ];
    let bomb: Vec<String> = levels
        .iter()
        .zip(["", "*a", "*b", "*c", "*d", "*e", "*f", "*g"])
        .map(|(key, alias)| match alias {
            "" => (*key).to_owned(),
            alias => format!("{key} [{}]", [alias; 9].join(",")),
        })
        .collect();
    let laughs = format!("deny contains yaml.unmarshal(\"{}\")", bomb.join("\\n"));
    assert!(gave_up(evaluate(&laughs)).1.contains("budget"));
}

#[test]
fn giant_patterns() {
    let (kind, message) = gave_up(evaluate(
        r"deny contains 1 if { regex.match(`(\w{1,500}){1,500}`, `x`) }",
    ));
    assert_eq!(kind, ErrorKind::Evaluation, "{message}");
}

#[test]
fn of_many_threads_the_one_at_fault_is_named() {
    let mut request = request("deny contains 1\nbad contains f(1)\nf(x) := f(x + 1)");
    request.limits.threads_max = 8;
    request.calls = (0..64)
        .map(|n| Call {
            id: format!("rule-{n}"),
            input: 0,
            package: "hostile.x".into(),
            heads: vec![if n == 37 { "bad" } else { "deny" }.into()],
        })
        .collect();
    let error = supervisor().evaluate(&request).unwrap_err().to_string();
    assert_eq!(
        error,
        "evaluating `rule-37` was stopped: it recurses or nests too deeply"
    );
}

/// The worker starts in another folder.
#[test]
fn a_relative_program_is_found_from_here() {
    let here = std::env::current_dir().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_assize"));
    let Ok(relative) = program.strip_prefix(here) else {
        return;
    };
    let supervisor = Supervisor::new(relative);
    assert!(
        supervisor
            .evaluate(&request("deny contains 1\nharmless contains 1"))
            .is_ok()
    );
}

#[test]
fn programs_that_are_no_worker() {
    let spawn = Supervisor::new("/nonexistent").evaluate(&request("deny contains 1"));
    assert!(matches!(spawn, Err(EngineError::Spawn { .. })), "{spawn:?}");
    for program in ["/bin/true", "/bin/echo", "/bin/cat", "/bin/yes"] {
        if !std::path::Path::new(program).exists() {
            continue;
        }
        let error = Supervisor::new(program)
            .evaluate(&request("deny contains 1"))
            .expect_err(program);
        assert!(
            error
                .to_string()
                .contains("starting the engine was stopped"),
            "{program}: {error}"
        );
    }
}

#[test]
fn a_worker_refuses_what_no_supervisor_says() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    for input in [&b""[..], b"hello", &[0xff; 4096]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_assize"))
            .arg("engine-worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may be gone before it has read all.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("engine worker: "));
    }
}

#[test]
fn the_worker_sees_nothing_of_where_it_was_started() {
    // Evaluation cannot read the environment; this is about the process itself.
    let source = "deny contains opa.runtime().env";
    let (kind, message) = gave_up(evaluate(source));
    assert_eq!(kind, ErrorKind::Evaluation);
    assert!(message.contains("`opa.runtime` is refused"), "{message}");
}

#[test]
fn supervised_and_unsupervised_give_the_same() {
    let mut request = request(
        "deny contains {\"n\": n} if { some n in [3, 1.5, \"x\", null, {\"a\": {1, 2}}] }\nharmless contains 1",
    );
    request.lint = true;
    assert_eq!(
        supervisor().evaluate(&request).unwrap(),
        assize::engine::evaluate_unsupervised(&request).unwrap()
    );
}

/// Should the supervisor be killed, the kernel ends the worker by its processor time.
#[test]
fn a_worker_that_has_lost_its_supervisor_ends() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let loops = "package x\ndeny contains 1 if {\n\
        some a in numbers.range(1, 10000)\nsome b in numbers.range(1, 10000)\n\
        some c in numbers.range(1, 10000)\na + b + c == 0\n}\n";
    let header = assize::json::json!({
        "as_of_ns": 0,
        "calls": [{"id": "x", "input": 0, "package": "x", "heads": ["deny"]}],
        "inputs": 1,
        "limits": Limits { call_ms: 3_600_000, ..LIMITS },
        "lint": false,
        "modules": [{"path": "x.rego", "source": loops}],
    })
    .to_string();
    let mut request = b"assize/engine/1\n".to_vec();
    request.extend((1_u64 << 30).to_le_bytes());
    request.extend(1_u64.to_le_bytes());
    for frame in [header.as_bytes(), b"", b"{}"] {
        request.extend(u32::try_from(frame.len()).unwrap().to_le_bytes());
        request.extend(frame);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_assize"))
        .arg("engine-worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&request).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), None, "{output:?}");
    let events = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        events.contains("calling") && !events.contains("done"),
        "{events}"
    );
}
