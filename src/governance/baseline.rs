//! Baselines: what is in force, and the change of one as a document.

use thiserror::Error;

use crate::digest::Digest;
use crate::json::{self, JsonError, Limits, Map, Number, Value, json};
use crate::ledger::read::ReadError;
use crate::waiver::same_person;

mod history;
mod span;

pub use history::{Explained, History};

/// `kind` of the record of a change.
pub const BASELINE: &str = "baseline";
/// `schema` of the document that says what changed.
pub const CHANGE_SCHEMA: &str = "assize/baseline-change/v1";
/// `schema` of the data file.
const DATA_SCHEMA: &str = "assize/baselines/v1";

/// Baselines that cannot be read or set.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Not the data of baselines.
    #[error("{reason}")]
    Shape {
        /// What is wrong.
        reason: String,
    },
    /// A metric that is not there.
    #[error("there is no metric `{metric}`: there are {known}")]
    Unknown {
        /// What was asked for.
        metric: String,
        /// What there is.
        known: String,
    },
    /// A value that cannot be the baseline.
    #[error("`{metric}` cannot be {value}: {reason}")]
    Value {
        /// The metric.
        metric: String,
        /// What was given.
        value: String,
        /// Why not.
        reason: String,
    },
    /// One person on both sides.
    #[error("`{person}` asks and approves; a baseline takes two people")]
    SamePerson {
        /// Who.
        person: String,
    },
    /// A person or reason that is blank.
    #[error("{what} is blank")]
    Blank {
        /// Which.
        what: &'static str,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

/// One metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Its name.
    pub metric: String,
    /// `ms`, `s` or `ratio`.
    pub unit: String,
    /// Whether lower values are better.
    pub is_lower_better: bool,
    /// What it was measured at.
    pub value: Number,
    /// What it must keep; strict.
    pub target: Number,
    /// Where a trigger fires.
    pub trigger: Option<Number>,
}

/// The data file, with its bytes.
#[derive(Debug, Clone)]
pub struct Baselines {
    text: String,
    /// What the file says of itself.
    pub version: u64,
    /// The metrics, by name.
    pub metrics: Vec<Baseline>,
}

/// What somebody wants to set.
#[derive(Debug, Clone)]
pub struct SetBaseline {
    /// The metric.
    pub metric: String,
    /// Its new baseline, as a JSON number.
    pub value: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub requested_by: String,
    /// Who approves; somebody else.
    pub approved_by: String,
}

/// A change that was found sound, and is yet to be recorded and written.
#[derive(Debug, Clone)]
pub struct Change {
    /// The metric as it was.
    pub before: Baseline,
    /// Its new baseline.
    pub new: Number,
    /// The version of the file after it.
    pub version: u64,
    /// The bytes of the file after it.
    pub bytes: Vec<u8>,
}

