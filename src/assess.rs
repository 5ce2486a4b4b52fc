//! The whole pipeline as one call: evidence and policies in, a recorded decision out.
//!
//! The only place that composes the modules, and with `cli` the only one that asks a
//! clock. It parses no arguments and prints nothing.
//!
//! INVARIANT: an [`Assessment`] exists only if its record is durable in the ledger.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::clock::{Clock, Timestamp};
use crate::contract::ContractError;
use crate::decision::{Decision, DecisionError, Question};
use crate::engine::EngineError;
use crate::evidence::inputs::InputsError;
use crate::evidence::{EvidenceError, Subject};
use crate::formats::Format;
use crate::json::{JsonError, Value};
use crate::ledger::{Appended, Appender, LedgerError};
use crate::policy::{Family, PolicyError, PolicySet};
use crate::record::{Actor, Relaxation};
use crate::signing::{KeyError, TrustPolicy};
use crate::tree::TreeError;
use crate::triggers::{Matrix, MatrixError};
use crate::waiver::WaiverError;

use documents::Documents;

mod conftest;
mod contracts;
mod documents;
mod each;
mod evaluation;
mod needs;
mod relaxations;
mod testing;

pub use contracts::Contracts;
pub use each::{Unjudged, assess_each};
pub use needs::{Needed, Needs, needs};
pub use testing::{AS_OF_NS as TESTS_AS_OF_NS, TestOptions, TestRun, test};

/// Which rules to evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `gates.<name>`.
    Gate(String),
    /// Every rule of a family that is not a gate: triggers, readiness.
    Family(Family),
    /// The rules of `readiness.<phase>`.
    Phase(String),
    /// Packages that match one of the patterns.
    Namespaces(Vec<String>),
    /// Every package with a verdict.
    All,
}

impl Selection {
    /// Returns what the record calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Gate(name) => name.clone(),
            Self::Family(family) => family.to_string(),
            Self::Phase(phase) => phase.clone(),
            Self::Namespaces(patterns) => patterns.join(","),
            Self::All => "*".to_owned(),
        }
    }

    /// Returns the `kind` of the record.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Family(Family::Trigger) => "trigger",
            Self::Family(Family::Readiness) | Self::Phase(_) => "readiness",
            Self::Family(Family::Rollback) => "rollback",
            Self::Family(Family::Gate(_) | Family::Lib | Family::Plain)
            | Self::Gate(_)
            | Self::Namespaces(_)
            | Self::All => "gate",
        }
    }

    /// Returns what the run asks, which tells the words of its verdict.
    fn question(&self) -> Question {
        match self {
            Self::Family(Family::Trigger) => Question::Trigger,
            _ => Question::Gate,
        }
    }
}

/// What policies see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// An evidence folder.
    Folder(PathBuf),
    /// Plain files, as conftest has them.
    Files(Files),
}

/// Plain files that policies see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// What all are read as, instead of what the name of each stands for.
    pub parser: Option<Format>,
    /// Folders of `.proto` files that say what is in some of them.
    pub definitions: Vec<PathBuf>,
    /// Whether they are one `input` together, as `conftest --combine` has it, and not each
    /// an `input` of its own.
    pub combined: bool,
}

/// One run over the rules of a gate or family.
#[derive(Debug)]
pub struct Request<'a> {
    /// Which rules.
    pub selection: Selection,
    /// Folders and files of policies.
    pub policies: Vec<PathBuf>,
    /// Data files mounted at the root.
    pub data: Vec<PathBuf>,
    /// What policies see.
    pub input: Input,
    /// Waiver file, instead of the policy set's own.
    pub waivers: Option<PathBuf>,
    /// Where the contract is.
    pub contracts: Contracts,
    /// The instant that policies see and who set it; else the time of the run.
    pub as_of: Option<(Timestamp, String)>,
    /// What is judged, instead of what the evidence says.
    pub subject: Vec<Subject>,
    /// Becomes `input.params`.
    pub params: Value,
    /// Keys that may sign declarations.
    pub trust: Option<&'a TrustPolicy>,
    /// Flags, with their values, that took the place of what the settings say of waivers
    /// and trust.
    pub overrides: Vec<(String, String)>,
    /// Gates that the settings have sections for; each must have rules.
    pub configured_gates: Vec<String>,
    /// Warnings deny.
    pub fail_on_warn: bool,
    /// The caller lets a denial pass.
    pub advisory: bool,
    /// Who runs it.
    pub actor: Actor,
    /// The command that serves as evaluation worker.
    pub worker: PathBuf,
}

