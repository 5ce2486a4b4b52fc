//! The document of a review: where every trigger stands, what changed since the last
//! review of its kind, and who was there.

use std::collections::BTreeMap;

use super::{ReviewError, act_name};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::governance::calendar::{Period, Rhythm};
use crate::governance::{Acts, BASELINE};
use crate::json::{self, Limits, Map, Value, json};
use crate::ledger::read::Reader;
use crate::triggers::{History, Matrix, Overdue, Recorded, Standing, State};

/// `schema` of the document.
pub const REVIEW_SCHEMA: &str = "assize/review/v1";

/// Where the triggers stand that a review reads.
#[derive(Debug, Clone)]
pub struct Current {
    /// Their record.
    pub recorded: Recorded,
    /// Every trigger, sorted by id.
    pub standings: Vec<Standing>,
}

/// The last review of the same kind.
#[derive(Debug, Clone)]
pub struct Previous {
    /// 0-based number of its record.
    pub index: u64,
    name: String,
    /// Its document; none where it cannot be read.
    document: Option<Value>,
}

/// A review that is to be recorded.
#[derive(Debug, Clone)]
pub struct Review {
    /// Which period.
    pub period: Period,
    /// What it is called.
    pub title: String,
    /// The instant as of which it is held.
    pub as_of: Timestamp,
    /// Who pinned it, unless it is the time of the run.
    pub as_of_source: Option<String>,
    /// Who attended.
    pub attended: Vec<String>,
    /// Who approved it.
    pub approved_by: String,
    /// A remark.
    pub note: Option<String>,
    /// Where the triggers stand.
    pub current: Current,
    /// The last review of the kind; none before the first.
    pub previous: Option<Previous>,
    /// Baselines that were set since, with their records.
    pub baselines: Vec<(u64, String)>,
    /// Reviews that were missed by then, by name.
    pub missed: Vec<String>,
}

/// What changed since the last review of the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Fired now, and not then.
    pub newly_fired: Vec<String>,
    /// Fired then, and clear now.
    pub cleared: Vec<String>,
    /// Nobody can tell now, and somebody could then.
    pub newly_unknown: Vec<String>,
    /// Not there then.
    pub added: Vec<String>,
    /// Not there now.
    pub removed: Vec<String>,
}

impl Current {
    /// Reads how the triggers of `recorded` stand.
    ///
    /// # Errors
    /// A record with a state that triggers do not have.
    pub fn read(reader: &Reader, recorded: Recorded) -> Result<Self, ReviewError> {
        let history = History::read(reader, recorded.point);
        let matrix = matrix(reader, &recorded)?;
        let standings = recorded.decided.rules.iter().map(|rule| {
            let standing = Standing::of(rule, &matrix, &history, recorded.point);
            standing.ok_or_else(|| ReviewError::State {
                index: recorded.point.index,
                rule: rule.id.clone(),
                state: rule.state.clone(),
            })
        });
        Ok(Self {
            standings: standings.collect::<Result<_, _>>()?,
            recorded,
        })
    }

    /// Refuses a record that is too old for a review as of `as_of`.
    ///
    /// # Errors
    /// One that is older than `max_h` hours, or later than the review.
    pub fn admits(
        recorded: &Recorded,
        rhythm: Rhythm,
        as_of: Timestamp,
        max_h: u64,
    ) -> Result<(), ReviewError> {
        let point = recorded.point;
        let age_s = as_of.seconds_since(point.as_of);
        if age_s < 0 {
            return Err(ReviewError::Later {
                index: point.index,
                as_of: point.as_of,
            });
        }
        if age_s.unsigned_abs() > max_h.saturating_mul(3_600) {
            return Err(ReviewError::Stale {
                rhythm,
                index: point.index,
                as_of: point.as_of,
                age_h: age_s / 3_600,
                max_h,
            });
        }
        Ok(())
    }

    /// Returns the triggers in `state`.
    pub fn of(&self, state: State) -> impl Iterator<Item = &Standing> {
        let standings = self.standings.iter();
        standings.filter(move |standing| standing.state == state)
    }
}

/// The matrix that the triggers were judged by; an empty one where it cannot be read.
fn matrix(reader: &Reader, recorded: &Recorded) -> Result<Matrix, ReviewError> {
    let bytes = reader.blob(&recorded.statement.predicate.digests.data)?;
    let data = bytes.and_then(|bytes| json::parse(&bytes, Limits::AUTHORED).ok());
    let matrix = data.and_then(|data| Matrix::read(&data, []).ok());
    Ok(matrix.unwrap_or_default())
}

impl Previous {
    /// Returns the last review of `rhythm` in `acts`.
    ///
    /// # Errors
    /// A ledger that cannot be read.
    pub fn read(reader: &Reader, acts: &Acts, rhythm: Rhythm) -> Result<Option<Self>, ReviewError> {
        let kind = format!("{rhythm} ");
        let mut of_kind = acts.records.iter().rev();
        let last = of_kind.find(|recorded| recorded.act.predicate.name.starts_with(&kind));
        let Some(last) = last else {
            return Ok(None);
        };
        let bytes = reader.blob(&last.act.document())?;
        let document = bytes.and_then(|bytes| json::parse(&bytes, Limits::EVIDENCE).ok());
        let is_review = |document: &Value| {
            document.get("schema").and_then(Value::as_str) == Some(REVIEW_SCHEMA)
        };
        Ok(Some(Self {
            index: last.index,
            name: last.act.predicate.name.clone(),
            document: document.filter(is_review),
        }))
    }

