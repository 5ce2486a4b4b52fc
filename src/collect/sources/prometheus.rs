//! Series from the HTTP API of Prometheus, and of what answers like it
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/>).
//!
//! A selector is asked for as a range at one instant, which gives the samples as they were
//! scraped. An expression has no samples; it is computed at each step, and says nothing of
//! the gaps below it, so that its *coverage*, how many samples there were in each step,
//! is a second file. Lists of alerts and rules are as the server has them now.

use std::time::Duration;

use serde::Deserialize;

use super::{Ask, Errand, Given, Origin, suffixed};
use crate::clock::{Timestamp, duration_text};
use crate::collect::run::Reached;
use crate::evidence::Kind;
use crate::evidence::manifest;
use crate::http::{Answer, HttpError, Question};

pub(super) const ORIGIN: Origin = Origin {
    from: "prometheus",
    needs_server: true,
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// A selector, whose samples are wanted as they are.
    query: Option<String>,
    /// An expression, to be computed at each step.
    expression: Option<String>,
    /// The selector below the expression, whose samples are counted.
    coverage: Option<String>,
    /// What the server has a list of.
    list: Option<List>,
    /// How far back, as `2h`.
    window: Option<String>,
    /// The scrape interval, as `15s`.
    step: Option<String>,
}

/// What a server has a list of.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum List {
    Alerts,
    Rules,
}

/// What is asked for, with all that it takes.
#[derive(Debug, Clone)]
enum Queries {
    Samples {
        selector: String,
        range: Range,
    },
    Computed {
        expression: String,
        coverage: String,
        range: Range,
    },
    List(List),
}

/// How far back, in which steps.
#[derive(Debug, Clone, Copy)]
struct Range {
    window: Duration,
    step: Duration,
}

/// A file to be, and the question that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    /// Put behind the file's name, before its extension.
    suffix: &'static str,
    kind: Kind,
    /// As it is recorded.
    request: String,
    endpoint: &'static str,
    /// Nothing, where it is a `GET`.
    form: Vec<(&'static str, String)>,
}

impl Settings {
    /// Reads the settings, or says what is wrong with them.
    fn read(self) -> Result<Queries, String> {
        let range = (self.window.as_deref(), self.step.as_deref());
        match (self.query, self.expression, self.coverage, self.list) {
            (None, None, None, Some(list)) => match range {
                (None, None) => Ok(Queries::List(list)),
                _ => Err("a list has neither `window` nor `step`".into()),
            },
            (Some(selector), None, None, None) => Ok(Queries::Samples {
                selector,
                range: Range::read(range)?,
            }),
            (None, Some(expression), Some(coverage), None) => {
                let range = Range::read(range)?;
                range.refuse_many_points()?;
                Ok(Queries::Computed {
                    expression,
                    coverage,
                    range,
                })
            }
            (None, Some(_), None, None) => {
                Err("an expression needs `coverage`, the selector below it".into())
            }
            (Some(_), None, Some(_), None) => {
                Err("`coverage` goes with an expression; a query has its samples".into())
            }
            _ => Err("expected one of `query`, `expression` and `list`".into()),
        }
    }
}

impl Range {
    fn read((window, step): (Option<&str>, Option<&str>)) -> Result<Self, String> {
        let duration = |name: &str, text: Option<&str>| {
            let text = text.ok_or_else(|| format!("expected `{name}`"))?;
            let read = crate::clock::parse_duration(text);
            let read = read.map_err(|error| format!("{name}: {error}"))?;
            if read.is_zero() {
                return Err(format!("{name}: must be more than nothing"));
            }
            Ok(read)
        };
        Ok(Self {
            window: duration("window", window)?,
            step: duration("step", step)?,
        })
    }

    fn refuse_many_points(self) -> Result<(), String> {
        if self.window.as_secs() / self.step.as_secs() <= POINTS_MAX {
            return Ok(());
        }
        Err(format!(
            "{} in steps of {} are more than {POINTS_MAX} points: take longer steps",
            duration_text(self.window),
            duration_text(self.step)
        ))
    }

    /// The step in seconds, and the start and end up to `now`: two steps before it, since
    /// samples take time to arrive, and on whole steps, so that the same question gets the
    /// same answer.
    fn seconds(self, now: Timestamp) -> (i64, i64, i64) {
        let step_s = self.step.as_secs().max(1).cast_signed();
        let settled = now.unix_seconds() - step_s * i64::from(SETTLE_STEPS);
        let end = settled - settled.rem_euclid(step_s);
        (step_s, end - self.window.as_secs().cast_signed(), end)
    }
}

impl Ask for Queries {
    fn files(&self, path: &str) -> Vec<String> {
        let suffixes = self.suffixes().iter();
        suffixes.map(|suffix| suffixed(path, suffix)).collect()
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
            errand.answered(path, Some(asked.kind), from, answer)
        };
        Ok(self.asked(errand.as_of).into_iter().map(file).collect())
    }
}

