//! Exit codes, the same promise for every command.

use std::process::{ExitCode, Termination};

use crate::decision::Verdict;

/// How a command ended. Never reused: 1 is an answer, 2 is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Allowed, verified, done.
    Yes,
    /// Denied; or something is wrong with what was verified.
    No,
    /// Could not run: usage, policies, engine, record not written.
    Broken,
    /// Inconclusive; or cannot be verified with what was given.
    Unknown,
    /// What the command ended with that `collect run --propagate` ran.
    Command(u8),
}

impl Exit {
    /// Returns the code that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Broken => 2,
            Self::Unknown => 3,
            Self::Command(code) => code,
        }
    }

    /// Returns the worse of two answers: a denial outweighs what is inconclusive.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, other) | (Self::Unknown, other @ (Self::No | Self::Broken)) => other,
            (Self::No, Self::Broken) => Self::Broken,
            (known, _) => known,
        }
    }

    /// Returns the exit for a verdict. Only `advisory` lets a denial through, and the
    /// signed record says so.
    pub const fn of(verdict: Verdict, advisory: bool) -> Self {
        match verdict {
            Verdict::Allow | Verdict::Clear => Self::Yes,
            Verdict::Deny | Verdict::Fired | Verdict::Inconclusive if advisory => Self::Yes,
            Verdict::Deny | Verdict::Fired => Self::No,
            Verdict::Inconclusive => Self::Unknown,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_promises() {
        assert_eq!(Exit::of(Verdict::Allow, false).code(), 0);
        assert_eq!(Exit::of(Verdict::Deny, false).code(), 1);
        assert_eq!(Exit::Broken.code(), 2);
        assert_eq!(Exit::of(Verdict::Inconclusive, false).code(), 3);
        assert_eq!(Exit::of(Verdict::Deny, true).code(), 0);
        assert_eq!(Exit::of(Verdict::Clear, false).code(), 0);
        assert_eq!(Exit::of(Verdict::Fired, false).code(), 1);
    }

    #[test]
    fn the_worse_of_two_answers_is_theirs() {
        let ranked = [Exit::Yes, Exit::Unknown, Exit::No, Exit::Broken];
        for (rank, one) in ranked.iter().enumerate() {
            for (other_rank, other) in ranked.iter().enumerate() {
                assert_eq!(one.worse(*other), ranked[rank.max(other_rank)]);
            }
        }
    }
}