impl Baselines {
    /// Reads the data file.
    ///
    /// # Errors
    /// Bytes that are not data of baselines. What merely contradicts itself is left to lint.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        let value = json::parse(bytes, Limits::AUTHORED)?;
        let shape = |reason: String| BaselineError::Shape { reason };
        if value.get("schema").and_then(Value::as_str) != Some(DATA_SCHEMA) {
            return Err(shape(format!("`schema` is not `{DATA_SCHEMA}`")));
        }
        let version = value.get("version").and_then(Value::as_u64);
        let version = version.ok_or_else(|| shape("`version` is not a whole number".to_owned()))?;
        let metrics = value.as_object().into_iter().flatten();
        let metrics = metrics
            .filter(|(name, _)| !["schema", "version", "note"].contains(&name.as_str()))
            .map(|(name, value)| metric(name, value))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: String::from_utf8_lossy(bytes).into_owned(),
            version,
            metrics,
        })
    }

    /// Returns the bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Returns SHA-256 of the file.
    pub fn digest(&self) -> Digest {
        Digest::of(self.bytes())
    }

    /// Returns one metric.
    pub fn metric(&self, name: &str) -> Option<&Baseline> {
        self.metrics.iter().find(|metric| metric.metric == name)
    }

    /// Returns the change that `set` asks for.
    ///
    /// # Errors
    /// Metrics that are not there, values that the metric cannot have, and one person on
    /// both sides.
    pub fn change(&self, set: &SetBaseline) -> Result<Change, BaselineError> {
        for (what, text) in [
            ("--reason", &set.reason),
            ("--requested-by", &set.requested_by),
            ("--approved-by", &set.approved_by),
        ] {
            if text.trim().is_empty() {
                return Err(BaselineError::Blank { what });
            }
        }
        if same_person(&set.requested_by, &set.approved_by) {
            let person = set.requested_by.clone();
            return Err(BaselineError::SamePerson { person });
        }
        let before = self.metric(&set.metric).cloned().ok_or_else(|| {
            let known: Vec<_> = self.metrics.iter().map(|m| m.metric.as_str()).collect();
            BaselineError::Unknown {
                metric: set.metric.clone(),
                known: known.join(", "),
            }
        })?;
        let refuse = |reason: String| BaselineError::Value {
            metric: set.metric.clone(),
            value: set.value.clone(),
            reason,
        };
        let Ok(Value::Number(new)) = json::parse(set.value.as_bytes(), Limits::AUTHORED) else {
            return Err(refuse("expected a number, as 107 or 0.935".to_owned()));
        };
        before.admits(&new).map_err(refuse)?;
        let version = self.version + 1;
        let bytes = self.edited(&before.metric, &set.value, version)?;
        Ok(Change {
            before,
            new,
            version,
            bytes,
        })
    }

    /// The text with one baseline and the version replaced, and nothing else.
    fn edited(&self, metric: &str, value: &str, version: u64) -> Result<Vec<u8>, BaselineError> {
        let shape = || BaselineError::Shape {
            reason: format!("`{metric}.baseline` cannot be replaced in the text of the file"),
        };
        let replaced = |text: &str, path: &[&str], by: &str| {
            let span = span::of(text, path)?;
            let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
            Some([before, by, after].concat())
        };
        let text = replaced(&self.text, &[metric, "baseline"], value.trim())
            .and_then(|text| replaced(&text, &["version"], &version.to_string()))
            .ok_or_else(shape)?;
        // Held against the same edit of the value: the text was searched, not understood.
        let mut expected = json::parse(self.bytes(), Limits::AUTHORED)?;
        set(
            &mut expected,
            metric,
            &json::parse(value.as_bytes(), Limits::AUTHORED)?,
            version,
        );
        if json::parse(text.as_bytes(), Limits::AUTHORED)? != expected {
            return Err(shape());
        }
        Ok(text.into_bytes())
    }
}

/// Sets one baseline and the version in the data of baselines.
pub fn set(baselines: &mut Value, metric: &str, value: &Value, version: u64) {
    if let Some(fields) = baselines.get_mut(metric).and_then(Value::as_object_mut) {
        fields.insert("baseline".to_owned(), value.clone());
    }
    if let Some(fields) = baselines.as_object_mut() {
        fields.insert("version".to_owned(), json!(version));
    }
}

fn metric(name: &str, value: &Value) -> Result<Baseline, BaselineError> {
    let shape = |field: &str, what: &str| BaselineError::Shape {
        reason: format!("`{name}.{field}` is not {what}"),
    };
    let empty = Map::new();
    let fields = value.as_object().unwrap_or(&empty);
    let text = |field| fields.get(field).and_then(Value::as_str);
    let number = |field| match fields.get(field) {
        Some(Value::Number(number)) => Ok(number.clone()),
        _ => Err(shape(field, "a number")),
    };
    Ok(Baseline {
        metric: name.to_owned(),
        unit: text("unit")
            .ok_or_else(|| shape("unit", "a text"))?
            .to_owned(),
        is_lower_better: match text("better") {
            Some("lower") => true,
            Some("higher") => false,
            _ => return Err(shape("better", "`lower` or `higher`")),
        },
        value: number("baseline")?,
        target: number("target")?,
        trigger: match fields.get("trigger") {
            None => None,
            Some(_) => Some(number("trigger")?),
        },
    })
}

impl Baseline {
    /// Says why `new` cannot be the baseline.
    fn admits(&self, new: &Number) -> Result<(), String> {
        let value = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
        let (new, old) = (value(new), value(&self.value));
        let most = if self.unit == "ratio" {
            1.0
        } else {
            f64::INFINITY
        };
        if !(0.0..=most).contains(&new) {
            return Err(format!("it is not a {}", self.unit));
        }
        if new.total_cmp(&old).is_eq() {
            return Err("it is that already".to_owned());
        }
        let worse = |one: f64, other: f64| {
            if self.is_lower_better {
                one > other
            } else {
                one < other
            }
        };
        if !worse(value(&self.target), new) {
            return Err(format!("it would miss the target {}", self.target));
        }
        match &self.trigger {
            Some(trigger) if !worse(value(trigger), new) => {
                Err(format!("the trigger {trigger} would fire at it"))
            }
            _ => Ok(()),
        }
    }
}