impl Request<'_> {
    /// Returns the instant that policies see.
    fn instant(&self, clock: &impl Clock) -> Timestamp {
        let as_of = self.as_of.as_ref();
        as_of.map_or_else(|| clock.now(), |(at, _)| *at)
    }
}

/// Who signs, and where the record goes.
#[derive(Debug)]
pub struct Recorder<'a> {
    /// The ledger, which holds the keys that sign.
    pub ledger: &'a dyn Appender,
}

/// A decision and its record.
#[derive(Debug)]
pub struct Assessment {
    /// The decision.
    pub decision: Decision,
    /// Its document, as the record binds it.
    pub document: Value,
    /// The instant that policies saw.
    pub as_of: Timestamp,
    /// All that bent the verdict.
    pub relaxations: Vec<Relaxation>,
    /// Subjects, as `name@sha256:…`.
    pub subjects: Vec<String>,
    /// How many evidence items there were.
    pub items: usize,
    /// The contract in force, and how many items it demands.
    pub contract: Option<(PathBuf, usize)>,
    /// The decision matrix, where triggers were evaluated; else empty.
    pub matrix: Matrix,
    /// Lint findings that do not block, as `path:line: …`.
    pub lint: Vec<String>,
    /// What policies printed.
    pub prints: Vec<String>,
    /// The record.
    pub appended: Appended,
    /// When it was appended.
    pub recorded_at: Timestamp,
}

/// Why there is no assessment.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AssessError {
    /// Evidence that cannot be loaded at all.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Plain input files.
    #[error(transparent)]
    Inputs(#[from] InputsError),
    /// Policies that cannot be loaded.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Policies that would pass something silently.
    #[error("{}", lint_text(.0))]
    Lint(Vec<String>),
    /// A contract that cannot be used.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// Nothing says when a trigger is due.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A trigger where a gate was asked for.
    #[error("`{package}` is a trigger: it fires or is clear, and neither allows nor denies")]
    TriggerInGate {
        /// Its package.
        package: String,
    },
    /// No rule matches.
    #[error("no rules: {what}")]
    NoRules {
        /// What was looked for, and what there is.
        what: String,
    },
    /// A data file below a data folder.
    #[error(
        "data `{path}` lies in a sub-folder of `{folder}`: its place in `data` would not be the one conftest gives it; name it with `-d` of its own"
    )]
    NestedData {
        /// The file.
        path: String,
        /// The folder that was named.
        folder: String,
    },
    /// No absolute path can be made.
    #[error("cannot tell the working directory")]
    WorkingDirectory {
        /// Why not.
        source: std::io::Error,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No decision follows.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// The waiver file.
    #[error("waiver file `{path}`: {source}")]
    Waiver {
        /// The file.
        path: String,
        /// What is wrong.
        source: WaiverError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A trusted key cannot be written down.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A document cannot be written.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The record could not be written durably, so there is no verdict.
    #[error("the record could not be written, so there is no verdict")]
    Ledger(#[from] LedgerError),
    /// The ledger took the record and gave it no place.
    #[error("the ledger gave the record no place, so there is no verdict")]
    NotAppended,
}

fn lint_text(findings: &[String]) -> String {
    let noun = if findings.len() == 1 {
        "finding"
    } else {
        "findings"
    };
    format!("{} lint {noun}:\n{}", findings.len(), findings.join("\n"))
}

impl AssessError {
    /// Returns what to do next, where that is more than the message says.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lint(_) => Some("`assize policy lint` repeats these; docs/policy-lint.md explains each".into()),
            Self::Matrix(_) => {
                Some("docs/spec/policy.md says what a row of the decision matrix holds".into())
            }
            Self::TriggerInGate { .. } => {
                Some("`assize triggers` evaluates them; name gate packages with -n".into())
            }
            Self::NoRules { .. } => Some("`assize policy list` shows the rules there are".into()),
            Self::Decision(DecisionError::RuleErrors { .. }) => {
                Some("an error in a rule is never a pass: guard the expression, or name what it needs in `requires`".into())
            }
            Self::Contract(ContractError::Stray { .. }) => Some(
                "rename it, or name another folder with `contracts = \"…\"` in assize.toml; docs/contracts.md says what a contract is".into(),
            ),
            Self::Contract(_) => Some("docs/contracts.md says what a contract holds".into()),
            Self::Ledger(_) => Some("no record, no verdict: mend the ledger, or name another with --ledger".into()),
            _ => None,
        }
    }
}

