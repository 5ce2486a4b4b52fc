//! A program, run with a time limit, with what it writes passed on and counted.
//!
//! INVARIANTS
//! - It ends by its deadline, and so does all that it started in its process group.
//! - It reads what it is fed and nothing else: standard input is not ours.
//! - What it writes is passed on as it is, in order.

use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::digest::{Digest, Hasher};

/// Most bytes that are passed on at once.
const CHUNK_SIZE: usize = 64 << 10;
/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(10);
/// How long the outputs may take to end after all was killed.
const GRACE: Duration = Duration::from_secs(2);

/// One of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code or signal; none where its time was over.
    pub status: Option<ExitStatus>,
    /// What it wrote to standard output.
    pub out: Written,
    /// What it wrote to standard error.
    pub error: Written,
    /// Whether both outputs came to their end in time.
    pub is_whole: bool,
    /// How long it took.
    pub took: Duration,
}

/// What was written to an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub size: u64,
    /// Their digest.
    pub sha256: Digest,
}

enum Event {
    Chunk(Output, Vec<u8>),
    End,
}

/// Runs `command` until it ends or `deadline` has come; `passed_on` gets what it writes.
///
/// # Errors
/// A program that cannot be started.
#[cfg(any(feature = "engine", test))]
pub fn run(
    command: Command,
    deadline: Instant,
    passed_on: &mut dyn FnMut(Output, &[u8]),
) -> io::Result<Ended> {
    run_fed(command, None, deadline, passed_on)
}

/// The same, with `input` as its standard input where there is one.
///
/// # Errors
/// A program that cannot be started.
pub fn run_fed(
    mut command: Command,
    input: Option<Vec<u8>>,
    deadline: Instant,
    passed_on: &mut dyn FnMut(Output, &[u8]),
) -> io::Result<Ended> {
    let fed = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    command
        .stdin(fed)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let started = Instant::now();
    let mut child = command.spawn()?;
    if let (Some(mut standard), Some(input)) = (child.stdin.take(), input) {
        // A program that reads nothing holds up this thread only, and its end ends it.
        thread::spawn(move || standard.write_all(&input));
    }
    let (sender, events) = sync_channel(16);
    let mut open = 0;
    if let Some(out) = child.stdout.take() {
        open += 1;
        follow(out, Output::Out, sender.clone());
    }
    if let Some(error) = child.stderr.take() {
        open += 1;
        follow(error, Output::Error, sender.clone());
    }
    drop(sender);
    let mut run = Run {
        open,
        hashers: [Hasher::new(), Hasher::new()],
        sizes: [0, 0],
        status: None,
        took: Duration::ZERO,
    };
    run.until(&mut child, &events, started, deadline, passed_on);
    let in_time = run.status;
    if run.status.is_none() || run.open > 0 {
        kill(&mut child);
        // What it started may hold on to its outputs even now.
        let end = Instant::now() + GRACE;
        run.until(&mut child, &events, started, end, passed_on);
        let _ = child.try_wait();
    }
    let [out, error] = run.hashers.map(Hasher::finish);
    let written = |size, sha256| Written { size, sha256 };
    Ok(Ended {
        // One that was killed has no ending of its own.
        status: in_time,
        out: written(run.sizes[0], out),
        error: written(run.sizes[1], error),
        is_whole: run.open == 0,
        took: if run.took.is_zero() {
            started.elapsed()
        } else {
            run.took
        },
    })
}

struct Run {
    /// Outputs that have not ended.
    open: u32,
    hashers: [Hasher; 2],
    sizes: [u64; 2],
    status: Option<ExitStatus>,
    took: Duration,
}

impl Run {
    /// Passes on what comes until the program and its outputs have ended, or `end`.
    fn until(
        &mut self,
        child: &mut Child,
        events: &Receiver<Event>,
        started: Instant,
        end: Instant,
        passed_on: &mut dyn FnMut(Output, &[u8]),
    ) {
        loop {
            if self.status.is_none()
                && let Ok(Some(status)) = child.try_wait()
            {
                self.status = Some(status);
                self.took = started.elapsed();
            }
            let left = end.saturating_duration_since(Instant::now());
            if (self.status.is_some() && self.open == 0) || left.is_zero() {
                return;
            }
            match events.recv_timeout(left.min(LOOK)) {
                Ok(Event::Chunk(output, bytes)) => {
                    let [out, error] = &mut self.hashers;
                    let [out_size, error_size] = &mut self.sizes;
                    let (hasher, size) = match output {
                        Output::Out => (out, out_size),
                        Output::Error => (error, error_size),
                    };
                    hasher.update(&bytes);
                    *size += bytes.len() as u64;
                    passed_on(output, &bytes);
                }
                Ok(Event::End) => self.open = self.open.saturating_sub(1),
                Err(RecvTimeoutError::Timeout) => {}
                // Both ended; the program has yet to.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(left.min(LOOK)),
            }
        }
    }
}

