//! Merge requests, approvals, the jobs of a pipeline and deployments by GitLab's REST API v4,
//! of gitlab.com and of a server of one's own (<https://docs.gitlab.com/api/rest/>).
//!
//! INVARIANT: a pipeline is never asked for its jobs alone: what it starts elsewhere belongs
//! to how it went.

use serde::Deserialize;

use super::forge::pages::{Failure, Forge, List, Reader};
use super::forge::setting::{Form, Setting};
use super::{Ask, Errand, Given, Origin};
use crate::collect::run::Reached;
use crate::evidence::Kind;
use crate::json::Value;

/// Where the API is below the address of a server.
const API: &str = "/api/v4";

pub(super) const ORIGIN: Origin = Origin {
    from: "gitlab",
    needs_server: true,
    read: |own| {
        let wanted = own.decode::<Settings>()?.read();
        Ok(Box::new(wanted.map_err(|reason| own.refuse(reason))?))
    },
};

const FORGE: Forge = Forge {
    accept: "application/json",
    headers: &[],
    server: |answer, reached, errand| {
        // Nobody who is refused is told a version.
        let is_known = answer.status == 200;
        is_known.then(|| reached.says(ORIGIN.from, || server(reached, errand)))?
    },
};

/// What the settings say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    what: What,
    project: Value,
    number: Option<Value>,
    pipeline: Option<Value>,
    environment: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    MergeRequest,
    Approvals,
    PipelineJobs,
    Deployments,
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Wanted {
    project: Setting,
    of: Of,
}

#[derive(Debug, Clone)]
enum Of {
    MergeRequest(Setting),
    Approvals(Setting),
    PipelineJobs(Setting),
    Deployments(Option<Setting>),
}

impl Settings {
    /// Reads the settings, or says what is wrong with them.
    fn read(self) -> Result<Wanted, String> {
        let read = |name, form, value: Option<Value>| {
            let setting = value.map(|value| Setting::read(name, form, value));
            setting.transpose()
        };
        let number = read("number", Form::Number, self.number)?;
        let pipeline = read("pipeline", Form::Number, self.pipeline)?;
        let environment = read("environment", Form::Text, self.environment)?;
        let of = match (self.what, number, pipeline, environment) {
            (What::MergeRequest, Some(number), None, None) => Of::MergeRequest(number),
            (What::Approvals, Some(number), None, None) => Of::Approvals(number),
            (What::MergeRequest | What::Approvals, ..) => {
                return Err(
                    "expected `number`, that of the merge request in its project, and nothing else"
                        .into(),
                );
            }
            (What::PipelineJobs, None, Some(pipeline), None) => Of::PipelineJobs(pipeline),
            (What::PipelineJobs, ..) => {
                return Err("expected `pipeline`, its number, and nothing else".into());
            }
            (What::Deployments, None, None, environment) => Of::Deployments(environment),
            (What::Deployments, ..) => {
                return Err("deployments are narrowed down by `environment` alone".into());
            }
        };
        let project = Setting::read("project", Form::Project, self.project)?;
        Ok(Wanted { project, of })
    }
}

impl Ask for Wanted {
    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let reached = errand.reached()?;
        let project = self.project.value()?.replace('/', "%2F");
        let project = format!("/projects/{project}");
        let mut reader = Reader::new(&FORGE, reached, errand, prefix(reached));
        let (kind, read) = match &self.of {
            Of::MergeRequest(number) => {
                let path = format!("{project}/merge_requests/{}", number.value()?);
                (Kind::GitlabMergeRequest, reader.document(&path))
            }
            Of::Approvals(number) => {
                let path = format!("{project}/merge_requests/{}/approvals", number.value()?);
                (Kind::GitlabApprovals, reader.document(&path))
            }
            Of::PipelineJobs(pipeline) => {
                let path = format!("{project}/pipelines/{}", pipeline.value()?);
                (Kind::GitlabPipelineJobs, jobs(&mut reader, &path))
            }
            Of::Deployments(environment) => {
                let environment = environment.as_ref().map(Setting::value).transpose()?;
                let environment = environment.as_deref().map(|name| ("environment", name));
                let list = List {
                    entries: "",
                    has_neighbours: false,
                };
                let query: Vec<_> = environment.into_iter().collect();
                let read = reader.list(&format!("{project}/deployments"), &query, list);
                (Kind::GitlabDeployments, read.map(|_| ()))
            }
        };
        Ok(vec![reader.given(kind, read)])
    }
}

/// Reads the jobs of the pipeline at `path`, and behind them those that start others.
fn jobs(reader: &mut Reader<'_>, path: &str) -> Result<(), Failure> {
    let list = List {
        entries: "",
        has_neighbours: true,
    };
    reader.list(&format!("{path}/jobs"), &[], list)?;
    match reader.list(&format!("{path}/trigger_jobs"), &[], list) {
        // Before GitLab 19.2 they are called otherwise.
        Err(Failure::Refused(answer)) if answer.status == 404 => {
            reader.forget_last();
            reader.list(&format!("{path}/bridges"), &[], list)?;
        }
        read => drop(read?),
    }
    Ok(())
}

/// Where the API is below the address of the server, which may be that of the API.
fn prefix(reached: &Reached) -> &'static str {
    if reached.url.ends_with(API) { "" } else { API }
}

/// What the server says of itself, where it does.
fn server(reached: &Reached, errand: &Errand<'_>) -> Option<String> {
    let endpoint = format!("{}/version", prefix(reached));
    let version = reached.version(&endpoint, "/version", errand)?;
    Some(format!("GitLab {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, json};

    fn refusal(settings: Value) -> String {
        match json::decode::<Settings>(settings) {
            Ok(settings) => settings.read().unwrap_err(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        let project = "acme/registry";
        for (settings, what) in [
            (
                json!({"what": "approvals", "project": project}),
                "expected `number`",
            ),
            (
                json!({"what": "merge-request", "project": project, "number": 1, "pipeline": 2}),
                "and nothing else",
            ),
            (
                json!({"what": "pipeline-jobs", "project": project}),
                "expected `pipeline`",
            ),
            (
                json!({"what": "pipeline-jobs", "project": project, "pipeline": "latest"}),
                "pipeline: `latest` is not",
            ),
            (
                json!({"what": "deployments", "project": project, "number": 1}),
                "`environment` alone",
            ),
            (
                json!({"what": "deployments", "project": "registry"}),
                "project: `registry` is not",
            ),
            (json!({"what": "deployments"}), "project"),
            (json!({"what": "reviews", "project": project}), "reviews"),
            (
                json!({"what": "deployments", "project": project, "commit": "a"}),
                "commit",
            ),
        ] {
            let error = refusal(settings.clone());
            assert!(error.contains(what), "{settings}: {error}");
        }
    }
}
