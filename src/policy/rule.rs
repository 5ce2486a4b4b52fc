//! What a policy set asks for: rules, their heads and what METADATA says of them.

use std::fmt;
use std::time::Duration;

use super::metadata::RelatedResource;
use super::module::HeadForm;
use crate::clock::Timestamp;
use crate::digest::Digest;

/// What a rule decides about, told by the first part of its package path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `gates.<name>.…`
    Gate(String),
    /// `triggers.…`
    Trigger,
    /// `rollback.…`
    Rollback,
    /// `readiness.…`
    Readiness,
    /// `lib.…`: functions for other packages, never a verdict.
    Lib,
    /// Any other package: a policy as conftest has it.
    Plain,
}

/// What a head says of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeadKind {
    /// `deny`: the verdict is deny.
    Deny,
    /// `violation`: as `deny`.
    Violation,
    /// `warn`: shown, no effect on the verdict.
    Warn,
    /// `trigger`: the trigger fired.
    Trigger,
    /// `rollback`: roll back.
    Rollback,
    /// `hold`: neither promote nor roll back.
    Hold,
    /// `inconclusive`: the evidence does not decide.
    Inconclusive,
    /// `not_applicable`: the rule says nothing about this subject.
    NotApplicable,
    /// conftest's `exception`: names rules that do not count.
    Exception,
    /// `reading`: how a vague word is read and what comes of it. No verdict.
    Reading,
}

/// One verdict head of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The name of the Rego rule: `deny`, `deny_no_root`.
    pub name: String,
    /// What it says.
    pub kind: HeadKind,
    /// How it is written. Anything but [`HeadForm::Set`] is a finding of lint.
    pub form: HeadForm,
    /// File of its first definition, as in the manifest.
    pub path: String,
    /// 1-based line of its first definition.
    pub line: usize,
    /// Title of the METADATA block above it.
    pub title: Option<String>,
}

/// How grave a failure of the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

/// One item of evidence without which a rule is inconclusive.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// Id of the item.
    pub evidence: String,
    /// Kind that it must have.
    pub kind: Option<String>,
    /// How old it may be at `as_of`.
    pub max_age: Option<Duration>,
    /// Share of the observed period that it must cover, 0 to 1.
    pub min_coverage: Option<f64>,
    /// Whether its signature must have been verified.
    pub verified: bool,
    /// Ids of keys, of which one must have signed it or its bundle; where several ask, one of
    /// each list.
    pub signers: Vec<Vec<String>>,
    /// Digests of mappings by which it must have been read; where several ask, each.
    pub maps: Vec<Digest>,
    /// JSON Pointers into its facts that must be there.
    pub facts: Vec<String>,
    /// Whether it may be missing. One that is there must meet the rest all the same.
    pub optional: bool,
}

/// One Rego package that can give a verdict, or help one to.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// `custom.id`; the package path where there is none.
    pub id: String,
    /// Package path, `.`-separated, without `data`.
    pub package: String,
    /// First file of the package, as in the manifest.
    pub path: String,
    /// 1-based line of the `package` statement in that file.
    pub line: usize,
    /// What it decides about.
    pub family: Family,
    /// `title`
    pub title: Option<String>,
    /// `description`
    pub description: Option<String>,
    /// `custom.severity`
    pub severity: Option<Severity>,
    /// `custom.controls`, as `SOC2:CC8.1`.
    pub controls: Vec<String>,
    /// `custom.requires`
    pub requires: Vec<Requirement>,
    /// `custom.remediation`
    pub remediation: Option<String>,
    /// `custom.effective_on`: before it a deny is a warn.
    pub effective_on: Option<Timestamp>,
    /// `custom.condition` of a trigger: the condition as it was written down.
    pub condition: Option<String>,
    /// `custom.class` of a trigger: how it is known, as [`CLASSES`](super::CLASSES) has it.
    pub class: Option<String>,
    /// `custom.matrix` of a trigger: its row of the decision matrix.
    pub matrix: Option<String>,
    /// Verdict heads and `reading`, sorted by name.
    pub heads: Vec<Head>,
    /// `related_resources`
    pub related_resources: Vec<RelatedResource>,
}

/// Every head and its name.
const HEADS: [(&str, HeadKind); 10] = [
    ("deny", HeadKind::Deny),
    ("violation", HeadKind::Violation),
    ("warn", HeadKind::Warn),
    ("trigger", HeadKind::Trigger),
    ("rollback", HeadKind::Rollback),
    ("hold", HeadKind::Hold),
    ("inconclusive", HeadKind::Inconclusive),
    ("not_applicable", HeadKind::NotApplicable),
    ("exception", HeadKind::Exception),
    ("reading", HeadKind::Reading),
];

