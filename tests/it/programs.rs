//! Input files that are programs, and hostile: each ends in an error that names the file,
//! and leaves no verdict.

use std::time::{Duration, Instant};

use assize::engine::{Cause, EngineError, Limits, Program, Supervisor};

use crate::repo::{ASSIZE, Ran, Repo};

const POLICY: &str = "package main\n\ndeny contains \"large\" if input.a > 3\n";

fn gate(program: &str) -> Ran {
    let repo = Repo::empty();
    repo.write("policy/p.rego", POLICY);
    repo.write("x.jsonnet", program);
    let ran = repo.run(&["gate", "x.jsonnet"]);
    assert_eq!(
        repo.path(".assize/ledger/checkpoint").exists(),
        ran.code != 2
    );
    ran
}

/// What is said of a program that leaves no verdict.
fn error(program: &str) -> String {
    let ran = gate(program).exits(2);
    assert!(ran.stdout.is_empty(), "{ran:?}");
    let mut lines = ran.stderr.lines();
    let line = lines.find_map(|line| line.strip_prefix("error: input `x.jsonnet`: "));
    line.unwrap_or_else(|| panic!("{ran:?}")).to_owned()
}

#[test]
fn a_program_is_evaluated_before_policies_see_it() {
    let ran = gate("local f(n) = if n == 0 then 0 else 1 + f(n - 1);\n{ a: f(4) }\n");
    ran.exits(1).says("x.jsonnet: large");
    gate("{ a: std.length('abc') }\n").exits(0);
}

#[test]
fn each_element_of_a_list_is_an_input() {
    gate("[{ a: n } for n in [1, 4]]\n")
        .exits(1)
        .says("x.jsonnet: large");
}

#[test]
fn a_program_without_end_leaves_no_verdict() {
    let began = Instant::now();
    let error = error("local f(x) = f(x + 1) tailstrict;\n{ a: f(0) }\n");
    assert_eq!(error, "evaluating it was stopped: it took too long");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_program_that_needs_all_memory_leaves_no_verdict() {
    let error = error("local f(x) = f(x + x) tailstrict;\n{ a: f('0123456789') }\n");
    // On a slow machine time may be up before.
    assert!(
        error.contains("too much memory") || error.contains("too long"),
        "{error}"
    );
}

#[test]
fn calls_without_end_leave_no_verdict() {
    let error = error("{ a: 1,\n  b: (local f(x) = 1 + f(x); f(0)) }\n");
    assert_eq!(error, "line 2: calls nest too deeply");
}

#[test]
fn nothing_but_the_file_is_read() {
    let error = error("\nlocal rest = import 'policy/p.rego';\n{ a: 1 }\n");
    assert!(error.starts_with("line 2: imports are not read"), "{error}");
}

fn stopped(text: &str) -> Cause {
    let limits = Limits {
        memory_max_bytes: 256 << 20,
        call_ms: 1_000,
        ..Limits::PROGRAM
    };
    let program = Program {
        text: text.as_bytes().to_vec(),
        limits,
    };
    match Supervisor::new(ASSIZE).value(&program) {
        Err(EngineError::Stopped { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_evaluator_cannot_bound_is_bounded_from_outside() {
    for text in [
        // In one function of the library.
        "std.length(std.range(0, 1e9))",
        "std.foldl(function(a, b) a + a, std.range(1, 60), 'x')",
        "{ a: std.makeArray(1e5, function(i) std.repeat('x', 1e5)) }",
    ] {
        let cause = stopped(text);
        assert!(
            matches!(cause, Cause::Memory | Cause::Time | Cause::Crash),
            "{text}: {cause}"
        );
    }
    for text in [
        "function(x) ".repeat(100_000) + "1",
        "{a:".repeat(100_000) + "1" + &"}".repeat(100_000),
    ] {
        let cause = stopped(&text);
        assert!(matches!(cause, Cause::Recursion | Cause::Time), "{cause}");
    }
}

#[test]
fn values_beyond_their_limits_are_refused() {
    for (text, what) in [
        (
            "std.foldl(function(a, b) [a], std.range(1, 101), 1)",
            "deeper",
        ),
        ("std.repeat('x', 40000000)", "more than the limit"),
    ] {
        let program = Program {
            text: text.as_bytes().to_vec(),
            limits: Limits::PROGRAM,
        };
        let error = Supervisor::new(ASSIZE).value(&program).unwrap_err();
        assert!(error.to_string().contains(what), "{text}: {error}");
    }
}
