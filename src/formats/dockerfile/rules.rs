//! What each instruction takes, as far as `BuildKit` looks at it before it builds.

use super::flags::{self, Kind};
use super::instruction::Instruction;

/// The instructions.
pub(super) const NAMES: [&str; 18] = [
    "add",
    "arg",
    "cmd",
    "copy",
    "entrypoint",
    "env",
    "expose",
    "from",
    "healthcheck",
    "label",
    "maintainer",
    "onbuild",
    "run",
    "shell",
    "stopsignal",
    "user",
    "volume",
    "workdir",
];

const ADD: &[(&str, Kind)] = &[
    ("checksum", Kind::Text),
    ("chmod", Kind::Text),
    ("chown", Kind::Text),
    ("exclude", Kind::Texts),
    ("keep-git-dir", Kind::Switch),
    ("link", Kind::Switch),
    ("unpack", Kind::Switch),
];

const COPY: &[(&str, Kind)] = &[
    ("chmod", Kind::Text),
    ("chown", Kind::Text),
    ("exclude", Kind::Texts),
    ("from", Kind::Text),
    ("link", Kind::Switch),
    ("parents", Kind::Switch),
];

const HEALTHCHECK: &[(&str, Kind)] = &[
    ("interval", Kind::Duration),
    ("retries", Kind::Count),
    ("start-interval", Kind::Duration),
    ("start-period", Kind::Duration),
    ("timeout", Kind::Duration),
];

const RUN: &[(&str, Kind)] = &[
    ("device", Kind::Devices),
    ("mount", Kind::Mounts),
    ("network", Kind::OneOf(&["default", "none", "host"])),
    ("security", Kind::OneOf(&["insecure", "sandbox"])),
];

/// Refuses what `BuildKit` would.
pub(super) fn apply(read: &Instruction) -> Result<(), String> {
    let known = match read.name.as_str() {
        "add" => ADD,
        "copy" => COPY,
        "from" => &[("platform", Kind::Text)],
        "healthcheck" => HEALTHCHECK,
        "run" => RUN,
        _ => &[],
    };
    flags::apply(read.flags.as_deref().unwrap_or_default(), known)?;
    let count = read.value.len();
    let name = read.name.to_ascii_uppercase();
    match read.name.as_str() {
        "add" | "copy" if count < 2 => Err(format!("`{name}` needs a source and a destination")),
        "env" | "label" | "expose" | "volume" | "arg" if count < 1 => {
            Err(format!("`{name}` needs an argument"))
        }
        "maintainer" | "workdir" | "user" | "stopsignal" if count != 1 => {
            Err(format!("`{name}` needs one argument"))
        }
        "from" => from(&read.value),
        "healthcheck" => healthcheck(&read.value),
        "volume" if read.value.iter().any(|path| path.trim().is_empty()) => {
            Err("a volume has no path".to_owned())
        }
        "arg" => match read.value.iter().find(|word| word.starts_with('=')) {
            Some(word) => Err(format!("`{word}` has no name before `=`")),
            None => Ok(()),
        },
        "shell" if !read.is_json || count < 1 => {
            Err("`SHELL` needs a JSON array, as `SHELL [\"/bin/sh\", \"-c\"]`".to_owned())
        }
        _ => Ok(()),
    }
}

fn from(words: &[String]) -> Result<(), String> {
    match words {
        [_] => Ok(()),
        [_, between, name] if between.eq_ignore_ascii_case("as") => {
            let mut characters = name.chars();
            let first = characters.next();
            let named = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if first.is_some_and(|c| c.is_ascii_alphabetic()) && characters.all(named) {
                Ok(())
            } else {
                Err(format!("`{name}` cannot be the name of a stage"))
            }
        }
        _ => Err("`FROM` takes an image, and `AS` with the name of the stage".to_owned()),
    }
}

fn healthcheck(words: &[String]) -> Result<(), String> {
    let kind = words.first().map_or("", String::as_str);
    let arguments = words.len().saturating_sub(1);
    match kind.to_ascii_uppercase().as_str() {
        "NONE" if arguments == 0 => Ok(()),
        "CMD" if arguments > 0 => Ok(()),
        _ => Err("`HEALTHCHECK` needs `CMD` and a command, or `NONE`".to_owned()),
    }
}
