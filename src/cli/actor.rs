//! Who runs this, as the environment says. Claims, recorded as such.

use std::env;

use crate::collect::address;
use crate::record::Actor;

/// CI systems by a variable that only they set, and where they keep what we record.
const SYSTEMS: &[System] = &[
    System {
        name: "github-actions",
        marker: "GITHUB_ACTIONS",
        run: &["GITHUB_REPOSITORY", "GITHUB_RUN_ID"],
        commit: "GITHUB_SHA",
        user: "GITHUB_ACTOR",
    },
    System {
        name: "gitlab-ci",
        marker: "GITLAB_CI",
        run: &["CI_JOB_URL"],
        commit: "CI_COMMIT_SHA",
        user: "GITLAB_USER_LOGIN",
    },
    System {
        name: "jenkins",
        marker: "JENKINS_URL",
        run: &["BUILD_URL"],
        commit: "GIT_COMMIT",
        user: "BUILD_USER_ID",
    },
    System {
        name: "buildkite",
        marker: "BUILDKITE",
        run: &["BUILDKITE_BUILD_URL"],
        commit: "BUILDKITE_COMMIT",
        user: "BUILDKITE_BUILD_CREATOR",
    },
    System {
        name: "azure-pipelines",
        marker: "TF_BUILD",
        run: &["BUILD_BUILDURI"],
        commit: "BUILD_SOURCEVERSION",
        user: "BUILD_REQUESTEDFOR",
    },
];

struct System {
    name: &'static str,
    marker: &'static str,
    run: &'static [&'static str],
    commit: &'static str,
    user: &'static str,
}

/// Longest claim that is recorded, in characters: the record stays thin.
const CLAIM_MAX: usize = 200;

/// Returns what the environment says of who runs this.
pub fn from_environment() -> Actor {
    from(|name| env::var(name).ok())
}

fn from(variable: impl Fn(&str) -> Option<String>) -> Actor {
    let read = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            // An address of a build may say who asks, and with what password.
            .map(|value| address(&value).chars().take(CLAIM_MAX).collect::<String>())
    };
    match SYSTEMS.iter().find(|system| read(system.marker).is_some()) {
        Some(system) => {
            let run: Vec<_> = system.run.iter().filter_map(|name| read(name)).collect();
            Actor {
                user: read(system.user),
                ci: Some(system.name.to_owned()),
                run: (!run.is_empty()).then(|| run.join("/")),
                commit: read(system.commit),
            }
        }
        None => Actor {
            user: read("USER").or_else(|| read("USERNAME")),
            ..Actor::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_system_is_recognised_by_its_marker() {
        let actor = from(|name| match name {
            "GITHUB_ACTIONS" => Some("true".into()),
            "GITHUB_REPOSITORY" => Some("acme/registry".into()),
            "GITHUB_RUN_ID" => Some("42".into()),
            "GITHUB_SHA" => Some("a".repeat(300)),
            _ => None,
        });
        assert_eq!(actor.ci.as_deref(), Some("github-actions"));
        assert_eq!(actor.run.as_deref(), Some("acme/registry/42"));
        assert_eq!(actor.commit.unwrap().len(), CLAIM_MAX);
    }

    #[test]
    fn elsewhere_there_is_a_user_or_nothing() {
        assert_eq!(
            from(|name| (name == "USER").then(|| "ada".into()))
                .user
                .as_deref(),
            Some("ada")
        );
        assert_eq!(from(|_| None), Actor::default());
    }

    #[test]
    fn a_password_in_an_address_is_not_recorded() {
        let actor = from(|name| match name {
            "JENKINS_URL" => Some("https://ci.example/".into()),
            "BUILD_URL" => Some("https://bot:hunter2@ci.example/job/1".into()),
            _ => None,
        });
        assert_eq!(
            actor.run.as_deref(),
            Some("https://[removed]@ci.example/job/1")
        );
    }
}
