//! What witnesses and authorities have in common as servers.

use std::path::Path;
use std::time::Duration;

use super::AnchorError;
use crate::clock::Timestamp;
use crate::http::{Client, Credentials};
use crate::ledger::Checkpoint;
use crate::ledger::read::Reader;
use crate::signing::note::{Note, NoteError};

/// Longest time for one anchor, with every question for it.
pub(super) const TIME_MAX: Duration = Duration::from_secs(90);
/// Most bytes in an answer.
pub(super) const ANSWER_MAX: u64 = 256 << 10;
/// How far the clock of whom we ask may be from ours.
const SKEW_MAX_S: i64 = 300;

/// The state of a ledger that is to be anchored.
#[derive(Debug, Clone)]
pub struct Anchored {
    /// Origin, size and root.
    pub checkpoint: Checkpoint,
    /// As it is signed.
    pub note: Note,
}

impl Anchored {
    /// Reads the checkpoint of the ledger in `dir`.
    ///
    /// # Errors
    /// No ledger, and one without records.
    pub fn read(dir: &Path) -> Result<Self, AnchorError> {
        let reader = Reader::open(dir)?;
        let checkpoint = reader.checkpoint().clone();
        if checkpoint.size == 0 {
            return Err(AnchorError::Empty);
        }
        let note = Note::parse(reader.checkpoint_bytes()).map_err(|source: NoteError| {
            AnchorError::Note {
                url: dir.display().to_string(),
                source,
            }
        })?;
        Ok(Self { checkpoint, note })
    }
}

/// Returns a client without credentials: the checkpoint is what proves who asks.
///
/// # Errors
/// None that is known; the client's type has them.
pub fn client() -> Result<Client, AnchorError> {
    Ok(Client::new(Credentials::default())?)
}

/// Returns `url` without a slash at its end.
pub(super) fn base(url: &str) -> Result<&str, AnchorError> {
    let refuse = || AnchorError::Url {
        url: url.to_owned(),
    };
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .ok_or_else(refuse)?;
    let host = rest.split('/').next().unwrap_or_default();
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    if host.is_empty()
        || host.contains('@')
        || rest.contains(['?', '#'])
        || !rest.chars().all(plain)
    {
        return Err(refuse());
    }
    Ok(url.trim_end_matches('/'))
}

/// Refuses a time that is far from ours.
pub(super) fn plausible(url: &str, theirs: Timestamp, ours: Timestamp) -> Result<(), AnchorError> {
    if theirs.seconds_since(ours).abs() > SKEW_MAX_S {
        return Err(AnchorError::Clock {
            url: url.to_owned(),
            theirs,
            ours,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_url_that_holds_no_secret() {
        assert_eq!(base("https://w.example/a/").unwrap(), "https://w.example/a");
        assert_eq!(base("http://[::1]:80").unwrap(), "http://[::1]:80");
        for url in [
            "w.example",
            "https://",
            "ftp://w.example",
            "https://user:secret@w.example/",
            "https://w.example/?key=a",
            "https://w.example/#a",
            "https://w.example/a b",
        ] {
            assert!(base(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_clock_that_is_far_off_is_told() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ours = at("2026-11-23T13:00:00Z");
        assert!(plausible("u", at("2026-11-23T13:05:00Z"), ours).is_ok());
        assert!(plausible("u", at("2026-11-23T12:55:00Z"), ours).is_ok());
        assert!(plausible("u", at("2026-11-23T13:05:01Z"), ours).is_err());
        assert!(plausible("u", at("2026-11-23T12:54:59Z"), ours).is_err());
    }
}
