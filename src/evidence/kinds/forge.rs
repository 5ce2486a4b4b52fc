//! What the kinds for GitHub and GitLab share: pages of a list, people and outcomes, so
//! that one rule can read the facts of both.
//!
//! INVARIANT: a list that may have more than what is here is never shown as whole.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::{KindError, Reading};

pub(super) mod change;
pub(super) mod checks;
pub(super) mod deployments;
pub(super) mod reviews;

/// Most entries in one item.
const ENTRIES_MAX: usize = 20_000;
/// How many entries a page holds where there may be another: GitLab gives 20 where nothing
/// is said, GitHub 30, both 100 at most.
const PAGE_SIZES: [usize; 4] = [20, 30, 50, 100];

/// Entries of all pages.
#[derive(Debug, Default)]
pub(super) struct Entries<'a> {
    nodes: Vec<Node<'a>>,
    /// Why there may be more.
    doubt: Option<String>,
}

impl<'a> Entries<'a> {
    /// The entries of pages that are lists; `subject` tells pages of different lists apart.
    ///
    /// # Errors
    /// Pages that are no list, and more entries than may be.
    pub(super) fn of(
        pages: &'a [Value],
        subject: fn(&Value) -> Option<&str>,
    ) -> Result<Self, KindError> {
        let mut entries = Self::default();
        // What the page before was about, if it was full.
        let mut full = None;
        for page in Node::documents(pages) {
            let of = page.values()?.first().map(subject);
            if full.is_some() && of.is_some() && of != full {
                entries.doubt = Some(more(&PAGE_SIZES));
            }
            let length = page.values()?.len();
            full = of.filter(|_| PAGE_SIZES.contains(&length));
            entries.nodes.extend(page.nodes()?);
            if entries.nodes.len() > ENTRIES_MAX {
                return Err(page.refuse(format!("more than {ENTRIES_MAX} entries")));
            }
        }
        if full.is_some() {
            entries.doubt = Some(more(&PAGE_SIZES));
        }
        Ok(entries)
    }

    pub(super) fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    /// A reading of these entries, as far as the list is whole.
    pub(super) fn reading(self, kind: Kind, facts: Value, empty: &str) -> Reading {
        let reading = Reading::of(kind, facts);
        match self.doubt {
            _ if self.nodes.is_empty() => reading.found(Status::Empty, empty),
            Some(doubt) => reading.found(Status::Partial, doubt),
            None => reading,
        }
    }
}

fn more(sizes: &[usize]) -> String {
    let sizes: Vec<_> = sizes.iter().map(ToString::to_string).collect();
    format!(
        "the last page is full ({} entries), and none follows: there may be more",
        sizes.join(", ")
    )
}

/// The ids of entries, each of which may be there once.
#[derive(Debug, Default)]
pub(super) struct Ids(BTreeSet<u64>);

impl Ids {
    /// Takes the `id` of `entry`.
    ///
    /// # Errors
    /// One that was there before: the list moved while its pages were read.
    pub(super) fn take(&mut self, entry: &Node<'_>) -> Result<u64, KindError> {
        let node = entry.field("id")?;
        let id = node.count()?;
        if self.0.insert(id) {
            return Ok(id);
        }
        Err(node.refuse(format!(
            "a second entry {id}: the list moved while its pages were read"
        )))
    }
}

/// A value that all entries must agree on.
#[derive(Debug)]
pub(super) struct Agreed<T>(Option<T>);

