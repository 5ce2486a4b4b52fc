//! The program `git`, with an environment and settings of our own.
//!
//! INVARIANTS
//! - Settings of the user and the machine are not read, but for `safe.directory`: whom
//!   they trust. Those of the repository are, and what in them names a program to run is
//!   overridden: file system monitors, hooks, pagers, filters, verifiers of signatures.
//! - Nothing is fetched, and nothing is written to the repository.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::trees::DEPTH_MAX;
use crate::process::{self, Output};

/// Most bytes of an answer.
const ANSWER_MAX: usize = 64 << 20;
/// Most bytes of what it complains of.
const COMPLAINT_MAX: usize = 4 << 10;
/// Most characters of what it complains of that are repeated.
const SHOWN_MAX: usize = 300;

/// Settings that go before those of the repository.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "core.bigFileThreshold=512m",
    "core.excludesFile=/dev/null",
    "core.ignoreCase=false",
    "core.ignoreStat=false",
    "core.symlinks=true",
    "core.commitGraph=false",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.fileMode=true",
    "core.quotePath=false",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "core.sshCommand=false",
    "core.warnAmbiguousRefs=true",
    "gpg.program=gpg",
    "gpg.openpgp.program=gpg",
    "gpg.x509.program=gpgsm",
    "gpg.ssh.program=ssh-keygen",
    "gpg.minTrustLevel=undefined",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "log.mailmap=false",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
    "trailer.separators=:",
];

/// What is passed on of our environment as it is: where keys are.
const PASSED: [&str; 4] = ["HOME", "XDG_CONFIG_HOME", "GNUPGHOME", "TMPDIR"];

/// A repository.
#[derive(Debug)]
pub(super) struct Git {
    directory: PathBuf,
    settings: Vec<String>,
    deadline: Instant,
    version: String,
    /// The worktree and those of its submodules; none where there is none.
    pub(super) trees: Vec<PathBuf>,
    /// Folders of submodules that hold something though no submodule is there.
    pub(super) hollow: usize,
}

/// What git answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// Exit code.
    pub(super) code: i32,
    pub(super) out: Vec<u8>,
    /// What it complained of.
    pub(super) complaint: String,
}

