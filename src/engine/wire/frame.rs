//! Frames: how requests and events are written and read.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Call, CallResult, Finding, Head, LoadError, Module, ModuleCoverage, Request, TestReport,
    Testing,
};
use crate::engine::limits::{EVENT_FRAME_MAX_BYTES, Limits, REQUEST_FRAME_MAX_BYTES};
use crate::json;

/// Everything of a [`Request`] but its documents.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    modules: Vec<Module>,
    inputs: usize,
    as_of_ns: i64,
    calls: Vec<Call>,
    lint: bool,
    testing: Option<Testing>,
    limits: Limits,
}

/// What the worker reports, in this order: `Reading` for each module, `Preparing`,
/// `Linting`, `Ready`; then `Calling` and `Finished` for each call, or `Tested` where
/// calls are tests; then `Covered` where that was asked for; then `Done`.
/// `Refused` ends the run. Of a program: `Value`, then `Done`; or `Refused`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::engine) enum Event {
    Reading {
        path: String,
    },
    Preparing,
    Linting,
    Ready {
        engine: String,
        findings: Vec<Finding>,
        heads: Vec<Head>,
    },
    Refused(LoadError),
    Calling {
        call: usize,
    },
    Finished {
        call: usize,
        result: CallResult,
    },
    Tested {
        call: usize,
        report: TestReport,
    },
    Covered {
        modules: Vec<ModuleCoverage>,
    },
    /// JSON within a text, so that its nesting counts by itself.
    Value {
        text: String,
    },
    Done,
}

/// What the worker must know before it reads anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Preamble {
    pub(in crate::engine) task: Task,
    pub(in crate::engine) address_space_bytes: u64,
    pub(in crate::engine) cpu_s: u64,
}

/// What follows a [`Preamble`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Task {
    /// A [`Request`].
    Policies,
    /// A [`Program`](super::Program).
    Program,
}

impl Task {
    fn magic(self) -> [u8; 16] {
        match self {
            Self::Policies => *b"assize/engine/1\n",
            Self::Program => *b"assize/program1\n",
        }
    }
}

