//! Series from the HTTP API of Prometheus, and of what answers like it
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/>).
//!
//! A selector is asked for as a range at one instant, which gives the samples as they were
//! scraped. An expression has no samples; it is computed at each step, and says nothing of
//! the gaps below it, so that its *coverage*, how many samples there were in each step,
//! is a second file.

use std::time::Duration;

use serde::Deserialize;

use super::{Ask, Errand, Files, Given, Need, Origin, said, suffixed};
use crate::clock::{Timestamp, duration_text};
use crate::collect::http::{Answer, HttpError, Question};
use crate::collect::run::Reached;
use crate::evidence::{Kind, manifest};
use crate::json::{self, Limits, Value};

pub(super) const ORIGIN: Origin = Origin {
    from: "prometheus",
    server: Need::Always,
    read: |own| {
        let queries = own.decode::<Settings>()?.read();
        Ok(Box::new(queries.map_err(|reason| own.refuse(reason))?))
    },
};

/// Most points of an expression: Prometheus refuses more.
const POINTS_MAX: u64 = 11_000;
/// How many steps samples may take to arrive.
const SETTLE_STEPS: u32 = 2;

/// What is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A selector, whose samples are wanted as they are.
    pub query: Option<String>,
    /// An expression, to be computed at each step.
    pub expression: Option<String>,
    /// The selector below the expression, whose samples are counted.
    pub coverage: Option<String>,
    /// How far back, as `2h`.
    pub window: String,
    /// The scrape interval, as `15s`.
    pub step: String,
}

/// The same, read.
#[derive(Debug, Clone)]
pub struct Queries {
    what: What,
    window: Duration,
    step: Duration,
}

#[derive(Debug, Clone)]
enum What {
    Samples(String),
    Computed {
        expression: String,
        coverage: String,
    },
}

/// A file to be, and the question that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Put behind the file's name, before its extension.
    pub suffix: &'static str,
    /// As it is recorded.
    pub request: String,
    endpoint: &'static str,
    form: Vec<(&'static str, String)>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(self) -> Result<Queries, String> {
        let duration = |name: &str, text: &str| {
            let read = crate::clock::parse_duration(text);
            let read = read.map_err(|error| format!("{name}: {error}"))?;
            if read.is_zero() {
                return Err(format!("{name}: must be more than nothing"));
            }
            Ok(read)
        };
        let (window, step) = (
            duration("window", &self.window)?,
            duration("step", &self.step)?,
        );
        let what = match (self.query, self.expression, self.coverage) {
            (Some(query), None, None) => What::Samples(query),
            (None, Some(expression), Some(coverage)) => What::Computed {
                expression,
                coverage,
            },
            (None, Some(_), None) => {
                return Err("an expression needs `coverage`, the selector below it".into());
            }
            (Some(_), None, Some(_)) => {
                return Err("`coverage` goes with an expression; a query has its samples".into());
            }
            _ => return Err("expected either `query` or `expression`".into()),
        };
        if matches!(what, What::Computed { .. }) && window.as_secs() / step.as_secs() > POINTS_MAX {
            return Err(format!(
                "{} in steps of {} are more than {POINTS_MAX} points: take longer steps",
                duration_text(window),
                duration_text(step)
            ));
        }
        Ok(Queries { what, window, step })
    }
}

impl Ask for Queries {
    fn files(&self, path: &str) -> Files {
        let suffixes = self.suffixes().iter();
        Files::Named(suffixes.map(|suffix| suffixed(path, suffix)).collect())
    }

    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let reached = errand.reached()?;
        let file = |asked: Asked| {
            let answer = asked.ask(reached, errand);
            let mut from = manifest::Source::of(&reached.url);
            if answer.is_ok() {
                from.server = reached.says(ORIGIN.from, || server(reached, errand));
            }
            let path = suffixed(errand.path, asked.suffix);
            from.request = Some(asked.request);
            errand.answered(path, Some(Asked::KIND), from, answer)
        };
        Ok(self.asked(errand.as_of).into_iter().map(file).collect())
    }
}

