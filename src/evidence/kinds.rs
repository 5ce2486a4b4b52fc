//! The kinds of evidence: each reads bytes into facts, or says why it cannot.
//!
//! INVARIANT: reading never panics and never fails as a whole: bytes that cannot be
//! read are a [`Reading`] with the status `error` and a reason with a place in it.

use thiserror::Error;

use crate::clock::Timestamp;
use crate::json::{self, JsonError, Value};
use crate::signing::trust::TrustPolicy;
use crate::waiver::WaiverError;
use crate::xml::XmlError;

use super::detect::{self, Content, LIMITS};
use super::manifest::Observed;
use super::{Kind, Status};

mod alertmanager_alerts;
mod baselines;
mod cdevents;
mod change_record;
mod change_tickets;
mod chaos_mesh;
mod cobertura;
mod command_run;
mod coverage;
mod csaf_vex;
mod cyclonedx;
mod declaration;
mod deployments;
mod entry;
mod event_log;
mod findings;
mod forge;
mod git_commit;
mod github_check_runs;
mod github_deployments;
mod github_pull_request;
mod github_reviews;
mod gitlab_approvals;
mod gitlab_deployments;
mod gitlab_merge_request;
mod gitlab_pipeline_jobs;
mod grype;
mod http_probe;
mod in_toto;
mod incidents;
mod jaeger_traces;
mod jira_issues;
mod json_map;
mod junit_xml;
mod k6_summary;
mod kubernetes;
mod lcov;
mod litmus;
mod locust_stats;
mod node;
mod obligation_register;
mod openvex;
mod osv_scanner;
mod otlp_traces;
mod pagerduty_incidents;
mod prometheus;
mod prometheus_alerts;
mod prometheus_matrix;
mod prometheus_rule_file;
mod prometheus_rules;
mod prometheus_text;
mod prometheus_vector;
pub(super) mod reader;
mod recoveries;
mod register;
mod risk_register;
mod sarif;
mod sbom;
mod service_inventory;
mod servicenow_changes;
mod severity;
mod spdx;
mod tickets;
mod traces;
mod trivy;
mod waivers;

use reader::{Form, Reader};

pub use declaration::Declaration;
pub(crate) use forge::may_go_on;
pub use json_map::Mapping;
pub use prometheus::SAMPLES_MAX;

/// Every kind that is told from its content, by name.
pub(super) const READERS: &[Reader] = &[
    alertmanager_alerts::READER,
    baselines::READER,
    cdevents::LIST_READER,
    cdevents::READER,
    change_record::READER,
    change_tickets::READER,
    chaos_mesh::READER,
    cobertura::READER,
    command_run::READER,
    csaf_vex::READER,
    cyclonedx::READER,
    declaration::READER,
    deployments::READER,
    git_commit::READER,
    github_check_runs::READER,
    github_deployments::READER,
    github_pull_request::READER,
    github_reviews::READER,
    gitlab_approvals::READER,
    gitlab_deployments::READER,
    gitlab_merge_request::READER,
    gitlab_pipeline_jobs::READER,
    grype::READER,
    http_probe::READER,
    incidents::READER,
    in_toto::READER,
    jaeger_traces::READER,
    jira_issues::READER,
    junit_xml::READER,
    k6_summary::READER,
    lcov::READER,
    litmus::READER,
    locust_stats::CSV_READER,
    locust_stats::READER,
    obligation_register::READER,
    openvex::READER,
    osv_scanner::READER,
    otlp_traces::READER,
    pagerduty_incidents::LIST_READER,
    pagerduty_incidents::READER,
    prometheus_alerts::READER,
    prometheus_matrix::READER,
    prometheus_rule_file::READER,
    prometheus_rules::READER,
    prometheus_text::READER,
    prometheus_vector::READER,
    recoveries::READER,
    risk_register::READER,
    sarif::READER,
    service_inventory::READER,
    servicenow_changes::READER,
    spdx::READER,
    trivy::READER,
    waivers::READER,
];