impl<T> Default for Agreed<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: PartialEq> Agreed<T> {
    /// Takes what `node` says.
    ///
    /// # Errors
    /// Something else than what was said before.
    pub(super) fn take(&mut self, value: T, node: &Node<'_>) -> Result<(), KindError> {
        match &self.0 {
            Some(known) if *known != value => Err(node.refuse("is of something else than before")),
            _ => {
                self.0 = Some(value);
                Ok(())
            }
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// How something that runs came out, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Passed,
    Neutral,
    Skipped,
    Pending,
    Aborted,
    Failed,
}

impl Outcome {
    pub(super) const ALL: [Self; 6] = [
        Self::Passed,
        Self::Neutral,
        Self::Skipped,
        Self::Pending,
        Self::Aborted,
        Self::Failed,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Neutral => "neutral",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
        }
    }

    /// What a status of a job, a pipeline or a deployment at GitLab comes to.
    ///
    /// # Errors
    /// A status that is not known: whether it is good or bad is not for us to guess.
    pub(super) fn at_gitlab(node: &Node<'_>) -> Result<Self, KindError> {
        let status = node.one_of(&[
            "success",
            "skipped",
            "created",
            "waiting_for_resource",
            "waiting_for_callback",
            "preparing",
            "pending",
            "running",
            "manual",
            "scheduled",
            "blocked",
            "canceling",
            "canceled",
            "failed",
        ])?;
        Ok(match status {
            "success" => Self::Passed,
            "skipped" => Self::Skipped,
            "canceled" => Self::Aborted,
            "failed" => Self::Failed,
            _ => Self::Pending,
        })
    }
}

/// Somebody at GitHub; null where the account is gone.
pub(super) fn github_person(node: &Node<'_>, name: &str) -> Result<Value, KindError> {
    let Some(user) = node.optional(name)? else {
        return Ok(Value::Null);
    };
    let login = user.field("login")?.words()?;
    let is_bot = match user.optional("type")? {
        Some(of) => Some(of.text()? == "Bot"),
        None => None,
    };
    Ok(json!({
        "login": shortened(login, TEXT_MAX),
        "account": user.field("id")?.count()?,
        "is_bot": if login.ends_with("[bot]") { Some(true) } else { is_bot },
    }))
}

/// Somebody at GitLab, which says that an account is a bot in its name alone.
pub(super) fn gitlab_person(node: &Node<'_>, name: &str) -> Result<Value, KindError> {
    let Some(user) = node.optional(name)? else {
        return Ok(Value::Null);
    };
    let login = user.field("username")?.words()?;
    Ok(json!({
        "login": shortened(login, TEXT_MAX),
        "account": user.field("id")?.count()?,
        "is_bot": is_gitlab_bot(login).then_some(true),
    }))
}

/// Whether GitLab gave this name to an access token or a service account.
fn is_gitlab_bot(login: &str) -> bool {
    let of_token = |kind: &str| {
        let rest = login.strip_prefix(kind);
        let rest = rest.map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        rest.is_some_and(|rest| rest == "_bot" || rest.starts_with("_bot_"))
    };
    of_token("project_") || of_token("group_") || login.starts_with("service_account_")
}

/// A full commit id.
pub(super) fn commit(node: &Node<'_>) -> Result<String, KindError> {
    let text = node.text()?;
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if matches!(text.len(), 40 | 64) && text.bytes().all(is_hex) {
        return Ok(text.to_owned());
    }
    Err(node.refuse("expected a full commit id: 40 or 64 lower-case hex digits"))
}

/// The commit id in the field `name`, if there is one.
pub(super) fn optional_commit(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    node.optional(name)?.as_ref().map(commit).transpose()
}

/// The instant in the field `name`, if there is one.
pub(super) fn instant(node: &Node<'_>, name: &str) -> Result<Option<Timestamp>, KindError> {
    let node = node.optional(name)?;
    node.as_ref().map(Node::timestamp).transpose()
}

/// The text in the field `name`, shortened; none where it is absent or empty.
pub(super) fn text(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    super::kubernetes::text(node, name)
}

/// The `owner/name` of a URL of GitHub's API.
pub(super) fn github_repository(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/repos/")?;
    let mut parts = rest.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    (!owner.is_empty() && !name.is_empty()).then(|| format!("{owner}/{name}"))
}

/// The whole number at the end of a URL.
pub(super) fn number_of(url: &str) -> Option<u64> {
    url.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read};

    #[test]
    fn names_of_tokens_are_bots_and_others_are_unknown() {
        for login in ["project_12_bot", "group_3_bot_9f2c", "service_account_7"] {
            assert!(is_gitlab_bot(login), "{login}");
        }
        for login in ["ada", "project_12_botany", "bot", "projects_1_bot"] {
            assert!(!is_gitlab_bot(login), "{login}");
        }
    }

    #[test]
    fn repositories_are_told_from_urls() {
        let of = |url| github_repository(url);
        let expected = Some("acme/registry".to_owned());
        assert_eq!(
            of("https://api.github.com/repos/acme/registry/pulls/1"),
            expected
        );
        assert_eq!(of("https://git.test/api/v3/repos/acme/registry"), expected);
        assert_eq!(of("https://api.github.com/repos/acme"), None);
        assert_eq!(of("https://api.github.com/repos//x/pulls"), None);
    }

    #[test]
    fn a_full_page_must_be_followed_by_another_of_its_list() {
        let page = |of: &str, length: usize| {
            Value::Array((0..length).map(|_| json!({"of": of})).collect())
        };
        let doubt = |pages: &[Value]| {
            let entries = Entries::of(pages, |value| match value.get("of") {
                Some(Value::String(of)) => Some(of.as_str()),
                _ => None,
            });
            entries.unwrap().doubt.is_some()
        };
        assert!(doubt(&[page("a", 100)]));
        assert!(!doubt(&[page("a", 99)]));
        assert!(!doubt(&[page("a", 100), page("a", 1)]));
        assert!(!doubt(&[page("a", 100), page("a", 0)]));
        assert!(doubt(&[page("a", 100), page("b", 1)]));
        assert!(!doubt(&[page("a", 100), page("a", 0), page("b", 1)]));
        assert!(doubt(&[page("a", 1), page("b", 30)]));
    }

    #[test]
    fn an_empty_list_is_of_these_kinds_only_where_the_manifest_says_so() {
        let read = |kind| read(b"[]", kind, Signatures::Unseen);
        assert_eq!(read(None).kind, Kind::Json);
        for kind in [
            Kind::GithubReviews,
            Kind::GithubDeployments,
            Kind::GitlabPipelineJobs,
        ] {
            assert_eq!(read(Some(kind)).status, Status::Empty, "{kind}");
        }
        assert_eq!(read(Some(Kind::GithubCheckRuns)).status, Status::Error);
    }
}
