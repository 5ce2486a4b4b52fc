//! The decision matrix: how urgent what fired is, and when it is due.
//!
//! Policy data, `data.governance.matrix.<row>`: `urgency`, and either `due_min_days` and
//! `due_max_days` after the trigger first fired, or `due: next-quarter`.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::clock::Timestamp;
use crate::json::Value;

/// Where the matrix is in the policy data.
const POINTER: &str = "/governance/matrix";

/// How pressing, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// `immediate`
    Immediate,
    /// `high`
    High,
    /// `medium`
    Medium,
    /// `low`
    Low,
}

impl Urgency {
    const ALL: [Self; 4] = [Self::Immediate, Self::High, Self::Medium, Self::Low];

    /// Returns the word that the matrix has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// When something is due, counted from when it first fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Between two numbers of days after it.
    Days {
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// On the first day of the quarter that comes next.
    NextQuarter,
}

/// The days between which something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: Timestamp,
    /// The last.
    pub by: Timestamp,
}

impl Due {
    /// Returns the window for what first fired at `first`; none beyond the years that an
    /// instant can have.
    pub fn window(self, first: Timestamp) -> Option<Window> {
        Some(match self {
            Self::Days { min, max } => Window {
                from: first.plus_days(min)?,
                by: first.plus_days(max)?,
            },
            Self::NextQuarter => {
                let day = first.next_quarter()?;
                Window { from: day, by: day }
            }
        })
    }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// How pressing.
    pub urgency: Urgency,
    /// When due.
    pub due: Due,
}

/// A matrix that does not say when something is due.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MatrixError {
    /// There is none.
    #[error("policy data has no `governance.matrix`, so nothing says when trigger `{rule}` is due")]
    Missing {
        /// The first trigger that needs it.
        rule: String,
    },
    /// A trigger does not say which row is its own.
    #[error(
        "trigger `{rule}` names no row of the decision matrix: METADATA has no `custom.matrix`"
    )]
    NoRow {
        /// The trigger.
        rule: String,
    },
    /// A trigger names a row that there is not.
    #[error("trigger `{rule}` names row `{row}` of the decision matrix, which has {known}")]
    UnknownRow {
        /// The trigger.
        rule: String,
        /// The row it names.
        row: String,
        /// Those that there are.
        known: String,
    },
    /// A row cannot be used.
    #[error("`governance.matrix.{row}` of the policy data: {reason}")]
    Row {
        /// The row.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The rows by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matrix {
    rows: BTreeMap<String, Row>,
}

impl Matrix {
    /// Reads the matrix from policy `data` for `rules`, each a trigger and the row that it
    /// names.
    ///
    /// # Errors
    /// No matrix, a row that cannot be used, and a trigger without a row.
    pub fn read<'r>(
        data: &Value,
        rules: impl IntoIterator<Item = (&'r str, Option<&'r str>)>,
    ) -> Result<Self, MatrixError> {
        let given = data.pointer(POINTER).and_then(Value::as_object);
        let mut rows = BTreeMap::new();
        for (name, value) in given.into_iter().flatten() {
            let row = row(value).map_err(|reason| MatrixError::Row {
                row: name.clone(),
                reason,
            })?;
            rows.insert(name.clone(), row);
        }
        for (rule, name) in rules {
            let rule = rule.to_owned();
            if given.is_none() {
                return Err(MatrixError::Missing { rule });
            }
            let Some(name) = name else {
                return Err(MatrixError::NoRow { rule });
            };
            if !rows.contains_key(name) {
                let known: Vec<_> = rows.keys().map(|row| format!("`{row}`")).collect();
                return Err(MatrixError::UnknownRow {
                    rule,
                    row: name.to_owned(),
                    known: if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    },
                });
            }
        }
        Ok(Self { rows })
    }

    /// Returns the row called `name`.
    pub fn row(&self, name: &str) -> Option<Row> {
        self.rows.get(name).copied()
    }
}

fn row(value: &Value) -> Result<Row, String> {
    let urgency = value.get("urgency").and_then(Value::as_str);
    let urgency = Urgency::ALL
        .into_iter()
        .find(|known| Some(known.name()) == urgency)
        .ok_or("`urgency` is not one of `immediate`, `high`, `medium`, `low`")?;
    let days = |key: &str| {
        let number = value.get(key).and_then(Value::as_u64);
        number.and_then(|number| u32::try_from(number).ok())
    };
    let due = match (value.get("due"), days("due_min_days"), days("due_max_days")) {
        (None, Some(min), Some(max)) if min <= max => Due::Days { min, max },
        (None, Some(_), Some(_)) => return Err("`due_min_days` is more than `due_max_days`".into()),
        (Some(due), _, _) if due == "next-quarter" => Due::NextQuarter,
        (Some(_), _, _) => return Err("`due` is not `next-quarter`".into()),
        (None, _, _) => {
            return Err(
                "expected `due_min_days` and `due_max_days`, or `due: next-quarter`".into(),
            );
        }
    };
    Ok(Row { urgency, due })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn rows(rows: &Value) -> Value {
        json!({"governance": {"matrix": rows}})
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn rows_say_how_urgent_and_when_due() {
        let data = rows(&json!({
            "sla": {"urgency": "immediate", "due_min_days": 14, "due_max_days": 28, "note": "x"},
            "business": {"urgency": "low", "due": "next-quarter"},
        }));
        let matrix = Matrix::read(&data, [("a", Some("sla"))]).unwrap();
        let sla = matrix.row("sla").unwrap();
        assert_eq!(sla.urgency, Urgency::Immediate);
        let window = sla.due.window(at("2026-11-23T13:00:00Z")).unwrap();
        assert_eq!(window.from, at("2026-12-07T13:00:00Z"));
        assert_eq!(window.by, at("2026-12-21T13:00:00Z"));
        let business = matrix.row("business").unwrap().due;
        assert_eq!(
            business.window(at("2026-12-31")).unwrap().by,
            at("2027-01-01")
        );
        assert_eq!(matrix.row("other"), None);
        assert!(Urgency::Immediate < Urgency::Low);
    }

    #[test]
    fn what_does_not_say_is_named() {
        let sound = json!({"urgency": "low", "due": "next-quarter"});
        let error = |data: &Value, row| {
            let read = Matrix::read(data, [("a.b", row)]);
            read.unwrap_err().to_string()
        };
        assert!(error(&json!({}), Some("sla")).contains("no `governance.matrix`"));
        assert!(error(&rows(&json!([])), Some("sla")).contains("no `governance.matrix`"));
        let both = rows(&json!({"sla": sound}));
        assert!(error(&both, None).contains("`a.b` names no row"));
        let unknown = error(&both, Some("slo"));
        assert!(
            unknown.contains("row `slo`") && unknown.contains("`sla`"),
            "{unknown}"
        );
        for (row, what) in [
            (json!({"due": "next-quarter"}), "`urgency`"),
            (
                json!({"urgency": "urgent", "due": "next-quarter"}),
                "`urgency`",
            ),
            (json!({"urgency": "low", "due": "soon"}), "`due` is not"),
            (
                json!({"urgency": "low", "due_min_days": 3}),
                "expected `due_min_days`",
            ),
            (
                json!({"urgency": "low", "due_min_days": 3, "due_max_days": 2}),
                "more than",
            ),
            (
                json!({"urgency": "low", "due_min_days": -1, "due_max_days": 2}),
                "expected",
            ),
            (json!("low"), "`urgency`"),
        ] {
            let said = error(&rows(&json!({"sla": row})), Some("sla"));
            assert!(said.contains("matrix.sla") && said.contains(what), "{said}");
        }
    }
}