impl Queries {
    /// The suffixes of the files that there will be.
    fn suffixes(&self) -> &'static [&'static str] {
        match self {
            Self::Samples { .. } | Self::List(_) => &[""],
            Self::Computed { .. } => &["", "-coverage"],
        }
    }

    /// What to ask for at the instant `now`.
    fn asked(&self, now: Timestamp) -> Vec<Asked> {
        match self {
            Self::Samples { selector, range } => {
                let (_, _, end) = range.seconds(now);
                let query = format!("{selector}[{}]", duration_text(range.window));
                vec![Asked {
                    suffix: "",
                    kind: Kind::PrometheusMatrix,
                    request: format!("query={query} time={end}"),
                    endpoint: "/api/v1/query",
                    form: vec![("query", query), ("time", end.to_string())],
                }]
            }
            Self::Computed {
                expression,
                coverage,
                range,
            } => {
                let step = duration_text(range.step);
                let counted = format!("count_over_time({coverage}[{step}])");
                let computed = Asked::computed("", expression.clone(), *range, now);
                vec![computed, Asked::computed("-coverage", counted, *range, now)]
            }
            Self::List(list) => vec![list.asked()],
        }
    }
}

impl List {
    fn asked(self) -> Asked {
        let (kind, endpoint) = match self {
            Self::Alerts => (Kind::PrometheusAlerts, "/api/v1/alerts"),
            Self::Rules => (Kind::PrometheusRules, "/api/v1/rules"),
        };
        Asked {
            suffix: "",
            kind,
            request: format!("GET {endpoint}"),
            endpoint,
            form: Vec::new(),
        }
    }
}

impl Asked {
    fn computed(suffix: &'static str, query: String, range: Range, now: Timestamp) -> Self {
        let (step_s, start, end) = range.seconds(now);
        Self {
            suffix,
            kind: Kind::PrometheusMatrix,
            request: format!("query={query} start={start} end={end} step={step_s}"),
            endpoint: "/api/v1/query_range",
            form: vec![
                ("query", query),
                ("start", start.to_string()),
                ("end", end.to_string()),
                ("step", step_s.to_string()),
            ],
        }
    }

    fn ask(&self, reached: &Reached, errand: &Errand<'_>) -> Result<Answer, HttpError> {
        let form: Vec<_> = self
            .form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let uri = format!("{}{}", reached.url, self.endpoint);
        let question = Question {
            form: (!form.is_empty()).then_some(&form),
            ..Question::get(&uri, "application/json")
        };
        reached.client.ask(&question, errand.deadline, errand.clock)
    }
}

/// What the server says of itself, where it does.
fn server(reached: &Reached, errand: &Errand<'_>) -> Option<String> {
    let version = reached.version("/api/v1/status/buildinfo", "/data/version", errand)?;
    Some(format!("Prometheus {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(query: Option<&str>, expression: Option<&str>, coverage: Option<&str>) -> Settings {
        Settings {
            query: query.map(str::to_owned),
            expression: expression.map(str::to_owned),
            coverage: coverage.map(str::to_owned),
            window: Some("2h".into()),
            step: Some("15s".into()),
            list: None,
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
    fn a_list_is_asked_for_as_it_stands() {
        let settings = Settings {
            list: Some(List::Rules),
            ..Settings::default()
        };
        let asked = settings.read().unwrap().asked(at("2026-11-23T13:00:00Z"));
        assert_eq!(asked[0].request, "GET /api/v1/rules");
        assert_eq!(asked[0].kind, Kind::PrometheusRules);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        for (settings, what) in [
            (settings(None, None, None), "expected one of"),
            (settings(Some("a"), Some("b"), None), "expected one of"),
            (settings(None, Some("b"), None), "needs `coverage`"),
            (
                settings(Some("a"), None, Some("a")),
                "goes with an expression",
            ),
            (
                Settings {
                    step: Some("0s".into()),
                    ..settings(Some("a"), None, None)
                },
                "step: must be more",
            ),
            (
                Settings {
                    window: Some("two hours".into()),
                    ..settings(Some("a"), None, None)
                },
                "window: `two hours`",
            ),
            (
                Settings {
                    window: Some("30d".into()),
                    ..settings(None, Some("b"), Some("a"))
                },
                "take longer steps",
            ),
            (
                Settings {
                    step: None,
                    ..settings(Some("a"), None, None)
                },
                "expected `step`",
            ),
            (
                Settings {
                    list: Some(List::Alerts),
                    ..settings(None, None, None)
                },
                "neither `window`",
            ),
            (
                Settings {
                    list: Some(List::Rules),
                    ..settings(Some("a"), None, None)
                },
                "expected one of",
            ),
        ] {
            let error = settings.clone().read().unwrap_err();
            assert!(error.contains(what), "{settings:?}: {error}");
        }
    }
}
