//! Evaluates a program as policies are evaluated: elsewhere, with limits.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::{End, Failure, Supervisor, Worker, converse};
use crate::engine::EngineError;
use crate::engine::limits::WATCHDOG_GRACE_MS;
use crate::engine::wire::{Event, Preamble, Program, Task, WireError};
use crate::json::{self, Value};

impl Supervisor {
    /// Evaluates `program` to the value it gives.
    ///
    /// # Errors
    /// Programs that end in an error, and a worker that ended in any way but its own.
    pub fn value(&self, program: &Program) -> Result<Value, EngineError> {
        let limits = &program.limits;
        let preamble = Preamble {
            task: Task::Program,
            address_space_bytes: limits.address_space_bytes(1),
            cpu_s: limits.cpu_s(1),
        };
        let mut worker = Worker::start(&self.program, preamble)?;
        let deadline = Instant::now() + Duration::from_millis(limits.call_ms + WATCHDOG_GRACE_MS);
        let mut value = None;
        let ended = thread::scope(|scope| {
            let ended = converse(
                scope,
                &mut worker,
                |stdin| program.write(stdin),
                |events| follow(events, deadline, &mut value),
            );
            // Threads that wait for its pipes must not keep the scope from ending.
            worker.kill();
            ended
        })?;
        match (ended, value) {
            (Ok(()), Some(value)) => Ok(value),
            (Ok(()), None) => Err(EngineError::Protocol {
                message: "the worker said it was done, but there is no value".into(),
            }),
            (Err(Failure::Refused(error)), _) => Err(EngineError::Load(error)),
            (Err(Failure::Stopped(cause, detail)), _) => Err(EngineError::Stopped {
                activity: "evaluating it".into(),
                cause,
                detail,
            }),
        }
    }
}

/// Waits for the one value and the end.
///
/// TRUST: the worker evaluated a hostile program, so that the value is read strictly.
fn follow(
    events: &Receiver<Result<(Event, usize), WireError>>,
    deadline: Instant,
    value: &mut Option<Value>,
) -> End {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(Ok((Event::Done, _))) => return End::Done,
            Ok(Ok((Event::Refused(error), _))) => return End::Refused(error),
            Ok(Ok((Event::Value { text }, _))) if value.is_none() => {
                match json::parse(text.as_bytes(), json::Limits::EVIDENCE) {
                    Ok(read) => *value = Some(read),
                    Err(error) => return End::Garbage(error.into()),
                }
            }
            Ok(Ok(_)) => return End::Garbage(WireError::Expected("one value")),
            Ok(Err(error)) => return End::Garbage(error),
            Err(RecvTimeoutError::Timeout) => return End::Time,
            Err(RecvTimeoutError::Disconnected) => return End::Stream,
        }
    }
}