/// A conversation that broke off or makes no sense.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WireError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A frame beyond its bound.
    #[error("a frame of {size} bytes is more than the limit of {size_max}")]
    Size {
        /// Bytes in the frame.
        size: u64,
        /// Most bytes allowed.
        size_max: u32,
    },
    /// The stream ended inside a frame.
    #[error("the stream ended after {read} of {size} bytes")]
    Truncated {
        /// Bytes read.
        read: usize,
        /// Bytes announced.
        size: u32,
    },
    /// Not a frame of this format.
    #[error("{0}")]
    Json(#[from] json::JsonError),
    /// Bytes where a preamble, a document or the end was expected.
    #[error("expected {0}")]
    Expected(&'static str),
}

/// Bounds on what the supervisor says: a frame has its own.
pub(super) const REQUEST_LIMITS: json::Limits = json::Limits {
    size_max: usize::MAX,
    ..json::Limits::EVIDENCE
};

impl Request {
    /// Writes the request, without the end of file that must follow.
    pub(in crate::engine) fn write(&self, mut to: impl Write) -> Result<(), WireError> {
        let header = Header {
            modules: self.modules.clone(),
            inputs: self.inputs.len(),
            as_of_ns: self.as_of_ns,
            calls: self.calls.clone(),
            lint: self.lint,
            testing: self.testing.clone(),
            limits: self.limits,
        };
        write_frame(&mut to, &json::canonical(&header)?, REQUEST_FRAME_MAX_BYTES)?;
        write_frame(&mut to, &self.data, REQUEST_FRAME_MAX_BYTES)?;
        for input in &self.inputs {
            write_frame(&mut to, input, REQUEST_FRAME_MAX_BYTES)?;
        }
        to.flush()?;
        Ok(())
    }

    /// Reads what [`Request::write`] wrote, up to the end of file.
    pub(in crate::engine) fn read(mut from: impl Read) -> Result<Self, WireError> {
        let mut next =
            |what| read_frame(&mut from, REQUEST_FRAME_MAX_BYTES)?.ok_or(WireError::Expected(what));
        let header: Header = json::parse_as(&next("a header")?, REQUEST_LIMITS)?;
        let data = next("the data")?;
        let mut inputs = Vec::new();
        for _ in 0..header.inputs {
            inputs.push(next("an input")?);
        }
        if read_frame(&mut from, 0)?.is_some() {
            return Err(WireError::Expected("the end of the request"));
        }
        Ok(Self {
            modules: header.modules,
            data,
            inputs,
            as_of_ns: header.as_of_ns,
            calls: header.calls,
            lint: header.lint,
            testing: header.testing,
            limits: header.limits,
        })
    }
}

impl Preamble {
    pub(in crate::engine) fn write(self, mut to: impl Write) -> io::Result<()> {
        to.write_all(&self.task.magic())?;
        to.write_all(&self.address_space_bytes.to_le_bytes())?;
        to.write_all(&self.cpu_s.to_le_bytes())
    }

    pub(in crate::engine) fn read(mut from: impl Read) -> Result<Self, WireError> {
        let mut magic = [0; 16];
        from.read_exact(&mut magic)?;
        let mut tasks = [Task::Policies, Task::Program].into_iter();
        let Some(task) = tasks.find(|task| task.magic() == magic) else {
            return Err(WireError::Expected("a request from `assize` itself"));
        };
        let mut number = || -> io::Result<u64> {
            let mut bytes = [0; 8];
            from.read_exact(&mut bytes)?;
            Ok(u64::from_le_bytes(bytes))
        };
        Ok(Self {
            task,
            address_space_bytes: number()?,
            cpu_s: number()?,
        })
    }
}

/// Writes and flushes one event.
pub(in crate::engine) fn write_event(mut to: impl Write, event: &Event) -> Result<(), WireError> {
    write_frame(&mut to, &json::canonical(event)?, EVENT_FRAME_MAX_BYTES)?;
    to.flush()?;
    Ok(())
}

/// Reads one event and its size in bytes; `None` at the end of the stream.
pub(in crate::engine) fn read_event(from: impl Read) -> Result<Option<(Event, usize)>, WireError> {
    let Some(bytes) = read_frame(from, EVENT_FRAME_MAX_BYTES)? else {
        return Ok(None);
    };
    Ok(Some((
        json::parse_as(&bytes, json::Limits::EVIDENCE)?,
        bytes.len(),
    )))
}

pub(super) fn write_frame(
    mut to: impl Write,
    bytes: &[u8],
    size_max: u32,
) -> Result<(), WireError> {
    let size = u32::try_from(bytes.len())
        .ok()
        .filter(|size| *size <= size_max)
        .ok_or(WireError::Size {
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            size_max,
        })?;
    to.write_all(&size.to_le_bytes())?;
    to.write_all(bytes)?;
    Ok(())
}

/// Most bytes reserved for a frame before any of it arrived: what a pipe holds.
const RESERVED_MAX_BYTES: usize = 64 << 10;

pub(super) fn read_frame(mut from: impl Read, size_max: u32) -> Result<Option<Vec<u8>>, WireError> {
    let mut prefix = Vec::with_capacity(4);
    from.by_ref().take(4).read_to_end(&mut prefix)?;
    let Some(length) = prefix.first_chunk::<4>() else {
        return match prefix.len() {
            0 => Ok(None),
            read => Err(WireError::Truncated { read, size: 4 }),
        };
    };
    let size = u32::from_le_bytes(*length);
    if size > size_max {
        return Err(WireError::Size {
            size: size.into(),
            size_max,
        });
    }
    // Grows as bytes arrive: an announced size alone reserves no more than a little.
    let reserved = usize::try_from(size).unwrap_or(RESERVED_MAX_BYTES);
    let mut bytes = Vec::with_capacity(reserved.min(RESERVED_MAX_BYTES));
    let read = from.take(size.into()).read_to_end(&mut bytes)?;
    match u32::try_from(read) {
        Ok(read) if read == size => Ok(Some(bytes)),
        _ => Err(WireError::Truncated { read, size }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wire::{HeadResult, Outcome};

    use crate::json::json;

    fn request() -> Request {
        Request {
            modules: vec![Module {
                path: "a.rego".into(),
                source: "package a".into(),
            }],
            data: b"{}".to_vec(),
            inputs: vec![b"{\"a\":1}".to_vec(), b"2".to_vec()],
            as_of_ns: -5,
            calls: vec![Call {
                id: "a.one".into(),
                input: 1,
                package: "a".into(),
                heads: vec!["deny".into()],
            }],
            lint: true,
            testing: Some(Testing {
                covered: vec!["a.rego".into()],
                ..Testing::default()
            }),
            limits: Limits::DEFAULT,
        }
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        request().write(&mut bytes).unwrap();
        let read = Request::read(bytes.as_slice()).unwrap();
        assert_eq!(read.modules, request().modules);
        assert_eq!(read.inputs, request().inputs);
        assert_eq!(read.calls, request().calls);
        assert_eq!((read.as_of_ns, read.lint), (-5, true));
        assert_eq!(read.testing, request().testing);
        assert_eq!(read.limits, Limits::DEFAULT);
    }

    #[test]
    fn a_request_cut_short_or_drawn_out_is_refused() {
        let mut bytes = Vec::new();
        request().write(&mut bytes).unwrap();
        for end in 0..bytes.len() {
            assert!(Request::read(&bytes[..end]).is_err(), "{end}");
        }
        bytes.push(0);
        assert!(Request::read(bytes.as_slice()).is_err());
    }

    #[test]
    fn events_survive_with_their_numbers() {
        let event = Event::Finished {
            call: 3,
            result: CallResult {
                id: "a.one".into(),
                heads: vec![HeadResult {
                    head: "deny".into(),
                    outcome: Outcome::Set(vec![json!({"n": u64::MAX, "m": i64::MIN, "f": 0.5})]),
                }],
                prints: vec!["a.rego:1: x".into()],
            },
        };
        let mut bytes = Vec::new();
        write_event(&mut bytes, &event).unwrap();
        let (read, size) = read_event(bytes.as_slice()).unwrap().unwrap();
        assert_eq!((read, size), (event, bytes.len() - 4));
        assert!(read_event(&[][..]).unwrap().is_none());
    }

    #[test]
    fn garbage_is_refused_without_reserving_what_it_announces() {
        let huge = u32::MAX.to_le_bytes();
        assert!(matches!(read_event(&huge[..]), Err(WireError::Size { .. })));
        let announced = (16_u32 << 20).to_le_bytes();
        assert!(matches!(
            read_event(&announced[..]),
            Err(WireError::Truncated { read: 0, .. })
        ));
        for text in [&b"\x02\0\0\0{}"[..], b"\x06\0\0\0\"nope\"", b"\x01\0"] {
            assert!(read_event(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_preamble_is_only_ours() {
        let preamble = Preamble {
            task: Task::Program,
            address_space_bytes: 1 << 40,
            cpu_s: 7,
        };
        let mut bytes = Vec::new();
        preamble.write(&mut bytes).unwrap();
        assert_eq!(Preamble::read(bytes.as_slice()).unwrap(), preamble);
        bytes[0] ^= 1;
        assert!(Preamble::read(bytes.as_slice()).is_err());
        assert!(Preamble::read(&bytes[..20]).is_err());
    }
}
