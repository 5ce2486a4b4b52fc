//! `assize log anchor`: others say that they saw this ledger, and when.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::wants_json;
use crate::anchor::policy::WitnessPolicy;
use crate::anchor::timestamp::Authorities;
use crate::anchor::{AnchorError, Anchored, Client, authority, client, witness};
use crate::cli::anchors;
use crate::cli::args::LogAnchor;
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::location::Location;
use crate::cli::settings;
use crate::clock::System;
use crate::json::{self, Value, json};
use crate::ledger::anchors as kept;
use crate::report::visible;
use crate::signing::cosignature::CosignerKey;
use crate::signing::note::NoteError;

/// How often the ledger is read anew because others anchored what they had appended.
const TRIES_MAX: usize = 5;

/// A witness to ask.
struct Witness {
    name: String,
    url: String,
    keys: Vec<CosignerKey>,
}

/// What is asked for.
struct Wanted<'a> {
    ledger: PathBuf,
    witnesses: Vec<Witness>,
    policy: Option<WitnessPolicy>,
    stamps: &'a [String],
    authorities: Authorities,
    client: Client,
}

/// What came of one question.
struct Asked {
    kind: &'static str,
    name: String,
    answer: Result<String, AnchorError>,
}

/// What came of all of them.
struct Outcome {
    origin: String,
    size: u64,
    asked: Vec<Asked>,
    quorum: Option<bool>,
}

/// Runs `assize log anchor`.
///
/// # Errors
/// Arguments and files that cannot be used. That an anchor was refused is an answer.
pub fn run(args: &LogAnchor, config: &Config, out: &mut impl Write) -> Result<Exit, CliError> {
    let json = wants_json(&args.output)?;
    let ledger = match settings::ledger(args.ledger.as_ref(), config)? {
        Location::Folder(path) if path.is_dir() => path,
        Location::Folder(path) => return Err(CliError::NoLedger { path }),
        #[cfg(feature = "object-store")]
        Location::Remote { place, .. } => {
            return Err(CliError::Argument {
                argument: format!("ledger `{place}`"),
                reason: "anchors are kept in a folder's ledger only".into(),
            });
        }
    };
    let policy = anchors::witnesses(args.witnesses.as_ref())?;
    let witnesses = witnesses(args, policy.as_ref())?;
    if witnesses.is_empty() && args.tsa.is_empty() {
        return Err(CliError::Argument {
            argument: "log anchor".into(),
            reason: "nobody is named who could be asked: give --witnesses with URLs in it, \
                     --witness or --tsa"
                .into(),
        });
    }
    let trust = settings::trust(args.trust.as_ref(), config)?;
    let wanted = Wanted {
        ledger,
        witnesses,
        policy,
        stamps: &args.tsa,
        authorities: anchors::authorities(&args.tsa_ca, trust.as_ref())?,
        client: client()?,
    };
    let outcome = wanted.ask()?;
    let text = if json { outcome.json() } else { outcome.text() };
    out.write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(outcome.exit())
}

/// Whom to ask: those that are named, or those of the policy.
fn witnesses(args: &LogAnchor, policy: Option<&WitnessPolicy>) -> Result<Vec<Witness>, CliError> {
    let mut extra = Vec::new();
    for key in &args.witness_key {
        let parsed = key.parse().map_err(|error: NoteError| CliError::Argument {
            argument: "--witness-key".into(),
            reason: error.to_string(),
        })?;
        extra.push(parsed);
    }
    let listed: Vec<(String, String, CosignerKey)> = policy
        .into_iter()
        .flat_map(|policy| policy.witnesses().iter().zip(policy.keys()))
        .filter_map(|(one, key)| Some((one.name.clone(), one.url.clone()?, key.clone())))
        .collect();
    if args.witness.is_empty() {
        let all = listed.into_iter().map(|(name, url, key)| Witness {
            name,
            url,
            keys: vec![key],
        });
        return Ok(all.collect());
    }
    let mut found = Vec::new();
    for url in &args.witness {
        let same = |other: &str| other.trim_end_matches('/') == url.trim_end_matches('/');
        let of_policy = listed.iter().filter(|(_, other, _)| same(other));
        let mut keys: Vec<_> = of_policy.map(|(_, _, key)| key.clone()).collect();
        keys.extend(extra.iter().cloned());
        if keys.is_empty() {
            return Err(CliError::Argument {
                argument: format!("--witness `{url}`"),
                reason: "its key is not known: give it with --witness-key, or a policy that \
                         has this URL with --witnesses"
                    .into(),
            });
        }
        found.push(Witness {
            name: url.clone(),
            url: url.clone(),
            keys,
        });
    }
    Ok(found)
}

