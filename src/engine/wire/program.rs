//! A program that gives an input document: the other kind of request.
//!
//! ```text
//! to the worker:    preamble, limits, text; then end of file
//! from the worker:  `value` and `done`, or `refused`
//! ```

use std::io::{Read, Write};

use super::frame::{REQUEST_LIMITS, WireError, read_frame, write_frame};
use crate::engine::limits::{Limits, REQUEST_FRAME_MAX_BYTES};
use crate::json;

/// A program to evaluate: Jsonnet. Nothing but its text decides what it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The text, as it was read.
    pub text: Vec<u8>,
    /// Bounds.
    pub limits: Limits,
}

impl Program {
    /// Writes the program, without the end of file that must follow.
    pub(in crate::engine) fn write(&self, mut to: impl Write) -> Result<(), WireError> {
        let limits = json::canonical(&self.limits)?;
        write_frame(&mut to, &limits, REQUEST_FRAME_MAX_BYTES)?;
        write_frame(&mut to, &self.text, REQUEST_FRAME_MAX_BYTES)?;
        to.flush()?;
        Ok(())
    }

    /// Reads what [`Program::write`] wrote, up to the end of file.
    pub(in crate::engine) fn read(mut from: impl Read) -> Result<Self, WireError> {
        let mut next =
            |what| read_frame(&mut from, REQUEST_FRAME_MAX_BYTES)?.ok_or(WireError::Expected(what));
        let limits = json::parse_as(&next("limits")?, REQUEST_LIMITS)?;
        let text = next("a program")?;
        if read_frame(&mut from, 0)?.is_some() {
            return Err(WireError::Expected("the end of the program"));
        }
        Ok(Self { text, limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_read_as_it_was_written_and_not_cut_short() {
        let program = Program {
            text: b"{a: 1}\xff".to_vec(),
            limits: Limits::DEFAULT,
        };
        let mut bytes = Vec::new();
        program.write(&mut bytes).unwrap();
        assert_eq!(Program::read(bytes.as_slice()).unwrap(), program);
        for end in 0..bytes.len() {
            assert!(Program::read(&bytes[..end]).is_err(), "{end}");
        }
        bytes.push(0);
        assert!(Program::read(bytes.as_slice()).is_err());
    }
}
