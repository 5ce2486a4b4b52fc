//! `jira-issues`: changes that are kept as issues of Jira, as its search answers:
//! `/rest/api/2/search` and `/rest/api/3/search` (`startAt`, `total`), and
//! `/rest/api/3/search/jql` (`nextPageToken`, `isLast`), with `expand=changelog`.
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/>,
//! <https://docs.atlassian.com/software/jira/docs/api/REST/9.17.0/#api/2/search>;
//! `docs/evidence/jira-issues.md`.
//!
//! INVARIANTS
//! - Who approved, and when, is in the transitions alone. An issue without them, or with a
//!   gap in them, makes the item `partial`.
//! - How an issue stands is told by names of statuses that are listed in `stage`. Another
//!   name may hide that work has begun, and makes the item `partial` too.
//! - Approvals of Jira Service Management are not read: an issue that holds them and was
//!   approved makes the item `partial`.

use crate::clock::Timestamp;
use crate::evidence::Kind;
use crate::json::{Map, Value, json};

use super::node::{Node, put, text_of};
use super::reader::{Form, Reader};
use super::tickets::{Ticket, Tickets, UNDATED, short};
use super::{KindError, Reading};

mod history;
mod paging;
mod stage;

use history::{History, Now};
use paging::Paging;
use stage::Stage;

/// What rules need of an issue, and an answer to `fields` may lack.
const NEEDED: [&str; 5] = [
    "created",
    "reporter",
    "resolution",
    "resolutiondate",
    "status",
];

/// What the fields for the planned window may be called, where `expand=names` says it.
const PLANNED_START: [&str; 2] = ["planned start", "planned start date"];
const PLANNED_END: [&str; 2] = ["planned end", "planned end date"];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::JiraIssues,
    media_type: "application/json",
    form: Form::Lines { is, read },
};

/// An answer of the search, by its first issue; by how it is paged where it has none.
fn is(value: &Value) -> bool {
    let Some(issues) = value.get("issues").and_then(Value::as_array) else {
        return false;
    };
    if let Some(issue) = issues.first() {
        let is_text = |name: &str| issue.get(name).is_some_and(Value::is_string);
        return is_text("key")
            && is_text("id")
            && issue.get("fields").is_some_and(Value::is_object);
    }
    let is_number = |name: &str| value.get(name).is_some_and(Value::is_u64);
    (is_number("startAt") && is_number("maxResults") && is_number("total"))
        || value.get("isLast").is_some_and(Value::is_boolean)
}

/// Reads the pages of an answer.
fn read(values: &[Value]) -> Result<Reading, KindError> {
    let mut tickets = Tickets::default();
    let mut paging = Paging::default();
    let mut all_planned: Option<Planned<'_>> = None;
    for page in Node::documents(values) {
        for name in ["errorMessages", "warningMessages"] {
            if !page.each(name)?.is_empty() {
                tickets.doubt_all(format!("the server answers with `{name}`"));
            }
        }
        let names = page.optional("names")?;
        let names = names.map(|names| names.object()).transpose()?;
        let planned = Planned::named(names);
        let known = all_planned.unwrap_or(planned);
        all_planned = Some(known.if_both(planned));
        let mut count = 0;
        for issue in page.field("issues")?.nodes()? {
            count += 1;
            let key = issue.field("key")?;
            let ticket = ticket(&issue, key.words()?.trim(), &planned, &mut tickets)?;
            tickets.add(&key, ticket)?;
        }
        paging.add(&page, count, &mut tickets)?;
    }
    paging.finish(&mut tickets);
    let planned = all_planned.unwrap_or_default();
    let mut reading = tickets.into_reading(Kind::JiraIssues, "jira");
    let fields = json!({"start": planned.start, "end": planned.end});
    put(&mut reading.facts, "planned_fields", fields);
    Ok(reading)
}

/// The ids of the fields with the planned window.
#[derive(Debug, Clone, Copy, Default)]
struct Planned<'a> {
    start: Option<&'a str>,
    end: Option<&'a str>,
}

impl<'a> Planned<'a> {
    fn named(names: Option<&'a Map<String, Value>>) -> Self {
        let find = |wanted: [&str; 2]| {
            let mut names = names?.iter();
            let found = names.find(|(_, name)| {
                let name = name.as_str().unwrap_or_default().to_lowercase();
                wanted.contains(&name.as_str())
            });
            found.map(|(id, _)| id.as_str())
        };
        Self {
            start: find(PLANNED_START),
            end: find(PLANNED_END),
        }
    }

    /// What both say.
    fn if_both(self, other: Self) -> Self {
        Self {
            start: self.start.filter(|start| other.start == Some(*start)),
            end: self.end.filter(|end| other.end == Some(*end)),
        }
    }
}

