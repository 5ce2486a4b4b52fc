//! A synthetic check: the same question several times, and how each attempt went, as
//! `docs/evidence/http-probe.md` says.
//!
//! INVARIANTS
//! - An attempt that fails is an observation and no error of the source. It is not made
//!   again: that would hide it.
//! - Each attempt has a connection of its own and its whole time. One that the time limit
//!   would cut short is not begun, since its failure would be ours.
//! - Of a body, size and digest are kept.

use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::http::target;
use super::{Ask, Errand, Given, Origin, said};
use crate::clock::{Timestamp, parse_duration};
use crate::collect::run::Reached;
use crate::digest::Digest;
use crate::evidence::Kind;
use crate::evidence::manifest::{self, Method};
use crate::http::{ATTEMPT_MAX, Answer, Broken, HttpError, Question};
use crate::json::{self, Map, Value, json};

mod expected;

use expected::Expected;

pub(super) const ORIGIN: Origin = Origin {
    from: "probe",
    needs_server: true,
    read: |own| {
        let probe = own.decode::<Settings>()?.read();
        Ok(Box::new(probe.map_err(|reason| own.refuse(reason))?))
    },
};

/// Attempts where nothing is said.
const ATTEMPTS: u64 = 5;
/// Most attempts.
const ATTEMPTS_MAX: u64 = 1_000;
/// Time from one attempt to the next where nothing is said.
const INTERVAL: Duration = Duration::from_secs(1);
/// Time for an attempt where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The path to ask for, with or without a query.
    #[serde(default = "root")]
    get: String,
    /// Parameters that are put into the query.
    #[serde(default)]
    query: Map<String, Value>,
    attempts: Option<u64>,
    interval: Option<String>,
    timeout: Option<String>,
    /// Where this is asked from.
    place: Option<String>,
    #[serde(default)]
    expect: expected::Settings,
}

fn root() -> String {
    "/".to_owned()
}

/// What is asked, how often, and what is expected.
#[derive(Debug, Clone)]
struct Probe {
    target: String,
    attempts: u64,
    interval: Duration,
    timeout: Duration,
    place: Option<String>,
    expected: Expected,
}

impl Settings {
    fn read(self) -> Result<Probe, String> {
        let duration = |name: &str, text: Option<String>, default: Duration| {
            let read = text.as_deref().map_or(Ok(default), parse_duration);
            read.map_err(|error| format!("{name}: {error}"))
        };
        let attempts = self.attempts.unwrap_or(ATTEMPTS);
        if !(1..=ATTEMPTS_MAX).contains(&attempts) {
            return Err(format!("attempts: expected 1 to {ATTEMPTS_MAX}"));
        }
        let timeout = duration("timeout", self.timeout, TIMEOUT)?;
        if timeout.is_zero() || timeout > ATTEMPT_MAX {
            let max_s = ATTEMPT_MAX.as_secs();
            return Err(format!("timeout: expected 1s to {max_s}s"));
        }
        if self
            .place
            .as_ref()
            .is_some_and(|place| place.trim().is_empty())
        {
            return Err("place: expected where this is asked from".into());
        }
        Ok(Probe {
            target: target(&self.get, &self.query).map_err(|reason| format!("get: {reason}"))?,
            attempts,
            interval: duration("interval", self.interval, INTERVAL)?,
            timeout,
            place: self.place,
            expected: self
                .expect
                .read()
                .map_err(|reason| format!("expect.{reason}"))?,
        })
    }
}

impl Ask for Probe {
    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let reached = errand.reached()?;
        let url = format!("{}{}", reached.url, self.target);
        let started_at = errand.clock.now();
        let mut from = manifest::Source::of(&reached.url);
        from.request = Some(format!("GET {}", self.target));
        let mut attempts = Vec::new();
        let mut last = started_at;
        let mut next = Instant::now();
        for _ in 0..self.attempts {
            let wait = next.saturating_duration_since(Instant::now());
            if Instant::now() + wait + self.timeout > errand.deadline {
                break;
            }
            thread::sleep(wait);
            next = Instant::now() + self.interval;
            let attempt = self.attempt(&url, last, reached, errand, &mut from)?;
            last = attempt.at;
            attempts.push(attempt);
        }
        // A clock that was set back must not make it end before it began.
        let finished_at = errand.clock.now().max(last);
        let document = json!({
            "schema": "assize/http-probe/v1",
            "url": url,
            "place": self.place,
            "expected": self.expected.value(),
            "planned": self.attempts,
            "interval_ms": millis(self.interval),
            "timeout_ms": millis(self.timeout),
            "started_at": started_at,
            "finished_at": finished_at,
            "attempts": attempts.iter().map(Attempt::value).collect::<Vec<_>>(),
        });
        Ok(vec![Given {
            path: errand.path.to_owned(),
            bytes: (json::pretty(&document) + "\n").into_bytes(),
            kind: Some(Kind::HttpProbe),
            collected_at: Some(finished_at),
            method: Method::Pull,
            source: Some(from),
            fault: None,
        }])
    }
}

