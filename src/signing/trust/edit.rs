//! Changes to the text of a trust policy that leave comments and order as they are.
//!
//! INVARIANT: a changed text is read again and compared with what was meant, so that one laid
//! out in an unforeseen way is refused and not spoilt.

use std::ops::Range;
use std::path::Path;

use super::{TrustError, TrustPolicy, TrustedKey};
use crate::signing::Role;

/// An entry that is to be added.
#[derive(Debug, Clone)]
pub struct NewKey<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its PEM, as seen from the trust policy.
    pub public_key: &'a Path,
    /// What it may sign.
    pub roles: &'a [Role],
    /// From which index on.
    pub from_index: u64,
}

/// Returns `text` with an end to the indexes of each of the entries `names`.
///
/// # Errors
/// Names that are not there, an end that is no earlier than one that is there or leaves
/// nothing, and texts in another layout than `[[key]]` tables.
pub fn close(
    text: &str,
    path: &Path,
    names: &[&str],
    until_index: u64,
) -> Result<String, TrustError> {
    let before = TrustPolicy::parse(text.as_bytes(), path)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for name in names {
        let found = before.keys.iter().position(|key| key.name == **name);
        let (at, key) = found
            .and_then(|at| Some((at, before.keys.get(at)?)))
            .ok_or_else(|| conflict(name, "is not in the trust policy".to_owned()))?;
        if until_index > key.indexes.end {
            let reason = format!("ends at index {} already", key.indexes.end);
            return Err(conflict(name, reason));
        }
        if until_index <= key.indexes.start {
            let reason = format!(
                "begins at index {}, so that nothing would be left: remove its entry",
                key.indexes.start
            );
            return Err(conflict(name, reason));
        }
        let block = blocks(&lines)
            .get(at)
            .cloned()
            .ok_or_else(|| layout(path))?;
        end_block(&mut lines, block, until_index);
    }
    let text = lines.join("\n") + "\n";
    let mut meant = before;
    for key in &mut meant.keys {
        if names.contains(&key.name.as_str()) {
            key.indexes.end = until_index;
        }
    }
    confirm(&text, path, &meant)?;
    Ok(text)
}

/// Returns `text` with a further entry at its end, and the policy that it then is.
///
/// # Errors
/// What [`TrustPolicy::add`] refuses, and PEMs that cannot be read.
pub fn add(text: &str, path: &Path, new: &NewKey<'_>) -> Result<String, TrustError> {
    let quoted = |text: &str| {
        toml(text).ok_or_else(|| {
            conflict(
                new.name,
                format!(
                    "`{}` has characters that no name needs",
                    text.escape_debug()
                ),
            )
        })
    };
    let mut roles: Vec<_> = new.roles.iter().map(|role| format!("\"{role}\"")).collect();
    roles.sort();
    roles.dedup();
    let gap = if text.is_empty() || text.ends_with("\n\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let added = format!(
        "{text}{gap}[[key]]\nname = {}\npublic_key = {}\nroles = [{}]\nfrom_index = {}\n",
        quoted(new.name)?,
        quoted(&new.public_key.to_string_lossy())?,
        roles.join(", "),
        new.from_index,
    );
    let after = TrustPolicy::parse(added.as_bytes(), path)?;
    let before = if text.trim().is_empty() {
        TrustPolicy::default()
    } else {
        TrustPolicy::parse(text.as_bytes(), path)?
    };
    let is_same = after.keys.len() == before.keys.len() + 1
        && before.keys.iter().zip(&after.keys).all(|(a, b)| same(a, b));
    if !is_same {
        return Err(layout(path));
    }
    Ok(added)
}

fn conflict(name: &str, reason: String) -> TrustError {
    TrustError::Conflict {
        name: name.to_owned(),
        reason,
    }
}

fn layout(path: &Path) -> TrustError {
    TrustError::Shape {
        path: path.to_owned(),
        reason: "is not laid out as `[[key]]` tables, one line a setting: change it by hand".into(),
    }
}

/// A TOML string; none for text that would need an escape.
fn toml(text: &str) -> Option<String> {
    let plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    text.chars().all(plain).then(|| format!("\"{text}\""))
}

/// The lines of each `[[key]]`.
fn blocks(lines: &[String]) -> Vec<Range<usize>> {
    let is_table = |line: &&String| line.trim_start().starts_with('[');
    let starts: Vec<_> = (0..)
        .zip(lines)
        .filter(|(_, line)| is_table(line))
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(a, b)| a..b)
        .collect()
}

