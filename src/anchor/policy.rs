//! Which witnesses are trusted, and how many of them must have cosigned: a
//! [`tlog-policy`](https://c2sp.org/tlog-policy) file.
//!
//! ```text
//! log example.com/ledger+ed…
//! witness w1 witness.example/w1+8a… https://witness.example/
//! witness w2 …
//! group both all w1 w2
//! quorum both
//! ```
//!
//! INVARIANT: what the specification does not allow is refused, never skipped: a line that
//! was left out could be the one that asks for more.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::signing::cosignature::{self, CosignerKey};
use crate::signing::note::{Note, NoteError, VerifierKey};

/// Most bytes in a policy.
pub const SIZE_MAX: usize = 1 << 20;
/// Most lines that define something.
const DEFINITIONS_MAX: usize = 1_000;
/// The quorum that needs nobody.
const NONE: &[u8] = b"none";

/// Text that is not a policy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A line that is none of a policy.
    #[error("line {line}: {reason}")]
    Line {
        /// 1-based line.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A key that cannot be read.
    #[error("line {line}: {source}")]
    Key {
        /// 1-based line.
        line: usize,
        /// What is wrong.
        source: NoteError,
    },
    /// There is no quorum.
    #[error("has no `quorum` line")]
    NoQuorum,
    /// More than a policy may hold.
    #[error("is larger than {SIZE_MAX} bytes or defines more than {DEFINITIONS_MAX} things")]
    Size,
}

/// Trusted logs and witnesses, and who of them must have cosigned. The default needs nobody.
#[derive(Debug, Clone, Default)]
pub struct WitnessPolicy {
    logs: Vec<VerifierKey>,
    /// By its number, in the order of the lines.
    witnesses: Vec<Witness>,
    keys: Vec<CosignerKey>,
    groups: Vec<Group>,
    quorum: Option<Member>,
}

/// One witness of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// What the policy calls it.
    pub name: String,
    /// Where it takes checkpoints.
    pub url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

#[derive(Debug, Clone)]
struct Group {
    threshold: usize,
    members: Vec<Member>,
}

/// Who of a policy's witnesses cosigned a checkpoint, and whether they are enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Name and time in seconds since 1970, in the order of the policy.
    pub witnesses: Vec<(String, i64)>,
    /// Numbers of their lines on the note.
    pub lines: Vec<usize>,
    /// Whether the quorum is met.
    pub quorum: bool,
}

impl WitnessPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// Whatever the specification does not allow.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > SIZE_MAX {
            return Err(PolicyError::Size);
        }
        let mut reading = Reading::default();
        let mut number = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            number += 1;
            let wrong = |reason: String| PolicyError::Line {
                line: number,
                reason,
            };
            let line = line
                .strip_suffix(b"\n")
                .ok_or_else(|| wrong("does not end in a newline".to_owned()))?;
            if let Some(byte) = line.iter().find(|byte| !is_allowed(**byte)) {
                return Err(wrong(format!("holds the control character {byte:#04x}")));
            }
            let items: Vec<&[u8]> = line
                .split(|byte| matches!(byte, b' ' | b'\t'))
                .filter(|item| !item.is_empty())
                .collect();
            reading.line(number, &items)?;
            if reading.names.len() + reading.policy.logs.len() > DEFINITIONS_MAX {
                return Err(PolicyError::Size);
            }
        }
        if !reading.has_quorum {
            return Err(PolicyError::NoQuorum);
        }
        Ok(reading.policy)
    }

    /// Returns the witnesses, in the order of their lines.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Returns the witnesses' keys, in the same order.
    pub fn keys(&self) -> &[CosignerKey] {
        &self.keys
    }

    /// Returns whether anybody has to cosign.
    pub const fn needs_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Tells whether one of the policy's logs signed `note`; every log may where it names none.
    ///
    /// # Errors
    /// None of them did, or what one signed does not hold.
    pub fn signed_by_log(&self, note: &Note) -> Result<(), NoteError> {
        if self.logs.is_empty() {
            return Ok(());
        }
        note.verify(&self.logs).map(|_| ())
    }

    /// Returns who cosigned `note`.
    ///
    /// # Errors
    /// A line of a witness that does not hold.
    pub fn cosigned(&self, note: &Note) -> Result<Cosigned, NoteError> {
        let mut found = cosignature::verify(note, &self.keys)?;
        found.sort_by_key(|one| one.key);
        let who: BTreeSet<usize> = found.iter().map(|one| one.key).collect();
        let witnesses = found.iter().filter_map(|one| {
            let witness = self.witnesses.get(one.key)?;
            Some((witness.name.clone(), one.time_s))
        });
        Ok(Cosigned {
            witnesses: witnesses.collect(),
            lines: found.iter().map(|one| one.line).collect(),
            quorum: self.is_met(&who),
        })
    }

    /// Whether the witnesses with these numbers are enough.
    fn is_met(&self, who: &BTreeSet<usize>) -> bool {
        let mut met: Vec<bool> = Vec::with_capacity(self.groups.len());
        let holds = |member: &Member, met: &[bool]| match member {
            Member::Witness(number) => who.contains(number),
            Member::Group(number) => met.get(*number).copied().unwrap_or(false),
        };
        // A group names only what stands before it.
        for group in &self.groups {
            let count = group
                .members
                .iter()
                .filter(|member| holds(member, &met))
                .count();
            met.push(count >= group.threshold);
        }
        self.quorum
            .as_ref()
            .is_none_or(|quorum| holds(quorum, &met))
    }
}

