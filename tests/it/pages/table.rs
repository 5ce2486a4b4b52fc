//! Each rule of a page, what it is evaluated over, and what comes of it.

/// A change of the commit that the samples are of.
const CHANGE: &str = "@change";
/// A run that wrote the sample of a scan.
const RUN: &str = "@run";

/// Samples that must fit others: which they are of, and what is replaced in them.
pub(super) const FITTED: [(&str, &str, &str, &str); 2] = [
    (
        CHANGE,
        "change-record/ok-approved.json",
        "3f2a9c1e5b7d8046a1c2e3f405162738495a6b7c",
        "6dcb09b5b57875f334f61aebed695e2e4193db5e",
    ),
    (
        RUN,
        "command-run/ok-exited.json",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "68ec2137f273a4c875c4e715b108ee888a66c1864aec19156ff6fbc349751195",
    ),
];

/// Pages whose rules are evaluated by tests of their own: one wants three probes
/// (`collect/probe.rs`), the other a mapping (`json_map.rs`).
pub(super) const ELSEWHERE: [&str; 2] = ["http-probe", "json-map"];

const DAY: &str = "2026-11-23T13:00:00Z";
/// When whatever tools of today made is no more of the future.
const LATER: &str = "2026-11-25T12:00:00Z";

/// A rule of a page.
pub(super) struct Page {
    pub(super) kind: &'static str,
    /// Which of the rules on the page.
    pub(super) nth: usize,
    /// What it reads: the item of the kind first, each with a sample that leads to a verdict.
    pub(super) items: &'static [(&'static str, &'static str)],
    /// The code of that verdict.
    pub(super) exits: i32,
    pub(super) as_of: &'static str,
    /// Values that a reader would set to their own.
    pub(super) edits: &'static [(&'static str, &'static str)],
}

const fn page(
    kind: &'static str,
    items: &'static [(&'static str, &'static str)],
    exits: i32,
) -> Page {
    Page {
        kind,
        nth: 0,
        items,
        exits,
        as_of: DAY,
        edits: &[],
    }
}

impl Page {
    const fn at(self, as_of: &'static str) -> Self {
        Self { as_of, ..self }
    }

    const fn second(self) -> Self {
        Self { nth: 1, ..self }
    }

    const fn with(self, edits: &'static [(&'static str, &'static str)]) -> Self {
        Self { edits, ..self }
    }
}