    fn states(&self) -> Option<BTreeMap<String, String>> {
        let states = self.document.as_ref()?.get("states")?.as_object()?;
        let states = states
            .iter()
            .map(|(id, state)| Some((id.clone(), state.as_str()?.to_owned())));
        states.collect()
    }
}

impl Review {
    /// Returns what changed; none before the first review, and where the last cannot be
    /// read.
    pub fn changes(&self) -> Option<Changes> {
        let before = self.previous.as_ref()?.states()?;
        let mut changes = Changes::default();
        let is_told =
            |state: &str| ![State::Unknown.name(), State::Unmeasured.name()].contains(&state);
        let mut now = BTreeMap::new();
        for standing in &self.current.standings {
            let (id, state) = (standing.rule.id.clone(), standing.state);
            let was = before.get(&id).map(String::as_str);
            if was.is_none() {
                changes.added.push(id.clone());
            }
            if state == State::Fired && was != Some(State::Fired.name()) {
                changes.newly_fired.push(id.clone());
            }
            if state == State::Clear && was == Some(State::Fired.name()) {
                changes.cleared.push(id.clone());
            }
            if !is_told(state.name()) && was.is_none_or(is_told) {
                changes.newly_unknown.push(id.clone());
            }
            now.insert(id, state);
        }
        let gone = before.keys().filter(|id| !now.contains_key(*id));
        changes.removed.extend(gone.cloned());
        Some(changes)
    }

    /// Returns the document.
    pub fn document(&self) -> Value {
        let recorded = &self.current.recorded;
        let predicate = &recorded.statement.predicate;
        let state = |state| self.current.of(state).map(entry).collect::<Vec<_>>();
        let states: Map<_, _> = self
            .current
            .standings
            .iter()
            .map(|standing| (standing.rule.id.clone(), json!(standing.state.name())))
            .collect();
        json!({
            "schema": REVIEW_SCHEMA,
            "rhythm": self.period.rhythm.name(),
            "period": self.period.to_string(),
            "title": self.title,
            "as_of": self.as_of,
            "as_of_source": self.as_of_source,
            "attended": self.attended,
            "approved_by": self.approved_by,
            "note": self.note,
            "triggers": {
                "record": recorded.point.index,
                "as_of": recorded.point.as_of,
                "verdict": predicate.verdict,
                "decision": predicate.digests.decision,
                "policies": predicate.digests.policies,
                "data": predicate.digests.data,
            },
            "fired": state(State::Fired),
            "unknown": state(State::Unknown),
            "unmeasured": state(State::Unmeasured),
            "states": states,
            "changes": self.told(),
            "missed": self.missed,
        })
    }

    /// What changed, with digests and baselines.
    fn told(&self) -> Value {
        let Some(previous) = &self.previous else {
            return Value::Null;
        };
        let digests = &self.current.recorded.statement.predicate.digests;
        let changed = |name: &str, now: Digest| {
            let before = previous.document.as_ref();
            let before = before.and_then(|document| {
                let before = document.pointer(&format!("/triggers/{name}"));
                before.and_then(Value::as_str)
            });
            (before != Some(now.hex().as_str())).then(|| json!({"before": before, "after": now}))
        };
        let mut told = json!({
            "since": {"record": previous.index, "review": previous.name},
            "readable": previous.document.is_some(),
            "policies": changed("policies", digests.policies),
            "data": changed("data", digests.data),
            "baselines": self.baselines.iter().map(|(index, metric)| json!({
                "record": index, "metric": metric,
            })).collect::<Vec<_>>(),
        });
        if let (Some(changes), Some(fields)) = (self.changes(), told.as_object_mut()) {
            for (name, ids) in changes.named() {
                fields.insert(name.to_owned(), json!(ids));
            }
        }
        told
    }

    /// Returns the `name` of the record.
    pub fn name(&self) -> String {
        act_name(self.period)
    }

    /// Returns the baselines that `acts` of the kind [`BASELINE`] set after `previous`.
    pub fn baselines_since(acts: &Acts, previous: Option<&Previous>) -> Vec<(u64, String)> {
        let since = previous.map_or(0, |previous| previous.index);
        let of_baselines = acts.records.iter().filter(|recorded| {
            recorded.act.predicate.kind == BASELINE
                && (previous.is_none() || recorded.index > since)
        });
        of_baselines
            .map(|recorded| (recorded.index, recorded.act.predicate.name.clone()))
            .collect()
    }
}

impl Changes {
    /// Returns the lists by their names.
    pub fn named(&self) -> [(&'static str, &Vec<String>); 5] {
        [
            ("newly_fired", &self.newly_fired),
            ("cleared", &self.cleared),
            ("newly_unknown", &self.newly_unknown),
            ("added", &self.added),
            ("removed", &self.removed),
        ]
    }
}

fn entry(standing: &Standing) -> Value {
    let findings = standing.rule.findings.iter();
    json!({
        "id": standing.rule.id,
        "title": standing.rule.title,
        "since": standing.since.map(|point| json!({"record": point.index, "as_of": point.as_of})),
        "urgency": standing.row.map(|row| row.urgency.name()),
        "due": standing.due.map(|due| json!({"from": due.from.date(), "by": due.by.date()})),
        "overdue_days": match standing.overdue {
            Overdue::No => json!(0),
            Overdue::Days(days) => json!(days),
            Overdue::Unknown => Value::Null,
        },
        "why": findings.map(|finding| &finding.msg).collect::<Vec<_>>(),
    })
}
