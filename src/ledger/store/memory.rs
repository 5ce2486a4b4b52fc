//! A store in memory that fails, tears and forgets: what the crash table is checked with.
//!
//! It is as unkind as POSIX lets a disk be: content is durable when a writing call
//! returned, names when their folder was synchronised, and nothing else is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{LockMode, Store};
use crate::digest::Digest;

/// What happens at the step that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails and did nothing.
    NotDone,
    /// It fails and was done.
    DoneButReported,
    /// It fails half-way: half of the bytes are written.
    Torn,
}

/// What becomes of what was not made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// The process dies, the machine does not: everything stays.
    Kill,
    /// The power goes: everything that is not durable is gone.
    Power,
    /// The power goes: some names and contents made it, some did not.
    Lottery(u64),
}

#[derive(Debug, Clone, Default)]
struct Inode {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    sealed: bool,
}

/// `None` is a folder.
type Names = BTreeMap<String, Option<usize>>;

#[derive(Debug, Clone, Default)]
struct State {
    inodes: Vec<Inode>,
    names: Names,
    durable_names: Names,
    steps: usize,
    plan: Option<(usize, Fault)>,
    /// Whether every call after the fault fails too.
    dies: bool,
    dead: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    state: Rc<RefCell<State>>,
}

enum Step {
    Go,
    Skip(io::Error),
    Half(io::Error),
    Late(io::Error),
}

impl State {
    fn step(&mut self) -> Step {
        let error = || io::Error::other("injected");
        if self.dead {
            return Step::Skip(error());
        }
        self.steps += 1;
        match self.plan {
            Some((at, fault)) if at == self.steps => {
                self.dead = self.dies;
                match fault {
                    Fault::NotDone => Step::Skip(error()),
                    Fault::DoneButReported => Step::Late(error()),
                    Fault::Torn => Step::Half(error()),
                }
            }
            _ => Step::Go,
        }
    }