/// Bytes that are not what their kind demands.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KindError {
    /// Not JSON or YAML, or beyond its limits.
    #[error(transparent)]
    Document(#[from] JsonError),
    /// Not XML, or XML that is refused.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A line of text that is refused.
    #[error("line {line}: {what}")]
    Line {
        /// 1-based line.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A field that is missing, or of the wrong type or value.
    #[error("`{path}`: {what}")]
    Field {
        /// Where, as `runs[0].results`.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// A list of waivers that is refused.
    #[error(transparent)]
    Waiver(#[from] WaiverError),
    /// An answer that says that the question failed.
    #[error("Prometheus answered `{error_type}`: {message}")]
    Answer {
        /// The API's `errorType`.
        error_type: String,
        /// The API's `error`.
        message: String,
    },
    /// UTF-16 text.
    #[error("is UTF-16 text; only UTF-8 is read")]
    Utf16,
    /// Not valid UTF-8.
    #[error("is not valid UTF-8 at byte {offset}")]
    Encoding {
        /// 0-based offset of the first bad byte.
        offset: usize,
    },
    /// Content that could be read in two ways.
    #[error("the content is both `{kind}` and `{other}`")]
    Ambiguous {
        /// One kind.
        kind: Kind,
        /// Another.
        other: Kind,
    },
    /// An item of kind `json-map` without a mapping.
    #[error("there is no map that says what to take out of it")]
    Unmapped,
    /// Content of another kind than the manifest says.
    #[error("the manifest says `{expected}`, but the content is `{found}`")]
    Mismatch {
        /// The manifest's kind.
        expected: Kind,
        /// The content's kind.
        found: Kind,
    },
}

/// What an error is an error of.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) error: KindError,
}

impl Fault {
    pub(super) fn new(kind: Kind, error: KindError) -> Self {
        Self { kind, error }
    }
}

/// Which signatures are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signatures<'a> {
    /// None: the form alone is read.
    Unseen,
    /// Those by keys that this policy trusts; by none, without a policy.
    By(Option<&'a TrustPolicy>),
}

/// What was read from an item's bytes.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) kind: Kind,
    pub(super) media_type: &'static str,
    pub(super) facts: Value,
    pub(super) status: Status,
    pub(super) reason: Option<String>,
    pub(super) collected_at: Option<Timestamp>,
    pub(super) observed: Option<Observed>,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) coverage: Option<f64>,
    /// Ids of the keys whose signatures in the item were verified.
    pub(super) signed_by: Vec<String>,
}

impl Reading {
    /// A reading with the status `ok`.
    pub(super) fn of(kind: Kind, facts: Value) -> Self {
        Self {
            kind,
            media_type: media_type(kind),
            facts,
            status: Status::Ok,
            reason: None,
            collected_at: None,
            observed: None,
            valid_until: None,
            coverage: None,
            signed_by: Vec::new(),
        }
    }

    /// The same reading, with a status that is not `ok` and the reason for it.
    pub(super) fn found(self, status: Status, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: Some(reason.into()),
            ..self
        }
    }
}

/// Reads `bytes` by `map` where there is one, else as `set`.
pub(super) fn read_mapped(
    bytes: &[u8],
    set: Option<Kind>,
    map: Option<&Mapping>,
    signatures: Signatures<'_>,
) -> Reading {
    let Some(map) = map else {
        return read(bytes, set, signatures);
    };
    json_map::read(bytes, map).unwrap_or_else(|error| {
        Reading::of(Kind::JsonMap, Value::Null).found(Status::Error, error.to_string())
    })
}

/// Reads `bytes` as `set`, or as what they are.
pub(super) fn read(bytes: &[u8], set: Option<Kind>, signatures: Signatures<'_>) -> Reading {
    match try_read(bytes, set, signatures) {
        Ok(reading) => reading,
        Err(Fault { kind, error }) => {
            Reading::of(set.unwrap_or(kind), Value::Null).found(Status::Error, error.to_string())
        }
    }
}

