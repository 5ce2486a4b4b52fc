//! What came back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;

/// Most characters of an answer's body that an error repeats.
const EXCERPT_MAX: usize = 200;
/// A smaller number is no instant of these years in seconds since 1970.
const INSTANT_MIN_S: i64 = 1_000_000_000;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body as received.
    pub body: Vec<u8>,
    /// Our clock, when it had come in.
    pub received_at: Timestamp,
    /// The server's clock in whole seconds less ours, by its `Date`.
    pub clock_skew_s: Option<i64>,
    /// `Server`: what it says that it is.
    pub server: Option<String>,
    /// How long the server wants to be left alone.
    pub wait: Option<Duration>,
    /// Every header that is text, by its lower-case name; values of one name with `, `
    /// between them.
    pub headers: BTreeMap<String, String>,
}

impl Answer {
    /// The first characters of the body, for an error.
    pub fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let line: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(EXCERPT_MAX)
            .collect();
        line.trim().to_owned()
    }

    /// The header that is called `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// How long the server wants to be left alone, which it says beside `status` at `now`, its
/// own clock: for so long, until an instant, or until what it allows is there again
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>,
/// <https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers>).
pub(super) fn wait(
    status: u16,
    headers: &BTreeMap<String, String>,
    now: Timestamp,
) -> Option<Duration> {
    let text = |name: &str| headers.get(name).map(String::as_str);
    let seconds = |seconds: i64| Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
    if let Some(after) = text("retry-after") {
        if let Ok(after) = after.parse() {
            return Some(Duration::from_secs(after));
        }
        let until = Timestamp::from_http_date(after)?;
        return seconds(until.seconds_since(now));
    }
    if !matches!(status, 403 | 429) {
        return None;
    }
    let either = |one: &str, other: &str| text(one).or_else(|| text(other));
    if either("x-ratelimit-remaining", "ratelimit-remaining")? != "0" {
        return None;
    }
    let reset = either("x-ratelimit-reset", "ratelimit-reset")?;
    let reset: i64 = reset.parse().ok()?;
    if reset < INSTANT_MIN_S {
        return seconds(reset);
    }
    // An instant in whole seconds may be almost one of them later.
    seconds(reset.saturating_sub(now.unix_seconds()).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_s(status: u16, pairs: &[(&str, &str)]) -> Option<u64> {
        let headers = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let headers = headers.collect();
        let now = "2026-11-23T13:00:00Z".parse().unwrap();
        wait(status, &headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_server_says_how_long_it_wants_to_be_left_alone() {
        let used_up = ("x-ratelimit-remaining", "0");
        let reset = ("x-ratelimit-reset", "1795438830");
        assert_eq!(wait_s(503, &[("retry-after", "7")]), Some(7));
        assert_eq!(
            wait_s(429, &[("retry-after", "Mon, 23 Nov 2026 13:00:09 GMT")]),
            Some(9)
        );
        assert_eq!(wait_s(403, &[used_up, reset]), Some(31));
        assert_eq!(
            wait_s(
                429,
                &[
                    ("ratelimit-remaining", "0"),
                    ("ratelimit-reset", "1795438790")
                ]
            ),
            Some(0)
        );
        assert_eq!(
            wait_s(429, &[used_up, ("x-ratelimit-reset", "12")]),
            Some(12)
        );
        // Something is left, so that it is refused for another reason.
        let left = ("x-ratelimit-remaining", "4999");
        assert_eq!(wait_s(403, &[left, reset]), None);
        assert_eq!(wait_s(200, &[used_up, reset]), None);
        assert_eq!(wait_s(403, &[used_up]), None);
        assert_eq!(wait_s(403, &[used_up, ("x-ratelimit-reset", "soon")]), None);
        assert_eq!(wait_s(429, &[("retry-after", "soon")]), None);
        assert_eq!(wait_s(403, &[]), None);
    }
}
