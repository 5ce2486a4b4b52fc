//! What the kinds for GitHub and GitLab share: pages of a list, people and outcomes, so
//! that one rule can read the facts of both.
//!
//! INVARIANT: a list of several pages is shown as whole only where its last page is shorter
//! than one before it, and a single page only where it has not as many entries as pages
//! commonly hold. A single page of another length cannot be told from the beginning of a
//! longer list, and is taken for one that is whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::{KindError, Reading};

pub(super) mod change;
pub(super) mod checks;
pub(super) mod deployments;
pub(super) mod reviews;

/// Most entries in one item.
const ENTRIES_MAX: usize = 20_000;
/// How many entries a page commonly holds: GitLab gives 20 where nothing is said, GitHub 30,
/// both 100 at most. The others are what people ask for, 99 to get around this guard.
const PAGE_SIZES: [usize; 8] = [10, 20, 25, 30, 40, 50, 99, 100];

/// What tells the lists of a kind apart, by an entry.
type Subject = fn(&Value) -> Option<&str>;

/// Entries of all pages.
#[derive(Debug, Default)]
pub(super) struct Entries<'a> {
    nodes: Vec<Node<'a>>,
    /// Why there may be more.
    doubt: Option<String>,
}

/// Whether there may be a page behind the last of a list, of which the pages have these
/// `lengths`.
pub(crate) fn may_go_on(lengths: &[usize]) -> bool {
    let Some((last, before)) = lengths.split_last() else {
        return false;
    };
    match before.iter().max() {
        Some(longest) => last >= longest,
        None => PAGE_SIZES.contains(last),
    }
}

impl<'a> Entries<'a> {
    /// The entries of the pages of one list, which an empty page ends.
    ///
    /// # Errors
    /// Pages that are no list, and more entries than may be.
    pub(super) fn of_one_list(pages: &'a [Value]) -> Result<Self, KindError> {
        Self::read(pages, None)
    }

    /// The entries of the pages of several lists, which `subject` tells apart. An empty page
    /// ends none of them: it may be all there is of another.
    ///
    /// # Errors
    /// As [`Entries::of_one_list`].
    pub(super) fn of_lists(pages: &'a [Value], subject: Subject) -> Result<Self, KindError> {
        Self::read(pages, Some(subject))
    }

    fn read(pages: &'a [Value], subject: Option<Subject>) -> Result<Self, KindError> {
        let mut entries = Self::default();
        let mut lists: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for page in Node::documents(pages) {
            let values = page.values()?;
            let list = match (subject, values.first()) {
                (None, _) => Some(None),
                (Some(subject), Some(first)) => Some(subject(first)),
                (Some(_), None) => None,
            };
            if let Some(list) = list {
                lists.entry(list).or_default().push(values.len());
            }
            entries.nodes.extend(page.nodes()?);
            if entries.nodes.len() > ENTRIES_MAX {
                return Err(page.refuse(format!("more than {ENTRIES_MAX} entries")));
            }
        }
        let endless = lists.values().find(|lengths| may_go_on(lengths));
        entries.doubt = endless.and_then(|lengths| lengths.last()).map(|last| {
            format!(
                "the last page of a list has {last} entries, as a full one would, and nothing shows that it is the end"
            )
        });
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

/// The project at GitLab that jobs are of.
///
/// INVARIANT: what one job does not say is null for all of them.
#[derive(Debug, Default)]
pub(super) struct Project {
    ids: Agreed<Option<u64>>,
    paths: Agreed<Option<String>>,
}

impl Project {
    /// Takes what `job` and its `pipeline` say.
    ///
    /// # Errors
    /// Another project than before.
    pub(super) fn take(&mut self, job: &Node<'_>, pipeline: &Node<'_>) -> Result<(), KindError> {
        let id = pipeline.optional("project_id")?;
        self.ids
            .take(id.as_ref().map(Node::count).transpose()?, pipeline)?;
        let url = job.optional("web_url")?;
        let path = url.as_ref().map(Node::text).transpose()?;
        self.paths.take(path.and_then(gitlab_repository), job)
    }

    /// Adds it to `facts`.
    pub(super) fn put(self, facts: &mut Map<String, Value>) {
        let path = self.paths.0.flatten();
        facts.insert("repository".to_owned(), path.into());
        let id = self.ids.0.flatten();
        facts.insert("project_id".to_owned(), id.into());
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

/// Somebody at GitHub; null where the account is gone. What is neither an app nor a user
/// (an organization, a mannequin of an import) is not known to be a human being.
///
/// # Errors
/// Somebody of whom GitHub does not say the type, as it always does.
pub(super) fn github_person(node: &Node<'_>, name: &str) -> Result<Value, KindError> {
    let Some(user) = node.optional(name)? else {
        return Ok(Value::Null);
    };
    let login = user.field("login")?.words()?;
    let is_bot = match user.field("type")?.text()? {
        "Bot" => Some(true),
        "User" => Some(false),
        _ => None,
    };
    Ok(json!({
        "login": shortened(login, TEXT_MAX),
        "account": user.field("id")?.count()?,
        "is_bot": if login.ends_with("[bot]") { Some(true) } else { is_bot },
    }))
}

/// Somebody at GitLab, which says that an account is a bot in its name and, to some who
/// ask, in `bot`; that it is none is not shown, since other answers do not say so.
pub(super) fn gitlab_person(node: &Node<'_>, name: &str) -> Result<Value, KindError> {
    let Some(user) = node.optional(name)? else {
        return Ok(Value::Null);
    };
    let login = user.field("username")?.words()?;
    let says_bot = user
        .optional("bot")?
        .as_ref()
        .map(Node::boolean)
        .transpose()?
        == Some(true);
    Ok(json!({
        "login": shortened(login, TEXT_MAX),
        "account": user.field("id")?.count()?,
        "is_bot": (says_bot || is_gitlab_bot(login)).then_some(true),
    }))
}

/// Whether GitLab gave this name to an access token or a service account.
fn is_gitlab_bot(login: &str) -> bool {
    // Names are the same in upper and lower case.
    let login = login.to_lowercase();
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

/// The path of the project in the URL of a page of it, as `group/project` in
/// `https://gitlab.com/group/project/-/jobs/1`.
pub(super) fn gitlab_repository(url: &str) -> Option<String> {
    let (project, _) = url.split_once("/-/")?;
    let (_, rest) = project.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let is_path = path.contains('/') && path.split('/').all(|name| !name.is_empty());
    is_path.then(|| path.to_owned())
}

/// The whole number at the end of a URL.
pub(super) fn number_of(url: &str) -> Option<u64> {
    url.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
