//! Asking again: how often, and how long after.

use std::thread;
use std::time::Duration;

use super::objects::{Object, ObjectError, Objects, Put};

/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(4);

/// How often and how long after something is tried again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Most times that one request is sent.
    pub(super) tries: u32,
    /// Most times that an append is built anew because others were first.
    pub(super) rounds: u32,
    /// Before the second time; it doubles with each.
    pub(super) pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 8,
            rounds: 200,
            pause: Duration::from_millis(50),
        }
    }
}

impl Patience {
    /// Waits before something is tried another time, longer after each: half of the time
    /// to all of it, so that those who met do not meet again.
    pub(super) fn wait(&self, tried: u32) {
        let doubled = self.pause.saturating_mul(1 << tried.min(10)).min(PAUSE_MAX);
        let mut lot = [0; 1];
        // Without a lot everybody waits the whole time: slower, not wrong.
        let half = doubled / 2;
        let part = match getrandom::fill(&mut lot) {
            Ok(()) => half.mul_f64(f64::from(u8::from_ne_bytes(lot)) / 255.0),
            Err(_) => half,
        };
        thread::sleep(half + part);
    }
}

/// Reads an object, asking again where that may help.
pub(super) fn read<O: Objects>(
    objects: &O,
    patience: &Patience,
    path: &str,
    size_max: u64,
) -> Result<Option<Object>, ObjectError> {
    again(patience, || objects.read(path, size_max))
}

/// Creates an object whose content follows from its name: who did it does not matter.
pub(super) fn create<O: Objects>(
    objects: &O,
    patience: &Patience,
    path: &str,
    bytes: &[u8],
) -> Result<Put, ObjectError> {
    again(patience, || objects.create(path, bytes, ""))
}

/// Asks until there is an answer, or it does not help.
pub(super) fn again<T>(
    patience: &Patience,
    mut ask: impl FnMut() -> Result<T, ObjectError>,
) -> Result<T, ObjectError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match ask() {
            Err(error) if error.unsure && tried < patience.tries => patience.wait(tried - 1),
            answer => return answer,
        }
    }
}
