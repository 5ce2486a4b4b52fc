//! Questions over HTTP, with bounds on time, size and where credentials go.
//!
//! The only module that talks to others over a network, and that names `ureq` and `rustls`.
//!
//! INVARIANTS
//! - A redirect is never followed: what a server says of another place is not what was
//!   asked, and credentials would go there.
//! - An answer is whole or an error; bytes are those that were received, not decoded.
//! - No error and no answer holds a secret that was sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;
use ureq::{Agent, http};

use crate::clock::{Clock, Timestamp};

mod answer;
mod broken;
pub mod secret;
mod tls;

pub use answer::Answer;
pub use broken::Broken;
use secret::{Known, Secret, may_be_secret};

/// Most bytes of an answer, unless a question says otherwise.
pub const ANSWER_SIZE_MAX: u64 = 128 << 20;
/// Longest time for one attempt.
pub const ATTEMPT_MAX: Duration = Duration::from_mins(1);
/// How long a connection may have been idle and be used again.
const IDLE_MAX: Duration = Duration::from_secs(15);
/// Most attempts.
const ATTEMPTS_MAX: u32 = 5;
/// Time between the first two attempts; it doubles with each.
const PAUSE: Duration = Duration::from_millis(500);

/// A question that was not answered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HttpError {
    /// No connection, or one that broke.
    #[error("{uri}: {reason}")]
    Transport {
        /// What was asked for.
        uri: String,
        /// Where it broke.
        broken: Broken,
        /// Why there is no answer.
        reason: String,
    },
    /// The time is over.
    #[error("{uri}: no answer within {seconds} s")]
    Timeout {
        /// What was asked for.
        uri: String,
        /// The time there was, in seconds.
        seconds: u64,
    },
    /// Another place was named. Its query is not repeated: it may be what opens that place.
    #[error("{uri}: answered {status} and named `{location}`, which is not followed")]
    Redirect {
        /// What was asked for.
        uri: String,
        /// HTTP status.
        status: u16,
        /// The place that was named.
        location: String,
    },
    /// The answer is not the whole of what was asked for, as it is.
    #[error("{uri}: answered {what}, which was not asked for")]
    Unasked {
        /// What was asked for.
        uri: String,
        /// What came instead.
        what: String,
    },
    /// The answer repeats a secret that was sent.
    #[error(
        "{uri}: answered {status} and repeated a secret that was sent, so nothing is kept of it"
    )]
    Echo {
        /// What was asked for.
        uri: String,
        /// HTTP status.
        status: u16,
    },
    /// The body is larger than the limit.
    #[error("{uri}: the answer is larger than {size_max} bytes")]
    Size {
        /// What was asked for.
        uri: String,
        /// The limit.
        size_max: u64,
    },
}

/// How to reach a server.
#[derive(Debug, Default)]
pub struct Credentials {
    /// Headers to send, by name.
    pub headers: Vec<(String, Secret)>,
    /// What must not come back.
    pub known: Known,
    /// PEM of the certificates that may vouch for the server, instead of the system's.
    pub ca: Option<Vec<u8>>,
    /// PEM of our own certificate, and of its key.
    pub client: Option<(Vec<u8>, Secret)>,
}

/// Certificates or keys that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: {reason}")]
pub struct TlsError {
    what: &'static str,
    reason: String,
}

/// A connection to one server.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    headers: Vec<(String, Secret)>,
    known: Known,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Where, with its query.
    pub uri: &'a str,
    /// A form to send, which makes it a `POST`.
    pub form: Option<&'a [(&'a str, &'a str)]>,
    /// Its type and bytes to send instead of a form, which makes it a `POST` too.
    pub body: Option<(&'a str, &'a [u8])>,
    /// `Accept`.
    pub accept: &'a str,
    /// Further headers, which are no secrets. One that the settings of the server name is
    /// as it is there.
    pub headers: &'a [(&'a str, &'a str)],
    /// Most bytes of the answer.
    pub size_max: u64,
}

