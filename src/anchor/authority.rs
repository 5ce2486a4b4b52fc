//! Asking an authority for a time stamp over a checkpoint (RFC 3161 §3.4).

use std::time::Instant;

use super::AnchorError;
use super::ask::{ANSWER_MAX, Anchored, TIME_MAX, base, plausible};
use super::timestamp::{Authorities, Request, Stamp, StampError, Token};
use crate::clock::{Clock, Timestamp};
use crate::http::{Client, Question};

/// A time stamp as it came.
#[derive(Debug, Clone)]
pub struct Stamped {
    /// The whole response.
    pub response: Vec<u8>,
    /// What it says.
    pub at: Timestamp,
    /// Who says it, where it is known whom to trust.
    pub stamp: Option<Stamp>,
}

/// Asks the authority at `url` for the time, over the text of what is `anchored`.
///
/// # Errors
/// No usable answer, and, where authorities are given, one by somebody else.
pub fn stamp(
    anchored: &Anchored,
    url: &str,
    authorities: &Authorities,
    client: &Client,
    clock: &dyn Clock,
) -> Result<Stamped, AnchorError> {
    base(url)?;
    let text = anchored.note.text();
    let request = Request::over(text)?;
    let body = request.to_bytes();
    let question = Question {
        body: Some(("application/timestamp-query", &body)),
        size_max: ANSWER_MAX,
        ..Question::get(url, "application/timestamp-reply")
    };
    let answer = client.ask(&question, Instant::now() + TIME_MAX, clock)?;
    if answer.status != 200 {
        return Err(AnchorError::Answer {
            url: url.to_owned(),
            reason: format!("it answered {}: {}", answer.status, answer.excerpt()),
        });
    }
    let wrong = |source: StampError| AnchorError::Stamp {
        url: url.to_owned(),
        source,
    };
    let token = Token::parse(&answer.body).map_err(wrong)?;
    token.answers(&request).map_err(wrong)?;
    token.is_over(text).map_err(wrong)?;
    let at = token.unverified_time();
    plausible(url, at, clock.now())?;
    let stamp = if authorities.is_empty() {
        None
    } else {
        Some(token.verify(authorities).map_err(wrong)?)
    };
    Ok(Stamped {
        at,
        stamp,
        response: answer.body,
    })
}
