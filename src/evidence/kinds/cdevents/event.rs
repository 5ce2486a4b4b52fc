//! One event: its context, its type and what its subject says.
//!
//! INVARIANT: the content of a type that is not known is not looked at; that of a known
//! one is what its schema demands, or the event is refused. Of subjects that are read no
//! type is unknown: it might end or undo what another has begun.

use crate::clock::Timestamp;
use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::{Node, TEXT_MAX, shortened};
use crate::json::{Value, json};

use super::PREFIX;

/// The vocabulary of 0.4 and 0.5: subjects and what may be said of them.
const VOCABULARY: &[(&str, &[&str])] = &[
    (
        "artifact",
        &["packaged", "signed", "published", "downloaded", "deleted"],
    ),
    ("branch", &["created", "deleted"]),
    ("build", &["queued", "started", "finished"]),
    (
        "change",
        &["created", "reviewed", "merged", "abandoned", "updated"],
    ),
    ("environment", &["created", "modified", "deleted"]),
    ("incident", &["detected", "reported", "resolved"]),
    ("pipelinerun", &["queued", "started", "finished"]),
    ("repository", &["created", "modified", "deleted"]),
    (
        "service",
        &["deployed", "upgraded", "rolledback", "removed", "published"],
    ),
    ("taskrun", &["started", "finished"]),
    ("testcaserun", &["queued", "started", "finished", "skipped"]),
    ("testoutput", &["published"]),
    ("testsuiterun", &["queued", "started", "finished"]),
    ("ticket", &["created", "updated", "closed"]),
];
/// Subjects whose content is read, in the versions 0.1 to 0.3 of their types.
const READ: [&str; 7] = [
    "build",
    "incident",
    "pipelinerun",
    "service",
    "taskrun",
    "testcaserun",
    "testsuiterun",
];

/// Most bytes in a type.
const NAME_MAX: usize = 200;

/// `dev.cdevents.<subject>.<predicate>.<version>`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type<'a> {
    /// Without the version.
    pub(super) name: &'a str,
    pub(super) subject: &'a str,
    pub(super) predicate: &'a str,
    version: &'a str,
    is_custom: bool,
}

/// An event.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub(super) id: &'a str,
    pub(super) source: &'a str,
    pub(super) kind: Type<'a>,
    pub(super) spec_version: &'a str,
    pub(super) at: Timestamp,
    pub(super) subject_id: &'a str,
    pub(super) subject_source: &'a str,
    chain_id: Option<&'a str>,
    pub(super) content: Content<'a>,
}

/// What is read of the content of a subject.
#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) environment: Option<&'a str>,
    pub(super) service: Option<&'a str>,
    pub(super) artifact: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    name: Option<&'a str>,
    outcome: Option<&'static str>,
    severity: Option<&'a str>,
}

impl<'a> Type<'a> {
    fn of(node: &Node<'a>) -> Result<Self, KindError> {
        let text = node.text()?;
        let parsed = || {
            let rest = text.strip_prefix(PREFIX)?;
            let is_custom = rest.starts_with('x');
            let rest = rest.strip_prefix('x').unwrap_or(rest).strip_prefix('.')?;
            let mut parts = rest.splitn(3, '.');
            let (subject, predicate) = (parts.next()?, parts.next()?);
            let version = parts.next()?;
            let name = text.strip_suffix(version)?.strip_suffix('.')?;
            let is_sound = !subject.is_empty() && !predicate.is_empty() && is_version(version);
            let is_sound = is_sound && text.len() <= NAME_MAX;
            is_sound.then_some(Self {
                name,
                subject,
                predicate,
                version,
                is_custom,
            })
        };
        parsed().ok_or_else(|| {
            let expected = "expected dev.cdevents.<subject>.<predicate>.<major>.<minor>.<patch>";
            node.refuse(format!("is `{}`, {expected}", shortened(text, 80)))
        })
    }

    /// Whether the vocabulary has it.
    pub(super) fn is_known(&self) -> bool {
        let mut known = VOCABULARY.iter();
        !self.is_custom
            && known.any(|(subject, predicates)| {
                *subject == self.subject && predicates.contains(&self.predicate)
            })
    }

    /// Whether its content is read.
    fn is_read(&self) -> bool {
        self.is_known() && READ.contains(&self.subject)
    }

    /// Whether it is one of these, as `service.deployed`.
    pub(super) fn is(&self, subject: &str, predicates: &[&str]) -> bool {
        self.is_read() && self.subject == subject && predicates.contains(&self.predicate)
    }

    fn is_end_of_test(&self) -> bool {
        self.is("testcaserun", &["finished"]) || self.is("testsuiterun", &["finished"])
    }
}

/// `1.2.3`, or a draft of it.
fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let text = text.split_once('-').map_or(text, |(text, _)| text);
    text.split('.').count() == 3 && text.split('.').all(is_number)
}

