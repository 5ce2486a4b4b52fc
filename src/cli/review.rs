//! `assize review`: a review is held and recorded, or the schedule is looked at.

use std::collections::BTreeMap;
use std::io::Write;

use super::args::{Review as Command, ReviewHold, ReviewStatus, Sources};
use super::config::Config;
use super::error::CliError;
use super::exit::Exit;
use super::location::Location;
use super::{actor, baseline, evaluation, log, settings};
use crate::assess::Selection;
use crate::clock::{Clock as _, System, Timestamp};
use crate::governance::{
    Acts, BASELINE, Current, Period, Previous, REVIEW, Review, ReviewError, ReviewStanding, Rhythm,
    Schedule, Scheduled, act_name, attended, date_text,
};
use crate::json::{self, Value, json};
use crate::policy::{Family, LoadOptions, PolicySet};
use crate::record::act::{ActDraft, People};
use crate::report::visible;
use crate::triggers::{Recorded, Standing, State};

/// Runs `assize review`.
///
/// # Errors
/// Triggers that were looked at too long ago, or never; a record that cannot be appended.
pub fn run(
    command: &Command,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, CliError> {
    let hold = |rhythm, args: &ReviewHold, out: &mut _, err: &mut _| {
        hold(rhythm, args, config, out, err).map(|()| Exit::Yes)
    };
    match command {
        Command::Monthly(args) => hold(Rhythm::Monthly, args, out, err),
        Command::Quarterly(args) => hold(Rhythm::Quarterly, args, out, err),
        Command::Annual(args) => hold(Rhythm::Annual, args, out, err),
        Command::Status(args) => status(args, config, out),
    }
}

fn hold(
    rhythm: Rhythm,
    args: &ReviewHold,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), CliError> {
    let wants_json = log::wants_json(&args.output)?;
    let names = attended(&args.attended)?;
    if args.approved_by.trim().is_empty() {
        return Err(ReviewError::Approver.into());
    }
    let schedule = schedule(&args.sources, config)?;
    let location = settings::ledger(args.place.ledger.as_ref(), config)?;
    let reader = location.reader()?.ok_or_else(|| CliError::NoTriggers {
        path: location.as_path().to_owned(),
    })?;
    let (as_of, source) = instant(args.as_of.as_deref(), config)?;
    let acts = Acts::read(&reader, REVIEW)?;
    let period = match &args.period {
        Some(text) => Period::parse(rhythm, text).map_err(ReviewError::from)?,
        None => schedule.current(rhythm, &acts, as_of)?,
    };
    if period.first_day() > as_of.day() {
        return Err(ReviewError::Future { period }.into());
    }
    let rule = schedule.rule(rhythm)?;
    let recorded = Recorded::last(&reader)?;
    Current::admits(&recorded, rhythm, as_of, rule.max_trigger_age_h)?;
    let previous = Previous::read(&reader, &acts, rhythm)?;
    let review = Review {
        period,
        title: rule.title.clone(),
        as_of,
        as_of_source: source,
        attended: names,
        approved_by: args.approved_by.clone(),
        note: args.note.clone(),
        current: Current::read(&reader, recorded)?,
        baselines: Review::baselines_since(&Acts::read(&reader, BASELINE)?, previous.as_ref()),
        previous,
        missed: missed(&schedule.standings(&acts, as_of)),
    };
    let document = review.document();
    let draft = draft(&review, &document)?;
    let trust = settings::trust(args.trust.as_ref(), config)?;
    let (ledger, _) = evaluation::open_ledger(&args.place, config, trust.as_ref(), err)?;
    let appended = baseline::append(ledger.as_ref(), &draft, &[])?;
    let text = if wants_json {
        let report = json!({
            "schema": "assize/review-report/v1",
            "record": {"index": appended.position.index, "sha256": appended.line_digest},
            "review": document,
        });
        format!("{}\n", json::pretty(&report))
    } else {
        let mut lines = page(&review, &document);
        lines.push(format!(
            "HELD  record {}  sha256:{}",
            appended.position.index, appended.line_digest
        ));
        lines.iter().map(|line| visible(line) + "\n").collect()
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)
}

fn draft(review: &Review, document: &Value) -> Result<ActDraft, CliError> {
    let digests = &review.current.recorded.statement.predicate.digests;
    Ok(ActDraft {
        kind: REVIEW.to_owned(),
        name: review.name(),
        outcome: "held".to_owned(),
        people: People {
            requested_by: None,
            approved_by: review.approved_by.clone(),
            attended: Some(review.attended.len() as u64),
        },
        actor: actor::from_environment(),
        document: json::canonical(document)?,
        materials: BTreeMap::from([("triggers".to_owned(), digests.decision)]),
    })
}

/// The instant of the review and who pinned it. The pin of `[triggers]` counts here too:
/// a review of dated triggers is dated.
fn instant(flag: Option<&str>, config: &Config) -> Result<(Timestamp, Option<String>), CliError> {
    let section = evaluation::section(&Selection::Family(Family::Trigger), config);
    Ok(match evaluation::as_of(flag, &section)? {
        Some((at, source)) => (at, Some(source)),
        None => (System.now(), None),
    })
}

fn schedule(sources: &Sources, config: &Config) -> Result<Schedule, CliError> {
    let policies = PolicySet::load(&LoadOptions {
        roots: evaluation::policies(sources, config),
        data: evaluation::data(sources, config),
        ..LoadOptions::default()
    })?;
    Ok(Schedule::read(policies.data())?)
}

fn missed(standings: &[Scheduled]) -> Vec<String> {
    let missed = |one: &&Scheduled| one.standing == ReviewStanding::Missed;
    let standings = standings.iter().filter(missed);
    standings.map(|one| act_name(one.period)).collect()
}

fn page(review: &Review, document: &Value) -> Vec<String> {
    let recorded = &review.current.recorded;
    let mut lines = vec![format!("{}  {}", review.name(), review.title)];
    lines.push(match &review.as_of_source {
        Some(source) => format!(
            "as of {}, set by {source}: not the time of this run",
            review.as_of
        ),
        None => format!("as of {}", review.as_of),
    });
    lines.push(format!(
        "attended  {}; approved by {}",
        review.attended.join(", "),
        review.approved_by
    ));
    lines.extend(review.note.iter().map(|note| format!("note      {note}")));
    lines.push(format!(
        "triggers  record {} of {}: {}",
        recorded.point.index, recorded.point.as_of, recorded.statement.predicate.verdict
    ));
    for state in State::ALL {
        let standings: Vec<_> = review.current.of(state).collect();
        if standings.is_empty() {
            continue;
        }
        lines.push(String::new());
        let heading = format!("{} ({})", state.name().to_uppercase(), standings.len());
        lines.push(heading);
        for standing in standings {
            lines.extend(trigger(standing, state));
        }
    }
    lines.push(String::new());
    lines.extend(changes(review, document));
    for missed in &review.missed {
        lines.push(format!("MISSED    {missed}"));
    }
    lines
}

fn trigger(standing: &Standing, state: State) -> Vec<String> {
    let rule = &standing.rule;
    let due = match (standing.row, standing.due) {
        (Some(row), Some(due)) => {
            format!(
                "  {}, due {} to {}",
                row.urgency.name(),
                due.from.date(),
                due.by.date()
            )
        }
        _ => String::new(),
    };
    let mut lines = vec![format!("  {}  {}{due}", rule.id, rule.title)];
    if state != State::Clear && state != State::NotApplicable {
        let findings = rule.findings.iter();
        lines.extend(findings.map(|finding| format!("    {}", finding.msg)));
    }
    lines
}

fn changes(review: &Review, document: &Value) -> Vec<String> {
    let Some(previous) = &review.previous else {
        return vec!["changes   none to tell: the first review of its kind".to_owned()];
    };
    let mut lines = vec![format!("changes   since record {}", previous.index)];
    let Some(changes) = review.changes() else {
        lines.push("          cannot be told: the document of that review cannot be read".into());
        return lines;
    };
    for (name, ids) in changes.named() {
        if !ids.is_empty() {
            lines.push(format!(
                "          {}: {}",
                name.replace('_', " "),
                ids.join(", ")
            ));
        }
    }
    for name in ["policies", "data"] {
        let changed = document.pointer(&format!("/changes/{name}"));
        if changed.is_some_and(|changed| !changed.is_null()) {
            lines.push(format!("          {name} changed"));
        }
    }
    for (index, metric) in &review.baselines {
        lines.push(format!(
            "          baseline {metric} was set, record {index}"
        ));
    }
    if lines.len() == 1 {
        lines.push("          nothing".to_owned());
    }
    lines
}

fn status(args: &ReviewStatus, config: &Config, out: &mut impl Write) -> Result<Exit, CliError> {
    let wants_json = log::wants_json(&args.output)?;
    let schedule = schedule(&args.sources, config)?;
    let acts = acts(&settings::ledger(args.ledger.as_ref(), config)?)?;
    let (as_of, source) = instant(args.as_of.as_deref(), config)?;
    let standings = schedule.standings(&acts, as_of);
    let text = if wants_json {
        let document = json!({
            "schema": "assize/review-status/v1",
            "as_of": as_of,
            "as_of_source": source,
            "unreadable": acts.unreadable,
            "reviews": standings.iter().map(entry).collect::<Vec<_>>(),
        });
        format!("{}\n", json::pretty(&document))
    } else {
        let mut lines = vec![format!("reviews as of {as_of}")];
        lines.extend(standings.iter().map(line));
        if standings.is_empty() {
            lines.push("none is scheduled yet".to_owned());
        }
        for index in &acts.unreadable {
            lines.push(format!(
                "record {index} cannot be read; if it is a review, it is not counted"
            ));
        }
        lines.iter().map(|line| visible(line) + "\n").collect()
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(if missed(&standings).is_empty() {
        Exit::Yes
    } else {
        Exit::No
    })
}

/// The reviews of a ledger; none without one, which excuses nothing.
fn acts(ledger: &Location) -> Result<Acts, CliError> {
    match ledger.reader()? {
        Some(reader) => Ok(Acts::read(&reader, REVIEW)?),
        None => Ok(Acts::default()),
    }
}

fn line(one: &Scheduled) -> String {
    let deadline = date_text(one.deadline);
    let (word, rest) = match &one.standing {
        ReviewStanding::Held(held) => (
            "held",
            format!("record {}, approved by {}", held.index, held.approved_by),
        ),
        ReviewStanding::Late(held) => (
            "LATE",
            format!(
                "record {} of {}, in time until {deadline}",
                held.index, held.recorded_at
            ),
        ),
        ReviewStanding::Missed => ("MISSED", format!("in time until {deadline}")),
        ReviewStanding::Due => ("due", format!("in time until {deadline}")),
        ReviewStanding::Open => (
            "open",
            format!(
                "ends {}, in time until {deadline}",
                date_text(one.period.last_day())
            ),
        ),
    };
    let period = one.period.to_string();
    let rhythm = one.period.rhythm.name();
    format!("{rhythm:<9}  {period:<7}  {word:<6}  {rest}")
}

fn entry(one: &Scheduled) -> Value {
    let (state, held) = match &one.standing {
        ReviewStanding::Held(held) => ("held", Some(held)),
        ReviewStanding::Late(held) => ("late", Some(held)),
        ReviewStanding::Missed => ("missed", None),
        ReviewStanding::Due => ("due", None),
        ReviewStanding::Open => ("open", None),
    };
    json!({
        "rhythm": one.period.rhythm.name(),
        "period": one.period.to_string(),
        "ends": date_text(one.period.last_day()),
        "in_time_until": date_text(one.deadline),
        "state": state,
        "record": held.map(|held| held.index),
        "recorded_at": held.map(|held| held.recorded_at),
    })
}
