//! The commit protocol: how records become durable where nothing locks.
//!
//! | step | after it | a crash before the next leaves |
//! |---|---|---|
//! | 0 blobs | content that no record names | the same |
//! | 1 object of records, created | the records are in | records beyond the checkpoint: the next writer takes them over |
//! | 2 tiles, created | the tree's hashes | the same |
//! | 3 checkpoint, replaced if it is what was read | size and root | nothing to do: the batch is in |

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;

use super::objects::{Object, ObjectError, Objects, Put};
use super::retry::{self, Patience};
use super::tip::{Signed, Tip};
use super::tree::RemoteTree;
use super::{LINES_MAX, OBJECT_SIZE_MAX, records_path};
use crate::digest::Digest;
use crate::ledger::{
    Appended, BLOB_SIZE_MAX, Batch, CHECKPOINT, Draft, LedgerError, Options, Recovery, blob_path,
    merkle, tile,
};

/// Blobs that are asked for at once.
const AT_ONCE: usize = 16;
/// Bytes of what tells one writer's object from the same bytes of another.
const NONCE_SIZE: usize = 16;

/// Who appends, and where.
#[derive(Debug)]
pub(super) struct Writer<'o, O> {
    pub(super) objects: &'o O,
    pub(super) options: &'o Options,
    pub(super) patience: Patience,
}

/// Who wrote the object that has the name.
enum Taken {
    Ours,
    Theirs(Object),
}

