//! What the terminal is told: colour, and signs of life for anything slow.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

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

/// Says on standard error what is under way once it has taken longer than half a
/// second. Ends when dropped.
#[derive(Debug)]
pub struct Progress {
    done: Option<Sender<()>>,
    teller: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts watching over `what`, such as `evaluating 11 rules`.
    pub fn start(what: &str, quiet: bool) -> Self {
        if quiet {
            return Self {
                done: None,
                teller: None,
            };
        }
        let (done, wait) = channel::<()>();
        let what = what.to_owned();
        let teller = thread::spawn(move || {
            let ended = |timeout| {
                !matches!(
                    wait.recv_timeout(timeout),
                    Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                )
            };
            if ended(SILENCE) {
                return;
            }
            // Nothing can be done about a closed standard error, and nothing need be.
            let _ = writeln!(stderr(), "{what} …");
            let mut seconds = 0_u64;
            while !ended(Duration::from_secs(5)) {
                seconds += 5;
                let _ = writeln!(stderr(), "{what} … {seconds} s");
            }
        });
        Self {
            done: Some(done),
            teller: Some(teller),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}