/// One lint finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// `path:line: …`, with what to do.
    pub text: String,
    /// Whether a gate refuses the policies for it.
    pub refuses: bool,
}

/// Returns everything that lint has to say, from the text and from the syntax tree.
///
/// # Errors
/// Policies that the engine cannot parse.
pub fn lint(policies: &PolicySet, worker: &Path) -> Result<Vec<Lint>, AssessError> {
    evaluation::lint(policies, worker)
}

/// What was decided; nobody may hear of it before its record is written.
struct Weighed {
    decision: Decision,
    documents: Documents,
    matrix: Matrix,
    relaxations: Vec<Relaxation>,
    as_of: Timestamp,
    items: usize,
    contract: Option<(PathBuf, usize)>,
    lint: Vec<String>,
    prints: Vec<String>,
}

/// Evaluates the selected rules, decides, records, and returns what was recorded.
///
/// # Errors
/// Everything that leaves no verdict: see [`AssessError`].
pub fn assess(
    request: &Request<'_>,
    recorder: &Recorder<'_>,
    clock: &impl Clock,
) -> Result<Assessment, AssessError> {
    let weighed = weigh(request, request.instant(clock))?;
    let recorded = record(vec![(request, weighed)], recorder, clock)?;
    recorded.into_iter().next().ok_or(AssessError::NotAppended)
}

/// Evaluates the selected rules and decides.
fn weigh(request: &Request<'_>, as_of: Timestamp) -> Result<Weighed, AssessError> {
    let policies = evaluation::load_policies(request)?;
    let matrix = evaluation::matrix(request, &policies)?;
    let material = documents::Material::load(request, &policies, as_of)?;
    let evaluated = evaluation::evaluate(request, &policies, &material, as_of)?;
    let terms = contracts::Terms::read(request, &policies)?;
    let decision = material.decide(request, &policies, &terms, evaluated.results, as_of)?;
    let relaxations = relaxations::of(request, material.bundle(), &decision);
    let documents = material.documents(request, &policies, &terms, &decision, as_of)?;
    Ok(Weighed {
        items: material.items(),
        contract: terms
            .contract
            .map(|contract| (contract.path, contract.demands.len())),
        decision,
        documents,
        matrix,
        relaxations,
        as_of,
        lint: evaluated.lint,
        prints: evaluated.prints,
    })
}

/// Appends the records of what was weighed, in order, as one batch.
fn record(
    weighed: Vec<(&Request<'_>, Weighed)>,
    recorder: &Recorder<'_>,
    clock: &impl Clock,
) -> Result<Vec<Assessment>, AssessError> {
    let recorded_at = clock.now();
    let records: Vec<_> = weighed
        .iter()
        .map(|(request, one)| {
            let documents = &one.documents;
            documents.draft(request, &one.decision, &one.relaxations, one.as_of)
        })
        .collect();
    let drafts: Vec<_> = records
        .iter()
        .zip(&weighed)
        .map(|(record, (_, one))| one.documents.entry(record, recorded_at))
        .collect();
    let appended = recorder.ledger.append(&drafts)?.appended;
    drop(drafts);
    if appended.len() != weighed.len() {
        return Err(AssessError::NotAppended);
    }
    let assessments = weighed.into_iter().zip(appended);
    Ok(assessments
        .map(|((_, one), appended)| Assessment {
            subjects: one.documents.subjects,
            document: one.documents.decision,
            items: one.items,
            contract: one.contract,
            matrix: one.matrix,
            decision: one.decision,
            as_of: one.as_of,
            relaxations: one.relaxations,
            lint: one.lint,
            prints: one.prints,
            appended,
            recorded_at,
        })
        .collect())
}
