//! A program that signs: the way to keys that only a key service, a card or another user of
//! the machine can use. The protocol is in `docs/keys.md`.
//!
//! INVARIANTS
//! - It is started as it stands in the settings, never by a shell, and gets no variable of
//!   the environment but those on the list.
//! - It ends by its time limit, and so does all that it started.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::signer::Custodian;
use super::{SIGNATURE_SIZE, SignError, Signature, base64};
use crate::process::{self, Output};

/// Variables that every program gets, where they are set.
pub const ENVIRONMENT: [&str; 7] = [
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "USER",
];
/// How long a program may take where nothing is said.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Bytes of a signature in base64.
const ANSWER_SIZE: usize = 88;
/// Most bytes of standard output that are looked at.
const ANSWER_SIZE_MAX: usize = 4096;
/// Most bytes of standard error that are passed on.
const COMPLAINT_SIZE_MAX: usize = 16 << 10;

/// A program that signs.
#[derive(Debug, Clone)]
pub struct CommandSigner {
    /// What key references call it, with the scheme.
    pub name: String,
    /// The program: a path, or a name that is looked up in `PATH`.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Names of variables that it gets beside [`ENVIRONMENT`].
    pub environment: Vec<String>,
    /// How long it may take.
    pub time_limit: Duration,
    /// Takes each line of its standard error, as it comes; nothing of it is made safe.
    pub tell: fn(&str),
}

impl Custodian for CommandSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let refused = |reason: String| SignError::Refused {
            signer: self.name.clone(),
            reason,
        };
        let mut answer = Vec::new();
        let mut told = Told::default();
        let deadline = Instant::now() + self.time_limit;
        let ended = process::run_fed(
            self.command(),
            Some(message.to_vec()),
            deadline,
            &mut |output, bytes| match output {
                Output::Out => keep(&mut answer, bytes, ANSWER_SIZE_MAX),
                Output::Error => told.add(bytes, self.tell),
            },
        );
        let program = self.program.display();
        let ended =
            ended.map_err(|error| refused(format!("cannot be run: `{program}`: {error}")))?;
        told.end(self.tell);
        match ended.status {
            Some(status) if !status.success() => {
                return Err(refused(format!("refused: `{program}` ended with {status}")));
            }
            Some(_) if ended.is_whole => {}
            _ => {
                let limit_s = self.time_limit.as_secs();
                let reason = format!("did not answer: `{program}` took longer than {limit_s} s");
                return Err(refused(reason));
            }
        }
        parse(&answer).ok_or_else(|| {
            let size = ended.out.size;
            refused(format!(
                "gave no signature: expected {ANSWER_SIZE} characters of base64, which are \
                 {SIGNATURE_SIZE} bytes, and `{program}` wrote {size} bytes of something else"
            ))
        })
    }
}

impl CommandSigner {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.directory)
            .env_clear();
        let named = self.environment.iter().map(String::as_str);
        for name in ENVIRONMENT.into_iter().chain(named) {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }
}

/// Reads the answer: base64 with padding, and a newline or none.
fn parse(answer: &[u8]) -> Option<Signature> {
    let text = std::str::from_utf8(answer).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let bytes = base64::decode(text)?.try_into().ok()?;
    Some(Signature::from_bytes(bytes))
}

