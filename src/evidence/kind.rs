//! The kinds and statuses an item of evidence can have: the closed lists on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares [`Kind`] from one line a kind, in the order of the documentation.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// What an item is. Recognised from content, never from a file name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Kind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the JSON Schema of its facts.
            pub const fn schema(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!(
                        "../../docs/evidence/", $name, ".schema.json"
                    )),)+
                }
            }

            /// Returns the name on the wire and in policies.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// Any JSON document.
    Json = "json",
    /// Any YAML document.
    Yaml = "yaml",
    /// Any JSON document, read by a mapping in the manifest.
    JsonMap = "json-map",
    /// A Prometheus HTTP API response with `resultType` `matrix`.
    PrometheusMatrix = "prometheus-matrix",
    /// A Prometheus HTTP API response with `resultType` `vector`.
    PrometheusVector = "prometheus-vector",
    /// Samples in the text format of Prometheus or in `OpenMetrics`.
    PrometheusText = "prometheus-text",
    /// Alerts from the HTTP API of Alertmanager.
    AlertmanagerAlerts = "alertmanager-alerts",
    /// Active alerts from the HTTP API of Prometheus.
    PrometheusAlerts = "prometheus-alerts",
    /// Rules and their state from the HTTP API of Prometheus.
    PrometheusRules = "prometheus-rules",
    /// A file of alerting and recording rules.
    PrometheusRuleFile = "prometheus-rule-file",
    /// An `assize/http-probe/v1` document.
    HttpProbe = "http-probe",
    /// OpenTelemetry traces in OTLP JSON.
    OtlpTraces = "otlp-traces",
    /// Traces from the query service of Jaeger.
    JaegerTraces = "jaeger-traces",
    /// A `JUnit` XML test report.
    JunitXml = "junit-xml",
    /// Test coverage in the XML of Cobertura.
    Cobertura = "cobertura",
    /// Test coverage as a tracefile of lcov.
    Lcov = "lcov",
    /// The end-of-test summary of k6.
    K6Summary = "k6-summary",
    /// Statistics of a Locust run.
    LocustStats = "locust-stats",
    /// Experiments of Chaos Mesh.
    ChaosMesh = "chaos-mesh",
    /// Results of chaos experiments by Litmus.
    Litmus = "litmus",
    /// A SARIF 2.1.0 log.
    Sarif = "sarif",
    /// A bill of materials in `CycloneDX` JSON.
    Cyclonedx = "cyclonedx",
    /// A bill of materials in SPDX JSON.
    Spdx = "spdx",
    /// A report of Trivy in JSON.
    Trivy = "trivy",
    /// A report of Grype in JSON.
    Grype = "grype",
    /// A report of `OSV-Scanner` in JSON.
    OsvScanner = "osv-scanner",
    /// An `assize/command-run/v1` document.
    CommandRun = "command-run",
    /// An `assize/git-commit/v1` document.
    GitCommit = "git-commit",
    /// An `assize/change-record/v1` document.
    ChangeRecord = "change-record",
    /// An `assize/change-tickets/v1` document.
    ChangeTickets = "change-tickets",
    /// Change requests of `ServiceNow`, as its Table API answers.
    ServicenowChanges = "servicenow-changes",
    /// Issues of Jira, as its search answers.
    JiraIssues = "jira-issues",
    /// An `assize/deployments/v1` document.
    Deployments = "deployments",
    /// An `assize/incidents/v1` document.
    Incidents = "incidents",
    /// An `assize/recoveries/v1` document.
    Recoveries = "recoveries",
    /// An `assize/service-inventory/v1` document.
    ServiceInventory = "service-inventory",
    /// An `assize/measured-baselines/v1` document.
    Baselines = "baselines",
    /// Incidents from the REST API of `PagerDuty`.
    PagerdutyIncidents = "pagerduty-incidents",
    /// Events of continuous delivery: `CDEvents`.
    Cdevents = "cdevents",
    /// An `assize/obligation-register/v1` document.
    ObligationRegister = "obligation-register",
    /// An `assize/risk-register/v1` document.
    RiskRegister = "risk-register",
    /// A pull request at GitHub.
    GithubPullRequest = "github-pull-request",
    /// Reviews of a pull request at GitHub.
    GithubReviews = "github-reviews",
    /// Check runs of a commit at GitHub.
    GithubCheckRuns = "github-check-runs",
    /// Deployments at GitHub, and their statuses.
    GithubDeployments = "github-deployments",
    /// A merge request at `GitLab`.
    GitlabMergeRequest = "gitlab-merge-request",
    /// Approvals of a merge request at `GitLab`.
    GitlabApprovals = "gitlab-approvals",
    /// Jobs of a pipeline at `GitLab`.
    GitlabPipelineJobs = "gitlab-pipeline-jobs",
    /// Deployments at `GitLab`.
    GitlabDeployments = "gitlab-deployments",
    /// An `OpenVEX` 0.2.0 document.
    Openvex = "openvex",
    /// A CSAF 2.0 document in the profile VEX.
    CsafVex = "csaf-vex",
    /// A signed `assize/declaration/v1` in a DSSE envelope.
    Declaration = "declaration",
    /// A signed in-toto attestation in a DSSE envelope.
    InToto = "in-toto",
    /// An `assize/waivers/v1` document.
    Waivers = "waivers",
    /// Bytes without facts.
    Blob = "blob",
}

impl Kind {
    /// Returns the kind called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|kind| kind.name() == name).copied()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far an item can be relied on.
///
/// INVARIANT: declared from best to worst, so that the worse of two is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Read in full.
    Ok,
    /// Read, but its producer says that something is left out.
    Partial,
    /// Read, and holds no observation: no series, no test case, no run, no byte.
    Empty,
    /// Valid until an instant that has passed.
    Stale,
    /// Bytes, digest or signature are not what was promised.
    Unverified,
    /// Cannot be read.
    Error,
    /// Not there.
    Missing,
}

impl Status {
    /// Returns the name on the wire and in policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Empty => "empty",
            Self::Stale => "stale",
            Self::Unverified => "unverified",
            Self::Error => "error",
            Self::Missing => "missing",
        }
    }

    /// Whether policies may see the facts of an item with this status.
    pub const fn shows_facts(self) -> bool {
        matches!(self, Self::Ok | Self::Partial | Self::Empty)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn names_are_those_on_the_wire() {
        for kind in Kind::ALL {
            assert_eq!(json::encode(kind).unwrap(), kind.name());
            assert_eq!(Kind::named(kind.name()), Some(*kind));
        }
        for status in [
            Status::Ok,
            Status::Partial,
            Status::Empty,
            Status::Stale,
            Status::Unverified,
            Status::Error,
            Status::Missing,
        ] {
            assert_eq!(json::encode(&status).unwrap(), status.name());
        }
        assert_eq!(Kind::named("JSON"), None);
        assert_eq!(Kind::named(""), None);
    }

    #[test]
    fn facts_are_hidden_from_the_worse_half() {
        assert!(Status::Ok.max(Status::Empty).shows_facts());
        assert!(!Status::Ok.max(Status::Stale).shows_facts());
        assert!(!Status::Error.shows_facts());
    }
}
