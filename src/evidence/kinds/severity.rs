//! How bad a vulnerability is, in the words of scanners.

use crate::json::{Value, json};

/// From best to worst; what nobody knows is worse than nothing and named apart.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    #[default]
    Unknown,
    None,
    Low,
    Medium,
    High,
    Critical,
}

/// Vulnerabilities by severity.
#[derive(Debug, Default)]
pub(super) struct Counts([u64; 6]);

impl Severity {
    /// The severity called `word`, in whatever case.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" | "negligible" => Self::Low,
            "none" | "info" | "informational" => Self::None,
            "unknown" | "" => Self::Unknown,
            _ => return None,
        })
    }

    /// The severity of a CVSS 3 or 4 score.
    pub(super) fn of_score(score: f64) -> Self {
        match score {
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

impl Counts {
    pub(super) fn add(&mut self, severity: Severity) {
        if let Some(count) = self.0.get_mut(severity as usize) {
            *count += 1;
        }
    }

    pub(super) fn facts(&self) -> Value {
        let [unknown, none, low, medium, high, critical] = self.0;
        json!({
            "critical": critical, "high": high, "medium": medium, "low": low,
            "none": none, "unknown": unknown,
        })
    }
}
