//! `obligation-register`: what rules and contracts demand, who sees to it, until when and
//! by what it is met. Our own format, `assize/obligation-register/v1`;
//! `docs/evidence/obligation-register.md`.
//!
//! INVARIANT: as in `register`. An obligation that is said to be met and names nothing
//! that meets it is read as it is: that is a finding and no broken file.

use crate::clock::Timestamp;
use crate::evidence::Kind;
use crate::json::Value;

use super::entry::{Entry, is_silent};
use super::node::text_of;
use super::reader::{Form, Reader, starts};
use super::register;
use super::{KindError, Reading};

const STATUSES: [&str; 5] = [
    "open",
    "in-progress",
    "satisfied",
    "not-applicable",
    "withdrawn",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::ObligationRegister,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/obligation-register/"),
        read,
    },
};

/// Reads a register of obligations.
fn read(value: &Value) -> Result<Reading, KindError> {
    let form = register::Form {
        kind: Kind::ObligationRegister,
        schema: "assize/obligation-register/v1",
        list: "obligations",
        noun: "obligation",
        scales: &[],
    };
    let mut register = register::read(value, &form, |one, _| obligation(one))?;
    register.put_counts(&STATUSES);
    let unsaid = [
        "controls",
        "effective_on",
        "kind",
        "last_reviewed_at",
        "owner",
        "review_by",
    ];
    register.put_unsaid(&unsaid, still_counts);
    register.put_ids("undated", is_undated);
    register.put_ids("unsupported", |one| {
        let by = ["controls", "evidence", "satisfied_by"];
        text_of(one, "status") == "satisfied" && by.iter().all(|name| is_silent(one, name))
    });
    Ok(register.finish(form.list))
}

fn obligation(obligation: &mut Entry<'_>) -> Result<(), KindError> {
    obligation.only(&[
        "id",
        "kind",
        "title",
        "authority",
        "clause",
        "text",
        "owner",
        "effective_on",
        "due_at",
        "every_days",
        "last_done_at",
        "status",
        "reason",
        "satisfied_by",
        "controls",
        "evidence",
        "last_reviewed_at",
        "review_by",
        "tags",
    ])?;
    obligation.words(&["title", "authority"])?;
    obligation.optional_words(&["clause", "text", "owner", "reason", "satisfied_by"])?;
    obligation.lists(&["controls", "evidence", "tags"])?;
    obligation.optional_date("effective_on")?;
    obligation.optional_date("review_by")?;
    obligation.optional_instant("last_reviewed_at", None)?;
    let due_at = obligation.optional_date("due_at")?;
    let every_days = obligation.optional_number("every_days", 1..=3_660)?;
    let last_done_at = obligation.optional_instant("last_done_at", None)?;
    let status = obligation.one_of("status", &STATUSES)?;
    if matches!(status, "not-applicable" | "withdrawn")
        && obligation.node().optional("reason")?.is_none()
    {
        let what = format!("is `{status}`, and there is no `reason`");
        return Err(obligation.refuse("status", &what));
    }
    let again_at = match last_done_at.zip(every_days) {
        Some((last, days)) => Some(later(obligation, last, days)?),
        None => None,
    };
    let next_due_at = match status {
        "open" | "in-progress" => due_at.into_iter().chain(again_at).min(),
        // What was due once has been done, unless it was done last before another date was
        // set; what recurs is due again.
        "satisfied" => {
            let ahead = due_at.filter(|due| last_done_at.is_some_and(|last| last < *due));
            ahead.into_iter().chain(again_at).min()
        }
        _ => None,
    };
    obligation.put("next_due_at", next_due_at.map(|at| at.to_string()));
    Ok(())
}

fn later(obligation: &Entry<'_>, last: Timestamp, days: u32) -> Result<Timestamp, KindError> {
    let later = last.plus_days(days);
    later.ok_or_else(|| obligation.refuse("last_done_at", "is too far in the future"))
}

fn still_counts(obligation: &Value) -> bool {
    !matches!(
        text_of(obligation, "status"),
        "not-applicable" | "withdrawn"
    )
}

/// Whether nobody knows when something is due that is still to be done.
fn is_undated(obligation: &Value) -> bool {
    let is_over =
        text_of(obligation, "status") == "satisfied" && is_silent(obligation, "every_days");
    still_counts(obligation) && !is_over && is_silent(obligation, "next_due_at")
}