impl Family {
    /// The family of a package.
    pub(super) fn of(package: &[String]) -> Self {
        let parts: Vec<&str> = package.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["gates", name, ..] => Self::Gate((*name).to_owned()),
            ["triggers", ..] => Self::Trigger,
            ["rollback", ..] => Self::Rollback,
            ["readiness", ..] => Self::Readiness,
            ["lib", ..] => Self::Lib,
            _ => Self::Plain,
        }
    }

    /// The heads that count in it.
    pub fn head_kinds(&self) -> &'static [HeadKind] {
        use HeadKind::{
            Deny, Exception, Hold, Inconclusive, NotApplicable, Reading, Rollback, Trigger,
            Violation, Warn,
        };
        match self {
            Self::Gate(_) | Self::Readiness => {
                &[Deny, Violation, Warn, Inconclusive, NotApplicable, Reading]
            }
            Self::Trigger => &[Trigger, Inconclusive, NotApplicable, Reading],
            Self::Rollback => &[Rollback, Hold, Inconclusive, NotApplicable, Reading],
            Self::Lib => &[],
            Self::Plain => &[
                Deny,
                Violation,
                Warn,
                Exception,
                Inconclusive,
                NotApplicable,
            ],
        }
    }

    /// The head of this family that a rule named `name` is.
    pub fn head_kind(&self, name: &str) -> Option<HeadKind> {
        HeadKind::of(name).filter(|kind| self.head_kinds().contains(kind))
    }

    /// Whether its packages must carry METADATA and lie where their path says.
    pub fn is_strict(&self) -> bool {
        !matches!(self, Self::Plain | Self::Lib)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gate(name) => write!(f, "gates.{name}"),
            Self::Trigger => f.write_str("triggers"),
            Self::Rollback => f.write_str("rollback"),
            Self::Readiness => f.write_str("readiness"),
            Self::Lib => f.write_str("lib"),
            Self::Plain => f.write_str("plain"),
        }
    }
}

impl HeadKind {
    /// The head named `name`, with conftest's `_suffix` where that head may have one.
    pub fn of(name: &str) -> Option<Self> {
        let exact = HEADS.iter().find(|(head, _)| *head == name);
        let suffixed = || {
            let (head, suffix) = name.split_once('_')?;
            let found = HEADS.iter().find(|(known, _)| *known == head)?;
            (found.1.takes_suffix() && !suffix.is_empty()).then_some(found)
        };
        exact.or_else(suffixed).map(|(_, kind)| *kind)
    }

    /// The name without a suffix.
    pub fn name(self) -> &'static str {
        HEADS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether it says something of the verdict.
    pub fn is_verdict(self) -> bool {
        self != Self::Reading
    }

    /// Whether `deny_<anything>` is this head too.
    pub fn takes_suffix(self) -> bool {
        matches!(self, Self::Deny | Self::Violation | Self::Warn)
    }
}

impl Rule {
    /// Whether any of its heads says something of a verdict.
    pub fn has_verdict(&self) -> bool {
        self.heads.iter().any(|head| head.kind.is_verdict())
    }
}

impl Severity {
    /// Reads `critical`, `high`, `medium` or `low`.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "critical" => Some(Self::Critical),
            "high" => Some(Self::High),
            "medium" => Some(Self::Medium),
            "low" => Some(Self::Low),
            _ => None,
        }
    }

    /// The word that METADATA has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(package: &str) -> Family {
        let parts: Vec<_> = package.split('.').map(str::to_owned).collect();
        Family::of(&parts)
    }

    #[test]
    fn families_follow_from_the_package() {
        assert_eq!(family("gates.deploy.x"), Family::Gate("deploy".into()));
        assert_eq!(family("gates"), Family::Plain);
        assert_eq!(family("triggers.sla.x"), Family::Trigger);
        assert_eq!(family("lib.windows"), Family::Lib);
        assert_eq!(family("main"), Family::Plain);
    }

    #[test]
    fn heads_belong_to_families() {
        let gate = family("gates.deploy.x");
        assert_eq!(gate.head_kind("deny_no_root"), Some(HeadKind::Deny));
        assert_eq!(gate.head_kind("warn"), Some(HeadKind::Warn));
        for name in [
            "trigger",
            "exception",
            "denyx",
            "deny_",
            "_deny",
            "inconclusive_x",
            "",
        ] {
            assert_eq!(gate.head_kind(name), None, "{name}");
        }
        assert_eq!(family("triggers.x").head_kind("deny"), None);
        for reads in ["gates.deploy.x", "triggers.x", "readiness.x", "rollback.x"] {
            assert_eq!(
                family(reads).head_kind("reading"),
                Some(HeadKind::Reading),
                "{reads}"
            );
        }
        for does_not in ["main", "lib.x"] {
            assert_eq!(family(does_not).head_kind("reading"), None, "{does_not}");
        }
        assert_eq!(family("triggers.x").head_kind("reading_x"), None);
        assert_eq!(family("lib.x").head_kind("deny"), None);
        assert_eq!(
            family("main").head_kind("exception"),
            Some(HeadKind::Exception)
        );
    }

    #[test]
    fn every_head_has_its_name() {
        for (name, kind) in HEADS {
            assert_eq!(kind.name(), name);
            assert_eq!(HeadKind::of(name), Some(kind));
        }
    }
}