impl Wanted<'_> {
    /// Asks everybody, about one state of the ledger if possible.
    fn ask(&self) -> Result<Outcome, CliError> {
        let mut outcome = self.ask_all()?;
        for _ in 1..TRIES_MAX {
            let overtaken =
                |asked: &Asked| matches!(asked.answer, Err(AnchorError::Overtaken { .. }));
            if !outcome.asked.iter().any(overtaken) {
                break;
            }
            outcome = self.ask_all()?;
        }
        Ok(outcome)
    }

    fn ask_all(&self) -> Result<Outcome, CliError> {
        let mut anchored = Anchored::read(&self.ledger)?;
        let mut asked = Vec::new();
        for one in &self.witnesses {
            let answer = self.cosign(&mut anchored, one);
            asked.push(Asked {
                kind: "witness",
                name: one.name.clone(),
                answer,
            });
        }
        for url in self.stamps {
            asked.push(Asked {
                kind: "time stamp",
                name: url.clone(),
                answer: self.stamp(&anchored, url),
            });
        }
        let quorum = self.policy.as_ref().and_then(|policy| {
            let needed = policy.needs_witnesses() && !self.witnesses.is_empty();
            let note = kept::cosigned(&self.ledger, anchored.checkpoint.size).ok()??;
            needed.then(|| policy.cosigned(&note).is_ok_and(|cosigned| cosigned.quorum))
        });
        Ok(Outcome {
            origin: anchored.checkpoint.origin.to_string(),
            size: anchored.checkpoint.size,
            asked,
            quorum,
        })
    }

    fn cosign(&self, anchored: &mut Anchored, one: &Witness) -> Result<String, AnchorError> {
        let dir: &Path = &self.ledger;
        let cosigned = witness::cosign(dir, anchored, &one.url, &one.keys, &self.client, &System)?;
        // Each is kept as it comes: the next may not answer.
        kept::keep_cosigned(dir, &cosigned.note)?;
        let when: Vec<_> = cosigned
            .keys
            .iter()
            .map(|(name, at)| format!("cosigned by {name} at {at}"))
            .collect();
        anchored.note = cosigned.note;
        Ok(when.join(", "))
    }

    fn stamp(&self, anchored: &Anchored, url: &str) -> Result<String, AnchorError> {
        let stamped = authority::stamp(anchored, url, &self.authorities, &self.client, &System)?;
        let path = kept::keep_stamp(&self.ledger, &anchored.note, &stamped.response)?;
        let who = match &stamped.stamp {
            Some(stamp) => format!("by `{}`, trusted as {}", stamp.signer, stamp.authority),
            None => "by whom was not verified: no --tsa-ca and no authority in the trust policy"
                .to_owned(),
        };
        Ok(format!("at {}, {who}; kept as {path}", stamped.at))
    }
}

impl Outcome {
    /// An accusation is an answer. Without one, a quorum that is met is enough.
    fn exit(&self) -> Exit {
        let refused = |kind: &str| {
            let mut refused = self.asked.iter().filter(|asked| asked.answer.is_err());
            refused.any(|asked| asked.kind == kind)
        };
        let accuses = |asked: &Asked| asked.answer.as_ref().is_err_and(AnchorError::accuses);
        if self.asked.iter().any(accuses) {
            Exit::No
        } else if refused("time stamp") || (refused("witness") && self.quorum != Some(true)) {
            Exit::Broken
        } else if self.quorum == Some(false) {
            Exit::Unknown
        } else {
            Exit::Yes
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "checkpoint  {} record{}  {}\n",
            self.size,
            if self.size == 1 { "" } else { "s" },
            self.origin
        );
        for asked in &self.asked {
            let (kind, name) = (asked.kind, visible(&asked.name));
            let _ = match &asked.answer {
                Ok(said) => writeln!(text, "{kind:<10}  {name}: {}", visible(said)),
                Err(error) => {
                    let hint = error.hint().map_or(String::new(), |hint| {
                        format!(
                            "
            {hint}"
                        )
                    });
                    writeln!(
                        text,
                        "{kind:<10}  {name}: FAILED: {}{hint}",
                        visible(&chain(error))
                    )
                }
            };
        }
        match self.quorum {
            Some(true) => text.push_str("quorum      met\n"),
            Some(false) => text.push_str("quorum      NOT MET\n"),
            None => {}
        }
        text
    }

    fn json(&self) -> String {
        let asked: Vec<Value> = self
            .asked
            .iter()
            .map(|asked| {
                let (said, error) = match &asked.answer {
                    Ok(said) => (Some(said.clone()), None),
                    Err(error) => (None, Some(chain(error))),
                };
                let accuses = asked.answer.as_ref().is_err_and(AnchorError::accuses);
                json!({
                    "kind": asked.kind,
                    "name": asked.name,
                    "said": said,
                    "error": error,
                    "accuses": accuses,
                })
            })
            .collect();
        let document = json!({
            "schema": "assize/anchor-report/v1",
            "origin": self.origin,
            "records": self.size,
            "asked": asked,
            "quorum": self.quorum,
        });
        format!("{}\n", json::pretty(&document))
    }
}

/// An error with what is below it.
fn chain(error: &AnchorError) -> String {
    let mut text = error.to_string();
    let mut below = std::error::Error::source(error);
    while let Some(source) = below {
        let said = source.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        below = source.source();
    }
    text
}
