//! Passphrases: from the environment, else from whoever sits at the terminal.

use super::error::CliError;
use crate::signing::Zeroizing;
use crate::signing::keyfile::KeyFileError;
use crate::signing::passphrase::{self, PassphraseError};

/// Returns the passphrase of the key `origin`.
///
/// # Errors
/// When neither environment nor terminal gives one.
pub fn ask(origin: &str) -> Result<Zeroizing<String>, PassphraseError> {
    match passphrase::from_environment()? {
        Some(given) => Ok(given),
        None => terminal::ask(&format!("passphrase of {origin}: ")),
    }
}

/// Returns the passphrase for a new key; a terminal is asked twice.
///
/// # Errors
/// As [`ask`], and where the two differ.
pub fn choose(origin: &str) -> Result<Zeroizing<String>, CliError> {
    let refuse = |source| {
        CliError::KeyFile(KeyFileError::Passphrase {
            origin: origin.to_owned(),
            source,
        })
    };
    if let Some(given) = passphrase::from_environment().map_err(refuse)? {
        return Ok(given);
    }
    let first = terminal::ask(&format!("new passphrase of {origin}: ")).map_err(refuse)?;
    let second = terminal::ask("the same again: ").map_err(refuse)?;
    if *first != *second {
        return Err(refuse(PassphraseError::Terminal {
            reason: "the two differ".to_owned(),
        }));
    }
    Ok(first)
}

#[cfg(unix)]
mod terminal {
    use std::fs::{File, OpenOptions};
    use std::io::{IsTerminal as _, Read, Write, stderr};

    use crate::report::visible;
    use crate::signing::Zeroizing;
    use crate::signing::passphrase::PassphraseError;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// Most bytes in a passphrase: as many are set aside, so that no copy is left by growing.
    const SIZE_MAX: usize = 4096;

    /// A terminal that shows nothing of what is typed, until it is dropped.
    struct Silent {
        terminal: File,
        before: Termios,
    }

    impl Drop for Silent {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
            let _ = self.terminal.write_all(b"\n");
        }
    }

    pub(super) fn ask(prompt: &str) -> Result<Zeroizing<String>, PassphraseError> {
        // Whoever does not read what we say cannot be asked.
        if !stderr().is_terminal() {
            return Err(PassphraseError::Missing);
        }
        // Not standard input, which may be a pipe.
        let opened = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let mut terminal = opened.map_err(|_| PassphraseError::Missing)?;
        let failed = |reason: String| PassphraseError::Terminal { reason };
        let before = tcgetattr(&terminal).map_err(|error| failed(error.to_string()))?;
        let mut silent = before.clone();
        // Ctrl-C too is read as a key, so that the terminal is never left silent.
        let off = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        silent.local_modes.remove(off);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)
            .map_err(|error| failed(error.to_string()))?;
        let asked = terminal.write_all(visible(prompt).as_bytes());
        let mut terminal = Silent { terminal, before };
        asked.map_err(|error| failed(error.to_string()))?;
        let typed = line(&mut terminal.terminal).map_err(|reason| failed(reason.to_owned()))?;
        if typed.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        Ok(typed)
    }

    /// Reads keys up to the end of the line.
    pub(super) fn line(keys: &mut impl Read) -> Result<Zeroizing<String>, &'static str> {
        let mut typed = Zeroizing::new(Vec::with_capacity(SIZE_MAX));
        let mut buffer = Zeroizing::new([0_u8]);
        loop {
            if !matches!(keys.read(buffer.as_mut_slice()), Ok(1)) {
                return Err("it ended before the line did");
            }
            let [key] = *buffer;
            match key {
                b'\r' | b'\n' => break,
                // Ctrl-C, ctrl-\ and ctrl-D.
                0x03 | 0x1c | 0x04 => return Err("it was interrupted"),
                // Backspace takes a whole character, ctrl-U all.
                0x08 | 0x7f => while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
                0x15 => typed.clear(),
                _ if typed.len() == SIZE_MAX => return Err("it is too long"),
                byte => typed.push(byte),
            }
        }
        let text = std::str::from_utf8(&typed).map_err(|_| "it is not UTF-8")?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

#[cfg(not(unix))]
mod terminal {
    use crate::signing::Zeroizing;
    use crate::signing::passphrase::PassphraseError;

    pub(super) fn ask(_prompt: &str) -> Result<Zeroizing<String>, PassphraseError> {
        Err(PassphraseError::Missing)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::terminal::line;

    #[test]
    fn reads_keys_as_a_line() {
        let read = |keys: &str| line(&mut keys.as_bytes()).map(|line| line.to_string());
        assert_eq!(read("secret\nmore").unwrap(), "secret");
        assert_eq!(read("se\u{e9}\u{7f}cret\r").unwrap(), "secret");
        assert_eq!(read("\u{7f}wrong\u{15}right\n").unwrap(), "right");
        assert_eq!(read("sec").unwrap_err(), "it ended before the line did");
        assert_eq!(read("sec\u{3}\n").unwrap_err(), "it was interrupted");
        let long = "x".repeat(5000);
        assert_eq!(read(&long).unwrap_err(), "it is too long");
        assert_eq!(
            line(&mut [0xff, b'\n'].as_slice()).unwrap_err(),
            "it is not UTF-8"
        );
    }
}