impl Probe {
    /// Asks one time, not before `earliest` by the clock.
    ///
    /// # Errors
    /// What cannot be asked, by anybody at any time.
    fn attempt(
        &self,
        url: &str,
        earliest: Timestamp,
        reached: &Reached,
        errand: &Errand<'_>,
        from: &mut manifest::Source,
    ) -> Result<Attempt, String> {
        let question = Question::get(url, "*/*");
        let at = errand.clock.now().max(earliest);
        let started = Instant::now();
        let deadline = started + self.timeout;
        let asked = reached.client.ask_once(&question, deadline, errand.clock);
        let duration_ms = millis(started.elapsed());
        let mut attempt = Attempt {
            at,
            duration_ms,
            status: None,
            body: None,
            failure: None,
        };
        match asked {
            Ok(answer) => {
                from.response_status = Some(answer.status);
                from.clock_skew_s = answer.clock_skew_s;
                from.server = answer.server.as_deref().map(said);
                attempt.answered(&answer, &self.expected);
            }
            Err(error) => {
                if let HttpError::Transport {
                    broken: Broken::Request,
                    reason,
                    ..
                } = &error
                {
                    return Err(format!("{url}: {reason}"));
                }
                attempt.failed(&error, &self.expected);
            }
        }
        Ok(attempt)
    }
}

/// How one attempt went.
struct Attempt {
    at: Timestamp,
    duration_ms: u64,
    status: Option<u16>,
    /// Size and digest.
    body: Option<(u64, Digest)>,
    /// What failed, and why.
    failure: Option<(&'static str, String)>,
}

impl Attempt {
    fn answered(&mut self, answer: &Answer, expected: &Expected) {
        self.status = Some(answer.status);
        self.body = Some((answer.body.len() as u64, Digest::of(&answer.body)));
        self.failure = expected.unmet(answer, self.duration_ms);
    }

    fn failed(&mut self, error: &HttpError, expected: &Expected) {
        let class = match error {
            HttpError::Transport { broken, .. } => broken.name(),
            HttpError::Unasked { .. } => "protocol",
            HttpError::Timeout { .. } => "timeout",
            HttpError::Size { .. } => "size",
            HttpError::Echo { status, .. } => {
                self.status = Some(*status);
                "echo"
            }
            HttpError::Redirect { status, .. } => {
                self.status = Some(*status);
                if expected.is_status(*status) {
                    self.failure = expected.late(self.duration_ms);
                    return;
                }
                "redirect"
            }
        };
        self.failure = Some((class, error.to_string()));
    }

    fn value(&self) -> Value {
        json!({
            "at": self.at,
            "duration_ms": self.duration_ms,
            "status": self.status,
            "size": self.body.map(|(size, _)| size),
            "sha256": self.body.map(|(_, sha256)| sha256),
            "failure": self.failure.as_ref().map(|(class, _)| class),
            "reason": self.failure.as_ref().map(|(_, reason)| reason),
        })
    }
}

/// Milliseconds, begun ones too: what is over a limit must not look as if it met it.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: Value) -> Result<Probe, String> {
        json::decode::<Settings>(settings).unwrap().read()
    }

    #[test]
    fn few_attempts_are_made_where_nothing_is_said() {
        let probe = read(json!({})).unwrap();
        assert_eq!((probe.target.as_str(), probe.attempts), ("/", 5));
        assert_eq!(millis(probe.timeout), 5_000);
        assert!(probe.expected.is_status(204) && !probe.expected.is_status(304));
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        for (settings, what) in [
            (json!({"attempts": 0}), "attempts: expected 1 to 1000"),
            (json!({"attempts": 1_001}), "attempts: expected"),
            (json!({"timeout": "0s"}), "timeout: expected 1s to 60s"),
            (json!({"timeout": "61s"}), "timeout: expected 1s to 60s"),
            (json!({"interval": "often"}), "interval: `often`"),
            (json!({"place": " "}), "place: expected"),
            (json!({"get": "x"}), "get: expected a path"),
            (
                json!({"query": {"token": "t0k"}}),
                "`token` would be recorded",
            ),
            (json!({"expect": {"status": [99]}}), "expect.status: `99`"),
        ] {
            let error = read(settings).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn what_took_longer_than_a_limit_never_looks_as_if_it_met_it() {
        assert_eq!(millis(Duration::from_millis(500)), 500);
        assert_eq!(millis(Duration::from_nanos(500_000_001)), 501);
        assert_eq!(millis(Duration::ZERO), 0);
    }
}