fn ticket<'a>(
    issue: &Node<'a>,
    key: &'a str,
    planned: &Planned<'_>,
    tickets: &mut Tickets<'a>,
) -> Result<Ticket, KindError> {
    let fields = issue.field("fields")?;
    let given = fields.object()?;
    for name in NEEDED.iter().filter(|&name| !given.contains_key(*name)) {
        tickets.doubt(format!("`{name}` was not asked for"), key);
    }
    let status = name_in(&fields, "status")?;
    let resolution = name_in(&fields, "resolution")?;
    let stage = stage_now(&fields, status, resolution)?;
    let changelog = issue.optional("changelog")?;
    if changelog.is_none() {
        tickets.doubt("no changelog says who approved it and when", key);
    }
    let opened_at = instant(&fields, Some("created"))?;
    let now = Now {
        status,
        status_id: status_id(&fields)?,
        stage,
        opened_at,
    };
    let history = changelog.map(|log| History::read(&log, &now, key, tickets));
    let history = history.transpose()?.unwrap_or_default();
    if history.approved_at.is_some() && given.values().any(holds_approvals) {
        tickets.doubt("approvals of Jira Service Management are not read", key);
    }
    if stage.is_some_and(Stage::has_begun) && history.deployed_at.is_none() {
        tickets.doubt(UNDATED, key);
    }
    let reporter = person(fields.optional("reporter")?, tickets)?;
    let creator = person(fields.optional("creator")?, tickets)?;
    let assignee = person(fields.optional("assignee")?, tickets)?;
    let mut services = Vec::new();
    for component in fields.each("components")? {
        services.push(short(component.field("name")?.words()?));
    }
    let mut tags = Vec::new();
    for label in fields.each("labels")? {
        tags.push(short(label.words()?));
    }
    let project = fields.optional("project")?;
    let project = project.map(|project| text_of(project.value(), "key"));
    let title = fields.optional("summary")?.map(|title| title.text());
    Ok(Ticket {
        title: title.transpose()?.map(short),
        author: reporter.or(creator).map(short),
        services,
        opened_at,
        approval_requested_at: history.requested_at,
        approved_at: history.approved_at,
        approved_by: history.approved_by.map(short).into_iter().collect(),
        planned_start_at: instant(&fields, planned.start)?,
        planned_end_at: instant(&fields, planned.end)?,
        deployed_at: history.deployed_at,
        closed_at: instant(&fields, Some("resolutiondate"))?,
        status: stage.and_then(Stage::status),
        outcome: stage.and_then(Stage::outcome),
        tags,
        own: vec![
            ("assigned_to", json!(assignee.map(short))),
            ("created_by", json!(creator.map(short))),
            ("project", json!(project.map(short))),
            ("resolution", json!(resolution.map(short))),
            ("state", json!(status.map(short))),
            ("type", json!(name_in(&fields, "issuetype")?.map(short))),
        ],
        ..Ticket::default()
    })
}

/// How an issue stands, as far as its status and its resolution tell.
fn stage_now(
    fields: &Node<'_>,
    status: Option<&str>,
    resolution: Option<&str>,
) -> Result<Option<Stage>, KindError> {
    let Some(status) = status else {
        return Ok(None);
    };
    let category = fields.field("status")?.optional("statusCategory")?;
    let category = category
        .as_ref()
        .map(|category| text_of(category.value(), "key"));
    Ok(match (Stage::named(status), category) {
        (Some(Stage::Ended), _) | (None, Some("done")) => resolution.and_then(Stage::resolved),
        (None, Some("new")) => Some(Stage::Open),
        (stage, _) => stage,
    })
}

/// Whether a field holds approvals of Jira Service Management, whatever it is called.
fn holds_approvals(field: &Value) -> bool {
    let has = |one: &Value, name| one.get(name).is_some();
    let is_approval =
        |one| has(one, "approvers") && (has(one, "finalDecision") || has(one, "canAnswerApproval"));
    field
        .as_array()
        .is_some_and(|list| list.iter().any(is_approval))
}

/// The `id` of the status.
fn status_id<'a>(fields: &Node<'a>) -> Result<Option<&'a str>, KindError> {
    let status = fields.optional("status")?;
    let id = status.map(|status| text_of(status.value(), "id"));
    Ok(id.filter(|id| !id.is_empty()))
}

/// The `name` of what is in the field `field`.
fn name_in<'a>(fields: &Node<'a>, field: &str) -> Result<Option<&'a str>, KindError> {
    let Some(node) = fields.optional(field)? else {
        return Ok(None);
    };
    node.field("name")?.words().map(Some)
}

/// What tells a person from others, whose name is noted.
fn person<'a>(
    node: Option<Node<'a>>,
    tickets: &mut Tickets<'a>,
) -> Result<Option<&'a str>, KindError> {
    let Some(node) = node else {
        return Ok(None);
    };
    for name in ["accountId", "key", "name"] {
        if let Some(id) = node.optional(name)? {
            let id = id.words()?.trim();
            tickets.tell_by(name);
            let shown = node.value().get("displayName").and_then(Value::as_str);
            if let Some(shown) = shown.filter(|shown| !shown.trim().is_empty()) {
                tickets.name(id, shown);
            }
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The instant in the field `name`, of which the offset may lack its colon.
fn instant(fields: &Node<'_>, name: Option<&str>) -> Result<Option<Timestamp>, KindError> {
    let node = match name {
        Some(name) => fields.optional(name)?,
        None => None,
    };
    node.map(|node| stamp(&node)).transpose()
}

fn stamp(node: &Node<'_>) -> Result<Timestamp, KindError> {
    let text = node.words()?;
    let split = text
        .len()
        .checked_sub(5)
        .and_then(|at| text.split_at_checked(at));
    if let Some((start, offset)) = split
        && let Some(digits) = offset.strip_prefix(['+', '-'])
        && start.contains('T')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && let Some((hours, minutes)) = digits.split_at_checked(2)
    {
        let sign = if offset.starts_with('-') { '-' } else { '+' };
        let whole = format!("{start}{sign}{hours}:{minutes}");
        return whole
            .parse()
            .map_err(|_| node.refuse(format!("`{}` is not a timestamp", short(text))));
    }
    node.timestamp()
}

#[cfg(test)]
mod tests;
