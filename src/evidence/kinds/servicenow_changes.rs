//! `servicenow-changes`: change requests as the Table API of `ServiceNow` answers
//! `GET /api/now/table/change_request`, and who approved them, from `sysapproval_approver`.
//! <https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html>;
//! `docs/evidence/servicenow-changes.md`.
//!
//! INVARIANTS
//! - Values are read and never display values: these are in the language and the time zone
//!   of whoever asked. An answer that holds nothing else is refused.
//! - People are told apart by `sys_id`, so that an approver is the requester exactly where
//!   both are the same record.
//! - An approval counts by the last that its approver said, and where that was no later
//!   than the beginning of the work.
//! - An answer does not say how many records were asked for. That a page is the last is
//!   shown by a shorter one, or by how many there are (`X-Total-Count`, in `total_count`).

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Kind;
use crate::json::{Value, json};

use super::node::Node;
use super::reader::{Form, Reader};
use super::tickets::{Ticket, Tickets, UNDATED, short};
use super::{KindError, Reading};

mod approval;
mod record;

use approval::{Approval, Approvals};
use record::Record;

/// Where whoever collects writes what the head of an answer says in `X-Total-Count`.
const TOTAL: &str = "total_count";

/// What rules need of a change, and an answer to `sysparm_fields` may lack.
const NEEDED: [&str; 8] = [
    "approval",
    "close_code",
    "closed_at",
    "end_date",
    "requested_by",
    "start_date",
    "type",
    "work_start",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::ServicenowChanges,
    media_type: "application/json",
    form: Form::Lines { is, read },
};

/// An answer whose first record says that it is a change.
fn is(value: &Value) -> bool {
    let text = |name: &str| {
        let field = value.get("result")?.get(0)?.get(name)?;
        field.as_str().or_else(|| field.get("value")?.as_str())
    };
    text("sys_class_name") == Some("change_request")
        || text("number").is_some_and(|number| number.starts_with("CHG"))
}

/// How long the pages of a list are, and how many records there are by the server's word.
#[derive(Debug, Default)]
struct Lengths {
    counts: Vec<usize>,
    total: Option<u64>,
}

/// What the pages hold, and how long they are.
#[derive(Debug, Default)]
struct Pages<'a> {
    changes: Vec<Record<'a>>,
    change_list: Lengths,
    approvals: BTreeMap<&'a str, Vec<Approval<'a>>>,
    approval_list: Lengths,
    change_ids: BTreeSet<&'a str>,
    approval_ids: BTreeSet<&'a str>,
}

/// Reads the pages of an answer.
fn read(values: &[Value]) -> Result<Reading, KindError> {
    let mut tickets = Tickets::default();
    let mut pages = Pages::default();
    for page in Node::documents(values) {
        pages.add(&page, &mut tickets)?;
    }
    pages.change_list.judge("change requests", &mut tickets);
    pages.approval_list.judge("approvals", &mut tickets);
    let approvers_known = !pages.approval_list.counts.is_empty();
    for change in &pages.changes {
        let id = change
            .node
            .field("number")
            .or_else(|_| change.node.field("sys_id"))?;
        let id = Record::value_of(&id)?;
        let name = id.words()?.trim();
        let sys_id = change.value("sys_id")?;
        let approvals = sys_id.and_then(|sys_id| pages.approvals.get(sys_id));
        let approvals = Approvals::of(
            approvals.map_or(&[][..], Vec::as_slice),
            change.value("approval")? == Some("approved"),
            change.instant("approval_set")?,
            change.instant("work_start")?,
        );
        for what in approvals.doubts() {
            tickets.doubt(*what, name);
        }
        let ticket = ticket(change, &approvals, &mut tickets)?;
        for field in NEEDED.iter().filter(|field| !change.has(field)) {
            tickets.doubt(format!("`{field}` was not asked for"), name);
        }
        let is_approved = change.value("approval")? == Some("approved");
        if is_approved && !approvers_known {
            let what = "approved, and no page of `sysapproval_approver` says by whom";
            tickets.doubt(what, name);
        } else if approvers_known && sys_id.is_none() {
            tickets.doubt("without `sys_id`, by which approvals are found", name);
        }
        let has_begun = matches!(change.state()?, -1 | 0 | 3);
        let has_ended = change.value("work_end")?.is_some();
        if (has_begun || has_ended) && ticket.deployed_at.is_none() {
            tickets.doubt(UNDATED, name);
        }
        if change.state()? == 3 && change.has("close_code") && ticket.outcome.is_none() {
            tickets.doubt("closed, and no known close code says how it went", name);
        }
        tickets.add(&id, ticket)?;
    }
    Ok(tickets.into_reading(Kind::ServicenowChanges, "servicenow"))
}

impl Lengths {
    /// Adds a page of `count` records; `total` is how many there are of all.
    fn add(&mut self, count: usize, total: Option<u64>, tickets: &mut Tickets<'_>) {
        self.counts.push(count);
        if self.total.is_some() && total.is_some() && self.total != total {
            tickets.doubt_all("the total changes from page to page");
        }
        self.total = total.or(self.total);
    }

    /// Says what the pages of `what` leave open.
    fn judge(&self, what: &str, tickets: &mut Tickets<'_>) {
        let seen: usize = self.counts.iter().sum();
        match self.total {
            Some(total) if total == seen as u64 => {}
            Some(total) => tickets.doubt_all(format!(
                "the server found {total} {what}, and {seen} are here"
            )),
            None if may_go_on(&self.counts) => {
                tickets.doubt_all(format!("there may be another page of {what}"));
            }
            None => {}
        }
    }
}