impl<'a> Question<'a> {
    /// Returns a `GET` of `uri`.
    pub const fn get(uri: &'a str, accept: &'a str) -> Self {
        Self {
            uri,
            form: None,
            body: None,
            accept,
            headers: &[],
            size_max: ANSWER_SIZE_MAX,
        }
    }
}

impl Client {
    /// Returns a client that proves itself with `credentials`.
    ///
    /// # Errors
    /// Certificates and keys that cannot be read or do not belong together.
    pub fn new(credentials: Credentials) -> Result<Self, TlsError> {
        let tls = tls::of(&credentials)?;
        let mut known = credentials.known;
        for (_, value) in credentials
            .headers
            .iter()
            .filter(|(name, _)| may_be_secret(name))
        {
            known.add(value.expose());
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("assize/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self {
            agent: config.new_agent(),
            headers: credentials.headers,
            known,
        })
    }

    /// Asks until there is an answer, `deadline` has come or asking again cannot help.
    ///
    /// A connection that fails for another reason than certificates, the statuses 429, 502,
    /// 503 and 504, and 403 where the server says when to come back, are asked again, later
    /// each time and not before that.
    ///
    /// # Errors
    /// No whole answer in time, too large a one, and redirects. Other statuses are answers.
    pub fn ask(
        &self,
        question: &Question<'_>,
        deadline: Instant,
        clock: &dyn Clock,
    ) -> Result<Answer, HttpError> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.timeout(question, left));
            }
            let asked = self.attempt(question, left.min(ATTEMPT_MAX), clock, IDLE_MAX);
            let again = match &asked {
                Ok(answer) => match answer.status {
                    403 => answer.wait.is_some(),
                    status => matches!(status, 429 | 502..=504),
                },
                // Who is not trusted now is not trusted in a second.
                Err(HttpError::Transport { broken, .. }) => {
                    !matches!(broken, Broken::Request | Broken::Tls)
                }
                Err(HttpError::Timeout { .. }) => true,
                Err(_) => false,
            };
            let wait = match &asked {
                Ok(answer) => answer.wait.unwrap_or_default().max(pause),
                Err(_) => pause,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if !again || attempt >= ATTEMPTS_MAX || wait >= left {
                return asked;
            }
            thread::sleep(wait);
            pause = pause.saturating_mul(2);
        }
        Err(self.timeout(question, Duration::ZERO))
    }

    /// Asks one time, on a connection of its own.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn ask_once(
        &self,
        question: &Question<'_>,
        deadline: Instant,
        clock: &dyn Clock,
    ) -> Result<Answer, HttpError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.timeout(question, left));
        }
        self.attempt(question, left.min(ATTEMPT_MAX), clock, Duration::ZERO)
    }

    /// Asks one time. A connection that has been idle for `idle_max` or longer is not used.
    fn attempt(
        &self,
        question: &Question<'_>,
        time: Duration,
        clock: &dyn Clock,
        idle_max: Duration,
    ) -> Result<Answer, HttpError> {
        let failed = |error: ureq::Error| match error {
            ureq::Error::Timeout(_) => self.timeout(question, time),
            ureq::Error::BodyExceedsLimit(_) => HttpError::Size {
                uri: self.shown(question.uri),
                size_max: question.size_max,
            },
            other => HttpError::Transport {
                uri: self.shown(question.uri),
                broken: Broken::by(&other),
                reason: self.shown(&cause(&other)),
            },
        };
        let mut response = self.send(question, time, idle_max).map_err(failed)?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let encoding = header("content-encoding").filter(|encoding| encoding != "identity");
        if status == 206 || encoding.is_some() {
            return Err(HttpError::Unasked {
                uri: self.shown(question.uri),
                what: match encoding {
                    Some(encoding) => format!("encoded as `{}`", self.shown(&encoding)),
                    None => "a part of it, with 206".to_owned(),
                },
            });
        }
        if (300..400).contains(&status) && status != 304 {
            return Err(HttpError::Redirect {
                uri: self.shown(question.uri),
                status,
                location: self.shown_place(&header("location").unwrap_or_default()),
            });
        }
        let date = header("date").and_then(|date| Timestamp::from_http_date(&date));
        let server = header("server").map(|server| self.shown(&server));
        let headers = self.headers_of(&response);
        let now = clock.now();
        let wait = answer::wait(status, &headers, date.unwrap_or(now));
        let read = response.body_mut().with_config().limit(question.size_max);
        let body = read.read_to_vec().map_err(failed)?;
        // The answer would be sealed, recorded and handed on with our credential in it.
        if self.known.is_in(&body) {
            return Err(HttpError::Echo {
                uri: self.shown(question.uri),
                status,
            });
        }
        let received_at = clock.now();
        Ok(Answer {
            status,
            body,
            received_at,
            clock_skew_s: date.map(|date| date.seconds_since(received_at)),
            server,
            wait,
            headers,
        })
    }

    fn headers_of<T>(&self, response: &http::Response<T>) -> BTreeMap<String, String> {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in response.headers() {
            // One that is no text is still there, and must not look as if it were not.
            let value = String::from_utf8_lossy(value.as_bytes());
            let all = headers.entry(name.as_str().to_owned()).or_default();
            if !all.is_empty() {
                all.push_str(", ");
            }
            all.push_str(&self.shown(&value));
        }
        headers
    }

    fn send(
        &self,
        question: &Question<'_>,
        time: Duration,
        idle_max: Duration,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let builder = http::Request::builder()
            .uri(question.uri)
            .header("accept", question.accept);
        let is_set = |name: &str| {
            self.headers
                .iter()
                .any(|(set, _)| set.eq_ignore_ascii_case(name))
        };
        let own = question.headers.iter().filter(|(name, _)| !is_set(name));
        let builder = own.fold(builder, |builder, (name, value)| {
            builder.header(*name, *value)
        });
        let builder = self.headers.iter().fold(builder, |builder, (name, value)| {
            builder.header(name, value.expose())
        });
        let time = Some(time);
        let form = question.form.map(encoded);
        let form = form
            .as_ref()
            .map(|form| ("application/x-www-form-urlencoded", form.as_bytes()));
        if let Some((content_type, body)) = form.or(question.body) {
            let request = builder
                .method("POST")
                .header("content-type", content_type)
                .body(body)?;
            let configured = self.agent.configure_request(request);
            let configured = configured.timeout_global(time).max_idle_age(idle_max);
            self.agent.run(configured.build())
        } else {
            let configured = self.agent.configure_request(builder.body(())?);
            let configured = configured.timeout_global(time).max_idle_age(idle_max);
            self.agent.run(configured.build())
        }
    }

    fn timeout(&self, question: &Question<'_>, time: Duration) -> HttpError {
        HttpError::Timeout {
            uri: self.shown(question.uri),
            seconds: time.as_secs(),
        }
    }

    /// The place that a server names, without what may open it.
    pub(crate) fn shown_place(&self, location: &str) -> String {
        self.shown(place(location))
    }

    /// `text` without anything that was sent in secret.
    pub(crate) fn shown(&self, text: &str) -> String {
        self.known.struck_from(text)
    }
}

/// `location` without what may open it: a query, a fragment, a name and a password.
fn place(location: &str) -> &str {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let place = location.get(..end).unwrap_or_default();
    let (_, rest) = place.split_once("//").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        "[removed]"
    } else {
        place
    }
}

/// The error that is at the bottom, without the names of layers above it.
fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        other => other.to_string(),
    }
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode(&mut text, name);
        text.push('=');
        encode(&mut text, value);
    }
    text
}

fn encode(text: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;
