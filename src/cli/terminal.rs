//! What the terminal is told: colour, and signs of life for anything slow.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::report::Palette;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Returns the palette for standard output.
    pub fn palette(self) -> Palette {
        let wanted = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            }
        };
        if wanted {
            Palette::ANSI
        } else {
            Palette::default()
        }
    }
}

/// How long a step may take in silence.
const SILENCE: Duration = Duration::from_millis(500);
/// How often something is said after that.
const PERIOD: Duration = Duration::from_secs(5);

/// Says on standard error what is under way once it has taken longer than half a
/// second. Ends when dropped.
#[derive(Debug)]
pub struct Progress {
    parts: Option<Sender<String>>,
    teller: Option<JoinHandle<()>>,
}

impl Progress {
    /// Says that a part is through, once the whole has taken longer than half a second.
    #[cfg(feature = "engine")]
    pub fn tell(&self, what: &str) {
        if let Some(parts) = &self.parts {
            // It is gone only when everything is.
            let _ = parts.send(what.to_owned());
        }
    }

    /// Starts watching over `what`, such as `evaluating 11 rules`.
    pub fn start(what: &str, quiet: bool) -> Self {
        if quiet {
            return Self {
                parts: None,
                teller: None,
            };
        }
        let (parts, heard) = channel();
        let what = what.to_owned();
        Self {
            parts: Some(parts),
            teller: Some(thread::spawn(move || tell(&what, &heard))),
        }
    }
}

/// Tells of `what` and of its parts until nobody can add to them.
fn tell(what: &str, parts: &Receiver<String>) {
    let started = Instant::now();
    let mut next = SILENCE;
    loop {
        // Nothing can be done about a closed standard error, and nothing need be.
        match parts.recv_timeout(next.saturating_sub(started.elapsed())) {
            Ok(part) if next > SILENCE => {
                let _ = writeln!(stderr(), "{part}");
            }
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) if next == SILENCE => {
                let _ = writeln!(stderr(), "{what} …");
                next = PERIOD;
            }
            Err(RecvTimeoutError::Timeout) => {
                let _ = writeln!(stderr(), "{what} … {} s", started.elapsed().as_secs());
                next += PERIOD;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.parts.take());
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}