    fn inode(&mut self, path: &str) -> io::Result<&mut Inode> {
        match self.names.get(path) {
            Some(Some(at)) => Ok(&mut self.inodes[*at]),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// One call that writes: first the bytes, then their durability.
    fn write(
        &mut self,
        path: &str,
        bytes: &[u8],
        put: impl Fn(&mut Vec<u8>, &[u8]),
    ) -> io::Result<()> {
        match self.step() {
            Step::Go => put(&mut self.inode(path)?.bytes, bytes),
            Step::Skip(error) => return Err(error),
            Step::Half(error) => {
                put(&mut self.inode(path)?.bytes, &bytes[..bytes.len() / 2]);
                return Err(error);
            }
            Step::Late(error) => {
                put(&mut self.inode(path)?.bytes, bytes);
                return Err(error);
            }
        }
        match self.step() {
            Step::Go => {
                let inode = self.inode(path)?;
                inode.durable.clone_from(&inode.bytes);
                Ok(())
            }
            Step::Late(error) => {
                let inode = self.inode(path)?;
                inode.durable.clone_from(&inode.bytes);
                Err(error)
            }
            Step::Skip(error) | Step::Half(error) => Err(error),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        match self.step() {
            Step::Go => {
                change(self);
                Ok(())
            }
            Step::Late(error) => {
                change(self);
                Err(error)
            }
            Step::Skip(error) | Step::Half(error) => Err(error),
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Memory {
    /// A copy with its own future.
    pub(crate) fn fork(&self) -> Self {
        Self {
            state: Rc::new(RefCell::new(self.state.borrow().clone())),
        }
    }

    pub(crate) fn plan(&self, step: usize, fault: Fault, dies: bool) {
        let mut state = self.state.borrow_mut();
        state.steps = 0;
        state.plan = Some((step, fault));
        state.dies = dies;
        state.dead = false;
    }

    /// Whether the planned fault happened.
    pub(crate) fn failed(&self) -> bool {
        let state = self.state.borrow();
        state.plan.is_some_and(|(step, _)| state.steps >= step)
    }

    /// Ends the process, and perhaps the power; what is found after it.
    pub(crate) fn outage(&self, outage: Outage) {
        let mut state = self.state.borrow_mut();
        state.plan = None;
        state.dead = false;
        let mut seed = match outage {
            Outage::Kill => return,
            Outage::Power => None,
            Outage::Lottery(seed) => Some(seed),
        };
        // splitmix64: enough to draw lots.
        let mut lost = move || match &mut seed {
            None => true,
            Some(seed) => {
                *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *seed;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (z ^ (z >> 31)) & 1 == 0
            }
        };
        let State {
            inodes,
            names,
            durable_names,
            ..
        } = &mut *state;
        for inode in inodes.iter_mut() {
            if inode.bytes != inode.durable && lost() {
                inode.bytes.clone_from(&inode.durable);
            }
            inode.durable.clone_from(&inode.bytes);
        }
        let all: Vec<String> = names.keys().chain(durable_names.keys()).cloned().collect();
        for name in all {
            if names.get(&name) != durable_names.get(&name) && lost() {
                match durable_names.get(&name) {
                    Some(entry) => names.insert(name, *entry),
                    None => names.remove(&name),
                };
            }
        }
        // What lies in a folder that is gone, is gone.
        let folders: Vec<String> = names.keys().cloned().collect();
        for name in folders {
            let above = parent(&name);
            if !above.is_empty() && !names.contains_key(above) {
                names.remove(&name);
            }
        }
        durable_names.clone_from(names);
    }

    /// Tells states apart: what is seen, and what is durable of it.
    pub(crate) fn fingerprint(&self) -> Digest {
        let state = self.state.borrow();
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for names in [&state.names, &state.durable_names] {
            for (name, entry) in names {
                let inode = entry.map(|at| &state.inodes[at]);
                let content = inode.map(|inode| {
                    let bytes = Digest::of(&inode.bytes);
                    (bytes, Digest::of(&inode.durable), inode.sealed)
                });
                parts.push(format!("{name} {content:?};").into_bytes());
            }
            parts.push(b"|".to_vec());
        }
        Digest::of(&parts.concat())
    }

    /// Writes everything to a folder on disk, for `verify` to read.
    pub(crate) fn materialise(&self, root: &Path) {
        let state = self.state.borrow();
        for (name, entry) in &state.names {
            match entry {
                None => std::fs::create_dir_all(root.join(name)).unwrap(),
                Some(at) => std::fs::write(root.join(name), &state.inodes[*at].bytes).unwrap(),
            }
        }
    }
}

impl Store for Memory {
    type Lock = ();

    fn lock(&self, _mode: LockMode) -> io::Result<()> {
        Ok(())
    }

    fn display(&self, path: &str) -> PathBuf {
        PathBuf::from(path)
    }

    fn read(&self, path: &str, size_max: u64) -> io::Result<Option<Vec<u8>>> {
        let mut state = self.state.borrow_mut();
        let bytes = super::present(state.inode(path))?.map(|inode| inode.bytes.clone());
        assert!(bytes.as_ref().is_none_or(|b| b.len() as u64 <= size_max));
        Ok(bytes)
    }

    fn read_at(&self, path: &str, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut state = self.state.borrow_mut();
        let bytes = &state.inode(path)?.bytes;
        let offset = usize::try_from(offset).unwrap().min(bytes.len());
        let length = usize::try_from(length).unwrap().min(bytes.len() - offset);
        Ok(bytes[offset..offset + length].to_vec())
    }

    fn size(&self, path: &str) -> io::Result<Option<u64>> {
        let mut state = self.state.borrow_mut();
        Ok(super::present(state.inode(path))?.map(|inode| inode.bytes.len() as u64))
    }

    fn is_sealed(&self, path: &str) -> io::Result<bool> {
        Ok(self.state.borrow_mut().inode(path)?.sealed)
    }

    fn names(&self, dir: &str) -> io::Result<Option<Vec<String>>> {
        let state = self.state.borrow();
        if !dir.is_empty() && state.names.get(dir) != Some(&None) {
            return Ok(None);
        }
        let below = state.names.keys().filter(|name| parent(name) == dir);
        let last = |name: &String| name.rsplit('/').next().unwrap().to_owned();
        Ok(Some(below.map(last).collect()))
    }

    fn is_vacant(&self, dir: &str) -> io::Result<Option<bool>> {
        Ok(self.names(dir)?.map(|names| names.is_empty()))
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        self.state.borrow_mut().change(|state| {
            state.names.insert(dir.to_owned(), None);
        })
    }

    fn create(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        assert!(parent(path).is_empty() || state.names.contains_key(parent(path)));
        state.change(|state| {
            state.inodes.push(Inode::default());
            let at = state.inodes.len() - 1;
            state.names.insert(path.to_owned(), Some(at));
        })?;
        state.write(path, bytes, Vec::extend_from_slice)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.write(path, bytes, Vec::extend_from_slice)
    }

    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let mut state = self.state.borrow_mut();
        state.write(path, bytes, |file, bytes| {
            file[offset..offset + bytes.len()].copy_from_slice(bytes);
        })
    }

    fn truncate(&self, path: &str, size: u64) -> io::Result<()> {
        let size = usize::try_from(size).unwrap();
        let mut state = self.state.borrow_mut();
        state.write(path, b"", |file, _| file.truncate(size))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.state.borrow_mut().change(|state| {
            let inode = state.names.remove(from).unwrap();
            state.names.insert(to.to_owned(), inode);
        })
    }

    fn seal(&self, path: &str) -> io::Result<()> {
        self.state.borrow_mut().change(|state| {
            if let Ok(inode) = state.inode(path) {
                inode.sealed = true;
            }
        })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.state.borrow_mut().change(|state| {
            state.names.remove(path);
        })
    }

    fn remove_dir(&self, dir: &str) -> io::Result<()> {
        if self.is_vacant(dir)? != Some(true) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.remove(dir)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        self.state.borrow_mut().change(|state| {
            state.durable_names.retain(|name, _| parent(name) != dir);
            let synced = state.names.iter().filter(|(name, _)| parent(name) == dir);
            let synced: Vec<_> = synced.map(|(name, at)| (name.clone(), *at)).collect();
            state.durable_names.extend(synced);
        })
    }
}
