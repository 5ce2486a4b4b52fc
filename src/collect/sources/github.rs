//! Pull requests, reviews, check runs and deployments by GitHub's REST API 2022-11-28, of
//! github.com and of a server of one's own (<https://docs.github.com/en/rest>).
//!
//! INVARIANT: check runs are asked for with all attempts, and of a commit and not a branch,
//! which may be another commit by the time that somebody reads of it.

use serde::Deserialize;

use super::forge::pages::{Failure, Forge, List, Reader};
use super::forge::setting::{Form, Setting};
use super::{Ask, Errand, Given, Origin, said};
use crate::evidence::Kind;
use crate::json::Value;

pub(super) const ORIGIN: Origin = Origin {
    from: "github",
    needs_server: true,
    read: |own| {
        let wanted = own.decode::<Settings>()?.read();
        Ok(Box::new(wanted.map_err(|reason| own.refuse(reason))?))
    },
};

const FORGE: Forge = Forge {
    accept: "application/vnd.github+json",
    headers: &[("x-github-api-version", "2022-11-28")],
    server: |answer, _, _| {
        let version = answer.header("x-github-enterprise-version")?;
        Some(said(&format!("GitHub Enterprise Server {version}")))
    },
};

/// What the settings say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    what: What,
    repository: Value,
    number: Option<Value>,
    commit: Option<Value>,
    environment: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    PullRequest,
    Reviews,
    CheckRuns,
    Deployments,
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Wanted {
    repository: Setting,
    of: Of,
}

#[derive(Debug, Clone)]
enum Of {
    PullRequest(Setting),
    Reviews(Setting),
    CheckRuns(Setting),
    Deployments {
        commit: Option<Setting>,
        environment: Option<Setting>,
    },
}

impl Settings {
    /// Reads the settings, or says what is wrong with them.
    fn read(self) -> Result<Wanted, String> {
        let read = |name, form, value: Option<Value>| {
            let setting = value.map(|value| Setting::read(name, form, value));
            setting.transpose()
        };
        let number = read("number", Form::Number, self.number)?;
        let commit = read("commit", Form::Commit, self.commit)?;
        let environment = read("environment", Form::Text, self.environment)?;
        let of = match (self.what, number, commit, environment) {
            (What::PullRequest, Some(number), None, None) => Of::PullRequest(number),
            (What::Reviews, Some(number), None, None) => Of::Reviews(number),
            (What::PullRequest | What::Reviews, ..) => {
                return Err("expected `number`, that of the pull request, and nothing else".into());
            }
            (What::CheckRuns, None, Some(commit), None) => Of::CheckRuns(commit),
            (What::CheckRuns, ..) => {
                return Err("expected `commit`, the one that was checked, and nothing else".into());
            }
            (What::Deployments, None, commit, environment) => Of::Deployments {
                commit,
                environment,
            },
            (What::Deployments, ..) => {
                return Err(
                    "deployments have no `number`; `commit` and `environment` narrow them down"
                        .into(),
                );
            }
        };
        let repository = Setting::read("repository", Form::Repository, self.repository)?;
        Ok(Wanted { repository, of })
    }
}

impl Ask for Wanted {
    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let reached = errand.reached()?;
        let host = reached.url.split("://").nth(1).unwrap_or_default();
        if matches!(
            host.to_ascii_lowercase().as_str(),
            "github.com" | "www.github.com"
        ) {
            return Err(format!(
                "{} is not its API, which is `https://api.github.com`",
                reached.url
            ));
        }
        let repository = format!("/repos/{}", self.repository.value()?);
        let mut reader = Reader::new(&FORGE, reached, errand, "");
        let alone = |entries| List {
            entries,
            has_neighbours: false,
        };
        let (kind, read) = match &self.of {
            Of::PullRequest(number) => {
                let path = format!("{repository}/pulls/{}", number.value()?);
                (Kind::GithubPullRequest, reader.document(&path))
            }
            Of::Reviews(number) => {
                let path = format!("{repository}/pulls/{}/reviews", number.value()?);
                let read = reader.list(&path, &[], alone(""));
                (Kind::GithubReviews, read.map(|_| ()))
            }
            Of::CheckRuns(commit) => {
                let path = format!("{repository}/commits/{}/check-runs", commit.value()?);
                let read = reader.list(&path, &[("filter", "all")], alone("/check_runs"));
                (Kind::GithubCheckRuns, read.map(|_| ()))
            }
            Of::Deployments {
                commit,
                environment,
            } => {
                let value =
                    |setting: &Option<Setting>| setting.as_ref().map(Setting::value).transpose();
                let (commit, environment) = (value(commit)?, value(environment)?);
                let mut query = Vec::new();
                query.extend(commit.as_deref().map(|commit| ("sha", commit)));
                query.extend(environment.as_deref().map(|name| ("environment", name)));
                let path = format!("{repository}/deployments");
                (
                    Kind::GithubDeployments,
                    deployments(&mut reader, &path, &query),
                )
            }
        };
        Ok(vec![reader.given(kind, read)])
    }
}

/// Reads the deployments at `path`, and behind them the statuses of each.
fn deployments(reader: &mut Reader<'_>, path: &str, query: &[(&str, &str)]) -> Result<(), Failure> {
    let list = List {
        entries: "",
        has_neighbours: true,
    };
    for id in reader.list(path, query, list)? {
        reader.list(&format!("{path}/{id}/statuses"), &[], list)?;
    }
    Ok(())
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
        let repository = "acme/registry";
        let sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
        for (settings, what) in [
            (
                json!({"what": "reviews", "repository": repository}),
                "expected `number`",
            ),
            (
                json!({"what": "reviews", "repository": repository, "number": 1, "commit": sha}),
                "and nothing else",
            ),
            (
                json!({"what": "pull-request", "repository": repository, "number": 0}),
                "number: `0` is not",
            ),
            (
                json!({"what": "check-runs", "repository": repository, "commit": "main"}),
                "commit: `main` is not",
            ),
            (
                json!({"what": "check-runs", "repository": repository}),
                "expected `commit`",
            ),
            (
                json!({"what": "deployments", "repository": repository, "number": 1}),
                "no `number`",
            ),
            (
                json!({"what": "deployments", "repository": "acme"}),
                "repository: `acme` is not",
            ),
            (json!({"what": "deployments"}), "repository"),
            (
                json!({"what": "issues", "repository": repository}),
                "issues",
            ),
            (
                json!({"what": "deployments", "repository": repository, "token": "a"}),
                "token",
            ),
            (
                json!({"what": "deployments", "repository": repository, "environment": "env://DEPLOY_KEY"}),
                "name of a secret",
            ),
        ] {
            let error = refusal(settings.clone());
            assert!(error.contains(what), "{settings}: {error}");
        }
    }
}
