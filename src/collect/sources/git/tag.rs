//! The tags that point at a commit, and what git says of their signatures.
//!
//! `git verify-tag` has no letter like `%G?`. What it repeats of the verifier is read as git
//! reads it (<https://git-scm.com/docs/git-verify-tag>): for `GnuPG` the status lines
//! (<https://github.com/gpg/gnupg/blob/master/doc/DETAILS>), for `ssh-keygen` its first line.
//!
//! INVARIANTS
//! - A signature is good only where git ends well, and of the tag that is called so: a
//!   signature is of the name in the tag, and a tag can be had under another.
//! - That there is no signature is said only where the tag has none.

use super::program::{Answer, Git, parts};
use crate::json::{Value, json};

/// How a signature begins.
const SIGNED: [&str; 2] = ["-----BEGIN ", "gpgsig"];

/// What is said of a signature.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    says: &'static str,
    key: Option<String>,
    fingerprint: Option<String>,
    signer: Option<String>,
}

/// Reads the tags that point at the commit `id`, by name.
///
/// # Errors
/// What git cannot list or read.
pub(super) fn read(git: &Git, id: &str) -> Result<Vec<Value>, String> {
    let listed = git.bytes(&[
        "for-each-ref",
        "--sort=refname",
        "--format=%(refname:lstrip=2)%00%(objecttype)%00%(objectname)%00",
        "--points-at",
        id,
        "refs/tags",
    ])?;
    let listed = parts(&listed);
    let tags = listed.chunks_exact(3);
    if !tags.remainder().iter().all(|rest| rest == "\n") {
        return Err("`git for-each-ref` answers something else than was asked".into());
    }
    let mut read = Vec::new();
    for tag in tags {
        let [name, kind, object] = tag else { continue };
        let name = name.trim_start_matches('\n');
        let signature = match kind.as_str() {
            "tag" => Some(signature(git, name, object)?),
            _ => None,
        };
        read.push(json!({
            "name": name,
            "annotated": signature.is_some(),
            "signature": signature,
        }));
    }
    Ok(read)
}

/// What git says of the signature of the tag `id`, called `name` here.
fn signature(git: &Git, name: &str, id: &str) -> Result<Value, String> {
    let object = git.bytes(&["cat-file", "tag", id])?;
    let object = String::from_utf8_lossy(&object);
    let head = object.split("\n\n").next().unwrap_or_default();
    let own = head.lines().find_map(|line| line.strip_prefix("tag "));
    let is_signed = object
        .lines()
        .any(|line| SIGNED.iter().any(|sign| line.starts_with(sign)));
    let answer = git.run(&["verify-tag", "--raw", id], false)?;
    let said = said_of(&answer, is_signed, own == Some(name));
    Ok(json!({
        "git_says": said.says,
        "key": said.key,
        "fingerprint": said.fingerprint,
        "signer": said.signer,
    }))
}

fn said_of(answer: &Answer, is_signed: bool, is_its_name: bool) -> Said {
    let complaint = &answer.complaint;
    let unknown = Said {
        says: "cannot-verify",
        ..Said::default()
    };
    if complaint.contains("no signature found") {
        let says = if is_signed { "cannot-verify" } else { "none" };
        return Said { says, ..unknown };
    }
    if complaint.contains("cannot run ") {
        return unknown;
    }
    let mut said = if complaint.lines().any(|line| line.starts_with(STATUS)) {
        by_status(complaint)
    } else {
        by_ssh(complaint)
    };
    if said.says == "good" && answer.code != 0 {
        said.says = "cannot-verify";
    }
    if said.says.starts_with("good") && !is_its_name {
        said.says = "bad";
    }
    said
}

/// What stands before each status line of `GnuPG`.
const STATUS: &str = "[GNUPG:] ";