/// Reads `from` on a thread of its own. The thread ends with the output, and is left alone
/// where something that escaped holds it open.
fn follow(mut from: impl Read + Send + 'static, output: Output, events: SyncSender<Event>) {
    thread::spawn(move || {
        let mut buffer = vec![0; CHUNK_SIZE];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(size) => {
                    let bytes = buffer.get(..size).unwrap_or_default().to_vec();
                    if events.send(Event::Chunk(output, bytes)).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = events.send(Event::End);
    });
}

/// Kills the program and all that is in its process group.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        // The group is that of the program, whose number is taken while anything is in it.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, time: Duration) -> (Ended, String, String) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let (mut out, mut error) = (Vec::new(), Vec::new());
        let ended = run(command, Instant::now() + time, &mut |output, bytes| {
            match output {
                Output::Out => &mut out,
                Output::Error => &mut error,
            }
            .extend_from_slice(bytes);
        })
        .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended, text(out), text(error))
    }

    #[test]
    fn what_is_written_is_passed_on_and_counted() {
        let (ended, out, error) = shell("echo a; echo b >&2; exit 7", Duration::from_secs(20));
        assert_eq!((out.as_str(), error.as_str()), ("a\n", "b\n"));
        assert_eq!(ended.status.unwrap().code(), Some(7));
        assert!(ended.is_whole);
        assert_eq!((ended.out.size, ended.out.sha256), (2, Digest::of(b"a\n")));
        assert_eq!(ended.error.sha256, Digest::of(b"b\n"));
    }

    #[test]
    fn much_is_written_and_nothing_is_lost() {
        let (ended, out, _) = shell("head -c 3000000 /dev/zero", Duration::from_mins(1));
        assert_eq!(out.len(), 3_000_000);
        assert_eq!(ended.out.sha256, Digest::of(&vec![0; 3_000_000]));
    }

    #[test]
    fn the_whole_group_ends_with_its_time() {
        let asked = Instant::now();
        let (ended, out, _) = shell(
            "(sleep 300 & echo $!; wait) & sleep 300",
            Duration::from_millis(500),
        );
        assert!(ended.status.is_none());
        assert!(asked.elapsed() < Duration::from_secs(20));
        // The grandchild is gone too, or is a corpse that nobody has looked at yet.
        let path = format!("/proc/{}/stat", out.trim());
        let lives = || std::fs::read_to_string(&path).is_ok_and(|stat| !stat.contains(") Z "));
        while lives() {
            assert!(asked.elapsed() < Duration::from_secs(20), "{out}");
            thread::sleep(LOOK);
        }
    }

    #[test]
    fn an_output_that_somebody_holds_open_does_not_hold_us() {
        let asked = Instant::now();
        let (ended, ..) = shell("setsid sleep 30 & exit 0", Duration::from_millis(500));
        assert!(asked.elapsed() < Duration::from_secs(20));
        assert_eq!(ended.status.unwrap().code(), Some(0));
        assert!(!ended.is_whole);
    }

    #[test]
    fn it_reads_nothing() {
        let (ended, out, _) = shell("cat; echo done", Duration::from_secs(20));
        assert_eq!((out.as_str(), ended.is_whole), ("done\n", true));
    }

    #[test]
    fn what_does_not_exist_is_an_error() {
        let command = Command::new("/no/such/program");
        assert!(run(command, Instant::now(), &mut |_, _| {}).is_err());
    }

    #[test]
    fn it_reads_what_it_is_fed() {
        let fed = |script: &str, input: Vec<u8>| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let mut out = Vec::new();
            let deadline = Instant::now() + Duration::from_secs(20);
            let ended = run_fed(command, Some(input), deadline, &mut |_, bytes| {
                out.extend_from_slice(bytes);
            });
            assert!(ended.unwrap().is_whole);
            out
        };
        let much = vec![7; 1 << 20];
        assert_eq!(fed("cat", much.clone()), much);
        // One that does not read ends all the same.
        assert_eq!(fed("echo done", much), b"done\n");
    }
}
