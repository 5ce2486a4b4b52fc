//! The records: every line an envelope, signed by who may, in its place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::num::NonZero;
use std::path::Path;
use std::thread;

use super::failure::{Found, What};
use super::keys::Signers;
use super::{RecordKey, VerifyError, unreadable, wrong_or_unreadable};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{self, Limits, Value};
use crate::ledger::{
    Origin, RECORDS,
    merkle::leaf_hash,
    read::{self, LineError, Lines},
};
use crate::record::{self, Position, act};
use crate::signing::{
    KeyId, Role, TrustPolicy,
    dsse::{Envelope, IN_TOTO},
};

/// Lines that are examined at once.
const CHUNK: usize = 1_024;
/// Lines below which a thread costs more than it brings.
const LINES_PER_THREAD_MIN: usize = 16;
/// Most threads.
const THREADS_MAX: usize = 16;

/// What the lines, whatever is wrong with them, amount to.
#[derive(Debug)]
pub(super) struct Records {
    /// Leaf hash of every line that was read.
    pub(super) leaves: Vec<Digest>,
    /// When every record says to have been made; none where it does not.
    pub(super) recorded: Vec<Option<Timestamp>>,
    /// SHA-256 of the last line.
    pub(super) head: Digest,
    /// Per name, how many records it signed.
    pub(super) signers: BTreeMap<String, u64>,
    /// The keys behind those names.
    pub(super) keys: Vec<RecordKey>,
    /// What records name by digest: the first to do so, and as what.
    pub(super) digests: BTreeMap<Digest, (u64, String)>,
}

/// Where reading begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Index of the first line that is read.
    pub(super) index: u64,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// SHA-256 of the line before it; zero where there is none.
    pub(super) prev: Digest,
}

impl Start {
    /// The first line of the file.
    pub(super) const FIRST: Self = Self {
        index: 0,
        offset: 0,
        prev: Digest::ZERO,
    };
}

/// What can be said of a line by itself.
struct Examined {
    leaf: Digest,
    digest: Digest,
    signer: Option<KeyId>,
    position: Option<Position>,
    digests: Vec<(String, Digest)>,
    recorded_at: Option<Timestamp>,
    announces: Option<KeyId>,
    failures: Vec<What>,
}

/// Verifies the file of records from `start` on; `origin` is what the checkpoint says.
pub(super) fn verify(
    dir: &Path,
    trust: &TrustPolicy,
    origin: Option<&Origin>,
    start: Start,
    found: &mut Found,
) -> Result<Records, VerifyError> {
    let mut records = Records {
        leaves: Vec::new(),
        recorded: Vec::new(),
        head: start.prev,
        signers: BTreeMap::new(),
        keys: Vec::new(),
        digests: BTreeMap::new(),
    };
    let Some(file) = open(dir, start.offset, found)? else {
        return Ok(records);
    };
    if trust.keys(Role::Record).next().is_none() {
        let role = Role::Record;
        found.add(RECORDS, None, What::NoTrustedKey { role });
    }
    let mut lines = Lines::new(BufReader::with_capacity(1 << 18, file));
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut signers = Signers::default();
    loop {
        let more = fill(dir, &mut lines, &mut chunk)?;
        let next = |records: &Records| start.index + records.leaves.len() as u64;
        for one in examine_all(&chunk, next(&records), trust) {
            let index = next(&records);
            records.admit(one, index, origin, &mut signers, found);
        }
        match more {
            More::Lines => {}
            More::End => break,
            More::Wrong(what) => {
                found.add(RECORDS, Some(next(&records)), what);
                break;
            }
        }
    }
    records.keys = signers.finish(trust);
    for key in &records.keys {
        *records.signers.entry(key.name.clone()).or_default() += key.count;
    }
    Ok(records)
}

fn open(dir: &Path, offset: u64, found: &mut Found) -> Result<Option<File>, VerifyError> {
    let path = dir.join(RECORDS);
    let what = match read::regular(&path) {
        Ok(Some(_)) => {
            let mut file = File::open(&path).map_err(|error| unreadable(&path, error))?;
            file.seek(SeekFrom::Start(offset))
                .map_err(|error| unreadable(&path, error))?;
            return Ok(Some(file));
        }
        Ok(None) => What::Missing,
        Err(error) => wrong_or_unreadable(error)?,
    };
    found.add(RECORDS, None, what);
    Ok(None)
}

/// Verifies a line that stands by itself, for its `(index, origin)`; returns who signed it.
pub(super) fn alone(
    file: &str,
    line: &[u8],
    (index, origin): (u64, &Origin),
    trust: &TrustPolicy,
    found: &mut Found,
) -> Option<KeyId> {
    if trust.keys(Role::Record).next().is_none() {
        let role = Role::Record;
        found.add(file, None, What::NoTrustedKey { role });
    }
    let one = examine(line, index, trust);
    for what in one.failures {
        found.add(file, Some(index), what);
    }
    if let Some(position) = &one.position {
        misplaced(position, index, Some(origin), |what| {
            found.add(file, Some(index), what);
        });
    }
    one.signer
}

/// Tells where a record was signed for another place than `index` of `origin`.
fn misplaced(position: &Position, index: u64, origin: Option<&Origin>, mut tell: impl FnMut(What)) {
    if position.index != index {
        tell(What::Index {
            found: position.index,
        });
    }
    if let Some(expected) = origin
        && position.origin != expected.as_str()
    {
        tell(What::Origin {
            found: position.origin.clone(),
            expected: expected.clone(),
        });
    }
}

