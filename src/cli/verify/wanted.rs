//! What a deployment wants the record of a receipt to say.
//!
//! INVARIANT: what is asked for is met by what was signed, or it is not met. That a record
//! is young is its signer's word.

use std::time::Duration;

use crate::cli::args::Verify;
use crate::cli::error::CliError;
use crate::cli::log::Content;
use crate::clock::{DurationError, Timestamp, TimestampError, duration_text, parse_duration};
use crate::digest::Digest;
use crate::record::{Bent, Statement};

/// The verdict that lets something pass.
const ALLOW: &str = "allow";

/// How far another machine's clock may be ahead, in seconds; as for evidence.
const SKEW_MAX_S: i64 = 5;

/// What somebody wants a receipt to say.
#[derive(Debug, Default)]
pub(super) struct Wanted<'a> {
    subject: Option<(Option<&'a str>, Digest)>,
    gate: Option<&'a str>,
    policies: Option<Digest>,
    data: Option<Digest>,
    age: Option<Age>,
    accepted: &'a [String],
}

/// How old a record may be.
#[derive(Debug, Clone, Copy)]
struct Age {
    max: Duration,
    /// The instant that it is counted back from.
    at: Timestamp,
}

impl<'a> Wanted<'a> {
    /// What `args` ask for at the instant `now`.
    ///
    /// # Errors
    /// Digests, durations and instants that are none.
    pub(super) fn of(args: &'a Verify, now: Timestamp) -> Result<Self, CliError> {
        let digest = |flag: &str, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| digest_of(flag, text, text, "expected sha256:HEX"))
                .transpose()
        };
        Ok(Self {
            subject: args.allows.as_deref().map(subject_of).transpose()?,
            gate: args.gate.as_deref(),
            policies: digest("--policy", &args.policy)?,
            data: digest("--data", &args.data)?,
            age: Age::of(args, now)?,
            accepted: &args.accept,
        })
    }

    /// Why the record is not what is wanted.
    pub(super) fn unmet(&self, content: &Content) -> Option<String> {
        // clap lets nothing else be asked for without a subject.
        let (name, digest) = self.subject?;
        let Content::Decision(statement) = content else {
            return Some("the record is an act, not a decision".to_owned());
        };
        let predicate = &statement.predicate;
        if let Some(gate) = self.gate
            && (predicate.kind.as_str(), predicate.name.as_str()) != ("gate", gate)
        {
            let (kind, name) = (&predicate.kind, &predicate.name);
            return Some(format!(
                "the record is of {kind} `{name}`, not of gate `{gate}`"
            ));
        }
        if predicate.verdict != ALLOW {
            return Some(format!("the verdict is {}", predicate.verdict));
        }
        let hex = digest.hex();
        let is_judged = statement.subject.iter().any(|subject| {
            subject.digest.get("sha256") == Some(&hex)
                && name.is_none_or(|name| name == subject.name)
        });
        if !is_judged {
            return Some(format!("sha256:{hex} is not what was judged"));
        }
        let made_by = predicate.digests.policies;
        if self.policies.is_some_and(|wanted| wanted != made_by) {
            return Some(format!("it was made by the policies sha256:{made_by}"));
        }
        let data = predicate.digests.data;
        if self.data.is_some_and(|wanted| wanted != data) {
            return Some(format!("the policies had the data sha256:{data}"));
        }
        self.age.and_then(|age| age.unmet(statement)).or_else(|| {
            match predicate.bent(self.accepted)? {
                bent @ Bent::By(_) => Some(format!("{bent}, which --accept takes")),
                bent @ Bent::Unlisted(_) => Some(bent.to_string()),
            }
        })
    }
}

impl Age {
    fn of(args: &Verify, now: Timestamp) -> Result<Option<Self>, CliError> {
        let Some(text) = &args.max_age else {
            return Ok(None);
        };
        let refuse = |argument: &str, reason: String| CliError::Argument {
            argument: argument.to_owned(),
            reason,
        };
        let max = parse_duration(text);
        let max = max.map_err(|error: DurationError| refuse("--max-age", error.to_string()))?;
        let at = args.as_of.as_deref().map_or(Ok(now), str::parse);
        let at = at.map_err(|error: TimestampError| refuse("--as-of", error.to_string()))?;
        Ok(Some(Self { max, at }))
    }

    /// Both are asked for: an old verdict may be recorded late, and an old instant be
    /// judged today.
    fn unmet(self, statement: &Statement) -> Option<String> {
        let predicate = &statement.predicate;
        let instants = [
            ("it was recorded at", predicate.recorded_at),
            ("it is as of", predicate.as_of),
        ];
        instants.into_iter().find_map(|(what, instant)| {
            let at = self.at;
            if instant.seconds_since(at) > SKEW_MAX_S {
                return Some(format!("{what} {instant}, later than {at}"));
            }
            let is_old = instant.plus(self.max).is_some_and(|until| until < at);
            let max = duration_text(self.max);
            is_old.then(|| format!("{what} {instant}, more than {max} before {at}"))
        })
    }
}

/// A digest, and the name that it is to have, where there is one.
fn subject_of(text: &str) -> Result<(Option<&str>, Digest), CliError> {
    let (name, digest) = match text.rsplit_once('@') {
        Some((name, digest)) => (Some(name), digest),
        None => (None, text),
    };
    let expected = "expected sha256:HEX or NAME@sha256:HEX";
    Ok((name, digest_of("--allows", text, digest, expected)?))
}

fn digest_of(flag: &str, given: &str, text: &str, expected: &str) -> Result<Digest, CliError> {
    let digest = text.strip_prefix("sha256:").map(str::parse);
    match digest {
        Some(Ok(digest)) => Ok(digest),
        _ => Err(CliError::Argument {
            argument: format!("{flag} `{given}`"),
            reason: expected.to_owned(),
        }),
    }
}
