//! How much one evaluation may use. Every bound of the engine is a constant here.

use std::num::{NonZeroU32, NonZeroUsize};

use serde::{Deserialize, Serialize};

/// Bounds on one run of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most memory for values, in bytes, beside stacks and the program itself.
    pub memory_max_bytes: u64,
    /// Stack of every evaluating thread, in bytes. Mapped, and touched only when used.
    pub stack_bytes: u64,
    /// Longest reading, linting and preparing of all modules, in milliseconds.
    pub load_ms: u64,
    /// Longest evaluation of one call, all its heads together, in milliseconds.
    pub call_ms: u64,
    /// Longest run as a whole, in milliseconds.
    pub run_ms: u64,
    /// Most evaluating threads.
    pub threads_max: usize,
}

impl Limits {
    /// What `gate` uses.
    ///
    /// One level of recursion in a policy takes about 3.8 KiB of stack, so that
    /// 256 MiB hold some 68,000 levels. A 10 MB document takes about 56 MB of memory.
    pub const DEFAULT: Self = Self {
        memory_max_bytes: 2 << 30,
        stack_bytes: 256 << 20,
        load_ms: 10_000,
        call_ms: 10_000,
        run_ms: 60_000,
        threads_max: 8,
    };
}

impl Limits {
    /// For a program that gives an input document. It evaluates one text, twice.
    pub const PROGRAM: Self = Self {
        memory_max_bytes: 1 << 30,
        call_ms: 5_000,
        run_ms: 5_000,
        ..Self::DEFAULT
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Fewest calls for each thread: below, starting a thread costs more than it saves.
pub const CALLS_PER_THREAD_MIN: usize = 5;
/// Most bytes in one frame from the supervisor: a module list, the data or one input.
pub const REQUEST_FRAME_MAX_BYTES: u32 = 512 << 20;
/// Most bytes in one frame from the worker.
pub const EVENT_FRAME_MAX_BYTES: u32 = 32 << 20;
/// Most bytes of results that the supervisor keeps from one run.
pub const RESULTS_MAX_BYTES: usize = 256 << 20;
/// Most bytes of the worker's standard error that are kept.
pub const STDERR_MAX_BYTES: usize = 16 << 10;
/// Deepest nesting in a value that a rule yields.
pub const RESULT_DEPTH_MAX: usize = 64;
/// Most bytes of `print` output kept from one call.
pub const PRINTS_MAX_BYTES: usize = 64 << 10;
/// Most failing tests of policies that are looked into.
pub const EXPLAINED_MAX: usize = 50;
/// Most values shown of one failing statement.
pub const SHOWN_VALUES_MAX: usize = 12;
/// How much longer than the engine's own timer the watchdog waits, in milliseconds:
/// the timer's error says more, but is not read inside builtins.
pub const WATCHDOG_GRACE_MS: u64 = 500;
/// What the heads of a rule get, together and in milliseconds, to show which of them
/// takes too long, after all at once did. Less than [`WATCHDOG_GRACE_MS`].
pub const ATTRIBUTION_MS: u64 = 200;
/// How many steps the engine takes between two readings of its timer.
pub const TIMER_INTERVAL_STEPS: NonZeroU32 = NonZeroU32::new(1_000).unwrap();
/// Most bytes in one policy file.
pub const MODULE_MAX_BYTES: NonZeroUsize = NonZeroUsize::new(1 << 20).unwrap();
/// How often policies are rewritten, and read again, into words that the engine takes.
pub const REWRITES_MAX: usize = 64;
/// Most lines in one policy file.
pub const MODULE_MAX_LINES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
/// Longest line in one policy file, in characters.
pub const MODULE_LINE_MAX_COLUMNS: NonZeroU32 = NonZeroU32::new(16_384).unwrap();
/// Address space for the program, its libraries and the allocator's reserve, in bytes.
pub const PROGRAM_BYTES: u64 = 256 << 20;
/// Address space that the allocator reserves for each thread, in bytes.
pub const THREAD_RESERVE_BYTES: u64 = 128 << 20;

impl Limits {
    /// Returns how many threads evaluate `calls` calls.
    pub(super) fn threads(&self, calls: usize) -> usize {
        let wanted = (calls / CALLS_PER_THREAD_MIN).min(self.threads_max);
        if wanted < 2 {
            return 1;
        }
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        wanted.min(cores)
    }

    /// Returns the address space of a worker with `threads` evaluating threads, in bytes.
    pub(super) fn address_space_bytes(&self, threads: usize) -> u64 {
        // The first thread reads and waits; it has no big stack but counts as one.
        let threads = u64::try_from(threads).unwrap_or(u64::MAX).saturating_add(1);
        let per_thread = self.stack_bytes.saturating_add(THREAD_RESERVE_BYTES);
        self.memory_max_bytes
            .saturating_add(PROGRAM_BYTES)
            .saturating_add(per_thread.saturating_mul(threads))
    }

    /// Returns the processor time after which the kernel ends a worker that has
    /// lost its supervisor, in seconds.
    pub(super) fn cpu_s(&self, threads: usize) -> u64 {
        let threads = u64::try_from(threads).unwrap_or(u64::MAX);
        (self.run_ms / 1_000)
            .saturating_add(2)
            .saturating_mul(threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_calls_take_one_thread_and_many_take_no_more_than_allowed() {
        let limits = Limits {
            threads_max: 2,
            ..Limits::DEFAULT
        };
        assert_eq!(limits.threads(0), 1);
        assert_eq!(limits.threads(CALLS_PER_THREAD_MIN * 2 - 1), 1);
        assert!(limits.threads(100_000) <= 2);
        let none = Limits {
            threads_max: 0,
            ..limits
        };
        assert_eq!(none.threads(100_000), 1);
    }

    #[test]
    fn sums_do_not_overflow() {
        let limits = Limits {
            memory_max_bytes: u64::MAX,
            run_ms: u64::MAX,
            ..Limits::DEFAULT
        };
        assert_eq!(limits.address_space_bytes(usize::MAX), u64::MAX);
        assert_eq!(limits.cpu_s(usize::MAX), u64::MAX);
    }
}
