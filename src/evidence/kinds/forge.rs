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
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read};

    #[test]
    fn names_of_tokens_are_bots_and_others_are_unknown() {
        for login in [
            "project_12_bot",
            "Project_12_bot",
            "group_3_bot_9f2c",
            "service_account_7",
        ] {
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
    fn projects_are_told_from_urls_of_their_pages() {
        let of = |url| gitlab_repository(url);
        let expected = Some("acme/team/registry".to_owned());
        assert_eq!(
            of("https://gitlab.com/acme/team/registry/-/jobs/1"),
            expected
        );
        for url in [
            "https://gitlab.com/acme/registry/pipelines/12",
            "https://gitlab.com/-/jobs/1",
            "https://gitlab.com/acme/-/jobs/1",
            "https://gitlab.com//registry/-/jobs/1",
            "gitlab.com/acme/registry/-/jobs/1",
            "",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
    }

    #[test]
    fn what_one_job_does_not_say_of_its_project_is_refused_or_null() {
        let job = |url: &str, project: Value| json!({"web_url": url, "pipeline": {"project_id": project}});
        let here = "https://gitlab.com/acme/registry/-/jobs/1";
        let of = |jobs: &[Value]| {
            let mut project = Project::default();
            for value in jobs {
                let job = Node::root(value);
                project.take(&job, &job.field("pipeline").unwrap())?;
            }
            let mut facts = Map::new();
            project.put(&mut facts);
            Ok::<_, KindError>((facts["repository"].clone(), facts["project_id"].clone()))
        };
        let known = (json!("acme/registry"), json!(7));
        assert_eq!(of(&[job(here, json!(7))]).unwrap(), known);
        assert_eq!(of(&[]).unwrap(), (Value::Null, Value::Null));
        for other in [
            job("https://gitlab.com/other/registry/-/jobs/1", json!(7)),
            job(here, json!(8)),
            job(here, Value::Null),
        ] {
            assert!(
                of(&[job(here, json!(7)), other.clone()]).is_err(),
                "{other}"
            );
        }
    }

    fn page(of: &str, length: usize) -> Value {
        Value::Array((0..length).map(|_| json!({"of": of})).collect())
    }

    fn of(value: &Value) -> Option<&str> {
        value.get("of").and_then(Value::as_str)
    }

    #[test]
    fn the_last_page_of_a_list_must_be_shorter_than_one_before_it() {
        let doubt = |lengths: &[usize]| {
            let pages: Vec<_> = lengths.iter().map(|length| page("a", *length)).collect();
            let one = Entries::of_one_list(&pages).unwrap().doubt.is_some();
            if !lengths.contains(&0) {
                let lists = Entries::of_lists(&pages, of).unwrap();
                assert_eq!(lists.doubt.is_some(), one, "{lengths:?}");
            }
            one
        };
        for lengths in [
            &[100][..],
            &[10],
            &[20],
            &[25],
            &[30],
            &[40],
            &[50],
            &[99],
            &[100, 100],
            &[7, 7],
            &[100, 30, 100],
            &[30, 100],
        ] {
            assert!(doubt(lengths), "{lengths:?}");
        }
        for lengths in [
            &[98][..],
            &[0],
            &[100, 1],
            &[100, 30],
            &[100, 20],
            &[100, 50],
            &[100, 0],
            &[30, 0],
            &[7, 7, 0],
            &[100, 100, 30],
        ] {
            assert!(!doubt(lengths), "{lengths:?}");
        }
    }

    #[test]
    fn an_empty_page_ends_no_list_where_it_may_be_another() {
        let doubt = |pages: &[Value]| Entries::of_lists(pages, of).unwrap().doubt.is_some();
        assert!(doubt(&[page("a", 100), page("a", 0)]));
        assert!(doubt(&[page("a", 100), page("a", 0), page("b", 1)]));
        assert!(doubt(&[page("a", 100), page("b", 1)]));
        assert!(doubt(&[page("a", 1), page("b", 30)]));
        assert!(!doubt(&[page("a", 100), page("a", 2), page("b", 1)]));
        // A page belongs to its list wherever it stands.
        assert!(!doubt(&[page("a", 100), page("b", 1), page("a", 30)]));
        assert!(!doubt(&[page("a", 1), page("b", 0)]));
    }

    #[test]
    fn a_full_page_of_jobs_before_no_bridges_is_not_all_jobs() {
        let job = |id: usize| {
            let sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
            json!({
                "id": id, "name": format!("job {id}"), "stage": "test", "status": "success",
                "allow_failure": false, "pipeline": {"id": 46, "sha": sha, "ref": "main"},
            })
        };
        let status = |lengths: &[usize]| {
            let mut next = 1..;
            let pages = lengths.iter().map(|length| {
                let jobs: Vec<_> = next.by_ref().take(*length).map(job).collect();
                Value::Array(jobs).to_string()
            });
            let text = pages.collect::<Vec<_>>().join("\n");
            let read = read(text.as_bytes(), None, Signatures::Unseen);
            assert_eq!(read.kind, Kind::GitlabPipelineJobs);
            read.status
        };
        assert_eq!(status(&[100, 0]), Status::Partial);
        assert_eq!(status(&[100, 0, 0]), Status::Partial);
        assert_eq!(status(&[99, 1, 0]), Status::Ok);
        assert_eq!(status(&[100, 30, 0]), Status::Ok);
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