impl<'a> Event<'a> {
    pub(super) fn of(node: &Node<'a>) -> Result<Self, KindError> {
        let context = node.field("context")?;
        let spec_version = spec_version(&context)?;
        let type_ = context.field("type")?;
        let kind = Type::of(&type_)?;
        if !kind.is_custom && READ.contains(&kind.subject) && !kind.is_known() {
            let what = "is no event of the vocabulary, and what it says of its subject is unknown";
            return Err(type_.refuse(what));
        }
        let known = ["0.1.", "0.2.", "0.3."];
        let is_known = known.iter().any(|minor| kind.version.starts_with(minor));
        if kind.is_read() && (!is_known || kind.version.contains('-')) {
            return Err(type_.refuse("is of a version that is not known: 0.1 to 0.3 are"));
        }
        let subject = node.field("subject")?;
        let is_old = spec_version.starts_with("0.4.");
        if is_old {
            subject.field("type")?;
        }
        if let Some(named) = subject.optional("type")?
            && !named.text()?.eq_ignore_ascii_case(kind.subject)
        {
            return Err(named.refuse(format!("is not the subject of `{}`", kind.name)));
        }
        let source = uri(&context.field("source")?)?;
        let subject_source = match subject.optional("source")? {
            Some(source) => uri(&source)?,
            None => source,
        };
        let content = subject.field("content")?;
        content.object()?;
        let chain_id = context.optional("chainId")?.map(|id| id.text());
        Ok(Self {
            id: name_of(&context.field("id")?)?,
            source,
            kind,
            spec_version,
            at: context.field("timestamp")?.timestamp()?,
            subject_id: name_of(&subject.field("id")?)?,
            subject_source,
            chain_id: chain_id.transpose()?,
            content: if kind.is_read() {
                Content::of(&content, &kind)?
            } else {
                Content::default()
            },
        })
    }

    /// Whether it counts after others of the same instant: what is undone, has failed or
    /// is still there is not hidden by the order of the file.
    pub(super) fn is_worse(&self) -> bool {
        let failed = self
            .content
            .outcome
            .is_some_and(|outcome| outcome != "success");
        failed
            || self.kind.is("service", &["rolledback", "removed"])
            || self.kind.is("incident", &["detected", "reported"])
    }

    /// The type with its version.
    pub(super) fn full_type(&self) -> String {
        format!("{}.{}", self.kind.name, self.kind.version)
    }

    /// The artifact that it is about.
    fn artifact(&self) -> Option<&'a str> {
        if self.kind.subject == "artifact" && self.kind.is_known() {
            return Some(self.subject_id);
        }
        self.content.artifact
    }

    pub(super) fn facts(&self) -> Value {
        let content = &self.content;
        let artifact = self.artifact();
        let short = |text: &str| shortened(text, TEXT_MAX);
        json!({
            "id": self.id,
            "source": self.source,
            "type": self.kind.name,
            "type_version": self.kind.version,
            "at": self.at.to_string(),
            "subject_id": self.subject_id,
            "subject_source": self.subject_source,
            "environment": content.environment.map(short),
            "service": content.service.map(short),
            "artifact": artifact.map(short),
            "sha256": artifact.and_then(digest),
            "name": content.name.map(short),
            "outcome": content.outcome,
            "severity": content.severity,
            "reason": content.reason.map(short),
            "chain_id": self.chain_id.map(short),
        })
    }
}

/// Text that names something. It is not shortened: two names must not become one.
fn name_of<'a>(node: &Node<'a>) -> Result<&'a str, KindError> {
    let text = node.words()?;
    if text.len() > TEXT_MAX {
        return Err(node.refuse(format!("is longer than {TEXT_MAX} bytes")));
    }
    Ok(text)
}

/// A URI reference, as far as that a blank is in none.
fn uri<'a>(node: &Node<'a>) -> Result<&'a str, KindError> {
    let text = name_of(node)?;
    if text.contains(char::is_whitespace) {
        return Err(node.refuse("has a blank, which no URI reference has"));
    }
    Ok(text)
}

/// The version of the specification that the event is of: its field says which.
fn spec_version<'a>(context: &Node<'a>) -> Result<&'a str, KindError> {
    let (field, minor) = match (
        context.optional("version")?,
        context.optional("specversion")?,
    ) {
        (Some(old), None) => (old, "0.4."),
        (Some(_), Some(new)) => {
            return Err(new.refuse("is there beside `version`, which 0.5 does not have"));
        }
        (None, _) => (context.field("specversion")?, "0.5."),
    };
    let text = field.text()?;
    let patch = text.strip_prefix(minor).unwrap_or_default();
    if !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text);
    }
    let text = shortened(text, 80);
    Err(field.refuse(format!("is `{text}`, and `{minor}…` is what is read there")))
}