impl Git {
    /// The repository that `directory` lies in; `signers` says which keys may sign.
    ///
    /// # Errors
    /// No git, and no repository.
    pub(super) fn open(
        directory: &Path,
        signers: Option<PathBuf>,
        deadline: Instant,
    ) -> Result<Self, String> {
        if !directory.is_dir() {
            return Err(format!("there is no folder `{}`", directory.display()));
        }
        let mut git = Self {
            directory: directory.to_owned(),
            settings: SETTINGS.iter().map(|text| (*text).to_owned()).collect(),
            deadline,
            version: String::new(),
            trees: Vec::new(),
            hollow: 0,
        };
        let version = git.text(&["--version"])?;
        let version = version.strip_prefix("git version ").unwrap_or(&version);
        version.clone_into(&mut git.version);
        for scope in ["--system", "--global"] {
            let args = [
                "config",
                scope,
                "--includes",
                "-z",
                "--get-all",
                "safe.directory",
            ];
            let trusted = git.run(&args, true)?;
            for one in parts(&trusted.out) {
                git.settings.push(format!("safe.directory={one}"));
            }
        }
        // Without a file git says that there is no signature, and not that it cannot tell.
        let signers = signers.map_or_else(|| "/dev/null".into(), |path| path.display().to_string());
        git.settings
            .push(format!("gpg.ssh.allowedSignersFile={signers}"));
        // All of the worktree, wherever in it the settings are.
        if let Some(root) = git.worktree_of(directory)? {
            git.directory.clone_from(&root);
            git.enter(&root, DEPTH_MAX)?;
        }
        Ok(git)
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Lets `setting` go before those of the repository.
    pub(super) fn set(&mut self, setting: String) {
        if !self.settings.contains(&setting) {
            self.settings.push(setting);
        }
    }

    /// What `rev-parse` says to a question.
    pub(super) fn flag(&self, question: &str) -> Result<bool, String> {
        Ok(self.text(&["rev-parse", question])? == "true")
    }

    /// One line, or nothing where there is none to be had.
    pub(super) fn value(&self, args: &[&str]) -> Result<Option<String>, String> {
        let answer = self.run(args, false)?;
        match answer.code {
            0 => Ok(Some(line(&answer.out))),
            1 => Ok(None),
            _ => Err(failed(args, &answer)),
        }
    }

    /// One line.
    pub(super) fn text(&self, args: &[&str]) -> Result<String, String> {
        Ok(line(&self.bytes(args)?))
    }

    /// All that it answers.
    ///
    /// # Errors
    /// Whatever does not end well.
    pub(super) fn bytes(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        Ok(self.answer(args)?.out)
    }

    /// All that it answers, and what it complains of though it ends well.
    pub(super) fn answer(&self, args: &[&str]) -> Result<Answer, String> {
        self.answer_in(&self.directory, args)
    }

    /// The same, of what lies in `directory`.
    pub(super) fn answer_in(&self, directory: &Path, args: &[&str]) -> Result<Answer, String> {
        let answer = self.run_in(directory, args, false)?;
        match answer.code {
            0 => Ok(answer),
            _ => Err(failed(args, &answer)),
        }
    }

    /// What it ends with.
    pub(super) fn run(&self, args: &[&str], with_users: bool) -> Result<Answer, String> {
        self.run_in(&self.directory, args, with_users)
    }

    /// Runs git in `directory`; `with_users` settings of the user and the machine too.
    pub(super) fn run_in(
        &self,
        directory: &Path,
        args: &[&str],
        with_users: bool,
    ) -> Result<Answer, String> {
        let mut command = Command::new("git");
        command.env_clear().current_dir(directory);
        if !with_users {
            command.env("GIT_CONFIG_NOSYSTEM", "1");
            command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        }
        self.end(command, args)
    }

    /// What git says in `directory` by the index at `index`, and not by the repository's.
    pub(super) fn answer_by(
        &self,
        index: &Path,
        directory: &Path,
        args: &[&str],
    ) -> Result<Answer, String> {
        let mut command = Command::new("git");
        command.env_clear().current_dir(directory);
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_INDEX_FILE", index);
        let answer = self.end(command, args)?;
        match answer.code {
            0 => Ok(answer),
            _ => Err(failed(args, &answer)),
        }
    }

    /// Runs `command`, which is git, with our environment and settings, to its end.
    fn end(&self, mut command: Command, args: &[&str]) -> Result<Answer, String> {
        for name in PASSED {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("PATH", programs());
        for (name, value) in ENVIRONMENT {
            command.env(name, value);
        }
        command.arg("--no-pager");
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        command.args(args);
        let (mut out, mut complaint) = (Vec::new(), Vec::new());
        let ended = process::run(command, self.deadline, &mut |output, bytes| {
            let (into, most) = match output {
                Output::Out => (&mut out, ANSWER_MAX + 1),
                Output::Error => (&mut complaint, COMPLAINT_MAX),
            };
            let room = most.saturating_sub(into.len());
            into.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        });
        let ended = ended.map_err(|error| format!("cannot start `git`: {error}"))?;
        let what = args.first().copied().unwrap_or_default();
        if out.len() > ANSWER_MAX {
            return Err(format!("`git {what}` answers more than {ANSWER_MAX} bytes"));
        }
        let code = ended.status.and_then(|status| status.code());
        match code {
            Some(code) if ended.is_whole => Ok(Answer {
                code,
                out,
                complaint: String::from_utf8_lossy(&complaint).into_owned(),
            }),
            _ => Err(format!("`git {what}` did not end in time, or was killed")),
        }
    }
}

/// Where programs are. A folder that is not named in full would be looked for in the
/// repository.
fn programs() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    // What was split can be joined.
    std::env::join_paths(folders).unwrap_or_default()
}

/// What the environment says.
const ENVIRONMENT: [(&str, &str); 10] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
    ("TZ", "UTC"),
    ("GIT_PAGER", "cat"),
];

/// The parts of a list that has a NUL behind each.
pub(super) fn parts(out: &[u8]) -> Vec<String> {
    let mut parts: Vec<_> = out
        .split(|byte| *byte == 0)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    // Behind the last one there is nothing.
    parts.pop();
    parts
}

pub(super) fn line(out: &[u8]) -> String {
    String::from_utf8_lossy(out)
        .trim_end_matches('\n')
        .to_owned()
}

/// That `args` did not end well, and what was said of it.
pub(super) fn failed(args: &[&str], answer: &Answer) -> String {
    let said = answer
        .complaint
        .lines()
        .find(|line| !line.trim().is_empty());
    let said: String = said
        .unwrap_or("nothing")
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_MAX)
        .collect();
    let what = args.first().copied().unwrap_or_default();
    format!("`git {what}` ended with {}: {said}", answer.code)
}
