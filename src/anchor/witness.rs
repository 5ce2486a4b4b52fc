//! Asking a [witness](https://c2sp.org/tlog-witness) to cosign.
//!
//! TRUST: the witness need not be ours. It says what it has seen of this ledger, which is
//! why it is asked; its lines are taken only where a key that was named verifies them.

use std::path::Path;
use std::time::Instant;

use super::AnchorError;
use super::ask::{ANSWER_MAX, Anchored, TIME_MAX, base, plausible};
use crate::clock::{Clock, Timestamp};
use crate::http::{Answer, Client, Question};
use crate::ledger::Consistency;
use crate::ledger::read::{self, Reader};
use crate::signing::cosignature::{self, CosignerKey};
use crate::signing::note::Note;

/// How often a witness is told another size than before.
const TRIES_MAX: usize = 4;

/// What a witness answered.
#[derive(Debug, Clone)]
pub struct Cosigned {
    /// The checkpoint, with the lines of the witness that hold.
    pub note: Note,
    /// Names of the keys, and when they say to have signed.
    pub keys: Vec<(String, Timestamp)>,
}

/// Asks the witness at `url` to cosign the ledger in `dir` as it was `anchored`.
///
/// # Errors
/// No usable answer, and what the witness has against the ledger.
pub fn cosign(
    dir: &Path,
    anchored: &Anchored,
    url: &str,
    keys: &[CosignerKey],
    client: &Client,
    clock: &dyn Clock,
) -> Result<Cosigned, AnchorError> {
    let asked = Asked {
        dir,
        anchored,
        url: base(url)?,
        keys,
    };
    let deadline = Instant::now() + TIME_MAX;
    let uri = format!("{}/add-checkpoint", asked.url);
    // The witness says what it has, so that nobody has to remember it.
    let mut old = 0;
    for _ in 0..TRIES_MAX {
        let proof = Consistency {
            old,
            hashes: read::growth(dir, old, anchored.checkpoint.size)?,
            checkpoint: anchored.note.to_bytes(),
        };
        let body = proof.to_bytes();
        let question = Question {
            body: Some(("text/plain; charset=utf-8", &body)),
            size_max: ANSWER_MAX,
            ..Question::get(&uri, "*/*")
        };
        let answer = client.ask(&question, deadline, clock)?;
        match answer.status {
            200 => return asked.verified(&answer, clock),
            409 => old = asked.conflict(&answer, old)?,
            _ => return Err(asked.refusal(&answer, old)),
        }
    }
    Err(asked.answer("it changes its mind on how many records it has cosigned"))
}

struct Asked<'a> {
    dir: &'a Path,
    anchored: &'a Anchored,
    url: &'a str,
    keys: &'a [CosignerKey],
}

impl Asked<'_> {
    fn answer(&self, reason: impl Into<String>) -> AnchorError {
        AnchorError::Answer {
            url: self.url.to_owned(),
            reason: reason.into(),
        }
    }

    /// Takes the lines that a named key verifies.
    fn verified(&self, answer: &Answer, clock: &dyn Clock) -> Result<Cosigned, AnchorError> {
        let wrong = |source| AnchorError::Note {
            url: self.url.to_owned(),
            source,
        };
        let own = Note::new(self.anchored.note.text()).map_err(wrong)?;
        let bytes = [own.to_bytes(), answer.body.clone()].concat();
        let answered = Note::parse(&bytes).map_err(wrong)?;
        let found = cosignature::verify(&answered, self.keys).map_err(wrong)?;
        let mut note = self.anchored.note.clone();
        let mut keys = Vec::new();
        for one in &found {
            let key = self.keys.get(one.key);
            let line = answered.signatures().get(one.line);
            let at = Timestamp::from_unix_seconds(one.time_s);
            let (Some(key), Some(line), Some(at)) = (key, line, at) else {
                return Err(self.answer("it says a time that no calendar has"));
            };
            plausible(self.url, at, clock.now())?;
            let mut alone = own.clone();
            alone.add(line.clone());
            note.adopt(&alone);
            keys.push((key.name().to_string(), at));
        }
        if keys.is_empty() {
            let lines = answered.signatures().iter();
            let names: Vec<_> = lines.map(|line| format!("`{}`", line.name())).collect();
            return Err(self.answer(format!(
                "none of the keys that are known signed; signed by: {}",
                names.join(", ")
            )));
        }
        Ok(Cosigned { note, keys })
    }

    /// The size from which the witness wants to be shown that the ledger grew.
    fn conflict(&self, answer: &Answer, old: u64) -> Result<u64, AnchorError> {
        let text = String::from_utf8_lossy(&answer.body);
        let seen = text
            .strip_suffix('\n')
            .and_then(|text| text.parse().ok().filter(|n: &u64| n.to_string() == text))
            .ok_or_else(|| {
                self.answer(format!(
                    "answered 409 and no size with it: {}",
                    answer.excerpt()
                ))
            })?;
        if seen == old {
            return Err(self.answer(format!(
                "says that it expects the size {seen}, which is what it was sent"
            )));
        }
        if seen > self.anchored.checkpoint.size {
            // Others may have appended, and anchored what they appended.
            let size = Reader::open(self.dir)?.checkpoint().size;
            let url = self.url.to_owned();
            return Err(if seen <= size {
                AnchorError::Overtaken { url, seen }
            } else {
                AnchorError::Cut { url, seen, size }
            });
        }
        Ok(seen)
    }

    fn refusal(&self, answer: &Answer, old: u64) -> AnchorError {
        let url = self.url.to_owned();
        let said = match answer.excerpt() {
            excerpt if excerpt.is_empty() => format!("it answered {}", answer.status),
            excerpt => format!("it answered {}: {excerpt}", answer.status),
        };
        match answer.status {
            403 => AnchorError::LogKey { url, said },
            404 => AnchorError::UnknownLog {
                url,
                origin: self.anchored.checkpoint.origin.to_string(),
                said,
            },
            422 => AnchorError::Rewritten {
                url,
                old,
                size: self.anchored.checkpoint.size,
                said,
            },
            _ => self.answer(said),
        }
    }
}

#[cfg(test)]
mod tests;