impl<O: Objects> Writer<'_, O> {
    pub(super) fn append(&self, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError> {
        // ORDER: step 0. Blobs are there before the record that names them.
        self.store_blobs(drafts)?;
        let mut tip = self.tip()?;
        let mut appended = Vec::with_capacity(drafts.len());
        for part in drafts.chunks(LINES_MAX) {
            appended.extend(self.claim(&mut tip, part)?);
        }
        self.publish(&mut tip)?;
        Ok(Batch {
            appended,
            checkpoint: tip.head.checkpoint_bytes,
            recovery: Recovery {
                completed: tip.adopted,
                set_aside: None,
            },
        })
    }

    fn store_blobs(&self, drafts: &[Draft<'_>]) -> Result<(), LedgerError> {
        let blobs = || drafts.iter().flat_map(Draft::blobs);
        if let Some(large) = blobs().find(|bytes| bytes.len() as u64 > BLOB_SIZE_MAX) {
            return Err(LedgerError::BlobSize { size: large.len() });
        }
        let named: BTreeMap<String, &[u8]> = blobs()
            .map(|bytes| (blob_path(&Digest::of(bytes)), bytes))
            .collect();
        let named: Vec<_> = named.into_iter().collect();
        // Each waits for the network, not for the others.
        for part in named.chunks(AT_ONCE) {
            let (objects, patience) = (self.objects, &self.patience);
            let stored: Vec<_> = thread::scope(|scope| {
                let store = |(path, bytes)| store_blob(objects, patience, path, bytes);
                let asked: Vec<_> = part
                    .iter()
                    .map(|(path, bytes)| {
                        let one = (path.as_str(), *bytes);
                        (one, scope.spawn(move || store(one)))
                    })
                    .collect();
                asked
                    .into_iter()
                    // Of a thread that died it is not known: the same is tried here.
                    .map(|(one, thread)| thread.join().unwrap_or_else(|_| store(one)))
                    .collect()
            });
            stored.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(())
    }

    /// Signs `drafts` for the end of the ledger and gets them there, whoever else does.
    fn claim(&self, tip: &mut Tip, drafts: &[Draft<'_>]) -> Result<Vec<Appended>, LedgerError> {
        for round in 0..self.patience.rounds {
            let signed = self.options.sign_all(&tip.head, drafts)?;
            let mut bytes = Vec::new();
            for one in &signed {
                bytes.extend_from_slice(&one.line);
                bytes.push(b'\n');
            }
            match self.take(tip.head.edge.size(), &bytes)? {
                Taken::Ours => {
                    for one in &signed {
                        tip.push(&one.line);
                    }
                    return Ok(signed);
                }
                Taken::Theirs(object) => {
                    self.take_over(tip, &object)?;
                    self.walk(tip)?;
                    if round > 3 {
                        self.patience.wait(round - 3);
                    }
                }
            }
        }
        Err(self.contended(self.patience.rounds))
    }

    /// Creates the object at `index`, and finds out what became of it.
    ///
    /// INVARIANT: a request that was not answered may have been carried out, and so may one
    /// that is still under way. The object is looked at before anything else is done: the
    /// same bytes with the same nonce are ours, and then nothing is written again.
    fn take(&self, index: u64, bytes: &[u8]) -> Result<Taken, LedgerError> {
        let path = records_path(index);
        let nonce = nonce().map_err(|source| LedgerError::Remote {
            action: "name",
            path: self.objects.display(&path),
            source: Box::new(source),
        })?;
        let mut is_unsure = false;
        let mut tried = 0;
        loop {
            // ORDER: step 1, the commit point.
            let mut failure = match self.objects.create(&path, bytes, &nonce) {
                Ok(Put::Done) => return Ok(Taken::Ours),
                // Somebody has it, or is about to.
                Ok(Put::Refused) => ObjectError::new(true, "was refused, and is not there"),
                Err(error) if error.unsure => {
                    is_unsure = true;
                    error
                }
                Err(error) => return Err(self.failed("create", &path)(error)),
            };
            match self.objects.read(&path, OBJECT_SIZE_MAX) {
                Ok(Some(object)) => {
                    let is_ours = match &object.nonce {
                        Some(found) => *found == nonce,
                        // The store keeps no metadata: only who is not sure can have been it.
                        None => is_unsure,
                    };
                    return Ok(if is_ours && object.bytes == bytes {
                        Taken::Ours
                    } else {
                        Taken::Theirs(object)
                    });
                }
                Ok(None) => {}
                Err(error) if error.unsure => failure = error,
                Err(error) => return Err(self.failed("read", &path)(error)),
            }
            tried += 1;
            if tried >= self.patience.tries {
                return Err(self.failed("create", &path)(failure));
            }
            self.patience.wait(tried - 1);
        }
    }

    /// Writes the tiles and the checkpoint for what is beyond the one in the store.
    fn publish(&self, tip: &mut Tip) -> Result<(), LedgerError> {
        if tip.head.edge.size() == tip.covered {
            return Ok(());
        }
        // ORDER: step 2. The tiles are there before the checkpoint that needs them. Their
        // content follows from the records, so that it does not matter who writes them.
        let tiles: Vec<_> = tip
            .full
            .drain(..)
            .chain(tip.head.partial_since(&tip.stale))
            .collect();
        for (tile, hashes) in &tiles {
            self.store_tile(&tile.path(), &tile::to_bytes(hashes))?;
        }
        // ORDER: step 3. Until then the next writer takes the records over.
        let bytes = self.signed(&tip.head.checkpoint())?;
        for round in 0..self.patience.rounds {
            let put = self.objects.replace(CHECKPOINT, &bytes, &tip.version);
            match put {
                Ok(Put::Done) => {
                    tip.head.checkpoint_bytes = bytes;
                    return Ok(());
                }
                Err(error) if !error.unsure => {
                    return Err(self.failed("replace", CHECKPOINT)(error));
                }
                Ok(Put::Refused) | Err(_) => {}
            }
            let theirs = self.checkpoint()?.ok_or(LedgerError::CheckpointMissing {
                path: self.objects.display(CHECKPOINT),
            })?;
            if theirs.checkpoint.size >= tip.head.edge.size() {
                self.require_covered(tip, &theirs)?;
                tip.head.checkpoint_bytes = theirs.bytes;
                return Ok(());
            }
            tip.version = theirs.version;
            self.patience.wait(round.min(3));
        }
        Err(self.contended(self.patience.rounds))
    }

    fn store_tile(&self, path: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        let put = retry::create(self.objects, &self.patience, path, bytes);
        if put.map_err(self.failed("create", path))? == Put::Done {
            return Ok(());
        }
        let found = retry::read(self.objects, &self.patience, path, tile::SIZE_MAX);
        let found = found.map_err(self.failed("read", path))?;
        if found.is_some_and(|object| object.bytes == bytes) {
            return Ok(());
        }
        Err(LedgerError::Tile {
            path: self.objects.display(path),
            reason: "does not hold the hashes of the records: it was altered",
        })
    }

    /// Makes sure that the tree of another's checkpoint continues ours.
    fn require_covered(&self, tip: &Tip, theirs: &Signed) -> Result<(), LedgerError> {
        let (old, new) = (tip.head.edge.size(), theirs.checkpoint.size);
        let tree = RemoteTree::new(self.objects, new);
        let proof = merkle::consistency(&tree, old, new).map_err(|source| LedgerError::Remote {
            action: "read the tiles of",
            path: self.objects.display(""),
            source: Box::new(source),
        })?;
        let ours = tip.head.edge.root();
        let (ours, theirs) = ((old, &ours), (new, &theirs.checkpoint.root));
        if merkle::consistency_holds(ours, theirs, &proof) {
            return Ok(());
        }
        Err(LedgerError::Root {
            path: self.objects.display("tile"),
            size: new,
        })
    }

    pub(super) fn contended(&self, tries: u32) -> LedgerError {
        LedgerError::Contended {
            path: self.objects.display(""),
            tries,
        }
    }

    /// Returns what makes an error of a request that failed.
    pub(super) fn failed(
        &self,
        action: &'static str,
        path: &str,
    ) -> impl FnOnce(ObjectError) -> LedgerError + use<O> {
        let path = self.objects.display(path);
        move |source| LedgerError::Remote {
            action,
            path,
            source: Box::new(source),
        }
    }
}

/// Creates content that is not there; its name follows from it.
fn store_blob<O: Objects>(
    objects: &O,
    patience: &Patience,
    path: &str,
    bytes: &[u8],
) -> Result<(), LedgerError> {
    let failed = |action| {
        move |source: ObjectError| LedgerError::Remote {
            action,
            path: objects.display(path),
            source: Box::new(source),
        }
    };
    let size = retry::again(patience, || objects.size(path));
    match size.map_err(failed("look for"))? {
        // An object is whole or not there.
        Some(size) if size == bytes.len() as u64 => Ok(()),
        Some(_) => Err(LedgerError::Tile {
            path: objects.display(path),
            reason: "does not have the size of its content: it was altered",
        }),
        None => retry::create(objects, patience, path, bytes)
            .map(|_: Put| ())
            .map_err(failed("create")),
    }
}

/// A number that nobody else draws.
fn nonce() -> Result<String, getrandom::Error> {
    let mut bytes = [0; NONCE_SIZE];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