fn keep(into: &mut Vec<u8>, bytes: &[u8], most: usize) {
    let room = most.saturating_sub(into.len());
    into.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

/// What was told of standard error.
#[derive(Default)]
struct Told {
    line: Vec<u8>,
    size: usize,
}

impl Told {
    fn add(&mut self, bytes: &[u8], tell: fn(&str)) {
        let room = COMPLAINT_SIZE_MAX.saturating_sub(self.size);
        let bytes = bytes.get(..room).unwrap_or(bytes);
        self.size += bytes.len();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end(tell);
            }
        }
    }

    fn end(&mut self, tell: fn(&str)) {
        if !self.line.is_empty() {
            tell(String::from_utf8_lossy(&self.line).trim_end());
            self.line.clear();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::signing::{SecretKey, Signer};
    use std::sync::Arc;

    fn signer(script: &str) -> CommandSigner {
        CommandSigner {
            name: "signer:test".to_owned(),
            program: "sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            directory: ".".into(),
            environment: Vec::new(),
            time_limit: Duration::from_secs(20),
            tell: |_| {},
        }
    }

    fn answer(bytes: &str) -> Result<Signature, SignError> {
        signer(&format!("cat >/dev/null; printf '{bytes}'")).sign(b"message")
    }

    #[test]
    fn an_answer_is_sixty_four_bytes_of_base64() {
        let key = SecretKey::from_seed(&[1; 32]);
        let text = base64::encode(key.sign(b"message").as_bytes());
        assert_eq!(text.len(), ANSWER_SIZE);
        for end in ["", "\\n", "\\r\\n"] {
            let signature = answer(&format!("{text}{end}")).unwrap();
            assert_eq!(signature, key.sign(b"message"));
        }
        for other in [
            String::new(),
            "\\n".to_owned(),
            format!(" {text}"),
            format!("{text}\\n\\n"),
            format!("{text}{text}"),
            text.chars().take(84).collect(),
            text.trim_end_matches('=').to_owned(),
            base64::encode(&[0; 63]),
            base64::encode(&[0; 65]),
            "signed\\0".to_owned(),
        ] {
            let error = answer(&other).unwrap_err().to_string();
            assert!(error.contains("gave no signature"), "{other}: {error}");
        }
        let endless = signer("yes").sign(b"x");
        assert!(endless.is_err());
    }

    #[test]
    fn a_signature_that_does_not_hold_is_none() {
        let key = SecretKey::from_seed(&[1; 32]);
        let text = base64::encode(key.sign(b"another").as_bytes());
        let kept = signer(&format!("cat >/dev/null; echo {text}"));
        let kept = Signer::kept(key.public(), Arc::new(kept));
        assert!(matches!(
            kept.sign(b"message"),
            Err(SignError::Wrong { .. })
        ));
        assert_eq!(kept.sign(b"another").unwrap(), key.sign(b"another"));
    }

    #[test]
    fn says_why_there_is_no_signature() {
        let error = |signer: CommandSigner| signer.sign(b"x").unwrap_err().to_string();
        assert_eq!(
            error(signer("exit 3")),
            "signer `signer:test` refused: `sh` ended with exit status: 3"
        );
        assert!(error(signer("kill -9 $$")).contains("signal: 9"));
        let absent = CommandSigner {
            program: "/no/such/program".into(),
            ..signer("")
        };
        assert!(error(absent).contains("cannot be run: `/no/such/program`"));
        let slow = CommandSigner {
            time_limit: Duration::from_secs(1),
            ..signer("sleep 300")
        };
        let asked = Instant::now();
        assert!(error(slow).ends_with("`sh` took longer than 1 s"));
        assert!(asked.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn it_gets_the_message_and_only_variables_that_are_named() {
        // Cargo sets it for every test.
        const SET: &str = "CARGO_PKG_NAME";
        let script = format!("test \"$(cat)\" = message && test -z \"${SET}\" && exit 5");
        let without = signer(&script).sign(b"message").unwrap_err().to_string();
        assert!(without.ends_with("exit status: 5"), "{without}");
        let with = CommandSigner {
            environment: vec![SET.to_owned()],
            ..signer(&script)
        };
        let with = with.sign(b"message").unwrap_err().to_string();
        assert!(with.ends_with("exit status: 1"), "{with}");
    }

    #[test]
    fn tells_what_it_complains_of_line_by_line() {
        use std::sync::Mutex;
        static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let loud = CommandSigner {
            tell: |line| TOLD.lock().unwrap().push(line.to_owned()),
            ..signer("printf 'touch the card\\nno ca' >&2; printf 'rd' >&2; exit 1")
        };
        loud.sign(b"x").unwrap_err();
        assert_eq!(*TOLD.lock().unwrap(), ["touch the card", "no card"]);
    }
}