/// Whether there may be a page behind the last of these. Only one that is shorter than one
/// before it is the last for sure, and one without a record.
fn may_go_on(counts: &[usize]) -> bool {
    let Some((last, before)) = counts.split_last() else {
        return false;
    };
    before
        .iter()
        .max()
        .map_or(*last > 0, |longest| last >= longest)
}

impl<'a> Pages<'a> {
    fn add(&mut self, page: &Node<'a>, tickets: &mut Tickets<'a>) -> Result<(), KindError> {
        if page.optional("error")?.is_some() {
            // An answer that took too long is cut off, with what was found until then.
            tickets.doubt_all("the server reports an error beside its answer");
        }
        let mut count = 0;
        // An empty page is the end of the list that was there last.
        let mut of_approvals = !self.approval_list.counts.is_empty();
        for node in page.field("result")?.nodes()? {
            let record = Record { node };
            of_approvals = record.has("sysapproval");
            count += 1;
            if of_approvals {
                self.add_approval(&record, tickets)?;
            } else {
                if let Some(class) = record.value("sys_class_name")?
                    && class != "change_request"
                {
                    let class = short(class);
                    return Err(record
                        .node
                        .field("sys_class_name")?
                        .refuse(format!("is `{class}`, and only `change_request` is read")));
                }
                record.sys_id(&mut self.change_ids)?;
                self.changes.push(record);
            }
        }
        let total = page.optional(TOTAL)?.map(|total| total.count());
        let total = total.transpose()?;
        // An empty page of a list in which there is nothing is not the end of another.
        of_approvals |= total == Some(0) && count == 0 && !self.changes.is_empty();
        let list = if of_approvals {
            &mut self.approval_list
        } else {
            &mut self.change_list
        };
        list.add(count, total, tickets);
        Ok(())
    }

    fn add_approval(
        &mut self,
        record: &Record<'a>,
        tickets: &mut Tickets<'a>,
    ) -> Result<(), KindError> {
        record.sys_id(&mut self.approval_ids)?;
        let Some(change) = record.value("sysapproval")? else {
            return Ok(());
        };
        let state = record.value("state")?;
        if state.is_none() {
            tickets.doubt("approvals without `state`", change);
        }
        let by = record.person("approver", tickets)?;
        self.approvals.entry(change).or_default().push(Approval {
            by,
            state,
            asked_at: record.instant("sys_created_on")?,
            answered_at: record.instant("sys_updated_on")?,
        });
        Ok(())
    }
}

fn ticket<'a>(
    change: &Record<'a>,
    approvals: &Approvals<'a>,
    tickets: &mut Tickets<'a>,
) -> Result<Ticket, KindError> {
    let approval = change.value("approval")?;
    let author = change.person("requested_by", tickets)?;
    let opened_by = change.person("opened_by", tickets)?;
    let assigned_to = change.person("assigned_to", tickets)?;
    let close_code = change.value("close_code")?;
    let outcome = close_code.and_then(outcome_of);
    let state = change.state()?;
    let opened_at = change.instant("opened_at")?;
    let services = [change.shown("business_service")?, change.shown("cmdb_ci")?];
    Ok(Ticket {
        title: change.value("short_description")?.map(short),
        author: author.or(opened_by).map(short),
        teams: change
            .shown("assignment_group")?
            .map(short)
            .into_iter()
            .collect(),
        services: services.into_iter().flatten().map(short).collect(),
        risk: change.value("risk")?.and_then(risk_of),
        emergency: match change.value("type")? {
            Some("emergency") => Some(true),
            Some("normal" | "standard") => Some(false),
            _ => None,
        },
        opened_at: opened_at.or(change.instant("sys_created_on")?),
        approval_requested_at: approvals.requested_at,
        approved_at: approvals.approved_at,
        approved_by: approvals.by.iter().copied().map(short).collect(),
        planned_start_at: change.instant("start_date")?,
        planned_end_at: change.instant("end_date")?,
        deployed_at: change.instant("work_start")?,
        closed_at: change.instant("closed_at")?,
        status: status_of(state, approval, outcome),
        outcome,
        tags: Vec::new(),
        own: vec![
            ("sys_id", json!(change.value("sys_id")?)),
            ("state", json!(state)),
            ("close_code", json!(close_code.map(short))),
            ("opened_by", json!(opened_by)),
            ("assigned_to", json!(assigned_to)),
            (
                "work_end_at",
                json!(change.instant("work_end")?.map(|at| at.to_string())),
            ),
        ],
    })
}

/// How a change stands, by the states of the base system. A rejection is said whatever
/// happened after it.
fn status_of(state: i64, approval: Option<&str>, outcome: Option<&str>) -> Option<&'static str> {
    let is_known = matches!(state, -5..=0 | 3 | 4);
    match (state, approval) {
        (4, _) => Some("withdrawn"),
        (_, Some("rejected")) if is_known => Some("rejected"),
        (-5..=-3, _) => Some("open"),
        (-2 | -1, Some("approved")) => Some("approved"),
        (-2 | -1, _) => Some("open"),
        (0 | 3, _) if outcome == Some("unsuccessful") => Some("failed"),
        (0 | 3, _) => Some("deployed"),
        _ => None,
    }
}

fn outcome_of(close_code: &str) -> Option<&'static str> {
    match close_code {
        "successful" => Some("successful"),
        "successful_issues" => Some("with-issues"),
        "unsuccessful" => Some("unsuccessful"),
        _ => None,
    }
}

fn risk_of(risk: &str) -> Option<&'static str> {
    match risk {
        "1" | "2" => Some("high"),
        "3" => Some("medium"),
        "4" => Some("low"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