fn try_read(bytes: &[u8], set: Option<Kind>, signatures: Signatures<'_>) -> Result<Reading, Fault> {
    if set == Some(Kind::JsonMap) {
        return Err(Fault::new(Kind::JsonMap, KindError::Unmapped));
    }
    if bytes.is_empty() || set == Some(Kind::Blob) {
        return Ok(blob(bytes, set.unwrap_or(Kind::Blob)));
    }
    if set == Some(Kind::Yaml) {
        let value = json::yaml::parse(detect::without_mark(bytes), LIMITS)
            .map_err(|error| Fault::new(Kind::Yaml, error.into()))?;
        return Ok(Reading::of(Kind::Yaml, value));
    }
    let (content, found) = detect::detect(bytes)?;
    let kind = match set {
        None => found,
        Some(expected) if expected == found => expected,
        Some(Kind::Json) if matches!(content, Content::Json(_) | Content::Bulk(..)) => Kind::Json,
        Some(expected) if may_be(expected, &content) => expected,
        Some(expected) => {
            let mismatch = KindError::Mismatch { expected, found };
            return Err(Fault::new(expected, mismatch));
        }
    };
    let mut readers = READERS.iter().filter(|reader| reader.kind == kind);
    let read = readers.find_map(|reader| read_form(reader.form, &content, bytes, signatures));
    let read = read.unwrap_or_else(|| {
        Ok(match content {
            Content::Empty => blob(b"", Kind::Blob),
            Content::Bytes | Content::Xml(_) => blob(bytes, Kind::Blob),
            Content::Bulk(_, text) => document(kind, Content::Json(json::parse(text, LIMITS)?)),
            content => document(kind, content),
        })
    });
    read.map_err(|error| Fault::new(kind, error))
}

/// Reads `content`, if it is of this form: a kind may have more than one.
fn read_form(
    form: Form,
    content: &Content<'_>,
    bytes: &[u8],
    signatures: Signatures<'_>,
) -> Option<Result<Reading, KindError>> {
    Some(match (form, content) {
        (Form::Lines { read, .. } | Form::Pages { read, .. }, Content::Json(value)) => {
            read(std::slice::from_ref(value))
        }
        (Form::Lines { read, .. } | Form::Pages { read, .. }, Content::Lines(values)) => {
            read(values)
        }
        (Form::Json { read, .. } | Form::List { read, .. }, Content::Json(value))
        | (Form::Document { read, .. }, Content::Json(value) | Content::Yaml(value)) => read(value),
        (Form::Bulk { read, .. }, Content::Bulk(outline, text)) => read(outline, text),
        (Form::Authored { read, .. }, _) => read(bytes),
        (Form::Signed { read, .. }, _) => read(bytes, signatures),
        (Form::Xml { read, .. }, Content::Xml(text))
        | (Form::Text { read, .. }, Content::Text(text, _)) => read(text),
        _ => return None,
    })
}

/// Whether an item of `kind` carries signatures, which decide what it comes to.
pub(super) fn is_signed(kind: Kind) -> bool {
    let mut readers = READERS.iter();
    readers.any(|reader| reader.kind == kind && matches!(reader.form, Form::Signed { .. }))
}

/// Whether content that is told as no kind of its own may be of `kind`.
fn may_be(kind: Kind, content: &Content<'_>) -> bool {
    let mut readers = READERS.iter().filter(|reader| reader.kind == kind);
    match content {
        Content::Json(value) => readers.any(|reader| reader.form.may_be(value)),
        _ => false,
    }
}

fn document(kind: Kind, content: Content<'_>) -> Reading {
    match content {
        Content::Json(value) | Content::Yaml(value) => Reading::of(kind, value),
        Content::Lines(values) => Reading::of(kind, Value::Array(values)),
        Content::Empty
        | Content::Bytes
        | Content::Bulk(..)
        | Content::Xml(_)
        | Content::Text(..) => blob(b"", kind),
    }
}

fn blob(bytes: &[u8], kind: Kind) -> Reading {
    let reading = Reading::of(kind, Value::Null);
    if bytes.is_empty() {
        reading.found(Status::Empty, "the file is empty")
    } else {
        reading
    }
}

fn media_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Json | Kind::JsonMap => "application/json",
        Kind::Yaml => "application/yaml",
        _ => READERS
            .iter()
            .find(|reader| reader.kind == kind)
            .map_or("application/octet-stream", |reader| reader.media_type),
    }
}
