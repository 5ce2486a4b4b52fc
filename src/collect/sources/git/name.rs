//! Which commit a name names: one, or none.
//!
//! INVARIANT: where git would have to choose, nothing is chosen. Names in full (`HEAD`,
//! `refs/…` and whole ids) are themselves and nothing else.

use super::program::{Git, parts};

/// What a short name may stand for (<https://git-scm.com/docs/gitrevisions>), but for files
/// in the folder of the repository.
const PLACES: [(&str, &str); 5] = [
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

impl Git {
    /// The id of the commit that `revision` names.
    ///
    /// # Errors
    /// None, what is no commit, and a name that several things have.
    pub(super) fn commit_id(&self, revision: &str) -> Result<String, String> {
        let none = || format!("there is no commit `{revision}`");
        let name = first_of(revision);
        let is_in_full = self.is_in_full(name)?;
        let named = format!("{revision}^{{commit}}");
        let found = self.value(&["rev-parse", "--verify", "--quiet", &named])?;
        let found = found.ok_or_else(none)?;
        if is_in_full {
            return Ok(found);
        }
        // Only aloud it says that it had to choose.
        let aloud = self.answer(&["rev-parse", "--verify", &named])?;
        if aloud.complaint.contains("is ambiguous") {
            return Err(self.ambiguous(name)?);
        }
        Ok(found)
    }

    /// Whether `name` is one that stands for nothing else.
    ///
    /// # Errors
    /// Where there is none in full, git would go on with what is called so elsewhere.
    fn is_in_full(&self, name: &str) -> Result<bool, String> {
        if name == "HEAD" || name.starts_with("refs/") {
            let there = self.value(&["show-ref", "--verify", "--quiet", name])?;
            return match there {
                Some(_) => Ok(true),
                None => Err(format!("there is no commit `{name}`")),
            };
        }
        if matches!(name.len(), 40 | 64) && name.chars().all(|c| c.is_ascii_hexdigit()) {
            let id = self.value(&["rev-parse", "--verify", "--quiet", name])?;
            return Ok(id.is_some_and(|id| id.eq_ignore_ascii_case(name)));
        }
        Ok(false)
    }

    /// That `name` is the name of several things, and of which.
    fn ambiguous(&self, name: &str) -> Result<String, String> {
        let full = PLACES.map(|(before, behind)| format!("{before}{name}{behind}"));
        let mut args = vec!["for-each-ref", "--format=%(refname)%00"];
        args.extend(full.iter().map(String::as_str));
        let listed = parts(&self.bytes(&args)?);
        let listed: Vec<_> = listed.iter().map(|one| one.trim_start()).collect();
        // A pattern matches what lies below it too.
        let mut found: Vec<_> = full
            .iter()
            .filter(|one| listed.contains(&one.as_str()))
            .map(|one| format!("`{one}`"))
            .collect();
        if name.chars().all(|c| c.is_ascii_hexdigit()) {
            found.push("ids that begin so".to_owned());
        }
        let found = found.join(" and ");
        Ok(format!(
            "`{name}` is ambiguous, it names {found}: give one in full"
        ))
    }
}

/// The name that `revision` begins with, without what leads on from there.
fn first_of(revision: &str) -> &str {
    let end = ["^", "~", ":", "@{"].iter();
    let end = end.filter_map(|sign| revision.find(sign)).min();
    match end.and_then(|end| revision.get(..end)).unwrap_or(revision) {
        "@" => "HEAD",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_a_way_begins() {
        for (revision, name) in [
            ("origin/main", "origin/main"),
            ("v1^{}", "v1"),
            ("HEAD~3", "HEAD"),
            ("@", "HEAD"),
            ("@^2", "HEAD"),
            ("main@{upstream}", "main"),
            ("main@2", "main@2"),
            ("HEAD:a^b", "HEAD"),
            (":/fix", ""),
        ] {
            assert_eq!(first_of(revision), name, "{revision}");
        }
    }
}
