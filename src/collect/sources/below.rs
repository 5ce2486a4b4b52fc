//! Where paths of the settings are, wherever links lead.
//!
//! INVARIANT: what is found lies below the folder of the settings.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Returns the place of `path` below `base`, without links; none where nothing is there.
///
/// # Errors
/// What lies elsewhere, or cannot be looked at.
pub(super) fn below(base: &Path, path: &Path) -> Result<Option<PathBuf>, String> {
    let io = |path: &Path, error: &Error| format!("cannot read `{}`: {error}", path.display());
    // An empty path is here.
    let base = if base.as_os_str().is_empty() {
        Path::new(".")
    } else {
        base
    };
    let asked = base.join(path);
    let found = match fs::canonicalize(&asked) {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(io(&asked, &error)),
    };
    let base = fs::canonicalize(base).map_err(|error| io(base, &error))?;
    if found.starts_with(&base) {
        return Ok(Some(found));
    }
    Err(format!(
        "`{}` leads out of the folder of the settings",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_elsewhere_is_refused_however_it_is_reached() {
        let outside = tempfile::tempdir().unwrap();
        let base = outside.path().join("base");
        fs::create_dir_all(base.join("in")).unwrap();
        fs::write(outside.path().join("x"), "x").unwrap();
        for (to, link) in [("..", "out"), ("in", "within"), ("none", "nowhere")] {
            std::os::unix::fs::symlink(to, base.join(link)).unwrap();
        }
        let found = |path: &str| below(&base, Path::new(path));
        let inside = fs::canonicalize(base.join("in")).unwrap();
        for path in ["in", "within", "in/../within", "out/base/in"] {
            assert_eq!(found(path).unwrap().as_ref(), Some(&inside), "{path}");
        }
        for path in ["none", "nowhere", "in/none", "out/x/y"] {
            assert_eq!(found(path).unwrap(), None, "{path}");
        }
        for path in ["out", "out/x", "..", "in/../../x", "/"] {
            let error = found(path).unwrap_err();
            assert!(error.contains(&format!("`{path}` leads out of")), "{error}");
        }
        // Of what is here.
        assert!(below(Path::new(""), Path::new("src")).unwrap().is_some());
    }
}