impl<'a> Content<'a> {
    fn of(node: &Node<'a>, kind: &Type<'_>) -> Result<Self, KindError> {
        let must_name_place = matches!(kind.subject, "incident" | "service");
        if must_name_place || kind.is_end_of_test() {
            node.field("environment")?;
        }
        if kind.is("service", &["deployed", "upgraded", "rolledback"]) {
            node.field("artifactId")?;
        }
        Ok(Self {
            environment: reference(node, "environment")?,
            service: reference(node, "service")?,
            artifact: words(node, "artifactId")?,
            reason: first_text(node, &["reason", "errors", "description"])?,
            name: name(node)?,
            outcome: outcome(node, kind)?,
            severity: match node.optional("severity")? {
                Some(severity) if kind.is_end_of_test() => {
                    Some(severity.one_of(&["low", "medium", "high", "critical"])?)
                }
                _ => None,
            },
        })
    }
}

/// The `id` of the object `name`.
fn reference<'a>(node: &Node<'a>, name: &str) -> Result<Option<&'a str>, KindError> {
    let object = node.optional(name)?;
    let id = object.map(|object| object.field("id").and_then(|id| id.words()));
    id.transpose()
}

fn words<'a>(node: &Node<'a>, name: &str) -> Result<Option<&'a str>, KindError> {
    let field = node.optional(name)?;
    field.map(|field| field.words()).transpose()
}

fn first_text<'a>(node: &Node<'a>, names: &[&str]) -> Result<Option<&'a str>, KindError> {
    for name in names {
        if let Some(field) = node.optional(name)? {
            return field.text().map(Some);
        }
    }
    Ok(None)
}

/// What the run is a run of.
fn name<'a>(node: &Node<'a>) -> Result<Option<&'a str>, KindError> {
    if let Some(name) = first_text(node, &["pipelineName", "taskName"])? {
        return Ok(Some(name));
    }
    for name in ["testSuite", "testCase"] {
        if let Some(object) = node.optional(name)? {
            return first_text(&object, &["name", "id"]);
        }
    }
    Ok(None)
}

/// The outcome in the words of 0.5. What ends a pipeline or a task was free text in 0.4,
/// and is for tasks to this day: words that are none of the four are `other`.
fn outcome(node: &Node<'_>, kind: &Type<'_>) -> Result<Option<&'static str>, KindError> {
    let is_test = kind.is_end_of_test();
    let field = match node.optional("outcome")? {
        Some(field) if kind.predicate == "finished" => field,
        _ if is_test => node.field("outcome")?,
        _ => return Ok(None),
    };
    Ok(Some(match field.text()? {
        "success" | "pass" => "success",
        "failure" | "fail" => "failure",
        "cancel" => "cancel",
        "error" => "error",
        _ if is_test => {
            field.one_of(&["success", "failure", "cancel", "error", "pass", "fail"])?;
            "other"
        }
        _ => "other",
    }))
}

/// The SHA-256 digest that an artifact is named by: the version of a package URL, or the
/// whole name.
pub(super) fn digest(artifact: &str) -> Option<String> {
    let digest = match version(artifact) {
        Some(version) => version.strip_prefix("sha256:").map(str::to_owned)?,
        None => artifact.to_owned(),
    };
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| digest.to_ascii_lowercase())
}

/// The version of a package URL.
pub(super) fn version(artifact: &str) -> Option<String> {
    let name = artifact.strip_prefix("pkg:")?;
    let name = name.split(['?', '#']).next()?;
    let (_, version) = name.rsplit_once('@')?;
    Some(version.replace("%3A", ":").replace("%3a", ":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_artifacts() {
        let hex = "0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427";
        let upper = hex.to_uppercase();
        for name in [
            format!("pkg:oci/app@sha256%3A{hex}"),
            format!("pkg:oci/app@sha256%3a{upper}?repository_url=r.example.com/a@b#c"),
            format!("pkg:oci/app@sha256:{hex}"),
            hex.to_owned(),
        ] {
            assert_eq!(digest(&name).as_deref(), Some(hex), "{name}");
        }
        for name in [
            format!("pkg:github/a/b@{hex}"),
            format!("pkg:oci/app@sha512:{hex}"),
            format!("pkg:oci/app@sha256:{hex}0"),
            format!("app@sha256:{hex}"),
            "pkg:golang/a/b@v1.2.3".to_owned(),
            "pkg:golang/a/b".to_owned(),
        ] {
            assert_eq!(digest(&name), None, "{name}");
        }
        assert_eq!(
            version("pkg:golang/a/b@v1.2.3?x=1").as_deref(),
            Some("v1.2.3")
        );
        assert_eq!(version("pkg:golang/a/b?x=a@b"), None);
    }
}