impl Change {
    /// Returns the document that says what changed.
    ///
    /// `data` are the digests of the policies' whole data before and after; `evidence` are
    /// names and digests of the files that speak for the change.
    pub fn document(
        &self,
        set: &SetBaseline,
        file: (&str, Digest),
        data: (Digest, Digest),
        evidence: &[(String, Digest)],
    ) -> Value {
        let evidence: Vec<_> = evidence
            .iter()
            .map(|(name, sha256)| json!({"name": name, "sha256": sha256}))
            .collect();
        json!({
            "schema": CHANGE_SCHEMA,
            "metric": self.before.metric,
            "unit": self.before.unit,
            "old": self.before.value,
            "new": self.new,
            "version": {"before": self.version - 1, "after": self.version},
            "file": {"path": file.0, "before": file.1, "after": Digest::of(&self.bytes)},
            "data": {"before": data.0, "after": data.1},
            "reason": set.reason,
            "requested_by": set.requested_by,
            "approved_by": set.approved_by,
            "evidence": evidence,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
  "schema": "assize/baselines/v1",
  "version": 4,
  "note": "\"version\": 9, {\"baseline\": 1}",
  "hits": {"unit": "ratio", "better": "higher", "note": "baseline: 2", "baseline": 0.935, "target": 0.9, "trigger": 0.885},
  "latency": {
    "target": 120, "trigger": 120,
    "unit": "ms", "better": "lower", "baseline": 107
  }
}
"#;

    fn asked(metric: &str, value: &str) -> SetBaseline {
        SetBaseline {
            metric: metric.into(),
            value: value.into(),
            reason: "measured anew".into(),
            requested_by: "ada".into(),
            approved_by: "bob".into(),
        }
    }

    #[test]
    fn a_change_touches_two_numbers_and_nothing_else() {
        let baselines = Baselines::parse(FILE.as_bytes()).unwrap();
        let change = baselines.change(&asked("latency", "99.5")).unwrap();
        let expected = FILE
            .replace("\"version\": 4", "\"version\": 5")
            .replace("\"baseline\": 107", "\"baseline\": 99.5");
        assert_eq!(String::from_utf8(change.bytes.clone()).unwrap(), expected);
        let after = Baselines::parse(&change.bytes).unwrap();
        assert_eq!(after.version, 5);
        assert_eq!(after.metric("latency").unwrap().value, change.new);
        assert_eq!(after.metric("hits"), baselines.metric("hits"));
    }

    #[test]
    fn refuses_values_that_the_metric_cannot_have() {
        let baselines = Baselines::parse(FILE.as_bytes()).unwrap();
        for (metric, value, what) in [
            ("latency", "120", "would miss the target 120"),
            ("latency", "107.0", "it is that already"),
            ("latency", "-1", "it is not a ms"),
            ("latency", "fast", "expected a number"),
            ("latency", "\"99\"", "expected a number"),
            ("latency", "1e400", "expected a number"),
            ("latency", "99 }", "expected a number"),
            ("hits", "93.5", "it is not a ratio"),
            ("hits", "0.89", "would miss the target 0.9"),
            ("hit", "0.95", "there are hits, latency"),
            ("version", "1", "there is no metric"),
        ] {
            let error = baselines.change(&asked(metric, value)).unwrap_err();
            assert!(
                error.to_string().contains(what),
                "{metric} {value}: {error}"
            );
        }
    }

    #[test]
    fn two_people_and_a_reason_are_needed() {
        let baselines = Baselines::parse(FILE.as_bytes()).unwrap();
        // Another spelling is not another person, as for a waiver.
        for same in [
            "ada",
            " ADA ",
            "Ada",
            "ada\u{200b}",
            "a.d.a",
            "Ada L. <ada>",
        ] {
            let mut set = asked("latency", "99");
            set.approved_by = same.into();
            assert!(matches!(
                baselines.change(&set),
                Err(BaselineError::SamePerson { .. })
            ));
        }
        for blank in 0..3 {
            let mut set = asked("latency", "99");
            *[&mut set.reason, &mut set.requested_by, &mut set.approved_by][blank] = " ".into();
            assert!(matches!(
                baselines.change(&set),
                Err(BaselineError::Blank { .. })
            ));
        }
    }

    #[test]
    fn refuses_files_that_are_not_baselines() {
        for (from, to, what) in [
            ("baselines/v1", "baselines/v2", "`schema` is not"),
            ("\"version\": 4", "\"version\": \"4\"", "`version`"),
            (
                "\"better\": \"lower\"",
                "\"better\": \"less\"",
                "latency.better",
            ),
            (
                "\"baseline\": 107",
                "\"baseline\": null",
                "latency.baseline",
            ),
            ("\"trigger\": 120", "\"trigger\": null", "latency.trigger"),
            (
                "\"version\": 4,",
                "\"version\": 4, \"version\": 4,",
                "duplicate",
            ),
        ] {
            let text = FILE.replacen(from, to, 1);
            assert_ne!(text, FILE);
            let error = Baselines::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
