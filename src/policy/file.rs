//! One Rego file: read, bounded and outlined.

use thiserror::Error;

use super::bounds::{self, BoundError};
use super::lexer::{self, LexError, Lexed};
use super::metadata::{self, Annotation, Problem};
use super::module::{self, Outline};
use super::rule::Family;
use crate::digest::Digest;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// Evaluated.
    Module,
    /// `*_test.rego`: in the digest, evaluated by `policy test` only.
    Test,
}

/// One Rego file of a policy set.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// Path in the manifest, `/`-separated; the same on every machine.
    pub path: String,
    /// Path as the user would open it: for messages only, never in a digest.
    pub shown: String,
    /// What it is for.
    pub role: FileRole,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Path below its root.
    pub(super) relative: String,
    text: String,
    pub(super) outline: Outline,
    pub(super) annotations: Vec<Annotation>,
    pub(super) problems: Vec<Problem>,
}

/// A file that cannot be part of a policy set.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// Not valid UTF-8.
    #[error("is not valid UTF-8 at byte {offset}")]
    Encoding {
        /// 0-based offset of the first bad byte.
        offset: usize,
    },
    /// Larger than [`bounds::FILE_SIZE_MAX`].
    #[error("is {size} bytes, more than the limit of {}", bounds::FILE_SIZE_MAX)]
    Size {
        /// Bytes in the file.
        size: usize,
    },
    /// Not Rego.
    #[error(transparent)]
    Lex(#[from] LexError),
    /// Beyond a limit.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// Without a `package` statement.
    #[error("has no `package` statement")]
    Package,
}

impl PolicyFile {
    /// Reads a file out of its bytes.
    ///
    /// # Errors
    /// Bytes that are not bounded Rego text with a package.
    pub(super) fn read(
        path: String,
        relative: String,
        shown: String,
        bytes: Vec<u8>,
    ) -> Result<Self, FileError> {
        let sha256 = Digest::of(&bytes);
        if bytes.len() as u64 > bounds::FILE_SIZE_MAX {
            return Err(FileError::Size { size: bytes.len() });
        }
        let text = String::from_utf8(bytes).map_err(|error| FileError::Encoding {
            offset: error.utf8_error().valid_up_to(),
        })?;
        bounds::text(&text)?;
        let lexed = lexer::lex(&text)?;
        bounds::tokens(&lexed.tokens)?;
        let outline = module::outline(&lexed.tokens);
        if outline.package.is_empty() {
            return Err(FileError::Package);
        }
        let (annotations, problems) = metadata::read(&lexed.comments, &outline);
        let role = if path.ends_with("_test.rego") {
            FileRole::Test
        } else {
            FileRole::Module
        };
        Ok(Self {
            path,
            shown,
            role,
            sha256,
            relative,
            text,
            outline,
            annotations,
            problems,
        })
    }

    /// The text, byte for byte as read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The package path, `.`-separated.
    pub fn package(&self) -> String {
        self.outline.package.join(".")
    }

    pub(super) fn family(&self) -> Family {
        Family::of(&self.outline.package)
    }

    /// The tokens. The text was lexed once already, so an error is no tokens.
    pub(super) fn lexed(&self) -> Lexed<'_> {
        lexer::lex(&self.text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(path: &str, bytes: &[u8]) -> Result<PolicyFile, FileError> {
        PolicyFile::read(path.into(), path.into(), path.into(), bytes.to_vec())
    }

    #[test]
    fn reads_a_module_and_a_test() {
        let file = read("a/b.rego", b"package a.b\n").unwrap();
        assert_eq!(
            (file.package().as_str(), file.role),
            ("a.b", FileRole::Module)
        );
        assert_eq!(file.sha256, Digest::of(b"package a.b\n"));
        let test = read("a/b_test.rego", b"package a.b_test\n").unwrap();
        assert_eq!(test.role, FileRole::Test);
    }

    #[test]
    fn refuses_what_is_not_rego() {
        for (bytes, message) in [
            (b"\xff".as_slice(), "not valid UTF-8 at byte 0"),
            (b"", "no `package`"),
            (b"x := 1\n", "no `package`"),
            (b"package\n", "no `package`"),
            (b"package p\nx := [", "line 2, column 6: bracket"),
            (b"package p\nx := \"", "line 2, column 6: string"),
            (&vec![b' '; 262_145], "262145 bytes"),
        ] {
            let error = read("a.rego", bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_file_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read("a.rego", &bytes);
        }

        #[test]
        fn anything_behind_a_package_ends_in_a_file_or_an_error(
            text in "package p\n(# METADATA\n# [a-z:\\[\\]{} -]{0,20}\n|[a-z]{1,4}|[ \n.:={}\\[\\]()\"`#|;,-]|contains |if |else ){0,60}"
        ) {
            let _ = read("a.rego", text.as_bytes());
        }
    }
}