impl Queries {
    /// Returns the suffixes of the files that there will be.
    pub fn suffixes(&self) -> &'static [&'static str] {
        match self.what {
            What::Samples(_) => &[""],
            What::Computed { .. } => &["", "-coverage"],
        }
    }

    /// Returns what to ask for at the instant `now`: up to two steps before it, since
    /// samples take time to arrive, and on whole steps, so that the same question gets the
    /// same answer.
    pub fn asked(&self, now: Timestamp) -> Vec<Asked> {
        let step_s = self.step.as_secs().max(1).cast_signed();
        let window_s = self.window.as_secs().cast_signed();
        let settled = now.unix_seconds() - step_s * i64::from(SETTLE_STEPS);
        let end = settled - settled.rem_euclid(step_s);
        match &self.what {
            What::Samples(selector) => {
                let query = format!("{selector}[{}]", duration_text(self.window));
                vec![Asked {
                    suffix: "",
                    request: format!("query={query} time={end}"),
                    endpoint: "/api/v1/query",
                    form: vec![("query", query), ("time", end.to_string())],
                }]
            }
            What::Computed {
                expression,
                coverage,
            } => {
                let counted = format!("count_over_time({coverage}[{}])", duration_text(self.step));
                let queries = [("", expression.clone()), ("-coverage", counted)];
                let start = end - window_s;
                queries
                    .into_iter()
                    .map(|(suffix, query)| Asked {
                        suffix,
                        request: format!("query={query} start={start} end={end} step={step_s}"),
                        endpoint: "/api/v1/query_range",
                        form: vec![
                            ("query", query),
                            ("start", start.to_string()),
                            ("end", end.to_string()),
                            ("step", step_s.to_string()),
                        ],
                    })
                    .collect()
            }
        }
    }
}

impl Asked {
    /// What the answer is to be.
    pub const KIND: Kind = Kind::PrometheusMatrix;

    fn ask(&self, reached: &Reached, errand: &Errand<'_>) -> Result<Answer, HttpError> {
        let form: Vec<_> = self
            .form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let question = Question {
            uri: &format!("{}{}", reached.url, self.endpoint),
            form: Some(&form),
            accept: "application/json",
        };
        reached.client.ask(&question, errand.deadline, errand.clock)
    }
}

/// What the server says of itself, where it does.
fn server(reached: &Reached, errand: &Errand<'_>) -> Option<String> {
    let question = Question {
        uri: &format!("{}/api/v1/status/buildinfo", reached.url),
        form: None,
        accept: "application/json",
    };
    let answer = reached
        .client
        .ask_once(&question, errand.deadline, errand.clock);
    let value = json::parse(&answer.ok()?.body, Limits::AUTHORED).ok()?;
    let version = value.pointer("/data/version").and_then(Value::as_str)?;
    Some(format!("Prometheus {}", said(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(query: Option<&str>, expression: Option<&str>, coverage: Option<&str>) -> Settings {
        Settings {
            query: query.map(str::to_owned),
            expression: expression.map(str::to_owned),
            coverage: coverage.map(str::to_owned),
            window: "2h".into(),
            step: "15s".into(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn samples_are_asked_for_at_one_settled_instant() {
        let queries = settings(Some("up{job=\"a\"}"), None, None).read().unwrap();
        let asked = queries.asked(at("2026-11-23T13:00:07Z"));
        assert_eq!(asked.len(), 1);
        // 12:59:37 on a whole step is 12:59:30.
        assert_eq!(asked[0].request, "query=up{job=\"a\"}[2h] time=1795438770");
        assert_eq!(asked, queries.asked(at("2026-11-23T13:00:14Z")));
        assert_ne!(asked, queries.asked(at("2026-11-23T13:00:15Z")));
    }

    #[test]
    fn an_expression_comes_with_its_coverage() {
        let queries = settings(None, Some("rate(a[5m])"), Some("a"))
            .read()
            .unwrap();
        assert_eq!(queries.suffixes(), ["", "-coverage"]);
        let asked = queries.asked(at("2026-11-23T13:00:00Z"));
        assert_eq!(
            asked[1].request,
            "query=count_over_time(a[15s]) start=1795431570 end=1795438770 step=15"
        );
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        for (settings, what) in [
            (settings(None, None, None), "either"),
            (settings(Some("a"), Some("b"), None), "either"),
            (settings(None, Some("b"), None), "needs `coverage`"),
            (
                settings(Some("a"), None, Some("a")),
                "goes with an expression",
            ),
            (
                Settings {
                    step: "0s".into(),
                    ..settings(Some("a"), None, None)
                },
                "step: must be more",
            ),
            (
                Settings {
                    window: "two hours".into(),
                    ..settings(Some("a"), None, None)
                },
                "window: `two hours`",
            ),
            (
                Settings {
                    window: "30d".into(),
                    ..settings(None, Some("b"), Some("a"))
                },
                "take longer steps",
            ),
        ] {
            let error = settings.clone().read().unwrap_err();
            assert!(error.contains(what), "{settings:?}: {error}");
        }
    }
}
