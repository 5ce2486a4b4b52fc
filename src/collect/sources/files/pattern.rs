//! Patterns of file names, below the folder of the settings.
//!
//! INVARIANT: what is found lies below that folder, wherever links lead.

use std::fs;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::super::below::below;
use super::told;
use crate::tree;

/// What makes a part of a path a pattern.
const WILD: [char; 4] = ['*', '?', '[', '{'];

/// A pattern, as `reports/**/*.xml`, or the name of one file.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    /// The folder in front of the first part that is a pattern, or in front of the name,
    /// with a slash at its end; empty where that is the folder of the settings.
    fixed: String,
    /// Of what comes behind; none where no part is a pattern.
    rest: Option<GlobMatcher>,
}

/// What a pattern matches.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Relative to the folder of the settings, sorted.
    pub(super) paths: Vec<String>,
    /// Links and the like that were met.
    pub(super) not_followed: Vec<String>,
}

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        tree::join(Path::new(""), text).map_err(|_| {
            let text = text.escape_debug();
            format!(
                "`{text}`: expected a path below the folder of the settings, without `.` and `..`"
            )
        })?;
        let (folders, name) = text.rsplit_once('/').unwrap_or(("", text));
        let plain = folders.split('/').take_while(|part| !part.contains(WILD));
        let mut fixed = plain.collect::<Vec<_>>().join("/");
        if !fixed.is_empty() {
            fixed.push('/');
        }
        let rest = text.get(fixed.len()..).unwrap_or(name);
        if !rest.contains(WILD) {
            return Ok(Self {
                text: text.to_owned(),
                fixed,
                rest: None,
            });
        }
        if rest.split('/').any(|part| part.starts_with('.')) {
            return Err(format!(
                "`{text}`: a name that begins with a dot is found only where no pattern stands in it or before it"
            ));
        }
        let glob = GlobBuilder::new(rest)
            .literal_separator(true)
            .backslash_escape(false)
            .build()
            .map_err(|error| format!("`{text}` is no pattern: {}", error.kind()))?;
        Ok(Self {
            text: text.to_owned(),
            fixed,
            rest: Some(glob.compile_matcher()),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is the name of one file.
    pub(super) fn is_literal(&self) -> bool {
        self.rest.is_none()
    }

    /// The name of the item that the file at `path` is to be: what is behind the fixed
    /// part. An item's name never begins with a dot.
    pub(super) fn name_of<'p>(&self, path: &'p str) -> &'p str {
        let rest = path.strip_prefix(&self.fixed).unwrap_or(path);
        rest.trim_start_matches('.')
    }

    /// Returns the files that it matches below `base`, but for those in `evidence`.
    ///
    /// # Errors
    /// Folders that cannot be listed, or lie elsewhere.
    pub(super) fn find(&self, base: &Path, evidence: &Path) -> Result<Found, String> {
        let mut found = Found::default();
        let Some(root) = self.root(base)? else {
            return Ok(found);
        };
        // Where it is not there yet, nothing is in it.
        let evidence = fs::canonicalize(evidence).ok();
        let is_ours = |path: &Path| evidence.as_ref().is_some_and(|ours| path.starts_with(ours));
        let Some(rest) = &self.rest else {
            let name = self.text.strip_prefix(&self.fixed).unwrap_or(&self.text);
            if is_ours(&root) {
                return Err(format!("`{}` lies in the evidence folder", self.text));
            }
            if fs::symlink_metadata(root.join(name)).is_ok() {
                found.paths.push(self.text.clone());
            }
            return Ok(found);
        };
        let survey = tree::survey(&root).map_err(|error| told(&error))?;
        for file in survey.files {
            if rest.is_match(&file.path) && !is_ours(&root.join(&file.path)) {
                found.paths.push(format!("{}{}", self.fixed, file.path));
            }
        }
        for irregular in survey.irregular {
            let path = format!("{}{}", self.fixed, irregular.path);
            if rest.is_match(&irregular.path) {
                // It was asked for; that it cannot be had is said of it.
                found.paths.push(path);
            } else {
                found.not_followed.push(path);
            }
        }
        found.paths.sort();
        Ok(found)
    }

    /// The folder to look in, where it is there.
    fn root(&self, base: &Path) -> Result<Option<PathBuf>, String> {
        let root = below(base, Path::new(&self.fixed))?;
        Ok(root.filter(|root| root.is_dir()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        root
    }

    fn found(root: &Path, pattern: &str) -> Vec<String> {
        let pattern = Pattern::read(pattern).unwrap();
        pattern.find(root, &root.join("evidence")).unwrap().paths
    }

    #[test]
    fn a_file_beside_settings_that_lie_here_is_found() {
        // Tests run where the manifest of the package is.
        assert_eq!(found(Path::new(""), "Cargo.toml"), ["Cargo.toml"]);
    }

    #[test]
    fn patterns_find_files_in_one_order() {
        let root = folder(&[
            "r/b.xml",
            "r/a.xml",
            "r/sub/c.xml",
            "r/sub/.hidden.xml",
            "r/.git/d.xml",
            "r/a.json",
            ".out/e.xml",
            "evidence/f.xml",
        ]);
        let root = root.path();
        assert_eq!(found(root, "r/*.xml"), ["r/a.xml", "r/b.xml"]);
        assert_eq!(
            found(root, "r/**/*.xml"),
            ["r/a.xml", "r/b.xml", "r/sub/c.xml"]
        );
        assert_eq!(
            found(root, "r/{a,b}.{xml,json}"),
            ["r/a.json", "r/a.xml", "r/b.xml"]
        );
        assert_eq!(found(root, "r/[ab].x?l"), ["r/a.xml", "r/b.xml"]);
        assert_eq!(found(root, "r/a.xml"), ["r/a.xml"]);
        // What begins with a dot is found where it is named, our own evidence never.
        assert_eq!(found(root, ".out/*.xml"), [".out/e.xml"]);
        assert_eq!(found(root, "r/sub/.hidden.xml"), ["r/sub/.hidden.xml"]);
        assert_eq!(found(root, "**/*.xml").len(), 3);
        for nothing in [
            "r/*.html",
            "none/*.xml",
            "r/a.xml/*",
            "r/none.xml",
            "R/*.xml",
        ] {
            assert!(found(root, nothing).is_empty(), "{nothing}");
        }
        let ours = Pattern::read("evidence/f.xml").unwrap();
        assert!(ours.find(root, &root.join("evidence")).is_err());
    }

    #[test]
    fn names_are_what_is_behind_the_fixed_part() {
        for (pattern, path, name) in [
            ("r/**/*.xml", "r/sub/c.xml", "sub/c.xml"),
            ("**/*.xml", "r/c.xml", "r/c.xml"),
            ("r/.c.xml", "r/.c.xml", "c.xml"),
            ("c.xml", "c.xml", "c.xml"),
        ] {
            assert_eq!(Pattern::read(pattern).unwrap().name_of(path), name);
        }
    }

    #[test]
    fn patterns_that_lead_elsewhere_or_nowhere_are_refused() {
        for (text, what) in [
            ("", "expected a path below"),
            ("/etc/*", "expected a path below"),
            ("../*.xml", "`../*.xml`: expected a path below"),
            ("a/../../b", "expected a path below"),
            ("./a", "without `.`"),
            ("a\nb", "`a\\nb`: expected"),
            ("a/*/.b", "begins with a dot"),
            ("a/.*", "begins with a dot"),
            ("a/[b", "is no pattern"),
            ("a/{b", "is no pattern"),
        ] {
            let error = Pattern::read(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        use std::os::unix::fs::symlink;
        let outside = folder(&["secret.xml"]);
        let root = folder(&["r/a.xml", "r/sub/b.xml"]);
        let root = root.path();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink(outside.path(), root.join("r/out")).unwrap();
        symlink(outside.path().join("secret.xml"), root.join("r/link.xml")).unwrap();
        symlink("sub", root.join("r/in")).unwrap();
        let find = |text: &str| Pattern::read(text).unwrap().find(root, Path::new("/none"));
        for text in ["out/*.xml", "out/secret.xml"] {
            let error = find(text).unwrap_err();
            assert!(error.contains("leads out of"), "{text}: {error}");
        }
        let found = find("r/**/*.xml").unwrap();
        // The link is named, so that reading it is refused and not forgotten.
        assert_eq!(found.paths, ["r/a.xml", "r/link.xml", "r/sub/b.xml"]);
        assert_eq!(found.not_followed, ["r/in", "r/out"]);
        // A link that stays in the folder is a way like any other.
        assert_eq!(find("r/in/*.xml").unwrap().paths, ["r/in/b.xml"]);
    }
}
