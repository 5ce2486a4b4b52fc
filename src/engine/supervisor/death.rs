//! What a worker died of.

use std::process::ExitStatus;

use crate::engine::Cause;

/// Returns the cause that `status` and the worker's last words tell, and those words.
///
/// The words are the Rust runtime's: `library/alloc/src/alloc.rs` and
/// `library/std/src/sys/pal/unix/stack_overflow.rs`.
pub(super) fn cause(status: Option<ExitStatus>, stderr: &str) -> (Cause, String) {
    let words = last_words(stderr);
    if stderr.contains("memory allocation of") || stderr.contains("capacity overflow") {
        return (Cause::Memory, words);
    }
    if stderr.contains("has overflowed its stack") {
        return (Cause::Recursion, String::new());
    }
    match status.map(signal) {
        Some(Some(SIGKILL)) => (
            Cause::Memory,
            "it was killed, as the system does when it runs out of memory".into(),
        ),
        Some(Some(SIGXCPU)) => (Cause::Time, String::new()),
        Some(Some(SIGSEGV | SIGBUS)) => (Cause::Recursion, words),
        Some(Some(other)) => (Cause::Crash, joined(&format!("signal {other}"), &words)),
        Some(None) => {
            let code = status.and_then(|status| status.code()).unwrap_or_default();
            (Cause::Crash, joined(&format!("exit code {code}"), &words))
        }
        None => (Cause::Crash, joined("it closed its output", &words)),
    }
}

const SIGBUS: i32 = 7;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

fn joined(what: &str, words: &str) -> String {
    if words.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {words}")
    }
}

/// The last lines, on one line, without control characters: they may quote a policy.
fn last_words(stderr: &str) -> String {
    const LENGTH_MAX: usize = 300;
    let text: String = stderr
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("note: "))
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let skipped = text.chars().count().saturating_sub(LENGTH_MAX);
    text.chars().skip(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    fn of(raw: i32, stderr: &str) -> (Cause, String) {
        cause(Some(ExitStatus::from_raw(raw)), stderr)
    }

    #[test]
    fn words_tell_more_than_signals() {
        assert_eq!(
            of(6, "memory allocation of 8 bytes failed\n").0,
            Cause::Memory
        );
        let overflow = "\nthread 'evaluate' has overflowed its stack\nfatal runtime error";
        assert_eq!(of(6, overflow).0, Cause::Recursion);
        assert_eq!(of(SIGKILL, "").0, Cause::Memory);
        assert_eq!(of(SIGXCPU, "").0, Cause::Time);
        assert_eq!(of(SIGSEGV, "").0, Cause::Recursion);
    }

    #[test]
    fn anything_else_is_a_crash_with_its_words() {
        let (cause, words) = of(6, "thread panicked\u{1b}[31m\nat x\nnote: run with\n");
        assert_eq!(cause, Cause::Crash);
        assert_eq!(words, "signal 6: thread panicked [31m at x");
        assert_eq!(of(3 << 8, ""), (Cause::Crash, "exit code 3".into()));
        assert_eq!(super::cause(None, "").0, Cause::Crash);
        assert_eq!(last_words(&"x".repeat(1_000)).len(), 300);
    }
}
