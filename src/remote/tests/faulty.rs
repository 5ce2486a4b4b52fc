//! A store in memory that fails: before a request, after it, or late.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use object_store::memory::InMemory;
use object_store::{ObjectStore, UpdateVersion};

use crate::remote::objects::{Bucket, Object, ObjectError, Objects, Put};

/// What becomes of the request that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It was not carried out.
    NotDone,
    /// It was carried out, and the answer was lost.
    Done,
    /// It is carried out after this many further requests: the time was over before.
    Late(usize),
}

#[derive(Debug, Default)]
struct State {
    steps: usize,
    plan: Option<(usize, Fault)>,
    /// Whether the writer dies with the fault.
    dies: bool,
    dead: bool,
    /// What is still under way, and how many requests before it arrives.
    late: Option<(usize, Write)>,
}

#[derive(Debug, Clone)]
struct Write {
    path: String,
    bytes: Vec<u8>,
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    Create(String),
    Replace(UpdateVersion),
}

#[derive(Debug)]
pub(super) struct Faulty {
    memory: Arc<InMemory>,
    bucket: Bucket,
    state: Mutex<State>,
}

fn injected(unsure: bool) -> ObjectError {
    ObjectError::new(unsure, "injected")
}

impl Faulty {
    pub(super) fn new() -> Self {
        Self::over(InMemory::new())
    }

    fn over(memory: InMemory) -> Self {
        let memory = Arc::new(memory);
        let store: Arc<dyn ObjectStore> = memory.clone();
        Self {
            memory,
            bucket: Bucket::of(store, "team/ledger", "s3://bucket/team/ledger"),
            state: Mutex::default(),
        }
    }

    /// A copy with its own future.
    pub(super) fn fork(&self) -> Self {
        Self::over(self.memory.fork())
    }

    pub(super) fn plan(&self, step: usize, fault: Fault, dies: bool) {
        *self.state.lock().unwrap() = State {
            plan: Some((step, fault)),
            dies,
            ..State::default()
        };
    }

    /// Whether the planned fault happened; from now on there is none. What is still under
    /// way arrives.
    pub(super) fn settle(&self) -> bool {
        let state = std::mem::take(&mut *self.state.lock().unwrap());
        if let Some((_, write)) = state.late {
            let _ = self.carry_out(&write);
        }
        state.plan.is_some_and(|(step, _)| state.steps >= step)
    }

    /// Requests since the plan was made.
    pub(super) fn steps(&self) -> usize {
        self.state.lock().unwrap().steps
    }

    fn carry_out(&self, write: &Write) -> Result<Put, ObjectError> {
        match &write.condition {
            Condition::Create(nonce) => self.bucket.create(&write.path, &write.bytes, nonce),
            Condition::Replace(was) => self.bucket.replace(&write.path, &write.bytes, was),
        }
    }

    /// Tells what becomes of the next request.
    fn step(&self) -> Result<Option<Fault>, ObjectError> {
        let (arrived, fault) = {
            let mut state = self.state.lock().unwrap();
            if state.dead {
                return Err(injected(false));
            }
            state.steps += 1;
            let arrived = match &mut state.late {
                Some((0, _)) => state.late.take().map(|(_, write)| write),
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            };
            let fault = state.plan.filter(|(step, _)| *step == state.steps);
            state.dead = fault.is_some() && state.dies;
            (arrived, fault.map(|(_, fault)| fault))
        };
        if let Some(write) = arrived {
            let _ = self.carry_out(&write);
        }
        Ok(fault)
    }

    fn ask<T>(&self, ask: impl FnOnce() -> Result<T, ObjectError>) -> Result<T, ObjectError> {
        match self.step()? {
            None => ask(),
            Some(_) => Err(injected(true)),
        }
    }

    fn write(&self, write: Write) -> Result<Put, ObjectError> {
        match self.step()? {
            None => self.carry_out(&write),
            Some(Fault::NotDone) => Err(injected(true)),
            Some(Fault::Done) => {
                let _ = self.carry_out(&write);
                Err(injected(true))
            }
            Some(Fault::Late(requests)) => {
                self.state.lock().unwrap().late = Some((requests, write));
                Err(injected(true))
            }
        }
    }

    /// Every object, by its path.
    pub(super) fn objects(&self) -> Vec<(String, Vec<u8>)> {
        use futures_util::StreamExt as _;
        let listed = async {
            let mut found = Vec::new();
            let mut names = self.memory.list(None);
            while let Some(object) = names.next().await {
                found.push(object.unwrap().location.to_string());
            }
            found
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let mut names = runtime.unwrap().block_on(listed);
        names.sort();
        let path = |name: &String| name.strip_prefix("team/ledger/").unwrap().to_owned();
        names
            .iter()
            .map(path)
            .map(|path| {
                let object = self.bucket.read(&path, 1 << 30).unwrap().unwrap();
                (path, object.bytes)
            })
            .collect()
    }

    /// Puts something there, as nobody of ours would.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) {
        match self.bucket.read(path, 1 << 30).unwrap() {
            Some(object) => self.bucket.replace(path, bytes, &object.version).unwrap(),
            None => self.bucket.create(path, bytes, "other").unwrap(),
        };
    }

    /// Writes the ledger to a folder, for `verify` to read.
    pub(super) fn materialise(&self, root: &Path) {
        let mut records = Vec::new();
        for (path, bytes) in self.objects() {
            if path.starts_with("records/") {
                records.extend(bytes);
                continue;
            }
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        std::fs::write(root.join("records.intoto.jsonl"), records).unwrap();
    }
}

impl Objects for Faulty {
    fn display(&self, path: &str) -> PathBuf {
        self.bucket.display(path)
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Option<Object>, ObjectError> {
        self.ask(|| self.bucket.read(path, size_max))
    }

    fn size(&self, path: &str) -> Result<Option<u64>, ObjectError> {
        self.ask(|| self.bucket.size(path))
    }

    fn create(&self, path: &str, bytes: &[u8], nonce: &str) -> Result<Put, ObjectError> {
        self.write(Write {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            condition: Condition::Create(nonce.to_owned()),
        })
    }

    fn replace(&self, path: &str, bytes: &[u8], was: &UpdateVersion) -> Result<Put, ObjectError> {
        self.write(Write {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            condition: Condition::Replace(was.clone()),
        })
    }

    fn after(&self, folder: &str, name: &str, max: usize) -> Result<Vec<String>, ObjectError> {
        self.ask(|| self.bucket.after(folder, name, max))
    }
}