/// What follows a chunk.
enum More {
    Lines,
    End,
    Wrong(What),
}

fn fill(
    dir: &Path,
    lines: &mut Lines<BufReader<File>>,
    chunk: &mut Vec<Vec<u8>>,
) -> Result<More, VerifyError> {
    chunk.clear();
    while chunk.len() < CHUNK {
        match lines.next_line() {
            Ok(Some(line)) if line.terminated => chunk.push(line.bytes),
            Ok(Some(_)) => return Ok(More::Wrong(What::Torn)),
            Ok(None) => return Ok(More::End),
            Err(LineError::TooLong) => return Ok(More::Wrong(What::LineSize)),
            Err(LineError::Io(error)) => return Err(unreadable(&dir.join(RECORDS), error)),
        }
    }
    Ok(More::Lines)
}

/// Examines lines on several threads; the results are in their order.
fn examine_all(lines: &[Vec<u8>], first: u64, trust: &TrustPolicy) -> Vec<Examined> {
    let examine_part = |part: &[Vec<u8>], first: u64| -> Vec<Examined> {
        (first..)
            .zip(part)
            .map(|(index, line)| examine(line, index, trust))
            .collect()
    };
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(THREADS_MAX)
        .min(lines.len() / LINES_PER_THREAD_MIN);
    if threads < 2 {
        return examine_part(lines, first);
    }
    let length = lines.len().div_ceil(threads);
    thread::scope(|scope| {
        let parts: Vec<_> = lines
            .chunks(length)
            .zip((first..).step_by(length))
            .map(|(part, first)| (part, first, scope.spawn(move || examine_part(part, first))))
            .collect();
        parts
            .into_iter()
            // A thread that died says nothing of its lines: they are examined here.
            .flat_map(|(part, first, thread)| {
                thread.join().unwrap_or_else(|_| examine_part(part, first))
            })
            .collect()
    })
}

fn examine(line: &[u8], index: u64, trust: &TrustPolicy) -> Examined {
    let mut examined = Examined {
        leaf: leaf_hash(line),
        digest: Digest::of(line),
        signer: None,
        position: None,
        digests: Vec::new(),
        recorded_at: None,
        announces: None,
        failures: Vec::new(),
    };
    let envelope = match Envelope::parse(line) {
        Ok(envelope) => envelope,
        Err(error) => {
            examined.failures.push(What::Envelope(error));
            return examined;
        }
    };
    if trust.keys(Role::Record).next().is_some() {
        examined.verify_signature(&envelope, index, trust);
    }
    if envelope.payload_type() != IN_TOTO {
        examined.failures.push(What::PayloadType {
            payload_type: envelope.payload_type().to_owned(),
        });
    }
    examined.read(envelope.unverified_payload());
    examined
}

impl Examined {
    fn verify_signature(&mut self, envelope: &Envelope, index: u64, trust: &TrustPolicy) {
        let key_id = envelope.key_id();
        match trust.key(&key_id, Role::Record, Some(index)) {
            Ok(key) => match envelope.verify(key) {
                Ok(_) => self.signer = Some(key_id),
                Err(error) => self.failures.push(What::Signature(error)),
            },
            Err(error) => self.failures.push(What::Signer(error)),
        }
    }

    fn read(&mut self, payload: &[u8]) {
        match record::position(payload) {
            Ok(position) => self.position = Some(position),
            Err(error) => {
                self.failures.push(What::Record(error));
                return;
            }
        }
        // `position` parsed the same bytes, so that this does not fail.
        let Ok(value) = json::parse(payload, Limits::AUTHORED) else {
            return;
        };
        let recorded_at = value.pointer("/predicate/recorded_at");
        self.recorded_at = recorded_at
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        self.announces = act::announced_key(&value).and_then(|id| id.parse().ok());
        let fields = match value.pointer("/predicate/digests") {
            None | Some(Value::Null) => return,
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                let name = String::new();
                self.failures.push(What::Digests { name });
                return;
            }
        };
        for (name, value) in fields {
            let name = name.clone();
            match value.as_str().map(str::parse) {
                Some(Ok(digest)) => self.digests.push((name, digest)),
                None if value.is_null() => {}
                _ => self.failures.push(What::Digests { name }),
            }
        }
    }
}

impl Records {
    /// Adds a line at `index`, holding it against the lines before it.
    fn admit(
        &mut self,
        one: Examined,
        index: u64,
        origin: Option<&Origin>,
        signers: &mut Signers,
        found: &mut Found,
    ) {
        for what in one.failures {
            found.add(RECORDS, Some(index), what);
        }
        if let Some(position) = one.position {
            misplaced(&position, index, origin, |what| {
                found.add(RECORDS, Some(index), what);
            });
            if position.prev != self.head {
                let what = What::Prev {
                    found: position.prev,
                    expected: self.head,
                };
                found.add(RECORDS, Some(index), what);
            }
        }
        if let Some(key_id) = one.signer {
            signers.add(key_id, index, one.announces);
        }
        for (name, digest) in one.digests {
            self.digests.entry(digest).or_insert((index, name));
        }
        self.leaves.push(one.leaf);
        self.recorded.push(one.recorded_at);
        self.head = one.digest;
    }
}