pub(super) const PAGES: &[Page] = &[
    page(
        "alertmanager-alerts",
        &[(
            "alerts",
            "alertmanager-alerts/ok-active-silenced-inhibited.json",
        )],
        1,
    ),
    page("baselines", &[("baselines", "baselines/ok-two.json")], 0),
    page("cdevents", &[("cd-events", "cdevents/ok-list.json")], 1),
    page(
        "change-tickets",
        &[("changes", "change-tickets/ok-log.json")],
        1,
    ),
    page(
        "chaos-mesh",
        &[
            ("chaos", "chaos-mesh/ok-recovered.yaml"),
            ("error-rate", "prometheus-matrix/ok-one-sample.json"),
        ],
        1,
    ),
    page(
        "cobertura",
        &[("coverage", "cobertura/ok-bare-root.xml")],
        1,
    ),
    page(
        "command-run",
        &[
            ("grype-run", RUN),
            ("grype-run.grype", "grype/ok-image.json"),
        ],
        0,
    )
    .at(LATER),
    page(
        "csaf-vex",
        &[
            ("release.vex", "csaf-vex/ok-statements.json"),
            ("release.scan", "grype/ok-image.json"),
        ],
        1,
    )
    .at(LATER),
    page(
        "cyclonedx",
        &[(
            "release.sbom",
            "cyclonedx/ok-vulnerabilities-and-nesting.json",
        )],
        1,
    ),
    page(
        "deployments",
        &[("deployments", "deployments/ok-log.json")],
        1,
    ),
    page("git-commit", &[("commit", "git-commit/ok-dirty.json")], 1),
    page(
        "github-check-runs",
        &[
            ("checks", "github-check-runs/ok-runs.json"),
            ("change", CHANGE),
        ],
        0,
    ),
    page(
        "github-deployments",
        &[
            ("deployments", "github-deployments/ok-with-statuses.json"),
            ("change", CHANGE),
        ],
        0,
    ),
    page(
        "github-pull-request",
        &[
            ("pull", "github-pull-request/ok-merged.json"),
            ("change", CHANGE),
        ],
        0,
    ),
    page(
        "github-pull-request",
        &[
            ("change.pull", "github-pull-request/ok-open-from-fork.json"),
            ("change.reviews", "github-reviews/ok-reviews.json"),
            ("change.checks", "github-check-runs/ok-runs.json"),
        ],
        1,
    )
    .second(),
    page(
        "github-reviews",
        &[
            ("reviews", "github-reviews/ok-reviews.json"),
            ("pull", "github-pull-request/ok-merged.json"),
        ],
        1,
    ),
    page(
        "gitlab-approvals",
        &[
            ("approvals", "gitlab-approvals/ok-one-left.json"),
            ("change", "gitlab-merge-request/ok-merged.json"),
        ],
        1,
    ),
    page(
        "gitlab-deployments",
        &[
            ("deployments", "gitlab-deployments/ok-of-a-project.json"),
            ("change", CHANGE),
        ],
        0,
    ),
    page(
        "gitlab-merge-request",
        &[("change", "gitlab-merge-request/ok-merged.json")],
        0,
    ),
    page(
        "gitlab-pipeline-jobs",
        &[
            ("checks", "gitlab-pipeline-jobs/ok-jobs.json"),
            ("change", CHANGE),
        ],
        0,
    ),
    page("grype", &[("release.scan", "grype/ok-image.json")], 1).at(LATER),
    page("incidents", &[("incidents", "incidents/ok-log.json")], 1),
    page(
        "in-toto",
        &[("release.provenance", "in-toto/ok-slsa-v1.json")],
        1,
    )
    .with(&[("release@v3", "release@v4")]),
    page(
        "jaeger-traces",
        &[("traces", "jaeger-traces/ok-query-answer.json")],
        1,
    ),
    page(
        "jira-issues",
        &[("changes", "jira-issues/ok-search.json")],
        0,
    ),
    page(
        "k6-summary",
        &[("load", "k6-summary/ok-failed-and-not-computable.json")],
        1,
    ),
    page("lcov", &[("coverage", "lcov/ok-lcov-2.info")], 1),
    page("litmus", &[("chaos", "litmus/ok-passed.json")], 0),
    page("locust-stats", &[("load", "locust-stats/ok-json.json")], 1).at(LATER),
    page(
        "obligation-register",
        &[("obligations", "obligation-register/ok-gaps.json")],
        1,
    ),
    page(
        "osv-scanner",
        &[("release.scan", "osv-scanner/ok-findings-2.5.json")],
        1,
    ),
    page(
        "otlp-traces",
        &[("traces", "otlp-traces/ok-collector-file.jsonl")],
        1,
    )
    .with(&[("p95_ms > 120", "p95_ms > 20")]),
    page(
        "pagerduty-incidents",
        &[("pagerduty", "pagerduty-incidents/ok-page.json")],
        1,
    ),
    page(
        "prometheus-alerts",
        &[("alerts", "prometheus-alerts/ok-firing-and-pending.json")],
        1,
    ),
    page(
        "prometheus-rule-file",
        &[("alert-rules", "prometheus-rule-file/ok-json.json")],
        1,
    ),
    page(
        "prometheus-rules",
        &[("rules", "prometheus-rules/ok-healthy.json")],
        1,
    )
    .at("2026-11-25T01:27:50Z"),
    page(
        "prometheus-text",
        &[("probe", "prometheus-text/ok-blackbox-https.txt")],
        0,
    ),
    page(
        "recoveries",
        &[("recoveries", "recoveries/ok-empty.json")],
        0,
    ),
    page(
        "risk-register",
        &[("risks", "risk-register/ok-register.json")],
        0,
    ),
    page(
        "service-inventory",
        &[("services", "service-inventory/ok-inventory.json")],
        0,
    ),
    page(
        "servicenow-changes",
        &[("changes", "servicenow-changes/ok-approved-late.jsonl")],
        1,
    ),
    page("spdx", &[("release.sbom", "spdx/ok-all-described.json")], 1)
        .at(LATER)
        .with(&[("AGPL", "MIT")]),
    page("trivy", &[("release.scan", "trivy/ok-image.json")], 1).at(LATER),
];