/// Writes the end into a block: over the one that is there, or behind the last setting.
fn end_block(lines: &mut Vec<String>, block: Range<usize>, until_index: u64) {
    let setting = format!("until_index = {until_index}");
    let mut last = block.start;
    for at in block {
        let Some(line) = lines.get_mut(at) else {
            break;
        };
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        last = at;
        let is_end = trimmed
            .strip_prefix("until_index")
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        if is_end {
            let comment = line.find('#').and_then(|at| line.get(at..));
            *line = match comment {
                Some(comment) => format!("{setting}  {comment}"),
                None => setting,
            };
            return;
        }
    }
    lines.insert(last + 1, setting);
}

fn confirm(text: &str, path: &Path, meant: &TrustPolicy) -> Result<(), TrustError> {
    let after = TrustPolicy::parse(text.as_bytes(), path)?;
    let is_meant = after.keys.len() == meant.keys.len()
        && after.keys.iter().zip(&meant.keys).all(|(a, b)| same(a, b));
    if is_meant { Ok(()) } else { Err(layout(path)) }
}

fn same(a: &TrustedKey, b: &TrustedKey) -> bool {
    a.name == b.name && a.key_id == b.key_id && a.roles == b.roles && a.indexes == b.indexes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::{SecretKey, keyfile};

    const TEXT: &str = "# Who may sign.\n\n[[key]]\nname = 'a' # first\npublic_key = 'a.pub.pem'\n\
                        roles = ['record']\n# not yet\n\n[[key]]\nname = \"b\"\n\
                        public_key = \"b.pub.pem\"\nroles = [\n  'checkpoint',\n]\n\
                        until_index = 90 # planned\n";

    fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        for (name, seed) in [("a", 1), ("b", 2), ("c", 3)] {
            let key = SecretKey::from_seed(&[seed; 32]).public();
            keyfile::store_new_public(&folder.path().join(format!("{name}.pub.pem")), &key)
                .unwrap();
        }
        let path = folder.path().join("trust.toml");
        (folder, path)
    }

    #[test]
    fn an_end_is_written_and_all_else_stays() {
        let (_folder, path) = folder();
        let closed = close(TEXT, &path, &["a", "b"], 7).unwrap();
        let expected = TEXT
            .replace(
                "roles = ['record']\n",
                "roles = ['record']\nuntil_index = 7\n",
            )
            .replace("until_index = 90 # planned", "until_index = 7  # planned");
        assert_eq!(closed, expected);
        assert_eq!(close(&closed, &path, &["a", "b"], 7).unwrap(), closed);
    }

    #[test]
    fn an_end_is_never_moved_away_or_before_the_start() {
        let (_folder, path) = folder();
        let error = |text: &str, names: &[&str], until: u64| {
            close(text, &path, names, until).unwrap_err().to_string()
        };
        assert!(error(TEXT, &["b"], 91).contains("ends at index 90 already"));
        assert!(error(TEXT, &["a"], 0).contains("remove its entry"));
        assert!(error(TEXT, &["c"], 5).contains("is not in the trust policy"));
        let inline = "key = [{name = 'a', public_key = 'a.pub.pem', roles = ['record']}]\n";
        assert!(error(inline, &["a"], 5).contains("change it by hand"));
        // A string that looks like a table is not taken for one.
        let odd = "[[key]]\nname = '''\n[[key]]'''\npublic_key = 'a.pub.pem'\nroles = ['record']\n";
        assert!(
            error(odd, &["\n[[key]]"], 5).contains("change it by hand")
                || error(odd, &["[[key]]"], 5).contains("trust.toml")
        );
    }

    #[test]
    fn an_entry_is_added_at_the_end() {
        let (_folder, path) = folder();
        let new = NewKey {
            name: "c",
            public_key: Path::new("c.pub.pem"),
            roles: &[Role::Record, Role::Checkpoint],
            from_index: 7,
        };
        let added = add(TEXT, &path, &new).unwrap();
        let entry = "\n[[key]]\nname = \"c\"\npublic_key = \"c.pub.pem\"\n\
                     roles = [\"checkpoint\", \"record\"]\nfrom_index = 7\n";
        assert_eq!(added, format!("{TEXT}{entry}"));
        assert_eq!(add("", &path, &new).unwrap(), entry.trim_start());
        for (name, pem, why) in [
            ("a", "c.pub.pem", "occurs twice"),
            ("c", "a.pub.pem", "is the same key"),
            ("", "c.pub.pem", "needs a name"),
            ("c\"", "c.pub.pem", "characters that no name needs"),
            ("c", "gone.pub.pem", "key `c`"),
        ] {
            let public_key = Path::new(pem);
            let refused = NewKey {
                name,
                public_key,
                ..new.clone()
            };
            let error = add(TEXT, &path, &refused).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