/// By the status lines of `gpg` or `gpgsm`.
fn by_status(complaint: &str) -> Said {
    let mut said = Said::default();
    let mut is_trusted = true;
    let mut verdicts = 0;
    for line in complaint
        .lines()
        .filter_map(|line| line.strip_prefix(STATUS))
    {
        let (status, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let says = match status {
            "GOODSIG" => "good",
            "BADSIG" => "bad",
            "ERRSIG" => "cannot-verify",
            "EXPSIG" => "good-expired-signature",
            "EXPKEYSIG" => "good-expired-key",
            "REVKEYSIG" => "good-revoked-key",
            "VALIDSIG" => {
                said.fingerprint = some(first);
                continue;
            }
            "TRUST_UNDEFINED" | "TRUST_NEVER" => {
                is_trusted = false;
                continue;
            }
            _ => continue,
        };
        verdicts += 1;
        said.says = says;
        said.key = some(first);
        said.signer = some(more).filter(|_| status != "ERRSIG");
    }
    // Of two signatures none is the one that counts.
    if verdicts != 1 {
        return Said {
            says: "cannot-verify",
            ..Said::default()
        };
    }
    if said.says == "good" && !is_trusted {
        said.says = "good-unknown-validity";
    }
    said
}

/// By the line of `ssh-keygen`: `Good "git" signature for WHO with TYPE key FINGERPRINT`.
fn by_ssh(complaint: &str) -> Said {
    let mut lines = complaint.lines();
    let good = lines.find_map(|line| line.strip_prefix("Good \"git\" signature "));
    let bad = Said {
        says: "bad",
        ..Said::default()
    };
    let Some(good) = good else {
        return bad;
    };
    let Some((before, fingerprint)) = good.rsplit_once(" key ") else {
        return bad;
    };
    let signer = before.strip_prefix("for ");
    let signer = signer.and_then(|before| before.rsplit_once(" with "));
    Said {
        says: if signer.is_some() {
            "good"
        } else {
            "good-unknown-validity"
        },
        key: some(fingerprint),
        fingerprint: some(fingerprint),
        signer: signer.and_then(|(who, _)| some(who)),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: i32, complaint: &str) -> Said {
        let answer = Answer {
            code,
            out: Vec::new(),
            complaint: complaint.to_owned(),
        };
        said_of(&answer, true, true)
    }

    #[test]
    fn what_a_verifier_says_is_read_as_git_reads_it() {
        let good = "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0A1B Ada <ada@example.com>\n[GNUPG:] VALIDSIG FFFF0A1B 2026-01-01 0\n";
        let trusted = said(0, &format!("{good}[GNUPG:] TRUST_ULTIMATE 0 pgp\n"));
        assert_eq!(trusted.says, "good");
        assert_eq!(trusted.fingerprint.as_deref(), Some("FFFF0A1B"));
        assert_eq!(trusted.signer.as_deref(), Some("Ada <ada@example.com>"));
        for (code, complaint, says) in [
            (
                0,
                format!("{good}[GNUPG:] TRUST_UNDEFINED 0 pgp\n"),
                "good-unknown-validity",
            ),
            // Git did not end well, or there are two.
            (1, good.to_owned(), "cannot-verify"),
            (0, format!("{good}{good}"), "cannot-verify"),
            (
                0,
                format!("{good}[GNUPG:] BADSIG 0A1B Ada\n"),
                "cannot-verify",
            ),
            (1, "[GNUPG:] BADSIG 0A1B Ada\n".to_owned(), "bad"),
            (
                1,
                "[GNUPG:] ERRSIG 0A1B 22 10 00 1 9 -\n[GNUPG:] NO_PUBKEY 0A1B\n".to_owned(),
                "cannot-verify",
            ),
            (
                0,
                "[GNUPG:] EXPKEYSIG 0A1B Ada\n".to_owned(),
                "good-expired-key",
            ),
            (
                1,
                "[GNUPG:] REVKEYSIG 0A1B Ada\n".to_owned(),
                "good-revoked-key",
            ),
            (1, "[GNUPG:] NODATA 4\n".to_owned(), "cannot-verify"),
            (1, "error: no signature found\n".to_owned(), "cannot-verify"),
            (
                1,
                "error: cannot run gpg: No such file\n".to_owned(),
                "cannot-verify",
            ),
            (1, "Could not verify signature.\n".to_owned(), "bad"),
            (
                1,
                "Good \"git\" signature with ED25519 key SHA256:x\nNo principal matched.\n"
                    .to_owned(),
                "good-unknown-validity",
            ),
            (
                1,
                "Good \"git\" signature for a with ED25519 key SHA256:x\n".to_owned(),
                "cannot-verify",
            ),
            (0, "Good \"git\" signature for a\n".to_owned(), "bad"),
            (0, "anything\n".to_owned(), "bad"),
        ] {
            assert_eq!(said(code, &complaint).says, says, "{complaint}");
        }
    }

    #[test]
    fn a_signature_is_that_of_the_tag_that_is_called_so() {
        let ssh = "Good \"git\" signature for a with b with ED25519 key SHA256:x\n";
        assert_eq!(said(0, ssh).signer.as_deref(), Some("a with b"));
        assert_eq!(said(0, ssh).fingerprint.as_deref(), Some("SHA256:x"));
        let answer = Answer {
            code: 0,
            out: Vec::new(),
            complaint: ssh.to_owned(),
        };
        assert_eq!(said_of(&answer, true, false).says, "bad");
        let answer = Answer {
            code: 1,
            out: Vec::new(),
            complaint: "error: no signature found".to_owned(),
        };
        assert_eq!(said_of(&answer, false, true).says, "none");
    }
}
