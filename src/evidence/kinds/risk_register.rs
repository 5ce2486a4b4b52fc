//! `risk-register`: what could go wrong, how likely and how bad it is, who answers for it,
//! and what is done about it. Our own format, `assize/risk-register/v1`;
//! `docs/evidence/risk-register.md`.
//!
//! INVARIANT: as in `register`. A score is likelihood times impact on the scales that the
//! register names, recomputed; one that says otherwise is refused. A risk that nobody
//! rated has none, and is named in `unsaid`.

use crate::evidence::Kind;
use crate::json::Value;
use crate::waiver::same_person;

use super::entry::{Entry, is_silent};
use super::node::{put, text_of};
use super::reader::{Form, Reader, starts};
use super::register;
use super::{KindError, Reading};

const STATUSES: [&str; 3] = ["open", "treated", "closed"];

const TREATMENTS: [&str; 4] = ["accept", "avoid", "mitigate", "transfer"];

/// What is rated, and the field of the frame that says on which scale.
const RATED: [&str; 2] = ["impact", "likelihood"];
const SCALES: [&str; 2] = ["impact_max", "likelihood_max"];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::RiskRegister,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/risk-register/"),
        read,
    },
};

/// Reads a register of risks.
fn read(value: &Value) -> Result<Reading, KindError> {
    let form = register::Form {
        kind: Kind::RiskRegister,
        schema: "assize/risk-register/v1",
        list: "risks",
        noun: "risk",
        scales: &SCALES,
    };
    let mut register = register::read(value, &form, risk)?;
    register.put_counts(&STATUSES);
    let unsaid = [
        "controls",
        "kind",
        "last_reviewed_at",
        "owner",
        "review_by",
        "score",
        "treatment",
    ];
    register.put_unsaid(&unsaid, still_counts);
    register.put_ids("unaccepted", |one| {
        let needed = ["accepted_at", "accepted_by", "accepted_until"];
        is_accepted(one) && needed.iter().any(|name| is_silent(one, name))
    });
    register.put_ids("self_accepted", |one| {
        is_accepted(one) && only_by_owner(one)
    });
    let current = register.entries.iter().filter(|one| still_counts(one));
    let highest = current.filter_map(|one| one.get("score")?.as_u64()).max();
    put(&mut register.reading.facts, "score_highest", highest);
    Ok(register.finish(form.list))
}

fn risk(risk: &mut Entry<'_>, scales: &[u32]) -> Result<(), KindError> {
    risk.only(&[
        "id",
        "kind",
        "title",
        "text",
        "owner",
        "likelihood",
        "impact",
        "score",
        "treatment",
        "status",
        "controls",
        "evidence",
        "identified_on",
        "last_reviewed_at",
        "review_by",
        "accepted_at",
        "accepted_by",
        "accepted_until",
        "tags",
    ])?;
    risk.words(&["title"])?;
    risk.optional_words(&["text", "owner"])?;
    risk.lists(&["accepted_by", "controls", "evidence", "tags"])?;
    put_score(risk, scales)?;
    risk.optional_one_of("treatment", &TREATMENTS)?;
    risk.one_of("status", &STATUSES)?;
    risk.optional_instant("identified_on", None)?;
    risk.optional_instant("last_reviewed_at", None)?;
    risk.optional_date("review_by")?;
    let accepted_at = risk.optional_instant("accepted_at", None)?;
    let accepted_until = risk.optional_date("accepted_until")?;
    if accepted_at
        .zip(accepted_until)
        .is_some_and(|(at, until)| until <= at)
    {
        return Err(risk.refuse("accepted_until", "is not later than `accepted_at`"));
    }
    Ok(())
}

/// Puts likelihood, impact and what they come to; null where one of them is absent.
fn put_score(risk: &mut Entry<'_>, scales: &[u32]) -> Result<(), KindError> {
    let mut score = Some(1);
    for (name, &max) in RATED.iter().zip(scales) {
        let factor = risk.optional_number(name, 1..=max)?;
        score = score.zip(factor).map(|(score, factor)| score * factor);
    }
    let said = risk.optional_number("score", 1..=100)?;
    if said.is_some() && said != score {
        return Err(risk.refuse("score", "is not `likelihood` times `impact`"));
    }
    risk.put("score", score);
    Ok(())
}

/// Whether a risk is still there: treating it does not end it.
fn still_counts(risk: &Value) -> bool {
    text_of(risk, "status") != "closed"
}

fn is_accepted(risk: &Value) -> bool {
    still_counts(risk) && text_of(risk, "treatment") == "accept"
}

/// Whether nobody but its owner has accepted a risk.
fn only_by_owner(risk: &Value) -> bool {
    let owner = text_of(risk, "owner");
    let people = risk.get("accepted_by").and_then(Value::as_array);
    let mut people = people.into_iter().flatten().filter_map(Value::as_str);
    !is_silent(risk, "accepted_by") && people.all(|one| same_person(one.trim(), owner.trim()))
}
