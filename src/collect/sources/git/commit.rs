//! One commit: who, when, and what git says of its signature.

use super::program::{Git, parts};
use super::tag;
use crate::clock::Timestamp;
use crate::json::{Value, json};

/// What `git log` is asked for, with a NUL behind each.
const FORMAT: &str =
    "%H%x00%T%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s%x00%G?%x00%GK%x00%GF%x00%GS";

/// Reads the commit `id`.
///
/// # Errors
/// What cannot be read.
pub(super) fn read(git: &Git, id: &str) -> Result<Value, String> {
    let format = format!("--format={FORMAT}");
    let answer = git.answer(&[
        "log",
        "-1",
        "-z",
        "--no-color",
        "--encoding=UTF-8",
        &format,
        id,
        "--",
    ])?;
    let fields = parts(&answer.out);
    let [
        commit,
        tree,
        author,
        author_email,
        author_s,
        committer,
        committer_email,
        committer_s,
        subject,
        says,
        key,
        fingerprint,
        signer,
    ] = fields.as_slice()
    else {
        return Err("`git log` answers something else than was asked".into());
    };
    if commit != id {
        return Err("`git log` answers of another commit".into());
    }
    let object = git.bytes(&["cat-file", "commit", id])?;
    let object = Object::read(&object);
    let could_not_run = answer.complaint.contains("cannot run ");
    let says = says_of(says, object.is_signed, could_not_run)?;
    let known =
        |text: &String| Some(text.clone()).filter(|text| says != "none" && !text.is_empty());
    let tagged = tag::read(git, id)?;
    let tags: Vec<_> = tagged.iter().filter_map(|tag| tag.get("name")).collect();
    Ok(json!({
        "schema": "assize/git-commit/v1",
        "commit": id,
        "tree": tree,
        "parents": object.parents,
        "author": {"name": author, "email": author_email, "at": instant(author_s)?},
        "committer": {"name": committer, "email": committer_email, "at": instant(committer_s)?},
        "subject": subject,
        "signature": {
            "git_says": says,
            "key": known(key),
            "fingerprint": known(fingerprint),
            "signer": known(signer),
        },
        "tags": tags,
        "tagged": tagged,
    }))
}

/// What the commit itself says, whatever git makes of it: of a shallow clone it tells
/// fewer parents, and of a signature that it cannot verify that there is none.
struct Object {
    parents: Vec<String>,
    is_signed: bool,
}

impl Object {
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let head = text.split("\n\n").next().unwrap_or_default();
        let parents = head.lines().filter_map(|line| line.strip_prefix("parent "));
        Self {
            parents: parents.map(str::to_owned).collect(),
            is_signed: head
                .lines()
                .any(|line| line.starts_with("gpgsig ") || line.starts_with("gpgsig-sha256 ")),
        }
    }
}

/// `%G?` in words (<https://git-scm.com/docs/pretty-formats>).
fn says_of(letter: &str, is_signed: bool, could_not_run: bool) -> Result<&'static str, String> {
    Ok(match (letter, is_signed) {
        // Also where the program that verifies is not there.
        ("N", true) | ("E", _) => "cannot-verify",
        ("B", _) if could_not_run => "cannot-verify",
        ("N", false) => "none",
        ("G", _) => "good",
        ("U", _) => "good-unknown-validity",
        ("X", _) => "good-expired-signature",
        ("Y", _) => "good-expired-key",
        ("R", _) => "good-revoked-key",
        ("B", _) => "bad",
        _ => return Err(format!("git says `{letter}` of the signature")),
    })
}

fn instant(seconds: &str) -> Result<Timestamp, String> {
    let instant = seconds.parse().ok().and_then(Timestamp::from_unix_seconds);
    instant.ok_or_else(|| format!("the commit names no instant: `{seconds}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_there_is_no_signature_is_said_only_where_there_is_none() {
        assert_eq!(says_of("N", false, false).unwrap(), "none");
        assert_eq!(says_of("N", true, false).unwrap(), "cannot-verify");
        assert_eq!(says_of("B", true, true).unwrap(), "cannot-verify");
        assert_eq!(says_of("B", true, false).unwrap(), "bad");
        assert!(says_of("", false, false).is_err());
        let signed = b"tree a\nparent b\nparent c\nauthor A\ngpgsig -----BEGIN\n x\n\nparent d\n";
        let object = Object::read(signed);
        assert!(object.is_signed);
        assert_eq!(object.parents, ["b", "c"]);
        // What a message says is no signature.
        assert!(!Object::read(b"tree a\nauthor A\n\ngpgsig x\n").is_signed);
    }
}