/// The octets of a line.
const fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// A policy while it is read.
#[derive(Default)]
struct Reading {
    policy: WitnessPolicy,
    names: BTreeMap<Vec<u8>, Member>,
    /// Members of groups: a witness counts in one way only.
    placed: BTreeSet<Vec<u8>>,
    has_quorum: bool,
}

impl Reading {
    fn line(&mut self, line: usize, items: &[&[u8]]) -> Result<(), PolicyError> {
        let wrong = |reason: &str| PolicyError::Line {
            line,
            reason: reason.to_owned(),
        };
        let Some((first, rest)) = items.split_first() else {
            return Ok(());
        };
        if first.starts_with(b"#") {
            return Ok(());
        }
        match (*first, rest) {
            (b"log", [vkey] | [vkey, _]) => self.log(line, vkey),
            (b"log", _) => Err(wrong("expected `log <vkey> [<url>]`")),
            (b"witness", [name, vkey]) => self.witness(line, name, vkey, None),
            (b"witness", [name, vkey, url]) => self.witness(line, name, vkey, Some(url)),
            (b"witness", _) => Err(wrong("expected `witness <name> <vkey> [<url>]`")),
            (b"group", [name, threshold, members @ ..]) if !members.is_empty() => {
                self.group(line, name, threshold, members)
            }
            (b"group", _) => Err(wrong("expected `group <name> all|any|<k> <name>...`")),
            (b"quorum", [name]) => self.quorum(line, name),
            (b"quorum", _) => Err(wrong("expected `quorum <name>`")),
            (other, _) => Err(wrong(&format!(
                "`{}` is none of log, witness, group and quorum",
                lossy(other)
            ))),
        }
    }

    fn log(&mut self, line: usize, vkey: &[u8]) -> Result<(), PolicyError> {
        let key: VerifierKey = text(line, vkey)?
            .parse()
            .map_err(|source| PolicyError::Key { line, source })?;
        if self
            .policy
            .logs
            .iter()
            .any(|other| other.key() == key.key())
        {
            return Err(PolicyError::Line {
                line,
                reason: "is the same key as that of another log".to_owned(),
            });
        }
        self.policy.logs.push(key);
        Ok(())
    }

    fn witness(
        &mut self,
        line: usize,
        name: &[u8],
        vkey: &[u8],
        url: Option<&&[u8]>,
    ) -> Result<(), PolicyError> {
        let key: CosignerKey = text(line, vkey)?
            .parse()
            .map_err(|source| PolicyError::Key { line, source })?;
        let same = |other: &CosignerKey| other.public() == key.public();
        if self.policy.keys.iter().any(same) {
            return Err(PolicyError::Line {
                line,
                reason: "is the same key as that of another witness".to_owned(),
            });
        }
        let number = self.policy.witnesses.len();
        self.define(line, name, Member::Witness(number))?;
        self.policy.witnesses.push(Witness {
            name: lossy(name),
            url: url
                .map(|url| text(line, url).map(str::to_owned))
                .transpose()?,
        });
        self.policy.keys.push(key);
        Ok(())
    }

    fn group(
        &mut self,
        line: usize,
        name: &[u8],
        threshold: &[u8],
        members: &[&[u8]],
    ) -> Result<(), PolicyError> {
        let wrong = |reason: String| PolicyError::Line { line, reason };
        let mut found = Vec::with_capacity(members.len());
        for member in members {
            found.push(self.named(line, member)?);
            if !self.placed.insert(member.to_vec()) {
                let name = lossy(member);
                return Err(wrong(format!("`{name}` is a member of a group already")));
            }
        }
        let threshold = match threshold {
            b"all" => found.len(),
            b"any" => 1,
            digits => lossy(digits)
                .parse()
                .ok()
                .filter(|k: &usize| k.to_string().as_bytes() == digits)
                .filter(|k| (1..=found.len()).contains(k))
                .ok_or_else(|| {
                    let (k, n) = (lossy(digits), found.len());
                    wrong(format!(
                        "`{k}` is none of all, any and a number from 1 to {n}"
                    ))
                })?,
        };
        let number = self.policy.groups.len();
        self.define(line, name, Member::Group(number))?;
        self.policy.groups.push(Group {
            threshold,
            members: found,
        });
        Ok(())
    }

    fn quorum(&mut self, line: usize, name: &[u8]) -> Result<(), PolicyError> {
        if self.has_quorum {
            return Err(PolicyError::Line {
                line,
                reason: "is a second quorum".to_owned(),
            });
        }
        self.has_quorum = true;
        if name != NONE {
            self.policy.quorum = Some(self.named(line, name)?);
        }
        Ok(())
    }

    fn define(&mut self, line: usize, name: &[u8], member: Member) -> Result<(), PolicyError> {
        let refuse = |reason: &str| PolicyError::Line {
            line,
            reason: format!("`{}` {reason}", lossy(name)),
        };
        if name == NONE {
            return Err(refuse("is the name of the quorum that needs nobody"));
        }
        if self.names.insert(name.to_vec(), member).is_some() {
            return Err(refuse("is defined twice"));
        }
        Ok(())
    }

    fn named(&self, line: usize, name: &[u8]) -> Result<Member, PolicyError> {
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| PolicyError::Line {
                line,
                reason: format!("`{}` is not defined on a line before", lossy(name)),
            })
    }
}

/// Keys and URLs that we use are UTF-8.
fn text(line: usize, item: &[u8]) -> Result<&str, PolicyError> {
    std::str::from_utf8(item).map_err(|_| PolicyError::Line {
        line,
        reason: format!("`{}` is not UTF-8", lossy(item)),
    })
}

/// A name, for messages: names are octets.
fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests;
